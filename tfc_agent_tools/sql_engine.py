"""The database behind a store: found by its URL, and refused where it could not keep what is put into it."""

from __future__ import annotations

import os
import sqlite3
import stat
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import create_engine, event
from sqlalchemy.exc import ArgumentError as BadUrl
from sqlalchemy.exc import SQLAlchemyError

from tfc_agent_tools.errors import ConfigurationError
from tfc_agent_tools.sql_schema import prepare

if TYPE_CHECKING:
    from sqlalchemy import Connection, Engine


def engine_of(url: str) -> Engine:
    """The engine of a URL, with its tables.

    Raises:
        ConfigurationError: Not a URL, no driver for it, no database there, one of something else or of a later
            version, or a file that others can read. The message holds no password.
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
        prepare(engine)
    except (SQLAlchemyError, OSError) as error:
        where = engine.url.render_as_string(hide_password=True)
        msg = f"store: {where} can't be opened ({_why(error)})"
        raise ConfigurationError(msg) from None
    return engine


def _why(error: Exception) -> str:
    cause = getattr(error, "orig", error)
    if isinstance(cause, sqlite3.DatabaseError) and "not a database" in str(cause):
        return "the file is no SQLite database, or is damaged; move it away, or give the store another file"
    if isinstance(cause, sqlite3.DatabaseError) and "malformed" in str(cause):
        return "the file is damaged; restore it from a backup, or give the store another file"
    return type(error).__name__


def _for_one_machine(engine: Engine) -> None:
    """SQLite: a file for its owner only, writers that wait for each other, and nothing lost when the power fails."""
    if (file := engine.url.database) and file != ":memory:":
        _only_for_its_owner(Path(file))

    @event.listens_for(engine, "connect")
    def set_up(connection: Any, _: object) -> None:
        connection.isolation_level = None  # the driver's own transactions begin too late: after the first read
        connection.execute("PRAGMA busy_timeout = 10000")
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE")


def _only_for_its_owner(file: Path) -> None:
    """A new file is made for its owner alone; one that others could read or write is not trusted, nor made secret now.

    Raises:
        ConfigurationError: Others can read or write the file.
    """
    try:
        os.close(os.open(file, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
    except FileExistsError:
        mode = stat.S_IMODE(file.stat().st_mode)
        if mode & 0o077:
            msg = (
                f"store: {file} has mode {mode:04o}, so that others than its owner can read or change what agents may "
                f"do; look at what is in it, then: chmod 600 {file}"
            )
            raise ConfigurationError(msg) from None
