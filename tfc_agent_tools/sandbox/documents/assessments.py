"""Documents of assessment results."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tfc_agent_tools.sandbox.documents.base import API, Document, identifier, timestamp

if TYPE_CHECKING:
    from tfc_agent_tools.sandbox.assessments import Assessment


def assessment_document(assessment: Assessment) -> Document:
    """Return an assessment result. The documentation calls its error `error-msg`, the OpenAPI `error-message`."""
    path = f"{API}/assessment-results/{assessment.id}"
    return {
        "id": assessment.id,
        "type": "assessment-results",
        "attributes": {
            "drifted": assessment.drifted,
            "succeeded": assessment.succeeded,
            "error-msg": assessment.error_message,
            "error-message": assessment.error_message,
            "created-at": timestamp(assessment.created_at),
            "resources-drifted": assessment.resources_drifted,
            "resources-undrifted": assessment.resources_undrifted,
            "all-checks-succeeded": assessment.all_checks_succeeded,
            "checks-passed": assessment.checks_passed,
            "checks-failed": assessment.checks_failed,
            "checks-errored": assessment.checks_errored,
            "checks-unknown": assessment.checks_unknown,
        },
        "relationships": {"workspace": {"data": identifier("workspaces", assessment.workspace_id)}},
        "links": {
            "self": path,
            "json-output": f"{path}/json-output",
            "json-schema": f"{path}/json-schema",
            "log-output": f"{path}/log-output",
        },
    }
