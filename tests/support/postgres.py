"""A real PostgreSQL in a temporary directory, on a free port of this machine."""

from __future__ import annotations

import os
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

_SECONDS_TO_START: Final = 20
_DEBIAN: Final = "/usr/lib/postgresql"
_FAST: Final = ("fsync=off", "full_page_writes=off", "max_connections=200")


def missing() -> str | None:
    """Why no server can be started here; None where one can."""
    return None if _program("postgres") and _program("initdb") else "PostgreSQL's initdb and postgres are not here"


@contextmanager
def running() -> Generator[str]:
    """The URL of a database of its own, for as long as the block runs."""
    folder = Path(tempfile.mkdtemp(prefix="tfc-postgres-"))
    user = _other_user()
    if user:
        shutil.chown(folder, user, user)
    data, port = folder / "data", _free_port()
    try:
        initdb = [_program("initdb"), "-D", data, "-U", "agent", "--auth=trust", "--no-sync", "-E", "UTF8"]
        subprocess.run(list(map(str, initdb)), user=user, check=True, stdout=subprocess.DEVNULL, cwd=folder)
        settings = [word for setting in (*_FAST, "listen_addresses=127.0.0.1") for word in ("-c", setting)]
        serve = [_program("postgres"), "-D", data, "-p", port, "-k", folder, *settings]
        with (folder / "log").open("wb") as log:
            server = subprocess.Popen(list(map(str, serve)), user=user, stdout=log, stderr=log, cwd=folder)
        try:
            _wait(port, server)
            yield f"postgresql+psycopg://agent@127.0.0.1:{port}/postgres"
        finally:
            server.send_signal(signal.SIGQUIT)
            server.wait(10)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def new_database(server: str) -> str:
    """The URL of a new database on a running server."""
    import psycopg

    name = f"test_{secrets.token_hex(6)}"
    with psycopg.connect(server.replace("+psycopg", ""), autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}".encode())
    return f"{server.rpartition('/')[0]}/{name}"


def _program(name: str) -> str | None:
    """The program itself: a wrapper on PATH may keep the server in a process of its own."""
    found = sorted(Path(_DEBIAN).glob(f"*/bin/{name}"))
    return str(found[-1]) if found else shutil.which(name)


def _other_user() -> str | None:
    """PostgreSQL refuses to run as root."""
    return "postgres" if os.geteuid() == 0 else None


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


def _wait(port: int, server: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + _SECONDS_TO_START
    while time.monotonic() < deadline and server.poll() is None:
        try:
            _connect(port)
        except Exception:  # noqa: BLE001 - whatever the driver says, it is not ready yet
            time.sleep(0.05)
        else:
            return
    raise RuntimeError(f"PostgreSQL did not start (exit code {server.poll()})")


def _connect(port: int) -> None:
    import psycopg

    psycopg.connect(f"postgresql://agent@127.0.0.1:{port}/postgres", connect_timeout=2).close()
