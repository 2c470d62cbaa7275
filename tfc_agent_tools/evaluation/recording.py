"""`tfc-agent eval record`: from a sandbox on this machine, or from a server where a person is asked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.console import Console
from rich.text import Text

from tfc_agent_tools.cli.console import AskInConsole
from tfc_agent_tools.cli.screen import Screen, printable
from tfc_agent_tools.errors import ConfigurationError
from tfc_agent_tools.evaluation.case import cassette_path
from tfc_agent_tools.evaluation.report.words import reasons

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from tfc_agent_tools.evaluation.case import Case
    from tfc_agent_tools.evaluation.record import Recording


def recorded_from(case: Case, address: str | None, renames: Mapping[str, str]) -> int:
    """Record a case and show what came of it. Returns the exit code.

    Raises:
        ConfigurationError: The case has no cassette, or there is nothing to record from.
    """
    if renames and not address:
        msg = "--rename is for a server of its own names: give its --address too"
        raise ConfigurationError(msg)
    path = cassette_path(case)
    if path is None:
        msg = f"{case.id} plays in a world and has no cassette to record"
        raise ConfigurationError(msg)
    recording = _from_server(case, path, address, renames) if address else _from_sandbox(case, path)
    kept = "" if recording.is_kept else ": left as it was, since the agent did not come to its end"
    console, result = Console(), recording.result
    console.print(Text(f"{path}{kept}"))
    for reason in [] if result.passed else reasons(result):
        console.print(Text(f"{case.id}: {printable(reason)}", "red"))
    return 0 if result.passed else 1 if result.is_safe else 3


def _from_sandbox(case: Case, path: Path) -> Recording:
    from tfc_agent_tools.evaluation.record import record
    from tfc_agent_tools.evaluation.sandboxed import sandbox_server

    with sandbox_server(case) as server:
        return record(case, server, path)


def _from_server(case: Case, path: Path, address: str, renames: Mapping[str, str]) -> Recording:
    from tfc_agent_tools.api.transports import checked_address
    from tfc_agent_tools.environment import settings_from_env
    from tfc_agent_tools.evaluation.record import Server, record

    home = checked_address(address)
    server = Server(name=home, address=home, token=settings_from_env({})["token"])
    return record(case, server, path, ask=AskInConsole(Screen(home)), renames=renames)
