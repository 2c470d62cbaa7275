"""Documents of projects."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tfc_agent_tools.sandbox.access import reads_project
from tfc_agent_tools.sandbox.documents.base import API, Document, linked, to_one
from tfc_agent_tools.sandbox.permissions import ProjectPermission

if TYPE_CHECKING:
    from tfc_agent_tools.sandbox.access import Principal
    from tfc_agent_tools.sandbox.members import Team
    from tfc_agent_tools.sandbox.models import Project
    from tfc_agent_tools.sandbox.world import World


def project_document(world: World, project: Project, principal: Principal) -> Document:
    """Return a project with its number of workspaces."""
    path = f"/projects/{project.id}"
    return {
        "id": project.id,
        "type": "projects",
        "attributes": {
            "name": project.name,
            "description": project.description,
            "workspace-count": sum(row.project_id == project.id for row in world.workspaces),
            "team-count": sum(_has_access(team, project) for team in world.teams),
            "permissions": {
                "can-update": principal.may_in_project(ProjectPermission.UPDATE, project),
                "can-destroy": principal.may_in_project(ProjectPermission.DELETE, project),
                "can-create-workspace": principal.may_in_project(ProjectPermission.CREATE_WORKSPACE, project),
            },
            "auto-destroy-activity-duration": None,
            "default-execution-mode": "remote",
            "stacks-default-execution-mode": "remote",
            "setting-overwrites": {"execution-mode": False, "stacks-execution-mode": False},
            **project.settings,
        },
        "relationships": {
            "organization": to_one("organizations", project.organization, f"/organizations/{project.organization}"),
            "default-agent-pool": {"data": None},
            "stacks-default-agent-pool": {"data": None},
            "tag-bindings": linked(f"{path}/tag-bindings"),
            "effective-tag-bindings": linked(f"{path}/effective-tag-bindings"),
        },
        "links": {"self": API + path},
    }


def _has_access(team: Team, project: Project) -> bool:
    return not team.is_owners and team.organization == project.organization and reads_project(team, project)
