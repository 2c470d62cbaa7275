"""The record of one question to a person: what it was about, what is demanded of the answer, and the answers."""

from __future__ import annotations

import hashlib
import json
import secrets
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from tfc_agent_tools.authority.requirement import Approver, Demands

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tfc_agent_tools.authority.confirm import Confirmation


class State(StrEnum):
    """Where an approval stands."""

    PENDING = "pending"
    APPROVED = "approved"
    REJECTED = "rejected"
    CHANGED = "changed"
    REVOKED = "revoked"
    EXPIRED = "expired"
    USED = "used"


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """One person's answer, as it is kept. A name without proof is kept as such."""

    approver: Approver
    approved: bool
    at: datetime
    reason: str | None = None
    typed: str | None = None
    signature: str | None = None
    road: str = "approvals"
    """How it came: `confirmer`, `interrupt`, or `approvals` for an answer out of band."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """Where a question comes from and what it is about, for whoever looks into it later. The digest binds it."""

    server: str = ""
    requester: str | None = None
    token: str = ""
    """The token's fingerprint."""
    token_type: str | None = None
    organization: str | None = None
    project: str | None = None
    workspace: str | None = None
    targets: Mapping[str, str] = field(default_factory=dict[str, str])
    """The ids of the run, plan, configuration version, state version and commit, where the facts name them."""
    arguments: str = ""
    """SHA-256 of the arguments; like the others below it holds nothing of them."""
    plan: str | None = None
    policy: str = ""
    rules: tuple[str, ...] = ()
    templates: str = ""


@dataclass(frozen=True, kw_only=True)
class Approval:
    """One question to a person, and the answers to it."""

    key: str
    digest: str
    confirmation: Confirmation
    agent: str
    state: State = State.PENDING
    approver: str | None = None
    """Whose answer decided; several names where several had to say yes."""
    reason: str | None = None
    shown_with: str | None = None
    """The question that a graph was stopped with: the ids of all approvals in it."""
    stale_answers: int = 0
    """How many answers the graph already held when that question was put; they belong to earlier ones."""
    origin: Origin = field(default_factory=Origin)
    demands: Demands = field(default_factory=Demands)
    answers: tuple[Answer, ...] = ()
    unbound: frozenset[str] = frozenset()
    """The labels of facts that may move without making the answer worthless."""
    part_of: str | None = None
    """The set `as-…` that it is answered with."""
    created_at: datetime | None = None
    redeemed_at: datetime | None = None

    @property
    def id(self) -> str:
        """The approval's id, `ap-…`. It is no secret: it approves nothing by itself."""
        return self.confirmation.id

    @property
    def shown(self) -> str:
        """SHA-256 of the text that a person reads, without the lines of facts that are not bound."""
        starts = tuple(f"  {label}: " for label in sorted(self.unbound))
        lines = self.confirmation.text.split("\n")
        return fingerprint("shown", [line for line in lines if not (starts and line.startswith(starts))])

    @property
    def answered_by(self) -> str | None:
        """Who answered, with `(unverified)` behind each name that nobody proved."""
        return ", ".join(str(one.approver) for one in self.answers) or self.approver

    @property
    def was_asked_in_place(self) -> bool:
        """Whether a graph was resumed with an answer to it, which was not enough: asking again would not help."""
        return any(one.road == "interrupt" for one in self.answers)

    @property
    def yes(self) -> frozenset[Approver]:
        """Who said yes in the demanded form; a yes without the demanded typed name is none."""
        wanted = self.demands.typed
        return frozenset(a.approver for a in self.answers if a.approved and (wanted is None or a.typed == wanted))

    def redeemable(self, digest: str, now: datetime) -> bool:
        """Whether it is approved, in time, and was given to exactly this."""
        return self.state is State.APPROVED and self.confirmation.expires_at > now and self.digest == digest

    def used(self) -> Approval:
        """The same approval, spent."""
        return replace(self, state=State.USED, redeemed_at=datetime.now(UTC))

    def answered(self, answer: Answer) -> Approval:
        """The same approval with one more answer. A later answer of the same person takes the place of the earlier."""
        others = tuple(one for one in self.answers if one.approver != answer.approver)
        return replace(self, answers=(*others, answer))


def new_id() -> str:
    """A fresh approval id of 96 random bits."""
    return f"ap-{secrets.token_hex(12)}"


def fingerprint(purpose: str, content: Any) -> str:
    """SHA-256 over a purpose and canonical JSON, so that a digest for one purpose is never one for another."""
    text = json.dumps([purpose, content], sort_keys=True, separators=(",", ":"), ensure_ascii=False, default=str)
    return hashlib.sha256(text.encode(errors="surrogatepass")).hexdigest()
