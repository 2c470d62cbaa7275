"""Who a token is, and what it may do.

An organization token has every permission but may not start, steer or read in detail what runs
(https://developer.hashicorp.com/terraform/cloud-docs/users-teams-organizations/api-tokens).
"""

from __future__ import annotations

from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING

from tfc_agent_tools.sandbox.members import TokenKind
from tfc_agent_tools.sandbox.models import Reference
from tfc_agent_tools.sandbox.permissions import (
    NOTHING,
    AccessLevel,
    OrganizationPermission,
    Permission,
    ProjectPermission,
    fixed,
)
from tfc_agent_tools.sandbox.problems import Problem

if TYPE_CHECKING:
    from tfc_agent_tools.sandbox.members import Team, Token, User
    from tfc_agent_tools.sandbox.models import Project, Workspace
    from tfc_agent_tools.sandbox.permissions import Grants
    from tfc_agent_tools.sandbox.world import World

_ALL = fixed(AccessLevel.ADMIN)
_MANAGERS = frozenset({OrganizationPermission.MANAGE_WORKSPACES, OrganizationPermission.MANAGE_PROJECTS})
_READERS = frozenset({OrganizationPermission.READ_WORKSPACES, OrganizationPermission.READ_PROJECTS})


@dataclass(frozen=True, slots=True)
class Principal:
    """The identity behind a request, with the teams that it acts for."""

    token: Token
    user: User
    teams: tuple[Team, ...] = ()

    @property
    def reads_api(self) -> bool:
        """Whether the token is good for anything but the audit trail."""
        return self.token.kind is not TokenKind.AUDIT_TRAILS

    @property
    def organizations(self) -> frozenset[str]:
        """The names of the organizations that the token can see."""
        if not self.reads_api:
            return frozenset()
        own = {self.token.organization} if self.token.kind is not TokenKind.USER else set[str]()
        return frozenset(own | {team.organization for team in self.teams})

    @property
    def holder(self) -> Reference:
        """How this identity holds a workspace's lock: as a team or as a user."""
        if self.token.kind is TokenKind.TEAM:
            return Reference("teams", self.token.team_id or "")
        return Reference("users", self.user.id)

    @property
    def resource(self) -> Reference:
        """What the token authenticates (`authenticated-resource` of the account)."""
        if self.token.kind is TokenKind.ORGANIZATION:
            return Reference("organizations", self.token.organization)
        return self.holder

    def owns(self, organization: str) -> bool:
        """Whether this identity acts as an owner of an organization."""
        if self.token.kind is TokenKind.ORGANIZATION:
            return self.token.organization == organization
        return any(team.is_owners and team.organization == organization for team in self.teams)

    def manages(self, organization: str, permission: OrganizationPermission) -> bool:
        """Whether this identity is an owner, or has an organization-level permission."""
        return self.owns(organization) or any(
            team.organization == organization and permission in team.organization_access for team in self.teams
        )

    def may(self, permission: Permission, workspace: Workspace) -> bool:
        """Whether this identity has a permission in a workspace."""
        if self.token.kind is TokenKind.ORGANIZATION and not permission.organization_token:
            return False
        if self.owns(workspace.organization):
            return True
        return any(permission in _granted(team, workspace) for team in self.teams)

    def may_in_project(self, permission: ProjectPermission, project: Project) -> bool:
        """Whether this identity has a permission in a project."""
        if self.manages(project.organization, OrganizationPermission.MANAGE_PROJECTS):
            return True
        if permission is ProjectPermission.CREATE_WORKSPACE and self.creates_workspaces(project.organization):
            return True
        mine = [team for team in self.teams if team.organization == project.organization]
        if permission is ProjectPermission.READ and any(reads_project(team, project) for team in mine):
            return True
        return any(permission in team.project_access[project.id] for team in mine if project.id in team.project_access)

    def creates_workspaces(self, organization: str) -> bool:
        """Whether this identity creates workspaces anywhere in an organization."""
        return self.manages(organization, OrganizationPermission.MANAGE_WORKSPACES) or self.manages(
            organization, OrganizationPermission.MANAGE_PROJECTS
        )


def reads_project(team: Team, project: Project) -> bool:
    """Whether a team's own grants show it a project of its organization."""
    return (
        team.access > AccessLevel.NONE
        or bool(team.organization_access & (_MANAGERS | _READERS))
        or project.id in team.project_access
    )


def overrides_policies(principal: Principal, workspace: Workspace) -> bool:
    """Whether this identity could override a policy that failed; an organization token never can."""
    manages = principal.manages(workspace.organization, OrganizationPermission.MANAGE_POLICY_OVERRIDES)
    return manages and principal.token.kind is not TokenKind.ORGANIZATION


def _granted(team: Team, workspace: Workspace) -> Grants:
    if team.organization != workspace.organization:
        return NOTHING
    if team.is_owners or team.organization_access & _MANAGERS:
        return _ALL
    everywhere = max(team.access, AccessLevel.READ) if team.organization_access & _READERS else team.access
    own = team.workspace_access.get(workspace.id, NOTHING)
    return fixed(everywhere) | fixed(team.project_levels.get(workspace.project_id, AccessLevel.NONE)) | own


def authenticate(world: World, authorization: str | None) -> Principal:
    """Return who a request comes from.

    Raises:
        Problem: 401, only for a missing, malformed or unknown token.
    """
    scheme, _, value = (authorization or "").partition(" ")
    token = world.tokens.get(value.strip()) if scheme.lower() == "bearer" else None
    if token is None:
        raise Problem(HTTPStatus.UNAUTHORIZED, title="unauthorized")
    user = world.users[token.user_id]
    team_ids = user.team_ids if token.kind is TokenKind.USER else (token.team_id,)
    found = (world.teams.get(team_id) for team_id in team_ids)
    return Principal(token, user, tuple(team for team in found if team is not None))
