"""Projects."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tfc_agent_tools.sandbox.call import Call, data
from tfc_agent_tools.sandbox.documents.projects import project_document
from tfc_agent_tools.sandbox.problems import not_found
from tfc_agent_tools.sandbox.routes.endpoint import Endpoint

if TYPE_CHECKING:
    from starlette.responses import Response


def list_projects(call: Call) -> Response:
    """List an organization's projects; `filter[names]` and `q` narrow the list."""
    organization = call.organization(call.path("organization"))
    names = [name for name in call.query.get("filter[names]", "").split(",") if name]
    text = call.query.get("q", "").lower()
    rows = [
        row
        for row in call.world.projects
        if row.organization == organization.name and (not names or row.name in names) and text in row.name.lower()
    ]
    return call.page(rows, lambda row: project_document(call.world, row, call.principal))


def show_project(call: Call) -> Response:
    """Show a project."""
    project = call.world.projects.get(call.path("project"))
    if project is None:
        raise not_found()
    call.organization(project.organization)
    return data(project_document(call.world, project, call.principal))


ENDPOINTS = (
    Endpoint("GET", "/organizations/{organization}/projects", list_projects),
    Endpoint("GET", "/projects/{project}", show_project),
)
