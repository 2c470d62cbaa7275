"""What the sandbox itself writes into the log of a plan or an apply."""

from __future__ import annotations

import json
import platform
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from tfc_agent_tools.sandbox.engine import Order
    from tfc_agent_tools.sandbox.logs import Log


def greet(log: Log, engine: str) -> None:
    """Write the three lines that a log starts with.

    Three, because the terraform command drops that many from an apply's log.
    """
    log.write(f"SANDBOX: {engine} on this machine, no real infrastructure\n")
    log.write(f"on {platform.system().lower()}_{platform.machine()}\n")
    log.write("Initializing plugins and modules...\n")


def diagnose(order: Order, summary: str, severity: Literal["error", "warning"] = "error") -> None:
    """Write an error or a warning in the form of the log that it goes to."""
    title = f"{severity.capitalize()}: {summary}"
    if not order.structured:
        order.log.write(f"\n{title}\n")
        return
    line: dict[str, Any] = {
        "@level": "error" if severity == "error" else "warn",
        "@message": title,
        "@module": "terraform.ui",
        "type": "diagnostic",
        "diagnostic": {"severity": severity, "summary": summary, "detail": ""},
    }
    order.log.write(json.dumps(line) + "\n")


def for_people(structured: str) -> str:
    """Return the messages of a structured log, one after the other; lines that are no JSON stay as they are."""
    return "".join(f"{_message(line)}\n" for line in structured.splitlines())


def _message(line: str) -> str:
    try:
        event = json.loads(line)
        found = event.get("diagnostic")
        return _diagnostic(found) if found else str(event["@message"])
    except (ValueError, KeyError, AttributeError):
        return line


def _diagnostic(found: dict[str, Any]) -> str:
    title = f"\n{found['severity'].capitalize()}: {found['summary']}\n"
    place = found.get("range")
    where = f"\n  on {place['filename']} line {place['start']['line']}:\n" if place else ""
    return f"{title}{where}\n{found.get('detail', '')}"
