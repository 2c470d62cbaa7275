"""What stands around a run: the triggers that would start others, the queue, the capacity."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tfc_agent_tools.sandbox.call import Call, answer, data
from tfc_agent_tools.sandbox.documents.runs import run_document
from tfc_agent_tools.sandbox.models import RunStatus
from tfc_agent_tools.sandbox.permissions import Permission
from tfc_agent_tools.sandbox.routes.endpoint import Endpoint

if TYPE_CHECKING:
    from starlette.responses import Response

    from tfc_agent_tools.sandbox.models import Run

_AT_WORK = (RunStatus.PLANNING, RunStatus.APPLYING)


def list_run_triggers(call: Call) -> Response:
    """List the run triggers of a workspace: none, no workspace starts runs in another."""
    call.workspace(call.world.workspaces.get(call.path("workspace")), Permission.READ)
    return answer({"data": []})


def list_queue(call: Call) -> Response:
    """List the runs of an organization that wait for their turn."""
    rows = [run for run in _visible_runs(call) if run.status is RunStatus.PENDING]
    return call.page(rows, lambda run: run_document(call.world, run, call.principal))


def show_capacity(call: Call) -> Response:
    """Show how many runs wait and work."""
    organization = call.organization(call.path("organization"))
    statuses = [run.status for run in _visible_runs(call)]
    attributes = {
        "pending": statuses.count(RunStatus.PENDING),
        "running": sum(statuses.count(status) for status in _AT_WORK),
    }
    return data({"id": organization.name, "type": "organization-capacity", "attributes": attributes})


def _visible_runs(call: Call) -> list[Run]:
    organization = call.organization(call.path("organization")).name
    own = {row.id for row in call.visible(call.world.workspaces) if row.organization == organization}
    return [run for run in call.world.runs if run.workspace_id in own]


ENDPOINTS = (
    Endpoint("GET", "/workspaces/{workspace}/run-triggers", list_run_triggers),
    Endpoint("GET", "/organizations/{organization}/runs/queue", list_queue),
    Endpoint("GET", "/organizations/{organization}/capacity", show_capacity),
)
