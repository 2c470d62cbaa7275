"""The tables of a store, their version, and how an older store becomes today's.

Version 1 had no table that says so. A store of a later version is refused: this one could not keep its promises.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import (
    BigInteger,
    Column,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    insert,
    inspect,
    select,
    text,
    update,
)

from tfc_agent_tools.errors import ConfigurationError
from tfc_agent_tools.narrow import mapping

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import Connection, Engine

VERSION: Final = 2
_SCHEMA: Final = MetaData()
_NUMBER: Final = BigInteger().with_variant(Integer, "sqlite")
APPROVALS: Final = Table(
    "tfc_agent_approvals",
    _SCHEMA,
    Column("number", _NUMBER, primary_key=True, autoincrement=True),
    Column("id", String(64), nullable=False, unique=True),
    Column("key", String(64), nullable=False, index=True),
    Column("state", String(16), nullable=False, server_default=""),
    Column("agent", Text, nullable=False, server_default=""),
    Column("body", Text, nullable=False),
)
AUDIT: Final = Table(
    "tfc_agent_audit",
    _SCHEMA,
    Column("number", _NUMBER, primary_key=True, autoincrement=True),
    Column("hash", String(64), nullable=False),
    Column("kind", String(16), nullable=False, server_default=""),
    Column("agent", Text, nullable=False, server_default=""),
    Column("at", String(40), nullable=False, server_default=""),
    Column("write", String(64), nullable=False, server_default=""),
    Column("send", String(64), nullable=False, server_default=""),
    Column("body", Text, nullable=False),
)
_VERSIONS: Final = Table("tfc_agent_schema", _SCHEMA, Column("version", Integer, nullable=False))
INDEXES: Final = (
    Index("tfc_agent_approvals_state", APPROVALS.c.state),
    Index("tfc_agent_audit_write", AUDIT.c.write, AUDIT.c.kind),
    Index("tfc_agent_audit_send", AUDIT.c.send, AUDIT.c.kind),
    Index("tfc_agent_audit_agent", AUDIT.c.agent, AUDIT.c.kind, AUDIT.c.at),
)
_ADDED: Final = {
    "tfc_agent_approvals": ("state VARCHAR(16)", "agent TEXT"),
    "tfc_agent_audit": ("kind VARCHAR(16)", "agent TEXT", "at VARCHAR(40)", "write VARCHAR(64)", "send VARCHAR(64)"),
}
"""The columns that version 2 has and version 1 had not."""
_LOCK: Final = 7_402_316


def prepare(engine: Engine) -> None:
    """Make the tables, or bring older ones up to date. Processes that start together take turns.

    Raises:
        ConfigurationError: The store is of a later version, or the file holds something else.
    """
    with engine.begin() as connection:
        if connection.dialect.name == "postgresql":
            connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_LOCK})")
        found = _version(connection)
        if found > VERSION:
            msg = (
                f"store: it is of version {found}, and this tfc-agent-tools knows {VERSION} and older; "
                "update tfc-agent-tools, or use another store"
            )
            raise ConfigurationError(msg)
        if found == 1:
            _from_1_to_2(connection)
        if found < VERSION:
            _SCHEMA.create_all(connection)
            connection.execute(insert(_VERSIONS).values(version=VERSION))


def _version(connection: Connection) -> int:
    """The version of the store; 0 where there is nothing yet."""
    names = set(inspect(connection).get_table_names())
    if _VERSIONS.name in names:
        versions = connection.scalars(select(_VERSIONS.c.version)).all()
        return max(versions, default=VERSION + 1)
    if {APPROVALS.name, AUDIT.name} <= names:
        return 1
    if connection.dialect.name == "sqlite" and names - {"tfc_agent_rate", "tfc_agent_rate_user"}:
        msg = "store: the file is a database of something else; give the store a file of its own"
        raise ConfigurationError(msg)
    return 0


def _from_1_to_2(connection: Connection) -> None:
    for name, columns in _ADDED.items():
        for column in columns:
            connection.execute(text(f"ALTER TABLE {name} ADD COLUMN {column} NOT NULL DEFAULT ''"))
    fillers: list[tuple[Table, Callable[[Any], dict[str, str]]]] = [
        (APPROVALS, approval_columns),
        (AUDIT, audit_columns),
    ]
    for table, fill in fillers:
        for number, body in connection.execute(select(table.c.number, table.c.body)).all():
            connection.execute(update(table).where(table.c.number == number).values(fill(json.loads(body))))
    for index in INDEXES:
        index.create(connection, checkfirst=True)


def approval_columns(body: Any) -> dict[str, str]:
    """The columns of an approval that stand beside its JSON, by that JSON."""
    row = mapping(body)
    return {"state": str(row["state"]), "agent": str(row["agent"])}


def audit_columns(body: Any) -> dict[str, str]:
    """The columns of an audit row that stand beside its JSON, by that JSON."""
    row = mapping(body)
    found = {"kind": "kind", "agent": "agent", "at": "at", "write": "call", "send": "id"}
    return {column: str(row.get(name) or "") for column, name in found.items()}
