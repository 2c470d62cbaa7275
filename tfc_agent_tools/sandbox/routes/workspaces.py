"""Workspaces: list, show, create, update, delete, and the tags that hold for them."""

from __future__ import annotations

import re
from dataclasses import replace
from http import HTTPStatus
from typing import TYPE_CHECKING

from tfc_agent_tools.sandbox.access import Permission
from tfc_agent_tools.sandbox.call import Call, answer, data, nothing
from tfc_agent_tools.sandbox.documents.workspaces import effective_tag_documents, own_tag_documents, workspace_document
from tfc_agent_tools.sandbox.filters import matching_workspaces
from tfc_agent_tools.sandbox.includes import WORKSPACE, included
from tfc_agent_tools.sandbox.models import Tag, Workspace
from tfc_agent_tools.sandbox.problems import Problem, conflict, invalid, not_found
from tfc_agent_tools.sandbox.routes.endpoint import Endpoint
from tfc_agent_tools.sandbox.states import resources_of

if TYPE_CHECKING:
    from starlette.responses import Response

    from tfc_agent_tools.sandbox.bodies import Document

_NAME = re.compile(r"[A-Za-z0-9_-]{1,90}\Z")
_MODES = ("remote", "local")
_BY_NAME = "/organizations/{organization}/workspaces/{name}"
_BY_ID = "/workspaces/{workspace}"


def list_workspaces(call: Call) -> Response:
    """List the workspaces that the token can see, in pages, searched, filtered and sorted."""
    organization = call.organization(call.path("organization"))
    visible = call.principal.may(Permission.READ)
    rows = [row for row in call.world.workspaces if row.organization == organization.name and visible]
    rows = matching_workspaces(call.world, rows, call.query)
    return call.page(rows, lambda row: workspace_document(call.world, row, call.principal), known=WORKSPACE)


def show_workspace(call: Call) -> Response:
    """Show a workspace by its id or its name."""
    return _shown(call, _find(call, Permission.READ))


def create_workspace(call: Call) -> Response:
    """Create a workspace; a taken or malformed name is a 422."""
    organization = call.organization(call.path("organization"))
    if not call.principal.manages_workspaces:
        raise not_found()
    document = call.document("workspaces")
    now = call.world.clock()
    workspace = Workspace(
        id="",
        name="",
        organization=organization.name,
        project_id=_default_project(call),
        created_at=now,
        updated_at=now,
    )
    workspace = _changed(call, workspace, document)
    if not workspace.name:
        raise invalid("Name can't be blank", "/data/attributes/name")
    workspace = replace(workspace, id=call.world.ids.new("ws"))
    return _shown(call, call.world.workspaces.put(workspace), HTTPStatus.CREATED)


def update_workspace(call: Call) -> Response:
    """Change the attributes that the document names."""
    workspace = _changed(call, _find(call, Permission.ADMIN), call.document("workspaces"))
    return _shown(call, call.world.workspaces.put(workspace))


def delete_workspace(call: Call) -> Response:
    """Delete a workspace and everything in it, by force.

    Owners only, unless the organization allows it to workspace admins (403 otherwise).
    """
    workspace = _find(call, Permission.ADMIN)
    organization = call.organization(workspace.organization)
    if not (call.principal.is_owner or organization.allow_force_delete_workspaces):
        raise Problem(HTTPStatus.FORBIDDEN, "Only owners can force delete workspaces")
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


def _default_project(call: Call) -> str:
    return next(row.id for row in call.world.projects)


def _changed(call: Call, workspace: Workspace, document: Document) -> Workspace:
    attributes = document.attributes
    mode = attributes.text("execution-mode") or workspace.execution_mode
    if mode not in _MODES:
        raise invalid("execution-mode is not available in the sandbox", "/data/attributes/execution-mode")
    return replace(
        workspace,
        name=_checked_name(call, workspace, attributes.text("name")),
        description=attributes.text("description") if "description" in attributes else workspace.description,
        auto_apply=attributes.flag("auto-apply", workspace.auto_apply),
        execution_mode=mode,
        terraform_version=attributes.text("terraform-version") or workspace.terraform_version,
        working_directory=_directory(workspace, document),
        allow_destroy_plan=attributes.flag("allow-destroy-plan", workspace.allow_destroy_plan),
        queue_all_runs=attributes.flag("queue-all-runs", workspace.queue_all_runs),
        speculative_enabled=attributes.flag("speculative-enabled", workspace.speculative_enabled),
        project_id=_project(call, workspace, document),
        tags=_tags(workspace, document),
        updated_at=call.world.clock(),
    )


def _checked_name(call: Call, workspace: Workspace, name: str | None) -> str:
    if name is None or name == workspace.name:
        return workspace.name
    if not _NAME.match(name):
        raise invalid("Name is invalid: up to 90 letters, digits, dashes and underscores", "/data/attributes/name")
    if call.world.workspace_named(workspace.organization, name) is not None:
        raise invalid("Name has already been taken", "/data/attributes/name")
    return name


def _directory(workspace: Workspace, document: Document) -> str | None:
    if "working-directory" not in document.attributes:
        return workspace.working_directory
    return document.attributes.text("working-directory") or None


def _project(call: Call, workspace: Workspace, document: Document) -> str:
    project_id = document.related_id("project")
    if project_id is None:
        return workspace.project_id
    if call.world.projects.get(project_id) is None:
        raise not_found()
    return project_id


def _tags(workspace: Workspace, document: Document) -> tuple[Tag, ...]:
    if "tag-bindings" not in document.relationships:
        return workspace.tags
    bindings = document.related_attributes("tag-bindings")
    return tuple(Tag(binding.text("key") or "", binding.text("value") or "") for binding in bindings)


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
