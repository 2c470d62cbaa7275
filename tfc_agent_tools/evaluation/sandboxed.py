"""A sandbox to record from: on loopback, for as long as one recording takes, the same each time."""

from __future__ import annotations

import hashlib
import json
import subprocess
import threading
from contextlib import contextmanager
from functools import cache
from importlib.metadata import version
from queue import Empty, Queue
from typing import TYPE_CHECKING, Final

from tfc_agent_tools.errors import ConfigurationError
from tfc_agent_tools.evaluation.case import world_path
from tfc_agent_tools.evaluation.environment import MOMENT, SEED, token_of, world_of
from tfc_agent_tools.evaluation.record import SANDBOX, Server
from tfc_agent_tools.sandbox import serve
from tfc_agent_tools.sandbox.serve import Description
from tfc_agent_tools.sandbox.terraform import find_binary

if TYPE_CHECKING:
    from collections.abc import Generator
    from pathlib import Path

    from tfc_agent_tools.evaluation.case import Case
    from tfc_agent_tools.sandbox import Sandbox

_SECONDS_TO_START: Final = 10


@contextmanager
def sandbox_server(case: Case) -> Generator[Server]:
    """Serve a sandbox with the case's world and a real terraform behind it.

    Raises:
        ConfigurationError: There is no terraform to plan with, no such world, or no such token in it.
    """
    binary = find_binary()
    if binary is None:
        msg = "recording needs terraform or tofu on PATH"
        raise ConfigurationError(msg)
    with world_of(case, engine="terraform") as sandbox, _served(sandbox) as address:
        yield Server(
            name=SANDBOX,
            address=address,
            token=token_of(case, sandbox),
            version=version("tfc-agent-tools"),
            terraform=_version(binary),
            seed=SEED,
            clock=MOMENT,
            world=_fingerprint(case),
            settle=sandbox.settle,
        )


def _fingerprint(case: Case) -> str | None:
    """SHA-256 of the file, or of the content, that says what the world is."""
    path = world_path(case)
    if path is None and case.world is None:
        return None
    content = path.read_bytes() if path else json.dumps(case.world, sort_keys=True).encode()
    return hashlib.sha256(content).hexdigest()


@contextmanager
def _served(sandbox: Sandbox) -> Generator[str]:
    """Serve a sandbox in a thread, on a free port of loopback."""
    stop, ready = threading.Event(), Queue[Description]()
    settings = {"sandbox": sandbox, "on_ready": ready.put, "stop": stop}
    thread = threading.Thread(target=serve, kwargs=settings, name="tfc-eval-sandbox", daemon=True)
    thread.start()
    try:
        yield _first(ready)["address"]
    finally:
        stop.set()
        thread.join()


def _first(ready: Queue[Description]) -> Description:
    try:
        return ready.get(timeout=_SECONDS_TO_START)
    except Empty:
        msg = "the sandbox did not start"
        raise ConfigurationError(msg) from None


@cache
def _version(binary: Path) -> str:
    shown = subprocess.run([binary, "version", "-json"], capture_output=True, check=True, text=True)  # noqa: S603 - found on PATH
    return f"{binary.stem} {json.loads(shown.stdout)['terraform_version']}"
