"""`tfc-agent policy audit-token FILE --agent A`: the rights of an agent's token that its policy never uses."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from tfc_agent_tools.authority.rules.globs import fits
from tfc_agent_tools.cli.failures import Exit
from tfc_agent_tools.cli.policy_files import File, counted, named, policy_in
from tfc_agent_tools.narrow import mapping
from tfc_agent_tools.policy_names import all_actions

if TYPE_CHECKING:
    from tfc_agent_tools.api.http import Wire
    from tfc_agent_tools.authority.rules.decide import RulePolicy
    from tfc_agent_tools.authority.rules.rights import Excess, Holding
    from tfc_agent_tools.cli.policy_reader import Reader
    from tfc_agent_tools.cli.screen import Screen
    from tfc_agent_tools.facts import Resource


def register(group: typer.Typer) -> None:
    """Add the command."""
    group.command("audit-token")(audit_token)


def audit_token(
    file: File,
    agent: Annotated[str, typer.Option(metavar="AGENT", help="The agent whose token it is.")],
    address: Annotated[str | None, typer.Option(metavar="URL", help="The server; TFE_ADDRESS by default.")] = None,
) -> None:
    """List what the agent's token can do although the policy never lets the agent; exit 1 when there is any.

    The token is that of the variable that the policy names for the agent, else TFE_TOKEN. It is only read with.
    """
    from tfc_agent_tools.cli.policy_connection import connection, reported
    from tfc_agent_tools.cli.screen import Screen

    policy = policy_in(file)
    wire = connection(file, policy, agent, address)
    screen = Screen(wire.address)
    with reported(screen, wire):
        found = audit(screen, policy, agent, wire)
    raise typer.Exit(Exit.FAILED if found else Exit.GOOD)


def audit(screen: Screen, policy: RulePolicy, agent: str, wire: Wire) -> list[Excess]:
    """Read the token's rights, and print those that go beyond the policy."""
    from tfc_agent_tools.api.tokens import kind_of
    from tfc_agent_tools.authority.rules.rights import excess
    from tfc_agent_tools.cli.policy_reader import Reader

    reader = Reader(wire)
    account = reader.account()
    screen.heading(f"token of {agent}")
    screen.line("token", f"{kind_of(account) or 'unknown'} token of {account.text('username') or 'nobody named'}")
    held = _holdings(screen, policy, reader)
    found = excess(policy, agent, all_actions(), held)
    for one in found:
        _show(screen, one)
    nothing = "nothing that the policy never lets the agent do"
    screen.text(f"{counted(len(found), 'right')} beyond the policy; take them from the token" if found else nothing)
    return found


def _holdings(screen: Screen, policy: RulePolicy, reader: Reader) -> list[Holding]:
    """The flags of every organization and workspace that the token sees."""
    from tfc_agent_tools.authority.rules.rights import Holding

    found, count = list[Holding](), 0
    for organization in reader.organizations():
        place = {"organization": organization.id}
        name = organization.id
        found.append(Holding(name=name, kind="organization", place=place, flags=_flags(organization)))
        for workspace, seen in reader.workspaces(organization.id):
            count += 1
            target = seen.target
            within = {field: getattr(target, field) for field in ("organization", "project", "workspace", "tags")}
            found.append(Holding(name=seen.name, kind="workspace", place=within, flags=_flags(workspace)))
    screen.line("sees", f"{counted(len(found) - count, 'organization')}, {counted(count, 'workspace')}")
    outside = [one.name for one in found if one.kind == "organization" and not _is_ours(policy, one.name)]
    if outside:
        screen.line("beyond", f"the policy is not for {', '.join(outside)}, and the token sees them")
    return found


def _is_ours(policy: RulePolicy, organization: str) -> bool:
    ours = policy.document.organizations
    return ours is None or fits(organization, ours)


def _flags(resource: Resource) -> frozenset[str]:
    return frozenset(name for name, holds in mapping(resource.get("permissions")).items() if holds is True)


def _show(screen: Screen, one: Excess) -> None:
    what = ", ".join(one.actions) or "no tool uses it"
    screen.line(one.kind, f"{one.flag} ({what}) in {named(one.places)}", label_style="yellow")
