"""Teams."""

from __future__ import annotations

from dataclasses import replace
from http import HTTPStatus
from typing import TYPE_CHECKING

from tfc_agent_tools.sandbox.call import Call, data, nothing
from tfc_agent_tools.sandbox.documents.accounts import user_document
from tfc_agent_tools.sandbox.documents.teams import team_document
from tfc_agent_tools.sandbox.includes import Related, included, includes
from tfc_agent_tools.sandbox.members import Team
from tfc_agent_tools.sandbox.permissions import OrganizationPermission
from tfc_agent_tools.sandbox.problems import Problem, invalid, not_found
from tfc_agent_tools.sandbox.routes.endpoint import Endpoint

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.responses import Response

    from tfc_agent_tools.sandbox.bodies import Attributes
    from tfc_agent_tools.sandbox.call import Json

_VISIBILITIES = ("secret", "organization")
_MAX_NAME = 255
_ACCESS = frozenset(permission.value for permission in OrganizationPermission)
# The documentation's table has the first name, its samples and clients the second.
_TOKEN_MANAGEMENT = ("allow-team-token-management", "allow-member-token-management")


def list_teams(call: Call) -> Response:
    """List the teams that the token can see: secret ones only its own, unless it manages teams."""
    organization = call.organization(call.path("organization"))
    names = [name for name in call.query.get("filter[names]", "").split(",") if name]
    text = call.query.get("q", "").lower()
    rows = [
        team
        for team in call.world.teams_of(organization.name)
        if _sees(call, team) and (not names or team.name in names) and text in team.name.lower()
    ]
    return call.page(rows, lambda team: team_document(call.world, team, call.principal), known=_INCLUDED)


def show_team(call: Call) -> Response:
    """Show a team."""
    return _shown(call, _find(call))


def create_team(call: Call) -> Response:
    """Create a team, which is secret unless it is said otherwise. The answer is a 200, as documented."""
    organization = call.organization(call.path("organization"))
    if not call.principal.manages(organization.name, OrganizationPermission.MANAGE_TEAMS):
        raise not_found()
    attributes = call.document("teams").attributes
    team = _changed(call, Team(id="", name="", organization=organization.name), attributes)
    includes(call, _INCLUDED)
    team = replace(team, id=call.world.ids.new("team"))
    return _shown(call, call.world.teams.put(team))


def update_team(call: Call) -> Response:
    """Change what the document names; of `organization-access`, only the permissions that it names."""
    team = _changed(call, _managed(call), call.document("teams").attributes)
    includes(call, _INCLUDED)
    return _shown(call, call.world.teams.put(team))


def delete_team(call: Call) -> Response:
    """Delete a team and its tokens. The owners can't be deleted."""
    team = _managed(call)
    if team.is_owners:
        raise Problem(HTTPStatus.FORBIDDEN, "The owners team can't be deleted")
    call.world.remove_team(team)
    return nothing()


def _sees(call: Call, team: Team) -> bool:
    principal = call.principal
    return (
        team.visibility == "organization"
        or team in principal.teams
        or principal.manages(team.organization, OrganizationPermission.MANAGE_TEAMS)
        or principal.manages(team.organization, OrganizationPermission.ACCESS_SECRET_TEAMS)
    )


def _find(call: Call) -> Team:
    team = call.world.teams.get(call.path("team"))
    if team is None or team.organization not in call.principal.organizations or not _sees(call, team):
        raise not_found()
    return team


def _managed(call: Call) -> Team:
    team = _find(call)
    if not call.principal.manages(team.organization, OrganizationPermission.MANAGE_TEAMS):
        raise not_found()
    return team


def _shown(call: Call, team: Team) -> Response:
    return data(team_document(call.world, team, call.principal), included=included(call, [team], _INCLUDED))


def _changed(call: Call, team: Team, attributes: Attributes) -> Team:
    token_management = team.allow_member_token_management
    for name in _TOKEN_MANAGEMENT:
        token_management = attributes.flag(name, token_management)
    return replace(
        team,
        name=_name(call, team, attributes),
        sso_team_id=attributes.text("sso-team-id") if "sso-team-id" in attributes else team.sso_team_id,
        visibility=attributes.choice("visibility", _VISIBILITIES) or team.visibility,
        allow_member_token_management=token_management,
        organization_access=_access(call, team, attributes),
    )


def _name(call: Call, team: Team, attributes: Attributes) -> str:
    name = attributes.text("name") or "" if "name" in attributes else team.name
    pointer = "/data/attributes/name"
    if not name or len(name) > _MAX_NAME:
        raise invalid("Name can't be blank" if not name else "Name is too long", pointer)
    if name != team.name and team.is_owners:
        raise invalid("The owners team can't be renamed", pointer)
    if any(other.name == name and other.id != team.id for other in call.world.teams_of(team.organization)):
        raise invalid("Name has already been taken", pointer)
    return name


def _access(call: Call, team: Team, attributes: Attributes) -> frozenset[OrganizationPermission]:
    pointer = "/data/attributes/organization-access"
    given = attributes.record("organization-access")
    if given is None:
        return team.organization_access
    if not call.principal.manages(team.organization, OrganizationPermission.MANAGE_ORGANIZATION_ACCESS):
        raise not_found()
    access = set(team.organization_access)
    for name, granted in given.items():
        if name not in _ACCESS or not isinstance(granted, bool):
            raise invalid(f"organization-access has no {name} that is {granted!r}", pointer)
        (access.add if granted else access.discard)(OrganizationPermission(name))
    return frozenset(access)


def _members(call: Call, team: Team) -> list[Json]:
    return [user_document(user) for user in call.world.users if team.id in user.team_ids]


_INCLUDED: Mapping[str, Related[Team]] = {"users": _members, "organization-memberships": lambda _call, _team: None}
ENDPOINTS = (
    Endpoint("GET", "/organizations/{organization}/teams", list_teams),
    Endpoint("POST", "/organizations/{organization}/teams", create_team),
    Endpoint("GET", "/teams/{team}", show_team),
    Endpoint("PATCH", "/teams/{team}", update_team),
    Endpoint("DELETE", "/teams/{team}", delete_team),
)
