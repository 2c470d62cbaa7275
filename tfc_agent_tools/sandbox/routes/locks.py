"""Locking workspaces. A run's lock can't be unlocked, only force-unlocked."""

from __future__ import annotations

from dataclasses import replace
from http import HTTPStatus
from typing import TYPE_CHECKING

from tfc_agent_tools.sandbox.call import Call, data
from tfc_agent_tools.sandbox.documents.workspaces import workspace_document
from tfc_agent_tools.sandbox.permissions import Permission
from tfc_agent_tools.sandbox.problems import Problem, conflict
from tfc_agent_tools.sandbox.routes.endpoint import Endpoint

if TYPE_CHECKING:
    from starlette.responses import Response

    from tfc_agent_tools.sandbox.models import Reference, Workspace


def lock(call: Call) -> Response:
    """Lock a workspace; 409 when it is locked already."""
    workspace = call.workspace_at("workspace", Permission.LOCK)
    if workspace.locked_by is not None:
        raise conflict(f"Unable to lock workspace: {_held(call, workspace.locked_by)}")
    reason = call.bare().text("reason")
    return _put(call, replace(workspace, locked_by=call.principal.holder, locked_reason=reason))


def unlock(call: Call) -> Response:
    """Unlock a workspace; 409 when it is unlocked already or someone else holds it.

    503 while a state version waits for its upload.
    """
    workspace = call.workspace_at("workspace", Permission.LOCK)
    holder = workspace.locked_by
    if holder is None:
        raise conflict("Unable to unlock workspace: workspace is already unlocked")
    if holder != call.principal.holder:
        raise conflict(f"Unable to unlock workspace: {_held(call, holder)}")
    if call.world.pending_state(workspace.id) is not None:
        detail = "Unable to unlock workspace: the latest state version is still pending"
        raise Problem(HTTPStatus.SERVICE_UNAVAILABLE, detail)
    return _unlocked(call, workspace)


def force_unlock(call: Call) -> Response:
    """Take any lock away; 409 when there is none."""
    workspace = call.workspace_at("workspace", Permission.ADMIN)
    if workspace.locked_by is None:
        raise conflict("Unable to unlock workspace: workspace is already unlocked")
    return _unlocked(call, workspace)


def _held(call: Call, holder: Reference) -> str:
    # Clients look for exactly these words (go-tfe, workspace.go).
    if holder.type == "runs":
        return f"workspace is locked by Run {holder.id}"
    team = call.world.teams.get(holder.id)
    if team is not None:
        return f"workspace is locked by Team {team.name}"
    return f"workspace is locked by User {call.world.users[holder.id].username}"


def _unlocked(call: Call, workspace: Workspace) -> Response:
    call.world.workspaces.put(replace(workspace, locked_by=None, locked_reason=None))
    call.services.runs.advance(workspace.id)
    return data(workspace_document(call.world, call.world.workspaces[workspace.id], call.principal))


def _put(call: Call, workspace: Workspace) -> Response:
    return data(workspace_document(call.world, call.world.workspaces.put(workspace), call.principal))


ENDPOINTS = (
    Endpoint("POST", "/workspaces/{workspace}/actions/lock", lock),
    Endpoint("POST", "/workspaces/{workspace}/actions/unlock", unlock),
    Endpoint("POST", "/workspaces/{workspace}/actions/force-unlock", force_unlock),
)
