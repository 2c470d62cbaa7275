"""Teams: who they are, what they may do in the whole organization.

https://developer.hashicorp.com/terraform/cloud-docs/api-docs/teams

Left out: `sso-team-id` (set where the identity provider is), `include` (members are people, not facts about a team).
The argument `members_manage_keys` is the attribute `allow-member-token-management`; the table of the documentation
calls it `allow-team-token-management`, its samples and the official client don't.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import Field

from tfc_agent_tools.endpoint import changes, document, endpoint
from tfc_agent_tools.endpoints.previews.words import differences
from tfc_agent_tools.facts import UNKNOWN, Preview, Resource
from tfc_agent_tools.guards import confirms, explains, impacts, permission, previews, returns, tokens
from tfc_agent_tools.narrow import mapping
from tfc_agent_tools.request import Json, Request
from tfc_agent_tools.types import (
    NAME,
    NOT_GIVEN,
    Impact,
    OrganizationName,
    PageNumber,
    PageSize,
    Query,
    Risk,
    Search,
    TeamId,
    TokenType,
)

TeamName = Annotated[str, Field(pattern=rf"^{NAME}$", examples=["platform"])]
Visibility = Literal["secret", "organization"]
Access = Literal[
    "manage-policies",
    "manage-policy-overrides",
    "manage-run-tasks",
    "manage-workspaces",
    "manage-vcs-settings",
    "manage-agent-pools",
    "manage-providers",
    "manage-modules",
    "manage-projects",
    "read-projects",
    "read-workspaces",
    "manage-membership",
    "manage-teams",
    "manage-organization-access",
]
OrganizationAccess = Annotated[dict[Access, bool], Field(min_length=1)]
_EVERY = (TokenType.USER, TokenType.TEAM, TokenType.ORGANIZATION)
_OVER_CONTROLS = frozenset(
    {
        "manage-policies",
        "manage-policy-overrides",
        "manage-run-tasks",
        "manage-workspaces",
        "manage-projects",
        "manage-organization-access",
    }
)


def impacts_of(request: Request) -> frozenset[Impact]:
    """All of it is about who may do what (identity providers find teams by name), some about the controls."""
    attributes = request.body["data"]["attributes"]
    access = {name for name, holds in attributes.get("organization-access", {}).items() if holds}
    found = frozenset({Impact.GRANTS})
    return found if access.isdisjoint(_OVER_CONTROLS) else found | {Impact.WEAKENS_CONTROL}


def new_team(arguments: dict[str, Any]) -> Preview:
    """A team without members, which whoever joins it makes count."""
    return Preview(
        facts={
            "organization": arguments["organization_name"],
            "team": arguments["name"],
            "organization access": _held(arguments["organization_access"] or {}),
            "visibility": arguments["visibility"],
        }
    )


def changed_team(team: Resource, arguments: dict[str, Any]) -> Preview:
    """Each value that changes, and how many people it is about."""
    facts, _ = differences(team, _flat(arguments))
    closed = "organization_access" in arguments and team.get("permissions.can-update-organization-access") is False
    return Preview(
        facts={"team": team.get("name"), "people in it": team.get("users-count"), **facts},
        impossible="this token may not change the team's access" if closed else None,
    )


def end_of_team(team: Resource) -> Preview:
    """What its members lose, and with them whatever uses one of the team's tokens."""
    access: object = team.get("organization-access")
    held = mapping(access)
    return Preview(
        facts={
            "team": team.get("name"),
            "people in it": team.get("users-count"),
            "visibility": team.get("visibility"),
            "organization access": _held(held) if held or access == {} else UNKNOWN,
        },
        typed=team.text("name") or None,
    )


def _flat(arguments: dict[str, Any]) -> dict[str, Any]:
    named = {"new_name": "name", "visibility": "visibility", "members_manage_keys": "allow-member-token-management"}
    access = {f"organization-access.{name}": holds for name, holds in arguments.get("organization_access", {}).items()}
    return {named[name]: value for name, value in arguments.items() if name in named} | access


def _held(access: Mapping[str, Any]) -> str:
    return ", ".join(name for name, holds in access.items() if holds is True) or "none"


@returns("teams")
@tokens(*_EVERY)
@endpoint("GET /organizations/{organization_name}/teams", action="teams.list")
def list_teams(
    organization_name: OrganizationName,
    search: Annotated[Search | None, Query("q")] = None,
    names: Annotated[Search | None, Query("filter[names]"), Field(description="exact, comma-separated")] = None,
    page_number: PageNumber = 1,
    page_size: PageSize = 20,
) -> Json:
    """List the teams that the token can see.

    Secret teams are left out without a word, unless the token is an owner's or a member's.
    """


@returns("teams")
@tokens(*_EVERY)
@endpoint("GET /teams/{team_id}", action="teams.read")
def get_team(team_id: TeamId) -> Json:
    """Read one team and its organization access."""


@returns("teams")
@previews(new_team)
@impacts(Impact.GRANTS, of=impacts_of)
@explains("explain/create_team.md.j2")
@confirms(Risk.WRITE)
@permission("admin")
@tokens(*_EVERY)
@endpoint("POST /organizations/{organization_name}/teams", action="teams.create")
def create_team(
    organization_name: OrganizationName,
    name: TeamName,
    organization_access: OrganizationAccess | None = None,
    visibility: Visibility = "secret",
) -> Json:
    """Create a team without members.

    It takes an owner, "Manage teams", or an organization token. Answered 200 or 201.
    """
    return document("teams", {"name": name, "organization-access": organization_access, "visibility": visibility})


@returns("teams")
@previews(changed_team)
@impacts(of=impacts_of)
@explains("explain/update_team.md.j2")
@confirms(Risk.WRITE)
@permission("admin")
@tokens(*_EVERY)
@endpoint("PATCH /teams/{team_id}", action="teams.update")
def update_team(
    team_id: TeamId,
    new_name: TeamName = NOT_GIVEN,
    organization_access: OrganizationAccess = NOT_GIVEN,
    visibility: Visibility = NOT_GIVEN,
    members_manage_keys: Annotated[bool, Field(description="the team's API tokens")] = NOT_GIVEN,
) -> Json:
    """Change a team and its organization access.

    Access that is not named stays. It takes "Manage organization access".
    """
    attributes = {"name": new_name, "visibility": visibility, "allow-member-token-management": members_manage_keys}
    return changes("teams", {**attributes, "organization-access": organization_access})


@returns("deleted")
@previews(end_of_team)
@impacts(Impact.GRANTS)
@explains("explain/delete_team.md.j2")
@confirms(Risk.DESTRUCTIVE)
@permission("admin", team="can-destroy")
@tokens(*_EVERY)
@endpoint("DELETE /teams/{team_id}", action="teams.delete")
def delete_team(team_id: TeamId) -> Json:
    """Delete a team; its members lose the access that it gave.

    It grants nothing, but it changes who may do what, and its tokens end with it. 204.
    """
