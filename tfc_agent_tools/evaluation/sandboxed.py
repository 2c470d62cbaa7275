"""A sandbox to record from: on loopback, for as long as one recording takes, the same each time."""

from __future__ import annotations

import json
import subprocess
import threading
from contextlib import contextmanager
from datetime import UTC, datetime
from queue import Empty, Queue
from typing import TYPE_CHECKING, Final

from tfc_agent_tools.errors import ConfigurationError
from tfc_agent_tools.evaluation.record import SANDBOX, Server
from tfc_agent_tools.sandbox import Sandbox, serve
from tfc_agent_tools.sandbox.serve import Description
from tfc_agent_tools.sandbox.terraform import find_binary

if TYPE_CHECKING:
    from collections.abc import Generator
    from pathlib import Path

    from tfc_agent_tools.types import TokenType

SEED: Final = "evals"
MOMENT: Final = datetime(2026, 1, 1, 12, tzinfo=UTC)
"""What the sandbox's clock says, always. So no time on a tape depends on how long a plan took."""
_SECONDS_TO_START: Final = 10


@contextmanager
def sandbox_server(token_type: TokenType) -> Generator[Server]:
    """Serve a sandbox with a real terraform behind it.

    Raises:
        ConfigurationError: There is no terraform to plan with.
    """
    binary = find_binary()
    if binary is None:
        msg = "recording needs terraform or tofu on PATH"
        raise ConfigurationError(msg)
    with Sandbox(seed=SEED, clock=lambda: MOMENT, engine="terraform") as sandbox, _served(sandbox) as address:
        sandbox.hold()
        yield Server(
            name=SANDBOX,
            address=address,
            token=sandbox.tokens[token_type.value],
            terraform=_version(binary),
            settle=sandbox.settle,
        )


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


def _version(binary: Path) -> str:
    shown = subprocess.run([binary, "version", "-json"], capture_output=True, check=True, text=True)  # noqa: S603 - found on PATH
    return f"{binary.stem} {json.loads(shown.stdout)['terraform_version']}"
