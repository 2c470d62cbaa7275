"""Approvals: records bound to what a person was shown, answered once and used for one send.

    pending ──approve──▶ approved ──redeem──▶ used
       │                    │
       ├──reject──▶ rejected├── what was shown is no longer true ──▶ changed
       └── time runs out ──▶ expired (pending and approved alike)

A record is found again by its key: the server, token, agent, requester, tool and arguments, and inside a graph the
thread and tool call.
Its digest, over the request, the facts, the policy and the text, is fixed when it opens; opening twice is opening once.
"""

from __future__ import annotations

import hashlib
import json
import secrets
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final

from tfc_agent_tools.authority.audit import log
from tfc_agent_tools.authority.confirm import Decision
from tfc_agent_tools.errors import ConfirmationRefused

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tfc_agent_tools.authority.audit import AuditRecord
    from tfc_agent_tools.authority.confirm import Confirmation
    from tfc_agent_tools.store import Store


class State(StrEnum):
    """Where an approval stands."""

    PENDING = "pending"
    APPROVED = "approved"
    REJECTED = "rejected"
    CHANGED = "changed"
    EXPIRED = "expired"
    USED = "used"


@dataclass(frozen=True, kw_only=True)
class Approval:
    """One question to a person, and its answer."""

    key: str
    digest: str
    confirmation: Confirmation
    agent: str
    state: State = State.PENDING
    approver: str | None = None
    reason: str | None = None
    shown_with: str | None = None
    """The question that a graph was stopped with: the ids of all approvals in it."""
    stale_answers: int = 0
    """How many answers the graph already held when that question was put; they belong to earlier ones."""

    @property
    def id(self) -> str:
        """The approval's id, `ap-…`. It is no secret: it approves nothing by itself."""
        return self.confirmation.id

    def redeemable(self, digest: str, now: datetime) -> bool:
        """Whether it is approved, in time, and was given to exactly this."""
        return self.state is State.APPROVED and self.confirmation.expires_at > now and self.digest == digest

    def used(self) -> Approval:
        """The same approval, spent."""
        return replace(self, state=State.USED)


def new_id() -> str:
    """A fresh approval id of 96 random bits."""
    return f"ap-{secrets.token_hex(12)}"


def fingerprint(purpose: str, content: Any) -> str:
    """SHA-256 over a purpose and canonical JSON, so that a digest for one purpose is never one for another."""
    text = json.dumps([purpose, content], sort_keys=True, separators=(",", ":"), ensure_ascii=False, default=str)
    return hashlib.sha256(text.encode(errors="surrogatepass")).hexdigest()


class Approvals:
    """The approvals of one store: what `toolkit.approvals` is, for the host and its people."""

    def __init__(self, store: Store, *, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._store, self._now = store, now

    def pending(self) -> list[Approval]:
        """The questions nobody has answered yet, oldest first."""
        return [a for a in self._store.approvals() if self._as_of_now(a).state is State.PENDING]

    def get(self, approval_id: str) -> Approval | None:
        """An approval as it stands now."""
        approval = self._store.approval(approval_id)
        return self._as_of_now(approval) if approval else None

    def approve(self, approval_id: str, *, approver: str) -> Approval:
        """Say yes. The first answer counts; the call itself must then be made (again).

        Raises:
            LookupError: There is no pending approval of this id.
        """
        return self._answer(approval_id, State.APPROVED, approver, None)

    def reject(self, approval_id: str, *, approver: str, reason: str | None = None) -> Approval:
        """Say no.

        Raises:
            LookupError: There is no pending approval of this id.
        """
        return self._answer(approval_id, State.REJECTED, approver, reason)

    def expires_at(self) -> datetime:
        """When a question that is asked now stops being answerable."""
        return self._now() + timedelta(seconds=self._store.seconds_to_answer)

    def find(self, key: str) -> Approval | None:
        """The record that answers for this call: pending, approved or rejected. A no stands until it expires, too."""
        approval = self._store.latest(key)
        in_time = approval is not None and approval.confirmation.expires_at > self._now()
        return approval if approval and in_time and approval.state in _LIVE else None

    def open(self, approval: Approval) -> Approval:
        """Put a new record on file, unless its key has a live one: then that one."""
        return self._store.open(approval, self._now(), _LIVE)

    def settle(self, approval: Approval, decision: Decision) -> Approval:
        """Put an answer on a pending record. The first answer counts; one that comes too late changes nothing."""
        if self._as_of_now(approval).state is State.EXPIRED:
            return self._as_of_now(approval)
        state = State.APPROVED if decision.approved is True else State.REJECTED
        answered = replace(approval, state=state, approver=decision.approver, reason=decision.reason)
        return self._as_of_now(self._store.change(answered, from_states=frozenset({State.PENDING})))

    def shown(self, approval: Approval, question: str, stale_answers: int) -> Approval:
        """Note the question that a graph is stopped with, and how many answers it holds that are not to this one.

        A record that was answered meanwhile keeps its answer.
        """
        noted = replace(approval, shown_with=question, stale_answers=stale_answers)
        return self._store.change(noted, from_states=_LIVE & {approval.state})

    def outdate(self, approval: Approval) -> None:
        """What was shown is no longer true: the record can't be used any more. A no stays a no."""
        self._store.change(replace(approval, state=State.CHANGED), from_states=_LIVE - {State.REJECTED})

    def redeem(self, approval: Approval, digest: str, intent: AuditRecord) -> None:
        """Use the approval and write the audit row that says so, both or neither.

        Raises:
            ConfirmationRefused: It is not approved, has expired, was used, or was given to something else.
        """
        used = self._store.redeem(approval.id, digest, self._now(), intent)
        if not used:
            current = self.get(approval.id)
            reason = REFUSED_AS[current.state if current else State.EXPIRED]
            raise ConfirmationRefused(approval.confirmation.tool, reason, approval.id)
        log(intent)

    def _answer(self, approval_id: str, state: State, approver: str, reason: str | None) -> Approval:
        approval = self.get(approval_id)
        if approval is None or approval.state is not State.PENDING:
            msg = f"{approval_id} is {approval.state if approval else 'not on file'} and takes no answer"
            raise LookupError(msg)
        return self.settle(approval, Decision(approved=state is State.APPROVED, approver=approver, reason=reason))

    def _as_of_now(self, approval: Approval) -> Approval:
        late = approval.confirmation.expires_at <= self._now()
        expires = approval.state in {State.PENDING, State.APPROVED} and late
        return replace(approval, state=State.EXPIRED) if expires else approval


_LIVE: Final = frozenset({State.PENDING, State.APPROVED, State.REJECTED})
REFUSED_AS: Final[Mapping[State, str]] = {
    State.PENDING: "pending",
    State.APPROVED: "changed",
    State.REJECTED: "rejected",
    State.CHANGED: "changed",
    State.EXPIRED: "unanswered",
    State.USED: "used",
}
"""The reason of a `ConfirmationRefused` for an approval in each state."""
