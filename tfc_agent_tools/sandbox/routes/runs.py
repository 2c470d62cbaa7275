"""Runs: create, show, list, apply, discard, cancel, force-cancel."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING

from tfc_agent_tools.sandbox.call import Call, data, nothing
from tfc_agent_tools.sandbox.documents.runs import run_document
from tfc_agent_tools.sandbox.filters import matching_runs
from tfc_agent_tools.sandbox.includes import RUN, included
from tfc_agent_tools.sandbox.permissions import Permission
from tfc_agent_tools.sandbox.problems import invalid, not_found
from tfc_agent_tools.sandbox.routes.endpoint import Endpoint
from tfc_agent_tools.sandbox.run_events import Deed
from tfc_agent_tools.sandbox.run_options import run_options

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from starlette.responses import Response

    from tfc_agent_tools.sandbox.bodies import Document
    from tfc_agent_tools.sandbox.models import ConfigurationVersion, Run, Workspace


def create_run(call: Call) -> Response:
    """Queue a run; without a configuration version it takes the workspace's current one."""
    document = call.document("runs")
    workspace_id = document.related_id("workspace")
    if workspace_id is None:
        raise invalid("Workspace must exist", "/data/relationships/workspace")
    workspace = call.workspace(call.world.workspaces.get(workspace_id), Permission.QUEUE_PLAN)
    version = _version(call, workspace, document)
    may_apply = call.principal.may(Permission.APPLY, workspace)
    options = run_options(document.attributes, workspace, version, may_apply=may_apply)
    run = call.services.runs.create(workspace, version, options, call.principal.user.id)
    return data(run_document(call.world, run, call.principal), HTTPStatus.CREATED)


def show_run(call: Call) -> Response:
    """Show a run."""
    run = _run(call, Permission.READ)
    return data(run_document(call.world, run, call.principal), included=included(call, [run], RUN))


def list_workspace_runs(call: Call) -> Response:
    """List a workspace's runs, newest first; plan-only ones only on demand."""
    workspace = call.workspace_at("workspace", Permission.READ)
    return _list(call, call.world.runs_of(workspace.id), totals=True, query=call.query)


def list_organization_runs(call: Call) -> Response:
    """List an organization's runs, newest first; without totals, and of the last year unless asked otherwise."""
    organization = call.organization(call.path("organization"))
    own = {row.id for row in call.visible(call.world.workspaces) if row.organization == organization.name}
    rows = [run for run in call.world.runs if run.workspace_id in own]
    return _list(call, rows, totals=False, query={"filter[timeframe]": "year", **call.query})


def apply_run(call: Call) -> Response:
    """Confirm a planned run."""
    deed = _deed(call)
    call.services.runs.confirm(_run(call, Permission.APPLY), deed)
    return nothing(HTTPStatus.ACCEPTED)


def discard_run(call: Call) -> Response:
    """Discard a run."""
    deed = _deed(call)
    call.services.runs.discard(_run(call, Permission.APPLY), deed)
    return nothing(HTTPStatus.ACCEPTED)


def cancel_run(call: Call) -> Response:
    """Cancel a run."""
    deed = _deed(call)
    call.services.runs.cancel(_run(call, Permission.APPLY), deed)
    return nothing(HTTPStatus.ACCEPTED)


def force_cancel_run(call: Call) -> Response:
    """Cancel a run by force, when a normal cancel did not end it in time."""
    deed = _deed(call)
    call.services.runs.force_cancel(_run(call, Permission.FORCE_CANCEL), deed)
    return nothing(HTTPStatus.ACCEPTED)


def _run(call: Call, permission: Permission) -> Run:
    return call.run(call.world.runs.get(call.path("run")), permission)


def _deed(call: Call) -> Deed:
    return Deed(call.principal.user.id, call.bare().text("comment"))


def _version(call: Call, workspace: Workspace, document: Document) -> ConfigurationVersion:
    version_id = document.related_id("configuration-version") or workspace.current_configuration_version_id
    if version_id is None:
        raise invalid("Configuration version is missing: the workspace has none yet")
    version = call.world.configuration_versions.get(version_id)
    if version is None or version.workspace_id != workspace.id:
        raise not_found()
    if version.status != "uploaded":
        raise invalid(f"Configuration version is {version.status}", "/data/relationships/configuration-version")
    return version


def _list(call: Call, rows: Sequence[Run], *, totals: bool, query: Mapping[str, str]) -> Response:
    found = matching_runs(call.world, rows, query)
    return call.page(found, lambda run: run_document(call.world, run, call.principal), totals=totals, known=RUN)


ENDPOINTS = (
    Endpoint("POST", "/runs", create_run),
    Endpoint("GET", "/runs/{run}", show_run),
    Endpoint("GET", "/workspaces/{workspace}/runs", list_workspace_runs),
    Endpoint("GET", "/organizations/{organization}/runs", list_organization_runs),
    Endpoint("POST", "/runs/{run}/actions/apply", apply_run),
    Endpoint("POST", "/runs/{run}/actions/discard", discard_run),
    Endpoint("POST", "/runs/{run}/actions/cancel", cancel_run),
    Endpoint("POST", "/runs/{run}/actions/force-cancel", force_cancel_run),
)
