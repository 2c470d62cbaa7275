"""State versions: read, and create from outside a run."""

from __future__ import annotations

import base64
import re
from dataclasses import replace
from http import HTTPStatus
from typing import TYPE_CHECKING

from tfc_agent_tools.sandbox.call import Call, data
from tfc_agent_tools.sandbox.includes import STATE_VERSION, included
from tfc_agent_tools.sandbox.models import StateVersion
from tfc_agent_tools.sandbox.permissions import Permission
from tfc_agent_tools.sandbox.problems import conflict, invalid, not_found, precondition_failed
from tfc_agent_tools.sandbox.routes.endpoint import Endpoint
from tfc_agent_tools.sandbox.states import finalize

if TYPE_CHECKING:
    from starlette.responses import Response

    from tfc_agent_tools.sandbox.bodies import Attributes, Document
    from tfc_agent_tools.sandbox.models import Workspace

_MD5 = re.compile(r"[0-9a-f]{32}\Z")


def show_current(call: Call) -> Response:
    """Show a workspace's current state version; 404 when it has none."""
    workspace = call.workspace_at("workspace", Permission.READ_STATE)
    version = call.world.state_versions.get(workspace.current_state_version_id)
    if version is None:
        raise not_found()
    return _shown(call, version)


def show_state_version(call: Call) -> Response:
    """Show a state version."""
    version = call.world.state_versions.get(call.path("version"))
    if version is None:
        raise not_found()
    call.workspace(call.world.workspaces.get(version.workspace_id), Permission.READ_STATE)
    return _shown(call, version)


def list_by_names(call: Call) -> Response:
    """List the state versions of the workspace that two filters name; both are required."""
    organization = call.query.get("filter[organization][name]")
    name = call.query.get("filter[workspace][name]")
    if organization is None or name is None:
        raise invalid("filter[organization][name] and filter[workspace][name] are required")
    call.organization(organization)
    found = call.world.workspace_named(organization, name)
    return _list(call, call.workspace(found, Permission.READ_STATE))


def list_of_workspace(call: Call) -> Response:
    """List a workspace's state versions, newest first. The real API has only the list by names."""
    return _list(call, call.workspace_at("workspace", Permission.READ_STATE))


def create_state_version(call: Call) -> Response:
    """Create a state version in a workspace that the token's owner has locked.

    With `state` in the document it is final at once; else it waits for the upload to its URL. The documentation
    does not say which conflict has which status: here another lineage is a 412, a lock or serial that does not fit
    a 409.
    """
    workspace = call.workspace_at("workspace", Permission.WRITE_STATE)
    if workspace.locked_by != call.principal.holder:
        raise conflict("The workspace must be locked by the one who creates a state version")
    document = call.document("state-versions")
    attributes = document.attributes
    version = replace(_announced(call, workspace, attributes), run_id=_run_id(call, workspace, document))
    _check_order(call, workspace, version, force=attributes.flag("force", default=False))
    inline = attributes.text("state")
    if inline is None:
        call.world.state_versions.put(version)
    else:
        version = finalize(call.world, version, _decoded(inline, "state"))
    return data(call.show_state_version(version), HTTPStatus.CREATED)


def _announced(call: Call, workspace: Workspace, attributes: Attributes) -> StateVersion:
    serial = attributes.number("serial")
    md5 = (attributes.text("md5") or "").lower()
    if serial is None or serial < 0:
        raise invalid("param is missing or the value is empty: serial", "/data/attributes/serial")
    json_state = attributes.text("json-state")
    if not _MD5.match(md5):
        raise invalid("md5 must be 32 hexadecimal digits", "/data/attributes/md5")
    return StateVersion(
        id=call.world.ids.new("sv"),
        workspace_id=workspace.id,
        created_at=call.world.clock(),
        created_by=call.principal.user.id,
        serial=serial,
        lineage=attributes.text("lineage") or "",
        terraform_version=workspace.terraform_version,
        status="pending",
        md5=md5,
        json_content=_decoded(json_state, "json-state") if json_state is not None else None,
    )


def _run_id(call: Call, workspace: Workspace, document: Document) -> str | None:
    run_id = document.related_id("run")
    if run_id is None:
        return None
    run = call.world.runs.get(run_id)
    if run is None or run.workspace_id != workspace.id:
        raise invalid("Run must exist", "/data/relationships/run")
    return run.id


def _check_order(call: Call, workspace: Workspace, version: StateVersion, *, force: bool) -> None:
    current = call.world.state_versions.get(workspace.current_state_version_id)
    if current is None or force:
        return
    if version.lineage and version.lineage != current.lineage:
        raise precondition_failed("lineage does not match the current state version's")
    if version.serial < current.serial or (version.serial == current.serial and version.md5 != current.md5):
        raise conflict("serial must be greater than the current state version's")


def _decoded(text: str, name: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except ValueError as error:
        raise invalid(f"{name} must be base64", f"/data/attributes/{name}") from error


def _list(call: Call, workspace: Workspace) -> Response:
    status = call.query.get("filter[status]")
    rows = [
        row for row in call.world.state_versions if row.workspace_id == workspace.id and status in (None, row.status)
    ]
    return call.page(rows[::-1], call.show_state_version, known=STATE_VERSION)


def _shown(call: Call, version: StateVersion) -> Response:
    return data(call.show_state_version(version), included=included(call, [version], STATE_VERSION))


ENDPOINTS = (
    Endpoint("GET", "/workspaces/{workspace}/current-state-version", show_current),
    Endpoint("GET", "/workspaces/{workspace}/state-versions", list_of_workspace),
    Endpoint("POST", "/workspaces/{workspace}/state-versions", create_state_version),
    Endpoint("GET", "/state-versions", list_by_names),
    Endpoint("GET", "/state-versions/{version}", show_state_version),
)
