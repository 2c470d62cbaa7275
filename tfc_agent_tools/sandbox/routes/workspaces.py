"""Workspaces: list, show, create, update, delete, and the tags that hold for them."""

from __future__ import annotations

from dataclasses import replace
from http import HTTPStatus
from typing import TYPE_CHECKING

from tfc_agent_tools.sandbox.call import Call, answer, data, nothing
from tfc_agent_tools.sandbox.documents.workspaces import (
    effective_tag_documents,
    may_force_delete,
    own_tag_documents,
    workspace_document,
)
from tfc_agent_tools.sandbox.filters import matching_workspaces
from tfc_agent_tools.sandbox.includes import WORKSPACE, included, includes
from tfc_agent_tools.sandbox.models import Workspace
from tfc_agent_tools.sandbox.permissions import Permission, ProjectPermission
from tfc_agent_tools.sandbox.problems import Problem, conflict, not_found
from tfc_agent_tools.sandbox.routes.endpoint import Endpoint
from tfc_agent_tools.sandbox.states import resources_of
from tfc_agent_tools.sandbox.workspace_settings import changed_workspace

if TYPE_CHECKING:
    from starlette.responses import Response

_BY_NAME = "/organizations/{organization}/workspaces/{name}"
_BY_ID = "/workspaces/{workspace}"


def list_workspaces(call: Call) -> Response:
    """List the workspaces that the token can see, in pages, searched, filtered and sorted."""
    organization = call.organization(call.path("organization"))
    rows = [row for row in call.visible(call.world.workspaces) if row.organization == organization.name]
    rows = matching_workspaces(call.world, rows, call.query)
    return call.page(rows, lambda row: workspace_document(call.world, row, call.principal), known=WORKSPACE)


def show_workspace(call: Call) -> Response:
    """Show a workspace by its id or its name."""
    return _shown(call, _find(call, Permission.READ))


def create_workspace(call: Call) -> Response:
    """Create a workspace; a taken or malformed name is a 422."""
    organization = call.organization(call.path("organization"))
    projects = call.world.projects_of(organization.name)
    if not any(call.principal.may_in_project(ProjectPermission.CREATE_WORKSPACE, row) for row in projects):
        raise not_found()
    includes(call, WORKSPACE)
    document = call.document("workspaces")
    if document.related_id("project") is None:
        call.project(projects[0], ProjectPermission.CREATE_WORKSPACE)
    now = call.world.clock()
    workspace = Workspace(
        id="",
        name="",
        organization=organization.name,
        project_id=projects[0].id,
        created_at=now,
        updated_at=now,
    )
    workspace = changed_workspace(call, workspace, document)
    workspace = replace(workspace, id=call.world.ids.new("ws"))
    return _shown(call, call.world.workspaces.put(workspace), HTTPStatus.CREATED)


def update_workspace(call: Call) -> Response:
    """Change the attributes that the document names."""
    workspace = _find(call, Permission.ADMIN)
    includes(call, WORKSPACE)
    workspace = changed_workspace(call, workspace, call.document("workspaces"))
    return _shown(call, call.world.workspaces.put(workspace))


def delete_workspace(call: Call) -> Response:
    """Delete a workspace and everything in it, by force.

    403 for its admins who are no owners, unless the organization allows it or the workspace manages nothing.
    """
    workspace = _find(call, Permission.ADMIN)
    if not may_force_delete(call.world, workspace, call.principal):
        raise Problem(HTTPStatus.FORBIDDEN, "Only owners can force delete a workspace that manages resources")
    call.services.runs.forget(workspace)
    return nothing()


def list_effective_tags(call: Call) -> Response:
    """List a workspace's own and inherited tags, all of them."""
    workspace = call.workspace_at("workspace", Permission.READ)
    project = call.world.projects[workspace.project_id]
    return answer({"data": effective_tag_documents(workspace, project)})


def list_tags(call: Call) -> Response:
    """List a workspace's own tags, all of them."""
    workspace = call.workspace_at("workspace", Permission.READ)
    return answer({"data": own_tag_documents(workspace)})


def safe_delete_workspace(call: Call) -> Response:
    """Delete a workspace that manages nothing; 409 when it does, or is locked."""
    workspace = _find(call, Permission.ADMIN)
    if workspace.locked_by is not None:
        raise conflict("Unable to delete workspace: it is locked")
    if call.world.pending_state(workspace.id) is not None:
        raise conflict("Unable to delete workspace: its latest state is being processed")
    state = call.world.state_versions.get(workspace.current_state_version_id)
    if state is not None and resources_of(state.content):
        raise conflict("Unable to delete workspace: it still manages resources")
    call.services.runs.forget(workspace)
    return nothing()


def _find(call: Call, permission: Permission) -> Workspace:
    if "workspace" in call.request.path_params:
        return call.workspace_at("workspace", permission)
    organization = call.organization(call.path("organization"))
    return call.workspace(call.world.workspace_named(organization.name, call.path("name")), permission)


def _shown(call: Call, workspace: Workspace, status: HTTPStatus = HTTPStatus.OK) -> Response:
    document = workspace_document(call.world, workspace, call.principal)
    return data(document, status, included(call, [workspace], WORKSPACE))


ENDPOINTS = (
    Endpoint("GET", "/organizations/{organization}/workspaces", list_workspaces),
    Endpoint("POST", "/organizations/{organization}/workspaces", create_workspace),
    Endpoint("GET", _BY_NAME, show_workspace),
    Endpoint("PATCH", _BY_NAME, update_workspace),
    Endpoint("DELETE", _BY_NAME, delete_workspace),
    Endpoint("GET", _BY_ID, show_workspace),
    Endpoint("PATCH", _BY_ID, update_workspace),
    Endpoint("DELETE", _BY_ID, delete_workspace),
    Endpoint("POST", f"{_BY_NAME}/actions/safe-delete", safe_delete_workspace),
    Endpoint("POST", f"{_BY_ID}/actions/safe-delete", safe_delete_workspace),
    Endpoint("GET", f"{_BY_ID}/tag-bindings", list_tags),
    Endpoint("GET", f"{_BY_ID}/effective-tag-bindings", list_effective_tags),
)
