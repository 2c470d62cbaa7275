"""Who a token is, and what it may do.

An organization token has every permission but may not start, steer or read in detail what runs
(https://developer.hashicorp.com/terraform/cloud-docs/users-teams-organizations/api-tokens).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from http import HTTPStatus
from typing import TYPE_CHECKING

from tfc_agent_tools.sandbox.models import AccessLevel, Reference, TokenKind
from tfc_agent_tools.sandbox.problems import Problem

if TYPE_CHECKING:
    from tfc_agent_tools.sandbox.models import Team, Token, User
    from tfc_agent_tools.sandbox.world import World


class Permission(Enum):
    """What can be asked of a workspace: the least access level, and whether an organization token may."""

    READ = ("read", AccessLevel.READ, True)
    READ_STATE = ("read state versions", AccessLevel.READ, True)
    QUEUE_PLAN = ("queue plans", AccessLevel.PLAN, False)
    APPLY = ("apply runs", AccessLevel.WRITE, False)
    LOCK = ("lock and unlock", AccessLevel.WRITE, True)
    WRITE_STATE = ("create state versions", AccessLevel.WRITE, False)
    READ_PLAN_JSON = ("read the JSON plan", AccessLevel.ADMIN, False)
    ADMIN = ("administer", AccessLevel.ADMIN, True)

    def __init__(self, label: str, level: AccessLevel, organization_token: bool) -> None:
        self.label = label
        self.level = level
        self.organization_token = organization_token


@dataclass(frozen=True, slots=True)
class Principal:
    """The identity behind a request."""

    token: Token
    user: User
    team: Team | None

    @property
    def level(self) -> AccessLevel:
        """The access level in every workspace of the organization."""
        if self.token.kind is TokenKind.AUDIT_TRAILS:
            return AccessLevel.NONE
        return self.team.access if self.team is not None else AccessLevel.ADMIN

    @property
    def is_owner(self) -> bool:
        """Whether this identity manages the organization itself."""
        return self.token.kind in (TokenKind.USER, TokenKind.ORGANIZATION)

    @property
    def manages_workspaces(self) -> bool:
        """Whether this identity creates workspaces and projects."""
        return self.level >= AccessLevel.ADMIN

    @property
    def reads_api(self) -> bool:
        """Whether the token is good for anything but the audit trail."""
        return self.token.kind is not TokenKind.AUDIT_TRAILS

    @property
    def holder(self) -> Reference:
        """How this identity holds a workspace's lock: as a team or as a user."""
        if self.team is not None:
            return Reference("teams", self.team.id)
        return Reference("users", self.user.id)

    @property
    def resource(self) -> Reference:
        """What the token authenticates (`authenticated-resource` of the account)."""
        if self.token.kind is TokenKind.ORGANIZATION:
            return Reference("organizations", self.token.organization)
        return self.holder

    def may(self, permission: Permission) -> bool:
        """Whether this identity has a permission in its organization's workspaces."""
        if self.token.kind is TokenKind.ORGANIZATION and not permission.organization_token:
            return False
        return self.level >= permission.level


def authenticate(world: World, authorization: str | None) -> Principal:
    """Return who a request comes from.

    Raises:
        Problem: 401, only for a missing, malformed or unknown token.
    """
    scheme, _, value = (authorization or "").partition(" ")
    token = world.tokens.get(value.strip()) if scheme.lower() == "bearer" else None
    if token is None:
        raise Problem(HTTPStatus.UNAUTHORIZED, title="unauthorized")
    team = world.teams.get(token.team_id)
    return Principal(token, world.users[token.user_id], team)
