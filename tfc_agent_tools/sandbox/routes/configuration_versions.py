"""Configuration versions; their content goes to the upload URL."""

from __future__ import annotations

from dataclasses import replace
from http import HTTPStatus
from typing import TYPE_CHECKING

from tfc_agent_tools.sandbox.blobs import BlobKind
from tfc_agent_tools.sandbox.call import Call, data, nothing
from tfc_agent_tools.sandbox.documents.configuration_versions import commit_document, configuration_version_document
from tfc_agent_tools.sandbox.includes import CONFIGURATION_VERSION, included
from tfc_agent_tools.sandbox.models import ConfigurationVersion
from tfc_agent_tools.sandbox.permissions import Permission
from tfc_agent_tools.sandbox.problems import conflict, not_found
from tfc_agent_tools.sandbox.routes.endpoint import Endpoint

if TYPE_CHECKING:
    from starlette.responses import Response


def create_configuration_version(call: Call) -> Response:
    """Create a configuration version that waits for its upload."""
    workspace = call.workspace_at("workspace", Permission.QUEUE_PLAN)
    attributes = call.document("configuration-versions").attributes
    version = ConfigurationVersion(
        id=call.world.ids.new("cv"),
        workspace_id=workspace.id,
        created_at=call.world.clock(),
        created_by=call.principal.user.id,
        creator_applies=call.principal.may(Permission.APPLY, workspace),
        auto_queue_runs=attributes.flag("auto-queue-runs", default=True),
        speculative=attributes.flag("speculative", default=False),
        provisional=attributes.flag("provisional", default=False),
    )
    call.world.configuration_versions.put(version)
    upload_url = call.blob(call.services.blobs.fresh(BlobKind.UPLOAD, version.id))
    return data(configuration_version_document(version, upload_url=upload_url), HTTPStatus.CREATED)


def show_configuration_version(call: Call) -> Response:
    """Show a configuration version."""
    version = _find(call, Permission.READ)
    beside = included(call, [version], CONFIGURATION_VERSION)
    return data(configuration_version_document(version), included=beside)


def show_commit(call: Call) -> Response:
    """Show the commit that a configuration version came from; 404 for what was uploaded."""
    commit = commit_document(_find(call, Permission.READ))
    if commit is None:
        raise not_found()
    return data(commit)


def list_configuration_versions(call: Call) -> Response:
    """List a workspace's configuration versions, newest first."""
    workspace = call.workspace_at("workspace", Permission.READ)
    rows = [row for row in call.world.configuration_versions if row.workspace_id == workspace.id]
    return call.page(rows[::-1], configuration_version_document, known=CONFIGURATION_VERSION)


def archive_configuration_version(call: Call) -> Response:
    """Archive an uploaded configuration version: its content is dropped, and no run can use it again.

    409 for the current one, for one that a run still works with, and for one that is not uploaded.
    """
    version = _find(call, Permission.QUEUE_PLAN)
    workspace = call.world.workspaces[version.workspace_id]
    runs = (run for run in call.world.runs_of(workspace.id) if run.configuration_version_id == version.id)
    if version.status != "uploaded" or any(not run.status.is_final for run in runs):
        raise conflict("transition not allowed")
    if workspace.current_configuration_version_id == version.id:
        raise conflict("the current configuration version can't be archived")
    times = {**version.timestamps, "archived-at": call.world.clock()}
    call.world.configuration_versions.put(replace(version, status="archived", archive=None, timestamps=times))
    return nothing(HTTPStatus.ACCEPTED)


def _find(call: Call, permission: Permission) -> ConfigurationVersion:
    version = call.world.configuration_versions.get(call.path("version"))
    if version is None:
        raise not_found()
    call.workspace(call.world.workspaces.get(version.workspace_id), permission)
    return version


ENDPOINTS = (
    Endpoint("POST", "/workspaces/{workspace}/configuration-versions", create_configuration_version),
    Endpoint("GET", "/workspaces/{workspace}/configuration-versions", list_configuration_versions),
    Endpoint("GET", "/configuration-versions/{version}", show_configuration_version),
    Endpoint("GET", "/configuration-versions/{version}/ingress-attributes", show_commit),
    Endpoint("POST", "/configuration-versions/{version}/actions/archive", archive_configuration_version),
)
