"""The users, tokens and locks of a world file."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from tfc_agent_tools.sandbox.members import Token, TokenKind, User
from tfc_agent_tools.sandbox.models import Reference

if TYPE_CHECKING:
    from tfc_agent_tools.sandbox.world import World
    from tfc_agent_tools.sandbox.world_file import TokenSeed, WorldFile


def add_tokens(world: World, file: WorldFile) -> None:
    """Add the file's tokens, and a user or a service account behind each."""
    for name, seed in file.tokens.items():
        _token(world, file, name, seed)


def lock_workspaces(world: World, file: WorldFile) -> None:
    """Lock the workspaces that the file says are locked, for the token that it names or the first."""
    holders = {token.name: token for token in world.tokens.values()}
    for organization, seed in file.organizations.items():
        for name, workspace in (seed.workspaces if seed else {}).items():
            if workspace is not None and workspace.locked is not False:
                token = holders[workspace.locked_by or next(iter(file.tokens))]
                _lock(world, token, organization, name, workspace.locked)


def _token(world: World, file: WorldFile, name: str, seed: TokenSeed) -> None:
    organization = seed.organization or next(iter(file.organizations))
    teams = {(team.organization, team.name): team.id for team in world.teams}
    team_id = None
    if seed.type == "user":
        own = tuple(teams[file.team(organization, team)] for team in seed.teams)
        user = User(id=world.ids.new("user"), username=name, email=f"{name}@sandbox.example", team_ids=own)
        world.users.put(user)
    elif seed.team is not None:
        organization, team = file.team(organization, seed.team)
        team_id = teams[organization, team]
        user = service_account(world, f"api-team_{organization}-{team}")
    else:
        user = service_account(world, f"api-org-{organization}")
    value = world.ids.token()
    world.tokens[value] = Token(
        value=value,
        kind=TokenKind(seed.type),
        organization=organization,
        user_id=user.id,
        team_id=team_id,
        name=name,
    )


def _lock(world: World, token: Token, organization: str, name: str, locked: bool | str) -> None:
    workspace = world.workspace_named(organization, name)
    if workspace is not None:
        team = token.team_id
        holder = Reference("teams", team) if team else Reference("users", token.user_id)
        reason = locked if isinstance(locked, str) else None
        world.workspaces.put(replace(workspace, locked_by=holder, locked_reason=reason))


def service_account(world: World, username: str) -> User:
    """Return the user behind tokens of a team or an organization, made when it is first needed."""
    found = next((user for user in world.users if user.username == username), None)
    return found or world.users.put(
        User(
            id=world.ids.new("user"),
            username=username,
            email=f"{username}@noreply.sandbox.example",
            is_service_account=True,
        )
    )
