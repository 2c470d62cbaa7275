"""What the sandbox itself writes into the log of a plan or an apply."""

from __future__ import annotations

import json
import platform
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tfc_agent_tools.sandbox.logs import Log


def greet(log: Log, engine: str) -> None:
    """Write the three lines that a log starts with.

    Three, because the terraform command drops that many from an apply's log.
    """
    log.write(f"SANDBOX: {engine} on this machine, no real infrastructure\n")
    log.write(f"on {platform.system().lower()}_{platform.machine()}\n")
    log.write("Initializing plugins and modules...\n")


def diagnose(log: Log, summary: str) -> None:
    """Write an error in the form of terraform's own JSON log."""
    line: dict[str, Any] = {
        "@level": "error",
        "@message": f"Error: {summary}",
        "@module": "terraform.ui",
        "type": "diagnostic",
        "diagnostic": {"severity": "error", "summary": summary, "detail": ""},
    }
    log.write(json.dumps(line) + "\n")
