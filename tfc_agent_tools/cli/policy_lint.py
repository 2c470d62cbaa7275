"""`tfc-agent policy lint FILE`: what can't be meant in a policy file, each with what to do."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from tfc_agent_tools.cli.failures import Exit
from tfc_agent_tools.cli.policy_files import File, counted, policy_in
from tfc_agent_tools.cli.policy_workspaces import Address, Live, Workspaces, known_workspaces
from tfc_agent_tools.policy_names import all_actions

if TYPE_CHECKING:
    from tfc_agent_tools.authority.rules.findings import Finding


def register(group: typer.Typer) -> None:
    """Add the command."""
    group.command("lint")(lint)


def lint(
    file: File,
    workspaces: Workspaces = None,
    live: Live = False,
    address: Address = None,
    strict: Annotated[bool, typer.Option("--strict", help="Fail on warnings too.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the findings as JSON.")] = False,
) -> None:
    """Find unknown names, rules that decide nothing, and demands that nobody can meet; exit 1 on an error.

    Given the workspaces there are (--workspaces, --live), names and tags that fit none of them are found too.
    """
    from tfc_agent_tools.authority.rules.findings import Severity
    from tfc_agent_tools.authority.rules.lint import lint as look
    from tfc_agent_tools.cli.policy_connection import connection, reported
    from tfc_agent_tools.cli.screen import Screen

    policy = policy_in(file)
    wire = connection(file, policy, None, address) if live else None
    with reported(Screen("POLICY"), wire):
        found = look(policy, all_actions(), known_workspaces(workspaces, wire))
    errors = sum(finding.severity is Severity.ERROR for finding in found)
    if as_json:
        typer.echo(json.dumps([asdict(finding) for finding in found], indent=2))
    else:
        _show(found, errors)
    raise typer.Exit(Exit.FAILED if errors or (strict and found) else Exit.GOOD)


def _show(found: list[Finding], errors: int) -> None:
    from tfc_agent_tools.cli.screen import Screen

    screen = Screen("POLICY")
    for finding in found:
        style = "red" if finding.severity == "error" else "yellow"
        screen.line(finding.severity, f"{finding.where}: {finding.text}", label_style=style)
    screen.text(f"{counted(errors, 'error')}, {counted(len(found) - errors, 'warning')}")
