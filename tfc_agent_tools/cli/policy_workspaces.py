"""The workspaces that a policy is held against: from a file, or read live."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tfc_agent_tools.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tfc_agent_tools.api.http import Wire
    from tfc_agent_tools.authority.rules.coverage import Seen

Workspaces = Annotated[
    Path | None,
    typer.Option(metavar="JSON", help="A list of workspaces: organization, workspace, project, tags."),
]
Live = Annotated[bool, typer.Option("--live", help="Read them with the agent's token, else with TFE_TOKEN.")]
Address = Annotated[str | None, typer.Option(metavar="URL", help="The server; TFE_ADDRESS by default.")]


def known_workspaces(file: Path | None, wire: Wire | None) -> Sequence[Seen] | None:
    """Those in the file and those that the token sees; None where neither is given.

    Raises:
        ConfigurationError: The file is not such a list.
        ApiError: The server says no.
    """
    if file is None and wire is None:
        return None
    return [*(_from_file(file) if file else ()), *(_from_server(wire) if wire else ())]


def _from_file(file: Path) -> Sequence[Seen]:
    from tfc_agent_tools.authority.rules.coverage import read_workspaces

    try:
        return read_workspaces(file.read_bytes(), str(file))
    except OSError as error:
        msg = f"workspaces: {file} can't be read ({error.strerror or type(error).__name__})"
        raise ConfigurationError(msg) from None


def _from_server(wire: Wire) -> Sequence[Seen]:
    from tfc_agent_tools.cli.policy_reader import Reader

    reader = Reader(wire)
    return [seen for one in reader.organizations() for _, seen in reader.workspaces(one.id)]
