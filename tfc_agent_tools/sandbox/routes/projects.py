"""Projects."""

from __future__ import annotations

from dataclasses import replace
from http import HTTPStatus
from typing import TYPE_CHECKING

from tfc_agent_tools.sandbox.call import Call, data, nothing
from tfc_agent_tools.sandbox.documents.projects import project_document
from tfc_agent_tools.sandbox.models import Project
from tfc_agent_tools.sandbox.permissions import OrganizationPermission, ProjectPermission
from tfc_agent_tools.sandbox.problems import Problem, invalid, not_found
from tfc_agent_tools.sandbox.routes.endpoint import Endpoint
from tfc_agent_tools.sandbox.settings import changed, choice, duration, tags_of

if TYPE_CHECKING:
    from starlette.responses import Response

    from tfc_agent_tools.sandbox.bodies import Document

_MIN_NAME, _MAX_NAME = 3, 40
_SHOWN_ONLY = {"auto-destroy-activity-duration": duration}
# There are no agent pools here, so no project can default to one.
_AT_CREATION = _SHOWN_ONLY | {
    "default-execution-mode": choice("remote", "local"),
    "stacks-default-execution-mode": choice("remote"),
}
_FILTERS = {
    "filter[permissions][create-workspace]": ProjectPermission.CREATE_WORKSPACE,
    "filter[permissions][update]": ProjectPermission.UPDATE,
}


def list_projects(call: Call) -> Response:
    """List the projects that the token can see; `filter[names]`, `q` and its permissions narrow the list."""
    organization = call.organization(call.path("organization"))
    names = [name for name in call.query.get("filter[names]", "").split(",") if name]
    text = call.query.get("q", "").lower()
    wanted = [permission for name, permission in _FILTERS.items() if call.query.get(name) == "true"]
    rows = [
        row
        for row in call.world.projects_of(organization.name)
        if (not names or row.name in names)
        and text in row.name.lower()
        and call.sees_project(row)
        and all(call.principal.may_in_project(permission, row) for permission in wanted)
    ]
    order = call.query.get("sort")
    if order not in (None, "name", "-name"):
        raise invalid("sort is not name or -name")
    if order is not None:
        rows.sort(key=lambda row: row.name, reverse=order == "-name")
    return call.page(rows, lambda row: project_document(call.world, row, call.principal))


def show_project(call: Call) -> Response:
    """Show a project."""
    return _shown(call, _find(call, ProjectPermission.READ))


def create_project(call: Call) -> Response:
    """Create a project; a taken name, or one that is not 3 to 40 characters long, is a 422."""
    organization = call.organization(call.path("organization"))
    if not call.principal.manages(organization.name, OrganizationPermission.MANAGE_PROJECTS):
        raise not_found()
    document = call.document("projects")
    project = Project(id="", name="", organization=organization.name, created_at=call.world.clock())
    project = replace(_changed(call, project, document), id=call.world.ids.new("prj"))
    return _shown(call, call.world.projects.put(project), HTTPStatus.CREATED)


def update_project(call: Call) -> Response:
    """Change what the document names; its tags replace all that there were."""
    project = _changed(call, _find(call, ProjectPermission.UPDATE), call.document("projects"))
    return _shown(call, call.world.projects.put(project))


def delete_project(call: Call) -> Response:
    """Delete an empty project: 422 for one with workspaces, and for the default one.

    403 for who may update it and not delete it. What a project with workspaces gets is not documented.
    """
    project = _find(call, ProjectPermission.READ)
    if not call.principal.may_in_project(ProjectPermission.DELETE, project):
        if call.principal.may_in_project(ProjectPermission.UPDATE, project):
            raise Problem(HTTPStatus.FORBIDDEN, "Not authorized to delete the project")
        raise not_found()
    if any(row.project_id == project.id for row in call.world.workspaces):
        raise invalid("Project can't be deleted: it still contains workspaces")
    if call.world.projects_of(project.organization)[0] == project:
        raise invalid("The default project can't be deleted")
    call.world.projects.remove(project.id)
    return nothing()


def _find(call: Call, permission: ProjectPermission) -> Project:
    return call.project(call.world.projects.get(call.path("project")), permission)


def _shown(call: Call, project: Project, status: HTTPStatus = HTTPStatus.OK) -> Response:
    return data(project_document(call.world, project, call.principal), status)


def _changed(call: Call, project: Project, document: Document) -> Project:
    attributes = document.attributes
    name = (attributes.text("name") or "").strip() if "name" in attributes else project.name
    pointer = "/data/attributes/name"
    if not _MIN_NAME <= len(name) <= _MAX_NAME:
        raise invalid(f"Name must have {_MIN_NAME} to {_MAX_NAME} characters", pointer)
    if any(row.name == name and row.id != project.id for row in call.world.projects_of(project.organization)):
        raise invalid("Name has already been taken", pointer)
    return replace(
        project,
        name=name,
        description=attributes.text("description") if "description" in attributes else project.description,
        tags=tags_of(document, project.tags),
        settings=changed(attributes, _SHOWN_ONLY if project.id else _AT_CREATION, project.settings),
    )


ENDPOINTS = (
    Endpoint("GET", "/organizations/{organization}/projects", list_projects),
    Endpoint("POST", "/organizations/{organization}/projects", create_project),
    Endpoint("GET", "/projects/{project}", show_project),
    Endpoint("PATCH", "/projects/{project}", update_project),
    Endpoint("DELETE", "/projects/{project}", delete_project),
)
