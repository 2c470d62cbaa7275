"""Assessment results: what the last health assessment of a workspace found. Their files are not kept."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tfc_agent_tools.sandbox.call import Call, data
from tfc_agent_tools.sandbox.documents.assessments import assessment_document
from tfc_agent_tools.sandbox.permissions import Permission
from tfc_agent_tools.sandbox.problems import not_found
from tfc_agent_tools.sandbox.routes.endpoint import Endpoint

if TYPE_CHECKING:
    from starlette.responses import Response


def show_current(call: Call) -> Response:
    """Show a workspace's current assessment; 404 where it has none."""
    workspace = call.workspace_at("workspace", Permission.READ)
    assessment = call.world.assessment_of(workspace.id)
    if assessment is None:
        raise not_found()
    return data(assessment_document(assessment))


def show_assessment(call: Call) -> Response:
    """Show an assessment."""
    assessment = call.world.assessments.get(call.path("assessment"))
    if assessment is None:
        raise not_found()
    call.workspace(call.world.workspaces.get(assessment.workspace_id), Permission.READ)
    return data(assessment_document(assessment))


ENDPOINTS = (
    Endpoint("GET", "/workspaces/{workspace}/current-assessment-result", show_current),
    Endpoint("GET", "/assessment-results/{assessment}", show_assessment),
)
