"""Policy checks, the older form of Sentinel's. They can't be overridden here."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.responses import Response

from tfc_agent_tools.sandbox.call import Call, data
from tfc_agent_tools.sandbox.documents.checks import policy_check_document, policy_check_output
from tfc_agent_tools.sandbox.includes import POLICY_CHECK, included
from tfc_agent_tools.sandbox.permissions import Permission
from tfc_agent_tools.sandbox.routes.endpoint import Endpoint

if TYPE_CHECKING:
    from tfc_agent_tools.sandbox.check_results import PolicyCheck


def list_policy_checks(call: Call) -> Response:
    """List a run's policy checks."""
    run = call.run(call.world.runs.get(call.path("run")), Permission.READ)
    checks = [row for row in call.world.policy_checks if row.run_id == run.id]
    return call.pages_on_demand(
        checks, lambda row: policy_check_document(call.world, row, call.principal), known=POLICY_CHECK
    )


def show_policy_check(call: Call) -> Response:
    """Show a policy check."""
    check = _check(call)
    document = policy_check_document(call.world, check, call.principal)
    return data(document, included=included(call, [check], POLICY_CHECK))


def show_output(call: Call) -> Response:
    """Show what the policies of a check printed."""
    return Response(policy_check_output(_check(call)), media_type="application/octet-stream")


def _check(call: Call) -> PolicyCheck:
    return call.of_run(call.world.policy_checks.get(call.path("check")))


ENDPOINTS = (
    Endpoint("GET", "/runs/{run}/policy-checks", list_policy_checks),
    Endpoint("GET", "/policy-checks/{check}", show_policy_check),
    Endpoint("GET", "/policy-checks/{check}/output", show_output),
)
