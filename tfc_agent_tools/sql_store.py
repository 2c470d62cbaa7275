"""Approvals and the audit log in a database: SQLite on one machine, PostgreSQL where several share them.

Every method is one transaction that holds the write lock from its start, so that two processes can neither open one
question twice nor redeem one approval twice, and the chain of audit rows has one head.
"""

from __future__ import annotations

import json
import os
from contextlib import contextmanager
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import (
    BigInteger,
    Column,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    create_engine,
    event,
    insert,
    select,
    update,
)
from sqlalchemy.exc import ArgumentError as BadUrl
from sqlalchemy.exc import SQLAlchemyError

from tfc_agent_tools.authority.audit import FIRST, AuditRecord
from tfc_agent_tools.authority.rows import approval_from, row_of
from tfc_agent_tools.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Generator
    from datetime import datetime

    from sqlalchemy import Connection, Engine

    from tfc_agent_tools.authority.approvals import Approval, State

_SCHEMA: Final = MetaData()
_NUMBER: Final = BigInteger().with_variant(Integer, "sqlite")
_APPROVALS: Final = Table(
    "tfc_agent_approvals",
    _SCHEMA,
    Column("number", _NUMBER, primary_key=True, autoincrement=True),
    Column("id", String(64), nullable=False, unique=True),
    Column("key", String(64), nullable=False, index=True),
    Column("body", Text, nullable=False),
)
_AUDIT: Final = Table(
    "tfc_agent_audit",
    _SCHEMA,
    Column("number", _NUMBER, primary_key=True, autoincrement=True),
    Column("hash", String(64), nullable=False),
    Column("body", Text, nullable=False),
)
_LOCK: Final = 7_402_316
"""The number of the advisory lock that writers of one PostgreSQL database take in turn."""


class SqlStore:
    """A store in the database at a SQLAlchemy URL; a SQLite file is made readable by its owner only."""

    blocks = True

    def __init__(self, url: str, *, seconds_to_answer: float = 15 * 60) -> None:
        self.seconds_to_answer = seconds_to_answer
        self._engine = _engine(url)

    def approvals(self) -> list[Approval]:
        """All approvals, oldest first."""
        with self._write() as connection:
            bodies = connection.scalars(select(_APPROVALS.c.body).order_by(_APPROVALS.c.number))
            return [approval_from(json.loads(body)) for body in bodies]

    def approval(self, approval_id: str) -> Approval | None:
        """One approval."""
        with self._write() as connection:
            return _one(connection, _APPROVALS.c.id == approval_id)

    def latest(self, key: str) -> Approval | None:
        """The newest approval with this key."""
        with self._write() as connection:
            return _one(connection, _APPROVALS.c.key == key)

    def open(self, approval: Approval, now: datetime, live: Collection[State]) -> Approval:
        """Add the approval unless its key has a live one."""
        with self._write() as connection:
            current = _one(connection, _APPROVALS.c.key == approval.key)
            if current and current.state in live and current.confirmation.expires_at > now:
                return current
            values = {"id": approval.id, "key": approval.key, "body": _text(row_of(approval))}
            connection.execute(insert(_APPROVALS).values(values))
            return approval

    def change(self, approval: Approval, *, from_states: Collection[State]) -> Approval:
        """Replace an approval that is in one of these states."""
        with self._write() as connection:
            current = _one(connection, _APPROVALS.c.id == approval.id)
            if current is None:
                raise KeyError(approval.id)
            if current.state not in from_states:
                return current
            _replace(connection, approval)
            return approval

    def modify(self, approval_id: str, change: Callable[[Approval], Approval]) -> Approval:
        """Replace an approval by what the function makes of it."""
        with self._write() as connection:
            current = _one(connection, _APPROVALS.c.id == approval_id)
            if current is None:
                raise KeyError(approval_id)
            _replace(connection, changed := change(current))
            return changed

    def waiting(self) -> list[Approval]:
        """The approvals in state pending, oldest first."""
        likely = _APPROVALS.c.body.contains('"state": "pending"', autoescape=True)  # as `_text` writes it
        with self._write() as connection:
            bodies = connection.scalars(select(_APPROVALS.c.body).where(likely).order_by(_APPROVALS.c.number))
            return [one for one in (approval_from(json.loads(body)) for body in bodies) if one.state == "pending"]

    def redeem(self, approval_id: str, digest: str, now: datetime, intent: AuditRecord) -> bool:
        """Use an approval once."""
        with self._write() as connection:
            approval = _one(connection, _APPROVALS.c.id == approval_id)
            if approval is None or not approval.redeemable(digest, now):
                return False
            _append(connection, intent)
            _replace(connection, approval.used())
            return True

    def append(self, record: AuditRecord) -> None:
        """Chain a row to the log."""
        with self._write() as connection:
            _append(connection, record)

    def rows(self) -> list[AuditRecord]:
        """The log, oldest first."""
        with self._write() as connection:
            bodies = connection.scalars(select(_AUDIT.c.body).order_by(_AUDIT.c.number))
            return [_record(json.loads(body)) for body in bodies]

    def close(self) -> None:
        """Close the connections."""
        self._engine.dispose()

    @contextmanager
    def _write(self) -> Generator[Connection]:
        with self._engine.begin() as connection:
            if connection.dialect.name == "postgresql":
                connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_LOCK})")
            yield connection


def _engine(url: str) -> Engine:
    """The engine of a URL, with its tables.

    Raises:
        ConfigurationError: Not a URL, no driver for it, or no database there. The message holds no password.
    """
    try:
        engine = create_engine(url)
    except (BadUrl, ModuleNotFoundError) as error:
        said = "is no database URL" if isinstance(error, BadUrl) else f"needs the package {error.name}"
        msg = f"store: it {said}; use sqlite:///file.db or postgresql+psycopg://host/name"
        raise ConfigurationError(msg) from None
    try:
        if engine.dialect.name == "sqlite":
            _for_one_machine(engine)
        _SCHEMA.create_all(engine)
    except (SQLAlchemyError, OSError) as error:
        msg = f"store: {engine.url.render_as_string(hide_password=True)} can't be opened ({type(error).__name__})"
        raise ConfigurationError(msg) from None
    return engine


def _for_one_machine(engine: Engine) -> None:
    """SQLite: a file for its owner only, writers that wait for each other, and nothing lost when the power fails."""
    if (file := engine.url.database) and file != ":memory:":
        Path(file).touch(mode=0o600, exist_ok=True)
        os.chmod(file, 0o600)  # noqa: PTH101 - the file may be there already, with another mode

    @event.listens_for(engine, "connect")
    def set_up(connection: Any, _: object) -> None:
        connection.isolation_level = None  # the driver's own transactions begin too late: after the first read
        connection.execute("PRAGMA busy_timeout = 10000")
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE")


def _one(connection: Connection, condition: Any) -> Approval | None:
    statement = select(_APPROVALS.c.body).where(condition).order_by(_APPROVALS.c.number.desc()).limit(1)
    body = connection.scalar(statement)
    return approval_from(json.loads(body)) if body else None


def _replace(connection: Connection, approval: Approval) -> None:
    values = {"body": _text(row_of(approval))}
    connection.execute(update(_APPROVALS).where(_APPROVALS.c.id == approval.id).values(values))


def _append(connection: Connection, record: AuditRecord) -> None:
    head = connection.scalar(select(_AUDIT.c.hash).order_by(_AUDIT.c.number.desc()).limit(1))
    row = record.chained(head or FIRST)
    connection.execute(insert(_AUDIT).values({"hash": row.hash, "body": _text(asdict(row))}))


def _record(data: dict[str, Any]) -> AuditRecord:
    return replace(AuditRecord(**data), rules=tuple(data["rules"]))


def _text(data: Any) -> str:
    return json.dumps(data, sort_keys=True)
