"""The record of every call, in plain English and chained so that a changed or missing row shows.

A write has two rows: `intent`, committed together with the use of its approval before anything is sent, and `outcome`.
A crash between the two leaves an intent without an outcome. Rows hold no token, no secret and no text from outside.
"""

from __future__ import annotations

import hashlib
import json
import logging
import secrets
from dataclasses import dataclass, field, fields, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final, Literal

from tfc_agent_tools.authority.audit_chain import FIRST, Checkpoint, findings
from tfc_agent_tools.errors import StoreUnavailable

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tfc_agent_tools.store import Store

__all__ = ["FIRST", "Audit", "AuditRecord", "Checkpoint", "Kind", "data_of", "log", "new_send", "record_from"]
_LOG: Final = logging.getLogger("tfc_agent_tools.audit")

Kind = Literal["read", "refused", "intent", "outcome", "resolved"]


@dataclass(frozen=True, kw_only=True)
class AuditRecord:
    """One row: who, what, where, the decision, and what became of it."""

    kind: Kind
    agent: str
    requester: str | None
    tool: str
    action: str
    arguments: Mapping[str, str] = field(default_factory=dict[str, str])
    workspace: str | None = None
    request: str | None = None
    """Of a write: which of its requests this row is about, by method and path."""
    effect: str | None = None
    rules: Sequence[str] = ()
    approval: str | None = None
    approver: str | None = None
    result: str | None = None
    id: str = ""
    """Of one send: its intent and its outcome share it."""
    call: str = ""
    """What all sends of the same write share, whatever words go with them."""
    server: str = ""
    token: str = ""
    """The token's fingerprint and type, such as `9f86d081884c (team)`."""
    thread: str = ""
    """The conversation, where there is one."""
    policy: str = ""
    """SHA-256 of the policy that decided."""
    shadow: Sequence[str] = ()
    """Rules on trial, and what they would have said."""
    plan: str = ""
    """What the plan behind the call does, in numbers, and the digest of its explanation."""
    at: str = ""
    previous: str = FIRST
    hash: str = ""

    @property
    def sentence(self) -> str:
        """The row in plain English."""
        who = self.agent + (f" (for {self.requester})" if self.requester else "")
        given = ", ".join(f"{name}={value}" for name, value in self.arguments.items())
        what = f"{self.tool}({given})" + (f" in {self.workspace}" if self.workspace else "")
        decided = f"confirmed by {self.approver}, {self.approval}" if self.approval else self.effect
        asked = f": asked as {self.approval}, answered by {self.approver or 'nobody'}" if self.approval else ""
        said = {
            "read": f"{who} read {what}",
            "refused": f"{who} was not let to {what}{asked}",
            "intent": f"{who} is about to send {self.request} by {what}: {decided}",
            "outcome": f"{who} sent {self.request} by {what}: {decided}",
            "resolved": f"{self.approver} looked what became of {self.request}, which {who} was about to send",
        }[self.kind]
        return f"{said}; {self.result}." if self.result else f"{said}."

    def chained(self, previous: str) -> AuditRecord:
        """This row after the row with that hash, stamped with the time if it has none."""
        row = replace(self, previous=previous, at=self.at or datetime.now(UTC).isoformat(), hash="")
        return replace(row, hash=row.digest())

    def digest(self) -> str:
        """SHA-256 over everything but the hash itself, and but for fields that this row was written without."""
        content = {name: value for name, value in data_of(self).items() if name != "hash"}
        text = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False, default=str)
        return hashlib.sha256(text.encode(errors="surrogatepass")).hexdigest()


_LATER: Final[Mapping[str, Any]] = {
    **dict.fromkeys(("id", "call", "server", "token", "thread", "policy", "plan"), ""),
    "shadow": [],
}
"""Fields that rows of earlier versions do not have; empty, they are in no digest."""


_NAMES: Final = tuple(field.name for field in fields(AuditRecord))


def data_of(record: AuditRecord) -> dict[str, Any]:
    """A row as JSON data."""
    found = {name: getattr(record, name) for name in _NAMES}
    found |= {"arguments": dict(record.arguments), "rules": list(record.rules), "shadow": list(record.shadow)}
    return {name: value for name, value in found.items() if name not in _LATER or value != _LATER[name]}


def record_from(data: Mapping[str, Any]) -> AuditRecord:
    """The row that `data_of` wrote."""
    given: dict[str, Any] = {**data, "rules": tuple(data["rules"]), "shadow": tuple(data.get("shadow", ()))}
    return AuditRecord(**given)


def new_send() -> str:
    """A fresh id for one send."""
    return f"send-{secrets.token_hex(8)}"


class Audit:
    """The audit log of one store. Each row is also logged to `tfc_agent_tools.audit` at INFO."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._is_warned = False

    @property
    def blocks(self) -> bool:
        """Whether appending may take long enough to need a thread."""
        return self._store.blocks

    def append(self, record: AuditRecord) -> None:
        """Add a row about a read or a refusal. Where the store can't take it, that is logged and the call goes on."""
        try:
            self._store.append(record)
        except StoreUnavailable as error:
            self._warn(error.why)
        else:
            self._is_warned = False
        log(record)

    def append_intent(self, record: AuditRecord) -> None:
        """Add the row of a write that needs no approval. No row, no send.

        Raises:
            StoreUnavailable: It could not be added.
            OutcomeMissing: An earlier send of the same write has no outcome.
        """
        self._store.append(record)
        log(record)

    def intents_of(self, agent: str, *, hours: float) -> list[str]:
        """The actions of the writes that an agent was about to send in the last hours."""
        return self._store.intents_since(agent, datetime.now(UTC) - timedelta(hours=hours))

    def unresolved(self) -> list[AuditRecord]:
        """Writes that were about to be sent and whose outcome is not on record."""
        return self._store.unresolved()

    def resolve(self, send: str, *, by: str, note: str) -> AuditRecord:
        """Say what became of a write whose outcome is not on record, after a look at the server.

        Raises:
            LookupError: No such write waits for that.
        """
        intent = next((one for one in self.unresolved() if send and one.id == send), None)
        if intent is None:
            msg = f"{send[:80]!r} is no write whose outcome is missing; `tfc-agent audit show` lists what is on record"
            raise LookupError(msg)
        row = replace(intent, kind="resolved", approver=by, result=note, at="", hash="")
        self._store.append(row)
        log(row)
        return row

    def _warn(self, why: str) -> None:
        if not self._is_warned:
            _LOG.warning("the store takes no audit rows now (%s): reads go on without, writes are refused", why)
        self._is_warned = True

    def append_outcome(self, record: AuditRecord) -> None:
        """Add the row of a write that was sent. A failure here can't undo it: an intent without an outcome shows."""
        try:
            self._store.append(record)
            log(record)
        except Exception as error:  # noqa: BLE001 - the write's own answer must still reach whoever called
            # No traceback: a store's error may quote the row and the address that it was sent to.
            why = type(error).__name__
            _LOG.error("a write was sent and its outcome could not be put on record: %s (%s)", record.tool, why)

    def records(self) -> list[AuditRecord]:
        """All rows that the store keeps, oldest first."""
        return self._store.rows()

    def checkpoint(self) -> Checkpoint:
        """How long the log is now and how it ends: one line to be kept where this process can't change it."""
        return Checkpoint(*self._store.head())

    def findings(self, checkpoint: Checkpoint | None = None) -> list[str]:
        """What is wrong with the log, each with the row it was found at; nothing where all is as it was written.

        Edits, deletions and another order show by the chain. Rows cut off at the end show only against a checkpoint.
        """
        rows, wrong = self._store.examined()
        return [*wrong, *findings(rows, checkpoint, self._store.dropped)]

    def verify(self, checkpoint: Checkpoint | None = None) -> bool:
        """Whether every kept row is as it was written and none is missing; `findings` says what is wrong."""
        return not self.findings(checkpoint)


def log(record: AuditRecord) -> None:
    """Tell the log of a row that the store holds."""
    if _LOG.isEnabledFor(logging.INFO):
        _LOG.info("%s: %s", record.kind, record.sentence)
