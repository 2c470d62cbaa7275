"""Documents of teams."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tfc_agent_tools.sandbox.documents.base import API, Document, identifier
from tfc_agent_tools.sandbox.permissions import OrganizationPermission

if TYPE_CHECKING:
    from tfc_agent_tools.sandbox.access import Principal
    from tfc_agent_tools.sandbox.members import Team
    from tfc_agent_tools.sandbox.world import World


def team_document(world: World, team: Team, principal: Principal) -> Document:
    """Return a team with its members, and what the token may do with it."""
    members = [user for user in world.users if team.id in user.team_ids]
    manages = principal.manages(team.organization, OrganizationPermission.MANAGE_TEAMS)
    grants = principal.manages(team.organization, OrganizationPermission.MANAGE_ORGANIZATION_ACCESS)
    return {
        "id": team.id,
        "type": "teams",
        "attributes": {
            "name": team.name,
            "sso-team-id": team.sso_team_id,
            "users-count": len(members),
            "visibility": team.visibility,
            "allow-member-token-management": team.allow_member_token_management,
            "permissions": {
                "can-update-membership": manages,
                "can-destroy": manages and not team.is_owners,
                "can-update-organization-access": grants and not team.is_owners,
                "can-update-api-token": manages,
                "can-update-visibility": manages and not team.is_owners,
            },
            "organization-access": {
                name.value: team.is_owners or name in team.organization_access for name in OrganizationPermission
            },
        },
        "relationships": {
            "users": {"data": [identifier("users", user.id) for user in members]},
            "authentication-token": {"meta": {}},
        },
        "links": {"self": f"{API}/teams/{team.id}"},
    }
