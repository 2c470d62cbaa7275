"""`tfc-agent policy explain FILE`: who may do what, which workspaces each rule covers, why a call is decided so."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from tfc_agent_tools.cli.policy_files import File, named, policy_in
from tfc_agent_tools.cli.policy_workspaces import Address, Live, Workspaces, known_workspaces
from tfc_agent_tools.errors import ConfigurationError
from tfc_agent_tools.policy_names import all_actions

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tfc_agent_tools.api.http import Wire
    from tfc_agent_tools.authority.rules.coverage import Seen
    from tfc_agent_tools.authority.rules.decide import RulePolicy
    from tfc_agent_tools.cli.screen import Screen


def register(group: typer.Typer) -> None:
    """Add the command."""
    group.command("explain")(explain)


def explain(
    file: File,
    agent: Annotated[str | None, typer.Option(metavar="AGENT", help="Only this agent.")] = None,
    workspaces: Workspaces = None,
    live: Live = False,
    address: Address = None,
    why: Annotated[
        str | None, typer.Option(metavar="TOOL", help="Say why this call of --agent is decided so, with --arg.")
    ] = None,
    arg: Annotated[list[str] | None, typer.Option(metavar="KEY=VALUE", help="An argument of that call.")] = None,
) -> None:
    """Show who may do what, how many workspaces each rule covers, or why one call is decided so."""
    from tfc_agent_tools.cli.policy_connection import connection, known_agent, reported
    from tfc_agent_tools.cli.screen import Screen

    policy, screen = policy_in(file), Screen("POLICY")
    if agent:
        known_agent(policy, agent)
    wire = connection(file, policy, agent, address) if live else None
    with reported(screen, wire):
        if why:
            _explain_call(screen, policy, agent, why, arg or [], wire)
            return
        show_table(screen, policy, [agent] if agent else list(policy.document.agents))
        seen = known_workspaces(workspaces, wire)
        if seen is not None:
            show_coverage(screen, policy, seen)


def _explain_call(
    screen: Screen, policy: RulePolicy, agent: str | None, tool: str, given: list[str], wire: Wire | None
) -> None:
    from tfc_agent_tools.cli.call import parsed
    from tfc_agent_tools.cli.policy_why import show_why

    if agent is None:
        msg = "policy explain: --why needs --agent, since agents may do different things"
        raise ConfigurationError(msg)
    show_why(screen, policy, agent, tool, dict(map(parsed, given)), wire)


def show_table(screen: Screen, policy: RulePolicy, agents: Sequence[str]) -> None:
    """Actions by agents, and below them the rules in words."""
    from rich.table import Table

    from tfc_agent_tools.authority.rules.table import table
    from tfc_agent_tools.authority.rules.words import rule_in_words
    from tfc_agent_tools.cli.screen import printable

    screen.heading("who may do what")
    shown = Table("action", *map(printable, agents), show_lines=False)
    for row in table(policy, all_actions(), agents):
        shown.add_row(*map(printable, (row.name, *row.cells)))
    screen.console.print(shown, markup=False)
    for one in policy.rules:
        if any(one.is_about(agent, action) for agent in agents for action in all_actions().by_name):
            screen.line("rule", f"{one.rule.id}: {rule_in_words(one.rule)}")
    if policy.document.kill_switch:
        screen.line("kill switch", "on: every write but discarding and cancelling runs is denied", style="red")


def show_coverage(screen: Screen, policy: RulePolicy, workspaces: Sequence[Seen]) -> None:
    """How many workspaces each rule covers, and which have no tag, so that no rule about tags covers them."""
    from tfc_agent_tools.authority.rules.coverage import coverage

    screen.heading(f"which of {len(workspaces)} workspaces each rule covers")
    for covered in coverage(policy, workspaces):
        perhaps = f", and {len(covered.perhaps)} perhaps" if covered.perhaps else ""
        names = _named((*covered.surely, *covered.perhaps))
        none = "none, so it decides nothing here"
        screen.line("rule", f"{covered.rule}: " + (f"{len(covered.surely)}{perhaps}{names}" if names else none))
    untagged = [seen.name for seen in workspaces if seen.tags == ()]
    screen.line("untagged", f"{len(untagged)}{_named(untagged)}")
    if unread := [seen.name for seen in workspaces if seen.tags is None]:
        screen.line("tags unread", f"{len(unread)}{_named(unread)}")


def _named(names: Sequence[str]) -> str:
    return f" ({named(names)})" if names else ""
