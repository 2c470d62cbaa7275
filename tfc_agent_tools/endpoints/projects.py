"""Projects: they group workspaces, and their variables, tags and team access reach into all of them.

https://developer.hashicorp.com/terraform/cloud-docs/api-docs/projects

Left out: `filter[permissions][create-workspace]` and `filter[permissions][update]` (each project's own flags are read
before a write). `setting-overwrites` is sent with the default modes, since without it they have no effect; they can be
given when a project is created, as documented.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field

from tfc_agent_tools.endpoint import document, endpoint
from tfc_agent_tools.endpoints.pools import ExecutionMode, fits
from tfc_agent_tools.endpoints.previews.words import differences, is_some, shown
from tfc_agent_tools.endpoints.tags import tagged, tagged_changes
from tfc_agent_tools.facts import UNKNOWN, Preview, Resource
from tfc_agent_tools.guards import confirms, explains, impacts, permission, previews, returns, tokens
from tfc_agent_tools.request import Json, Request
from tfc_agent_tools.types import (
    NOT_GIVEN,
    AgentPoolId,
    Duration,
    Impact,
    OrganizationName,
    PageNumber,
    PageSize,
    PlainText,
    ProjectId,
    Query,
    Risk,
    Search,
    Tags,
    TokenType,
)

ProjectName = Annotated[
    str, Field(pattern=r"^[A-Za-z0-9_-][A-Za-z0-9 _-]{1,38}[A-Za-z0-9_-]$", examples=["Platform Team"])
]
ProjectDescription = Annotated[str, Field(max_length=256), PlainText]
_EVERY = (TokenType.USER, TokenType.TEAM, TokenType.ORGANIZATION)


def impacts_of(request: Request) -> frozenset[Impact]:
    """Policies go by tags and by the names of what stands; what is not used for a set time is destroyed by itself."""
    data = request.body["data"]
    found: frozenset[Impact] = frozenset()
    is_renamed = "name" in data["attributes"] and request.method == "PATCH"
    if is_renamed or "relationships" in data or "setting-overwrites" in data["attributes"]:
        found |= {Impact.WEAKENS_CONTROL}
    if data["attributes"].get("auto-destroy-activity-duration"):
        found |= {Impact.DESTROYS, Impact.APPLIES}
    return found


def new_project(arguments: dict[str, Any]) -> Preview:
    """What every workspace in it will have."""
    return Preview(
        facts={
            "organization": arguments["organization_name"],
            "project": arguments["name"],
            "workspaces in it are destroyed after": arguments["auto_destroy_activity_duration"] or "never",
            "workspaces in it run": arguments["default_execution_mode"] or "as the organization says",
            "on the agent pool": arguments["default_agent_pool_id"],
            "tags": ", ".join(arguments["tags"] or ()) or None,
        }
    )


def changed_project(project: Resource, arguments: dict[str, Any]) -> Preview:
    """Each value that changes, and how many workspaces it reaches."""
    facts, quoted = differences(project, _attributes(arguments), frozenset({"name", "description"}))
    if "tags" in arguments:
        facts["tags"] = f"all of its own are replaced by {shown(arguments['tags'])}"
        facts["tags now"] = UNKNOWN  # the documented list of a project's tags has no ids, so it can't be read as facts
    return Preview(
        facts={"project": project.id, "workspaces in it": project.get("workspace-count"), **facts},
        quoted={"name of the project": project.text("name"), **quoted},
    )


def end_of_project(project: Resource) -> Preview:
    """The API deletes only an empty one."""
    count = project.get("workspace-count")
    return Preview(
        facts={
            "project": project.id,
            "organization": project.related_id("organization"),
            "workspaces in it": count,
            "teams with access": project.get("team-count"),
        },
        quoted={"name of the project": project.text("name"), "description": project.text("description")},
        typed=project.text("name") or None,
        impossible=f"it still holds {count} workspaces; move or delete them first" if is_some(count) else None,
    )


def _attributes(arguments: dict[str, Any]) -> dict[str, Any]:
    named = {"new_name": "name", "description": "description"}
    named["auto_destroy_activity_duration"] = "auto-destroy-activity-duration"
    return {attribute: arguments[name] for name, attribute in named.items() if name in arguments}


@returns("projects")
@tokens(*_EVERY)
@endpoint("GET /organizations/{organization_name}/projects", action="projects.list")
def list_projects(
    organization_name: OrganizationName,
    search: Annotated[Search | None, Query("q")] = None,
    names: Annotated[Search | None, Query("filter[names]"), Field(description="exact, comma-separated")] = None,
    sort: Annotated[Literal["name", "-name"] | None, Query("sort")] = None,
    page_number: PageNumber = 1,
    page_size: PageSize = 20,
) -> Json:
    """List the projects that the token can see.

    `search` is part of a name, in upper or lower case. `names` wins over it.
    """


@returns("projects")
@tokens(*_EVERY)
@endpoint("GET /projects/{project_id}", action="projects.read")
def get_project(project_id: ProjectId) -> Json:
    """Read one project."""


@returns("projects")
@previews(new_project)
@impacts(of=impacts_of)
@explains("explain/create_project.md.j2")
@confirms(Risk.WRITE)
@permission("Manage projects")
@tokens(*_EVERY)
@endpoint("POST /organizations/{organization_name}/projects", action="projects.create")
def create_project(
    organization_name: OrganizationName,
    name: ProjectName,
    description: ProjectDescription | None = None,
    auto_destroy_activity_duration: Duration = None,
    default_execution_mode: ExecutionMode | None = None,
    default_agent_pool_id: AgentPoolId | None = None,
    stacks_default_execution_mode: Literal["remote", "agent"] | None = None,
    stacks_default_agent_pool_id: AgentPoolId | None = None,
    tags: Tags | None = None,
) -> Json:
    """Create a project.

    The name takes 3 to 40 letters, digits, spaces, `-` and `_`. 201.
    """
    fits(mode=default_execution_mode, pool=default_agent_pool_id, prefix="default_")
    fits(mode=stacks_default_execution_mode, pool=stacks_default_agent_pool_id, prefix="stacks_default_")
    own = {"execution-mode": default_execution_mode, "stacks-execution-mode": stacks_default_execution_mode}
    attributes = {
        "name": name,
        "description": description,
        "auto-destroy-activity-duration": auto_destroy_activity_duration,
        "default-execution-mode": default_execution_mode,
        "stacks-default-execution-mode": stacks_default_execution_mode,
        "setting-overwrites": {setting: True for setting, mode in own.items() if mode} or None,
    }
    body = document(
        "projects",
        attributes,
        default_agent_pool=("agent-pools", default_agent_pool_id),
        stacks_default_agent_pool=("agent-pools", stacks_default_agent_pool_id),
    )
    return tagged(body, tags)


@returns("projects")
@previews(changed_project)
@impacts(of=impacts_of)
@explains("explain/update_project.md.j2")
@confirms(Risk.WRITE)
@permission("Manage projects", project="can-update")
@tokens(*_EVERY)
@endpoint("PATCH /projects/{project_id}", action="projects.update")
def update_project(
    project_id: ProjectId,
    new_name: ProjectName = NOT_GIVEN,
    description: ProjectDescription | None = NOT_GIVEN,
    auto_destroy_activity_duration: Duration = NOT_GIVEN,
    tags: Tags = NOT_GIVEN,
) -> Json:
    """Change a project; tags replace its own.

    A new duration, or null for none, is passed on to all workspaces in it.
    """
    duration = {"auto-destroy-activity-duration": auto_destroy_activity_duration}
    return tagged_changes("projects", {"name": new_name, "description": description, **duration}, tags)


@returns("deleted")
@previews(end_of_project)
@impacts(Impact.WEAKENS_CONTROL)
@explains("explain/delete_project.md.j2")
@confirms(Risk.DESTRUCTIVE)
@permission("Manage projects", project="can-destroy")
@tokens(*_EVERY)
@endpoint("DELETE /projects/{project_id}", action="projects.delete")
def delete_project(project_id: ProjectId) -> Json:
    """Delete an empty project.

    204; with workspaces or stacks in it the API refuses, with a status that is not documented.
    """
