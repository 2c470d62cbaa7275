"""Approvals and the audit log in a database: SQLite on one machine, PostgreSQL where several share them.

Every change is one transaction that holds the write lock from its start, so that two processes can neither open one
question twice nor redeem one approval twice, and the chain of audit rows has one head. Statements are the driver's own:
they stand in the way of every call.
"""

from __future__ import annotations

import json
from contextlib import contextmanager
from functools import cache
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy.exc import SQLAlchemyError

from tfc_agent_tools.authority.audit import FIRST, AuditRecord, data_of, record_from
from tfc_agent_tools.authority.rows import approval_from, row_of
from tfc_agent_tools.errors import OutcomeMissing, StoreUnavailable
from tfc_agent_tools.sql_engine import engine_of
from tfc_agent_tools.sql_schema import approval_columns, audit_columns

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Generator, Sequence
    from datetime import datetime

    from tfc_agent_tools.authority.approvals import Approval, State

_LOCK: Final = 7_402_316
"""The number of the advisory lock that writers of one PostgreSQL database take in turn."""
_APPROVAL: Final = "SELECT body FROM tfc_agent_approvals WHERE "
_ADD_APPROVAL: Final = "INSERT INTO tfc_agent_approvals (id, key, state, agent, body) VALUES (?, ?, ?, ?, ?)"
_CHANGE_APPROVAL: Final = "UPDATE tfc_agent_approvals SET state = ?, agent = ?, body = ? WHERE id = ?"
_HEAD: Final = "SELECT hash FROM tfc_agent_audit ORDER BY number DESC LIMIT 1"
_ADD_ROW: Final = "INSERT INTO tfc_agent_audit (hash, kind, agent, at, write, send, body) VALUES (?, ?, ?, ?, ?, ?, ?)"
_OPEN: Final = (
    "SELECT body FROM tfc_agent_audit i WHERE kind = 'intent' AND send <> '' AND NOT EXISTS "
    "(SELECT 1 FROM tfc_agent_audit o WHERE o.send = i.send AND o.kind IN ('outcome', 'resolved'))"
)
"""Writes that were about to be sent and have no outcome on record."""


class SqlStore:
    """A store in the database at a SQLAlchemy URL; a SQLite file is made for its owner only.

    Rows about reads are committed without waiting for the disk: when the power fails, the last of them may be missing,
    and the chain still holds. Everything about writes is on disk before anything is sent.

    Raises:
        ConfigurationError: The database can't be used as a store; the message says why.
    """

    blocks = True
    dropped = 0

    def __init__(self, url: str, *, seconds_to_answer: float = 15 * 60) -> None:
        self.seconds_to_answer = seconds_to_answer
        self._engine = engine_of(url)
        self._is_sqlite = self._engine.dialect.name == "sqlite"

    def approvals(self) -> list[Approval]:
        """All approvals, oldest first."""
        return self._approvals("1 = 1 ORDER BY number")

    def approval(self, approval_id: str) -> Approval | None:
        """One approval."""
        return next(iter(self._approvals("id = ?", approval_id)), None)

    def latest(self, key: str) -> Approval | None:
        """The newest approval with this key."""
        return next(iter(self._approvals("key = ? ORDER BY number DESC LIMIT 1", key)), None)

    def waiting(self) -> list[Approval]:
        """The approvals in state pending, oldest first."""
        return self._approvals("state = 'pending' ORDER BY number")

    def open(self, approval: Approval, now: datetime, live: Collection[State]) -> Approval:
        """Add the approval unless its key has a live one."""
        with self._transaction() as run:
            current = _first(run(_APPROVAL + "key = ? ORDER BY number DESC LIMIT 1", approval.key))
            if current and current.state in live and current.confirmation.expires_at > now:
                return current
            body = row_of(approval)
            columns = approval_columns(body)
            run(_ADD_APPROVAL, approval.id, approval.key, columns["state"], columns["agent"], _text(body))
            return approval

    def modify(self, approval_id: str, change: Callable[[Approval], Approval]) -> Approval:
        """Replace an approval by what the function makes of it."""
        with self._transaction() as run:
            current = _first(run(_APPROVAL + "id = ?", approval_id))
            if current is None:
                raise KeyError(approval_id)
            changed = change(current)
            if changed is not current:
                _replace(run, changed)
            return changed

    def redeem(self, approval_id: str, digest: str, now: datetime, intent: AuditRecord) -> bool:
        """Use an approval once."""
        with self._transaction() as run:
            approval = _first(run(_APPROVAL + "id = ?", approval_id))
            if approval is None or not approval.redeemable(digest, now):
                return False
            _none_open(run, intent)
            _append(run, intent)
            _replace(run, approval.used())
            return True

    def append(self, record: AuditRecord) -> None:
        """Chain a row to the log."""
        with self._transaction(is_durable=record.kind != "read") as run:
            if record.kind == "intent":
                _none_open(run, record)
            _append(run, record)

    def rows(self) -> list[AuditRecord]:
        """The log, oldest first."""
        return self._rows("SELECT body FROM tfc_agent_audit ORDER BY number")

    def head(self) -> tuple[int, str]:
        """The number of rows, and the hash of the last one."""
        with self._reading() as run:
            ((size, last),) = run(f"SELECT (SELECT count(*) FROM tfc_agent_audit), ({_HEAD})")  # noqa: S608 - our own
        return size, last or FIRST

    def examined(self) -> tuple[list[AuditRecord], list[str]]:
        """The log, and the rows that can't be read or whose columns do not say what they say: statements go by them."""
        with self._reading() as run:
            stored = run("SELECT body, hash, kind, agent, at, write, send FROM tfc_agent_audit ORDER BY number")
        rows, wrong = list[AuditRecord](), list[str]()
        for number, (body, *columns) in enumerate(stored, start=1):
            row = _record(body)
            if row is None:
                wrong.append(f"row {number} can't be read")
                continue
            rows.append(row)
            if columns != [row.hash, *audit_columns(data_of(row)).values()]:
                wrong.append(f"row {number} is filed under what it does not say")
        return rows, wrong

    def intents_since(self, agent: str, since: datetime) -> list[str]:
        """The actions of the writes that this agent was about to send since then."""
        found = self._rows(
            "SELECT body FROM tfc_agent_audit WHERE agent = ? AND kind = 'intent' AND at >= ?", agent, since.isoformat()
        )
        return [row.action for row in found]

    def unresolved(self) -> list[AuditRecord]:
        """Intents without an outcome, oldest first."""
        return self._rows(f"{_OPEN} ORDER BY number")

    def close(self) -> None:
        """Close the connections."""
        self._engine.dispose()

    def _approvals(self, condition: str, *values: Any) -> list[Approval]:
        with self._reading() as run:
            return [approval_from(json.loads(body)) for (body,) in run(_APPROVAL + condition, *values)]

    def _rows(self, statement: str, *values: Any) -> list[AuditRecord]:
        with self._reading() as run:
            bodies = run(statement, *values)
        return [row for (body,) in bodies if (row := _record(body))]

    @contextmanager
    def _reading(self) -> Generator[_Run]:
        """A single statement that waits for no writer."""
        with self._connected() as connection:
            yield _Run(connection.cursor(), is_sqlite=self._is_sqlite)
            if not self._is_sqlite:
                connection.rollback()

    @contextmanager
    def _transaction(self, *, is_durable: bool = True) -> Generator[_Run]:
        """All or nothing, and one writer at a time."""
        with self._connected() as connection:
            run = _Run(connection.cursor(), is_sqlite=self._is_sqlite)
            if self._is_sqlite:
                self._wait_for_the_disk(connection, run, is_durable=is_durable)
                run("BEGIN IMMEDIATE")
            else:
                run(f"SELECT pg_advisory_xact_lock({_LOCK})")
                if not is_durable:
                    run("SET LOCAL synchronous_commit TO off")
            try:
                yield run
            except BaseException:
                connection.rollback()
                raise
            connection.commit()

    @staticmethod
    def _wait_for_the_disk(connection: Any, run: _Run, *, is_durable: bool) -> None:
        """Whether the next commit of this connection does; the setting lasts, so it is made only when it changes."""
        if connection.info.get("is_durable", True) is not is_durable:
            run(f"PRAGMA synchronous = {'FULL' if is_durable else 'NORMAL'}")
            connection.info["is_durable"] = is_durable

    @contextmanager
    def _connected(self) -> Generator[Any]:
        driver: Any = self._engine.dialect.dbapi
        try:
            connection = self._engine.raw_connection()
            try:
                yield connection
            finally:
                connection.close()
        except (SQLAlchemyError, driver.Error) as error:
            raise StoreUnavailable(type(error).__name__) from None


class _Run:
    """Runs statements, written with `?`, on one cursor."""

    def __init__(self, cursor: Any, *, is_sqlite: bool) -> None:
        self._cursor, self._is_sqlite = cursor, is_sqlite

    def __call__(self, statement: str, *values: Any) -> Sequence[Any]:
        self._cursor.execute(statement if self._is_sqlite else _for_psycopg(statement), values)
        return self._cursor.fetchall() if self._cursor.description else ()


@cache
def _for_psycopg(statement: str) -> str:
    return statement.replace("?", "%s")


def _first(bodies: Sequence[Any]) -> Approval | None:
    return approval_from(json.loads(bodies[0][0])) if bodies else None


def _replace(run: _Run, approval: Approval) -> None:
    body = row_of(approval)
    columns = approval_columns(body)
    run(_CHANGE_APPROVAL, columns["state"], columns["agent"], _text(body), approval.id)


def _none_open(run: _Run, intent: AuditRecord) -> None:
    """No earlier send of the same write may be without an outcome.

    Raises:
        OutcomeMissing: One is.
    """
    if intent.call and (open_ones := run(f"{_OPEN} AND write = ? LIMIT 1", intent.call)):
        earlier = _record(open_ones[0][0]) or intent
        raise OutcomeMissing(intent.tool, earlier.id, earlier.at, earlier.request)


def _append(run: _Run, record: AuditRecord) -> None:
    head = run(_HEAD)
    row = record.chained(head[0][0] if head else FIRST)
    body = data_of(row)
    columns = audit_columns(body)
    run(_ADD_ROW, row.hash, *columns.values(), _text(body))


def _record(body: str) -> AuditRecord | None:
    """The row, or None where it can't be read: then the chain shows that it is missing, and `damage` where."""
    try:
        return record_from(json.loads(body))
    except (ValueError, KeyError, TypeError, RecursionError):
        return None


def _text(data: Any) -> str:
    return json.dumps(data, sort_keys=True)
