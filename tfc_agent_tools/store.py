"""Where approvals and the audit log are kept. This one is in memory: it lasts as long as its process."""

from __future__ import annotations

from collections import deque
from threading import RLock
from typing import TYPE_CHECKING, Final, Protocol

from tfc_agent_tools.authority.audit import FIRST
from tfc_agent_tools.errors import OutcomeMissing

if TYPE_CHECKING:
    from collections.abc import Callable, Collection
    from datetime import datetime

    from tfc_agent_tools.authority.approvals import Approval, State
    from tfc_agent_tools.authority.audit import AuditRecord

_ROWS_KEPT: Final = 10_000
_APPROVALS_KEPT: Final = 10_000


class Store(Protocol):
    """What approvals and audit need. Each method is one transaction."""

    blocks: bool
    seconds_to_answer: float

    @property
    def dropped(self) -> int:
        """How many of the oldest rows are no longer kept."""
        ...

    def head(self) -> tuple[int, str]:
        """The number of rows that there ever were, and the hash of the last one."""
        ...

    def examined(self) -> tuple[list[AuditRecord], list[str]]:
        """The log, oldest first, and what is wrong with how it is stored.

        Wrong are rows that can't be read, which are not in the log, and those found under what they don't say.
        """
        ...

    def approvals(self) -> list[Approval]:
        """All approvals, oldest first."""
        ...

    def approval(self, approval_id: str) -> Approval | None:
        """One approval."""
        ...

    def latest(self, key: str) -> Approval | None:
        """The newest approval with this key."""
        ...

    def open(self, approval: Approval, now: datetime, live: Collection[State]) -> Approval:
        """Add the approval unless the newest of its key is live and not expired: then that one."""
        ...

    def modify(self, approval_id: str, change: Callable[[Approval], Approval]) -> Approval:
        """Replace an approval by what the function makes of it, with nothing in between. KeyError if there is none."""
        ...

    def waiting(self) -> list[Approval]:
        """The approvals in state pending, oldest first; some may have expired."""
        ...

    def redeem(self, approval_id: str, digest: str, now: datetime, intent: AuditRecord) -> bool:
        """Mark an approved, unexpired approval with this digest as used, and append the row: both or neither.

        Raises:
            OutcomeMissing: An earlier intent of the same write has no outcome.
        """
        ...

    def append(self, record: AuditRecord) -> None:
        """Chain a row to the log.

        Raises:
            OutcomeMissing: It is an intent, and an earlier one of the same write has no outcome.
        """
        ...

    def intents_since(self, agent: str, since: datetime) -> list[str]:
        """The actions of the writes that this agent was about to send since then."""
        ...

    def unresolved(self) -> list[AuditRecord]:
        """Intents without an outcome, oldest first: sends under way, and those that a crash cut off."""
        ...

    def rows(self) -> list[AuditRecord]:
        """The log, oldest first."""
        ...


class MemoryStore:
    """A store for one process. The newest 10,000 approvals and audit rows are kept."""

    blocks = False

    def __init__(self, *, seconds_to_answer: float = 15 * 60) -> None:
        self.seconds_to_answer = seconds_to_answer
        self._lock = RLock()
        self._approvals: dict[str, Approval] = {}
        self._by_key: dict[str, str] = {}
        self._rows: deque[AuditRecord] = deque(maxlen=_ROWS_KEPT)
        self.dropped = 0
        self._open: dict[str, AuditRecord] = {}
        self._head = FIRST

    def approvals(self) -> list[Approval]:
        """All approvals, oldest first."""
        with self._lock:
            return list(self._approvals.values())

    def approval(self, approval_id: str) -> Approval | None:
        """One approval."""
        return self._approvals.get(approval_id)

    def latest(self, key: str) -> Approval | None:
        """The newest approval with this key."""
        return self._approvals.get(self._by_key.get(key, ""))

    def open(self, approval: Approval, now: datetime, live: Collection[State]) -> Approval:
        """Add the approval unless its key has a live one."""
        with self._lock:
            current = self.latest(approval.key)
            if current and current.state in live and current.confirmation.expires_at > now:
                return current
            self._approvals[approval.id] = approval
            self._by_key[approval.key] = approval.id
            while len(self._approvals) > _APPROVALS_KEPT:
                self._forget(next(iter(self._approvals)))
            return approval

    def modify(self, approval_id: str, change: Callable[[Approval], Approval]) -> Approval:
        """Replace an approval by what the function makes of it."""
        with self._lock:
            self._approvals[approval_id] = changed = change(self._approvals[approval_id])
            return changed

    def waiting(self) -> list[Approval]:
        """The approvals in state pending, oldest first."""
        return [one for one in self.approvals() if one.state == "pending"]

    def redeem(self, approval_id: str, digest: str, now: datetime, intent: AuditRecord) -> bool:
        """Use an approval once."""
        with self._lock:
            approval = self._approvals.get(approval_id)
            if approval is None or not approval.redeemable(digest, now):
                return False
            self.append(intent)
            self._approvals[approval_id] = approval.used()
            return True

    def append(self, record: AuditRecord) -> None:
        """Chain a row to the log."""
        with self._lock:
            same = (one for one in self._open.values() if record.kind == "intent" and one.call == record.call)
            if found := next(same, None):
                raise OutcomeMissing(record.tool, found.id, found.at, found.request)
            row = record.chained(self._head)
            self.dropped += len(self._rows) == _ROWS_KEPT
            self._rows.append(row)
            self._head = row.hash
            self._note(row)

    def intents_since(self, agent: str, since: datetime) -> list[str]:
        """The actions of the writes that this agent was about to send since then."""
        moment = since.isoformat()
        return [row.action for row in self.rows() if row.kind == "intent" and row.agent == agent and row.at >= moment]

    def unresolved(self) -> list[AuditRecord]:
        """Intents without an outcome, oldest first."""
        with self._lock:
            return list(self._open.values())

    def head(self) -> tuple[int, str]:
        """The number of rows that there ever were, and the hash of the last one."""
        with self._lock:
            return self.dropped + len(self._rows), self._head

    def examined(self) -> tuple[list[AuditRecord], list[str]]:
        """The log. Objects in memory are as they were made."""
        return self.rows(), []

    def _note(self, row: AuditRecord) -> None:
        if row.kind == "intent" and row.call and row.id:
            self._open[row.id] = row
        elif row.kind in {"outcome", "resolved"}:
            self._open.pop(row.id, None)

    def rows(self) -> list[AuditRecord]:
        """The log, oldest first."""
        with self._lock:
            return list(self._rows)

    def _forget(self, approval_id: str) -> None:
        gone = self._approvals.pop(approval_id)
        if self._by_key.get(gone.key) == approval_id:
            del self._by_key[gone.key]
