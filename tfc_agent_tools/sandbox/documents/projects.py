"""Documents of projects."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tfc_agent_tools.sandbox.documents.base import API, Document, linked, to_one
from tfc_agent_tools.sandbox.models import AccessLevel

if TYPE_CHECKING:
    from tfc_agent_tools.sandbox.access import Principal
    from tfc_agent_tools.sandbox.models import Project
    from tfc_agent_tools.sandbox.world import World


def project_document(world: World, project: Project, principal: Principal) -> Document:
    """Return a project with its number of workspaces."""
    manages = principal.level >= AccessLevel.ADMIN
    path = f"/projects/{project.id}"
    return {
        "id": project.id,
        "type": "projects",
        "attributes": {
            "name": project.name,
            "description": project.description,
            "workspace-count": sum(row.project_id == project.id for row in world.workspaces),
            "team-count": sum(team.organization == project.organization for team in world.teams),
            "permissions": {
                "can-update": manages,
                "can-destroy": manages,
                "can-create-workspace": manages,
            },
            "auto-destroy-activity-duration": None,
        },
        "relationships": {
            "organization": to_one("organizations", project.organization, f"/organizations/{project.organization}"),
            "tag-bindings": linked(f"{path}/tag-bindings"),
            "effective-tag-bindings": linked(f"{path}/effective-tag-bindings"),
        },
        "links": {"self": API + path},
    }
