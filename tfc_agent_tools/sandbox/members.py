"""Who uses the API: teams, users and their tokens."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from tfc_agent_tools.sandbox.permissions import AccessLevel

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tfc_agent_tools.sandbox.permissions import Grants, OrganizationPermission, ProjectPermission


class TokenKind(StrEnum):
    """The four kinds of token that the API knows."""

    USER = "user"
    TEAM = "team"
    ORGANIZATION = "organization"
    AUDIT_TRAILS = "audit-trails"


@dataclass(frozen=True, slots=True, kw_only=True)
class Team:
    """A team and what it may do: `access` is what it has in every workspace of its organization."""

    id: str
    name: str
    organization: str
    access: AccessLevel = AccessLevel.NONE
    is_owners: bool = False
    organization_access: frozenset[OrganizationPermission] = frozenset()
    workspace_access: Mapping[str, Grants] = field(default_factory=dict[str, "Grants"])
    project_levels: Mapping[str, AccessLevel] = field(default_factory=dict[str, AccessLevel])
    """By project: the fixed set that the team has in the project's workspaces."""
    project_access: Mapping[str, frozenset[ProjectPermission]] = field(
        default_factory=dict[str, "frozenset[ProjectPermission]"]
    )
    visibility: str = "secret"
    sso_team_id: str | None = None
    allow_member_token_management: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class User:
    """A person, or the service account that stands behind a team's or an organization's token."""

    id: str
    username: str
    email: str
    is_service_account: bool = False
    team_ids: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """An API token: its kind, who it acts as, and the resource that it authenticates."""

    value: str
    kind: TokenKind
    organization: str
    user_id: str
    team_id: str | None = None
    name: str | None = None
