"""Outputs of states. Sensitive values show only where one output is asked for by its id."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tfc_agent_tools.sandbox.call import Call, answer, data
from tfc_agent_tools.sandbox.documents.state_versions import output_document
from tfc_agent_tools.sandbox.permissions import Permission
from tfc_agent_tools.sandbox.problems import not_found
from tfc_agent_tools.sandbox.routes.endpoint import Endpoint
from tfc_agent_tools.sandbox.states import StateOutput, output_id, outputs_of

if TYPE_CHECKING:
    from starlette.responses import Response

    from tfc_agent_tools.sandbox.call import Json
    from tfc_agent_tools.sandbox.models import StateVersion


def list_current(call: Call) -> Response:
    """List the outputs of a workspace's current state, all of them; 404 when it has no state."""
    workspace = call.workspace_at("workspace", Permission.READ_OUTPUTS)
    version = call.world.state_versions.get(workspace.current_state_version_id)
    if version is None:
        raise not_found()
    return answer({"data": [_hidden(call, version, output) for output in outputs_of(version.content)]})


def list_of_version(call: Call) -> Response:
    """List the outputs of a state version, in pages."""
    version = call.world.state_versions.get(call.path("version"))
    if version is None:
        raise not_found()
    call.workspace(call.world.workspaces.get(version.workspace_id), Permission.READ_OUTPUTS)
    return call.page(outputs_of(version.content), lambda output: _hidden(call, version, output))


def show_output(call: Call) -> Response:
    """Show one output with its value."""
    version, output = _find(call)
    call.workspace(call.world.workspaces.get(version.workspace_id), Permission.READ_STATE)
    return data(output_document(call.world, version, output, reveal=True))


def _hidden(call: Call, version: StateVersion, output: StateOutput) -> Json:
    return output_document(call.world, version, output, reveal=False)


def _find(call: Call) -> tuple[StateVersion, StateOutput]:
    wanted = call.path("output")
    for version in call.world.state_versions:
        for output in outputs_of(version.content):
            if output_id(call.world, version.id, output.name) == wanted:
                return version, output
    raise not_found()


ENDPOINTS = (
    Endpoint("GET", "/workspaces/{workspace}/current-state-version-outputs", list_current),
    Endpoint("GET", "/state-versions/{version}/outputs", list_of_version),
    Endpoint("GET", "/state-version-outputs/{output}", show_output),
)
