"""Plans and applies."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING

from starlette.responses import RedirectResponse, Response

from tfc_agent_tools.sandbox.blobs import PLAN_JSON_LIFE, BlobKind
from tfc_agent_tools.sandbox.call import Call, data, nothing
from tfc_agent_tools.sandbox.permissions import Permission
from tfc_agent_tools.sandbox.problems import not_found
from tfc_agent_tools.sandbox.routes.endpoint import Endpoint

if TYPE_CHECKING:
    from tfc_agent_tools.sandbox.models import Plan


def show_plan(call: Call) -> Response:
    """Show a plan."""
    return data(call.show_plan(_plan(call, Permission.READ)))


def show_run_plan(call: Call) -> Response:
    """Show a run's plan."""
    run = call.run(call.world.runs.get(call.path("run")), Permission.READ)
    return data(call.show_plan(call.world.plans[run.plan_id]))


def plan_json(call: Call) -> Response:
    """Lead to the plan's JSON: 204 while there is none, else a 307 to a URL that lives one minute."""
    return _json(call, _plan(call, Permission.READ_PLAN_JSON))


def run_plan_json(call: Call) -> Response:
    """Lead to the JSON of a run's plan."""
    run = call.run(call.world.runs.get(call.path("run")), Permission.READ_PLAN_JSON)
    return _json(call, call.world.plans[run.plan_id])


def show_apply(call: Call) -> Response:
    """Show an apply."""
    apply = call.world.applies.get(call.path("apply"))
    if apply is None:
        raise not_found()
    call.run(call.world.runs.get(apply.run_id), Permission.READ)
    return data(call.show_apply(apply))


def show_run_apply(call: Call) -> Response:
    """Show a run's apply."""
    run = call.run(call.world.runs.get(call.path("run")), Permission.READ)
    return data(call.show_apply(call.world.applies[run.apply_id]))


def redacted_plan_json(call: Call) -> Response:
    """Show the plan's JSON without its secrets; 204 while there is none."""
    plan = _plan(call, Permission.READ)
    if plan.redacted_json is None:
        return nothing()
    return Response(plan.redacted_json, media_type="application/json")


def _plan(call: Call, permission: Permission) -> Plan:
    plan = call.world.plans.get(call.path("plan"))
    if plan is None:
        raise not_found()
    call.run(call.world.runs.get(plan.run_id), permission)
    return plan


def _json(call: Call, plan: Plan) -> Response:
    if plan.json is None:
        return nothing()
    path = call.services.blobs.fresh(BlobKind.PLAN_JSON, plan.id, PLAN_JSON_LIFE)
    return RedirectResponse(call.blob(path), HTTPStatus.TEMPORARY_REDIRECT)


ENDPOINTS = (
    Endpoint("GET", "/plans/{plan}", show_plan),
    Endpoint("GET", "/plans/{plan}/json-output", plan_json),
    Endpoint("GET", "/plans/{plan}/json-output-redacted", redacted_plan_json),
    Endpoint("GET", "/runs/{run}/plan", show_run_plan),
    Endpoint("GET", "/runs/{run}/plan/json-output", run_plan_json),
    Endpoint("GET", "/applies/{apply}", show_apply),
    Endpoint("GET", "/runs/{run}/apply", show_run_apply),
)
