"""The rows of a rate budget that many processes share, and the statements that take a place in them.

A row is one bucket of one user of one server. One statement reads it, moves it on and answers, so that two processes
can't take the same place. SQLite reads this machine's clock and PostgreSQL the server's, so that machines agree.
"""

from __future__ import annotations

import os
import re
import time
from functools import cache
from typing import TYPE_CHECKING, Any, Final, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

SECONDS_TO_WAIT: Final = 1
"""For the lock of a row or of the file. PostgreSQL's clock is read before that wait, which must not look like a jump
of the clock (`_JUMP`)."""

_TABLES: Final = """
CREATE TABLE IF NOT EXISTS tfc_agent_rate (
  owner VARCHAR(64) NOT NULL, bucket VARCHAR(32) NOT NULL,
  due DOUBLE PRECISION NOT NULL, seen DOUBLE PRECISION NOT NULL, start DOUBLE PRECISION NOT NULL,
  pace DOUBLE PRECISION, ahead DOUBLE PRECISION, PRIMARY KEY (owner, bucket));
CREATE TABLE IF NOT EXISTS tfc_agent_rate_user (token VARCHAR(64) PRIMARY KEY, owner VARCHAR(64) NOT NULL)
"""
"""`due` is the theoretical arrival time, `seen` when a place was last asked for, `start` when that place is (or, where
none was taken, when to ask again); `pace` and `ahead` are interval and tolerance by the limit that the server tells."""
_LOCK: Final = 7_402_317
"""The number of the advisory lock under which the tables are made."""

_JUMP: Final = "r.seen - excluded.seen > 1.5"
"""The clock was set back."""
_AT: Final = f"(CASE WHEN {_JUMP} OR r.seen < excluded.seen THEN excluded.seen ELSE r.seen END)"
_DUE: Final = f"least(CASE WHEN {_JUMP} THEN r.due - r.seen + excluded.seen ELSE r.due END, {_AT} + :longest)"
"""Where the clock was set back, the schedule moves along; and nothing that is more than a queue is believed."""
_PACE: Final = "coalesce(r.pace, :pace)"
_AHEAD: Final = "coalesce(r.ahead, :ahead)"
_OWNER: Final = "coalesce((SELECT u.owner FROM tfc_agent_rate_user u WHERE u.token = :token), :token)"
"""The user where any process knows whose token it is; so all that use the token change over at once."""
_ROW: Final = f"INSERT INTO tfc_agent_rate AS r (owner, bucket, due, seen, start) VALUES ({_OWNER}, :bucket, "  # noqa: S608 - constants
_ON_CONFLICT: Final = "ON CONFLICT (owner, bucket) DO UPDATE SET "

TAKE: Final = (
    f"{_ROW} now() + :after + :pace, now(), now() + :after) {_ON_CONFLICT}"
    f"due = greatest({_AT} + :after, {_DUE}) + {_PACE}, "
    f"start = greatest({_AT} + :after, {_DUE} - {_AHEAD}), seen = {_AT} RETURNING start - seen"
)
"""The next place, not before `after` seconds from now; answers the seconds until it."""

_ROOM: Final = f"{_DUE} - ({_AHEAD} - {_PACE}) / 2"
SPARE: Final = (
    f"{_ROW} now() + :pace, now(), now()) {_ON_CONFLICT}"
    f"due = CASE WHEN {_ROOM} <= {_AT} THEN greatest({_AT}, {_DUE}) + {_PACE} ELSE {_DUE} END, "
    f"start = greatest({_ROOM}, {_AT}), seen = {_AT} RETURNING start - seen"
)
"""A place that starts now and leaves half of the burst; answers 0, or the seconds until there is one to ask for."""

PUSH: Final = (
    f"{_ROW} now() + :seconds + :ahead, now(), now()) {_ON_CONFLICT}"
    f"due = greatest({_DUE}, {_AT} + :seconds + {_AHEAD}), seen = {_AT} RETURNING due"
)
LEARN: Final = (
    "INSERT INTO tfc_agent_rate (owner, bucket, due, seen, start, pace, ahead) "  # noqa: S608 - constants
    f"VALUES ({_OWNER}, :bucket, 0, now(), now(), :pace, :ahead) "
    "ON CONFLICT (owner, bucket) DO UPDATE SET pace = excluded.pace, ahead = excluded.ahead RETURNING 0"
)
BELONGS: Final = (
    "INSERT INTO tfc_agent_rate_user (token, owner) VALUES (:token, :owner) "
    "ON CONFLICT (token) DO UPDATE SET owner = excluded.owner RETURNING 0"
)
CARRY: Final = (
    "INSERT INTO tfc_agent_rate AS r (owner, bucket, due, seen, start, pace, ahead) "
    "SELECT :owner, t.bucket, t.due, t.seen, t.start, t.pace, t.ahead FROM tfc_agent_rate t WHERE t.owner = :token "
    "ON CONFLICT (owner, bucket) DO UPDATE SET due = greatest(r.due, excluded.due) RETURNING 0"
)
"""What was given out for the token counts for its user."""


class Rows(Protocol):
    """One kept connection. Not safe for several threads at once; `SharedBudget` takes turns."""

    def ask(self, statement: str, values: Mapping[str, Any]) -> Any:
        """Run a statement above, in a transaction of its own; answers its only value, None where there is none."""
        ...

    def close(self) -> None:
        """Close the connection."""
        ...


class SqliteRows:
    """A file of its own beside the store: nothing waits for a disk here, and whatever is lost costs a second.

    It is not the store's file, because a connection that does not wait for the disk may take part in a checkpoint, and
    could then lose what the audit log was promised.
    """

    def __init__(self, file: Path, clock: Callable[[], float] = time.time) -> None:
        import sqlite3

        os.close(os.open(file, os.O_CREAT | os.O_RDWR, 0o600))
        self._connection = sqlite3.connect(
            file, timeout=SECONDS_TO_WAIT, isolation_level=None, check_same_thread=False, cached_statements=16
        )
        try:
            self._set_up(clock)
        except sqlite3.Error:
            self._connection.close()
            raise

    def _set_up(self, clock: Callable[[], float]) -> None:
        for name in ("journal_mode = WAL", "synchronous = OFF"):
            self._connection.execute(f"PRAGMA {name}")
        self._connection.create_function("now", 0, clock)
        for table in _TABLES.split(";"):
            self._connection.execute(table)

    def ask(self, statement: str, values: Mapping[str, Any]) -> Any:
        """Run a statement, by this machine's clock."""
        row = self._connection.execute(_for_sqlite(statement), values).fetchone()
        return row[0] if row else None

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()


class PostgresRows:
    """A table in the store's database."""

    def __init__(self, url: str) -> None:
        import psycopg

        self._connection = psycopg.connect(
            re.sub(r"^postgresql(\+\w+)?://", "postgresql://", url),
            autocommit=True,
            connect_timeout=2 * SECONDS_TO_WAIT,
        )
        try:
            self._set_up()
        except psycopg.Error:
            self._connection.close()
            raise

    def _set_up(self) -> None:
        """Make the tables, one process at a time, where they are not there yet."""
        self._connection.execute(b"SET statement_timeout = '%ds'" % SECONDS_TO_WAIT)
        self._connection.execute("SET synchronous_commit = off")  # whatever is lost costs a second
        found = self._connection.execute("SELECT to_regclass('tfc_agent_rate_user')").fetchone()
        if found and found[0] is not None:
            return
        with self._connection.transaction():
            self._connection.execute(b"SELECT pg_advisory_xact_lock(%d)" % _LOCK)
            for table in filter(str.strip, _TABLES.split(";")):
                self._connection.execute(table.encode())

    def ask(self, statement: str, values: Mapping[str, Any]) -> Any:
        """Run a statement, by the server's clock."""
        row = self._connection.execute(_for_postgres(statement), values).fetchone()
        return row[0] if row else None

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()


@cache
def _for_sqlite(statement: str) -> str:
    return statement.replace("greatest(", "max(").replace("least(", "min(")


@cache
def _for_postgres(statement: str) -> bytes:
    by_server = statement.replace("now()", "CAST(extract(epoch FROM clock_timestamp()) AS float8)")
    return re.sub(r":([a-z]+)", r"%(\1)s", by_server).encode()
