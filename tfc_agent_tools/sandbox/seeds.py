"""The world that a sandbox starts with: one organization, three projects, four workspaces, four tokens."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from tfc_agent_tools.sandbox.configurations import SEEDED, pack
from tfc_agent_tools.sandbox.members import Team, Token, TokenKind, User
from tfc_agent_tools.sandbox.models import ConfigurationVersion, Organization, Project, Tag, Workspace
from tfc_agent_tools.sandbox.permissions import AccessLevel, OrganizationPermission

if TYPE_CHECKING:
    from tfc_agent_tools.sandbox.world import World

ORGANIZATION = "acme"
_PROJECTS = {
    "Default Project": (),
    "applications": (Tag("department", "web"),),
    "platform": (Tag("department", "platform"),),
}
_WORKSPACES = {
    "app-staging": ("applications", (Tag("environment", "staging"), Tag("app"))),
    "app-production": ("applications", (Tag("environment", "production"), Tag("app"))),
    "network": ("platform", (Tag("environment", "production"),)),
    "scratch": ("Default Project", ()),
}


def fill(world: World) -> None:
    """Fill an empty world; runs no terraform."""
    now = world.clock()
    world.organizations[ORGANIZATION] = Organization(
        name=ORGANIZATION,
        external_id=world.ids.new("org"),
        email="platform@acme.example",
        created_at=now,
    )
    _seed_tokens(world)
    projects = {
        name: world.projects.put(
            Project(id=world.ids.new("prj"), name=name, organization=ORGANIZATION, created_at=now, tags=tags)
        ).id
        for name, tags in _PROJECTS.items()
    }
    for name, (project, tags) in _WORKSPACES.items():
        workspace = Workspace(
            id=world.ids.new("ws"),
            name=name,
            organization=ORGANIZATION,
            project_id=projects[project],
            created_at=now,
            updated_at=now,
            tags=tags,
        )
        world.workspaces.put(workspace)
        _seed_configuration(world, workspace)


def _seed_tokens(world: World) -> None:
    person = User(id=world.ids.new("user"), username="ada", email="ada@acme.example")
    world.users.put(person)
    organization = _service_account(world, f"api-org-{ORGANIZATION}")
    _token(world, TokenKind.USER, person)
    managing = frozenset({OrganizationPermission.MANAGE_WORKSPACES, OrganizationPermission.MANAGE_PROJECTS})
    for name, access, organization_access in (
        ("platform", AccessLevel.ADMIN, managing),
        ("readers", AccessLevel.READ, frozenset[OrganizationPermission]()),
        ("planners", AccessLevel.PLAN, frozenset[OrganizationPermission]()),
    ):
        team = Team(
            id=world.ids.new("team"),
            name=name,
            organization=ORGANIZATION,
            access=access,
            organization_access=organization_access,
            visibility="organization",
        )
        world.teams.put(team)
        _token(world, TokenKind.TEAM, _service_account(world, f"api-team_{name}"), team.id)
    _token(world, TokenKind.ORGANIZATION, organization)
    _token(world, TokenKind.AUDIT_TRAILS, organization)
    owners = world.teams.put(Team(id=world.ids.new("team"), name="owners", organization=ORGANIZATION, is_owners=True))
    world.users.put(replace(person, team_ids=(owners.id,)))


def _service_account(world: World, username: str) -> User:
    user = User(
        id=world.ids.new("user"),
        username=username,
        email=f"{username}@noreply.acme.example",
        is_service_account=True,
    )
    return world.users.put(user)


def _token(world: World, kind: TokenKind, user: User, team_id: str | None = None) -> None:
    value = world.ids.token()
    world.tokens[value] = Token(value=value, kind=kind, organization=ORGANIZATION, user_id=user.id, team_id=team_id)


def _seed_configuration(world: World, workspace: Workspace) -> None:
    files = SEEDED.get(workspace.name)
    if files is None:
        return
    version = ConfigurationVersion(
        id=world.ids.new("cv"),
        workspace_id=workspace.id,
        created_at=workspace.created_at,
        created_by=next(user.id for user in world.users),
        status="uploaded",
        archive=pack(files),
        timestamps={"uploaded-at": workspace.created_at},
    )
    world.configuration_versions.put(version)
    world.workspaces.put(replace(workspace, current_configuration_version_id=version.id))
