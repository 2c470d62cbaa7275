"""Task stages of runs, with the results of run tasks and the policy evaluations that they hold."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tfc_agent_tools.sandbox.call import Call, data
from tfc_agent_tools.sandbox.checks import Verdict
from tfc_agent_tools.sandbox.documents.checks import (
    policy_evaluation_document,
    policy_set_outcome_document,
    task_result_document,
    task_stage_document,
)
from tfc_agent_tools.sandbox.includes import TASK_STAGE, included
from tfc_agent_tools.sandbox.permissions import Permission
from tfc_agent_tools.sandbox.problems import bad_request
from tfc_agent_tools.sandbox.routes.endpoint import Endpoint

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.responses import Response

    from tfc_agent_tools.sandbox.check_results import PolicyEvaluation, PolicySetOutcome, TaskStage
    from tfc_agent_tools.sandbox.checks import Policy

_FILTER = re.compile(r"filter\[(\w+)\]\[(status|enforcementLevel|enforcement_level)\]\Z")


def list_task_stages(call: Call) -> Response:
    """List a run's task stages, in their order."""
    run = call.run(call.world.runs.get(call.path("run")), Permission.READ)
    stages = [row for row in call.world.task_stages if row.run_id == run.id]
    return call.pages_on_demand(stages, lambda row: task_stage_document(call.world, row), known=TASK_STAGE)


def show_task_stage(call: Call) -> Response:
    """Show a task stage."""
    stage = _stage(call)
    return data(task_stage_document(call.world, stage), included=included(call, [stage], TASK_STAGE))


def list_policy_evaluations(call: Call) -> Response:
    """List the policy evaluations of a task stage."""
    stage = _stage(call)
    rows = [row for row in call.world.policy_evaluations if row.stage_id == stage.id]
    return call.pages_on_demand(rows, policy_evaluation_document)


def show_policy_evaluation(call: Call) -> Response:
    """Show a policy evaluation."""
    return data(policy_evaluation_document(_evaluation(call)))


def list_policy_set_outcomes(call: Call) -> Response:
    """List the outcomes of an evaluation, one for each policy set, in pages.

    A filter selects the sets with a policy that it fits; with several filters, that any of them fits.
    """
    evaluation = _evaluation(call)
    filters = _filters(call.query)
    rows = [row for row in call.world.policy_set_outcomes if row.evaluation_id == evaluation.id]
    return call.page([row for row in rows if _is_selected(row, filters)], policy_set_outcome_document)


def show_policy_set_outcome(call: Call) -> Response:
    """Show the outcome of a policy set."""
    outcome = call.of_run(call.world.policy_set_outcomes.get(call.path("outcome")))
    return data(policy_set_outcome_document(outcome))


def show_task_result(call: Call) -> Response:
    """Show what a run task answered."""
    result = call.of_run(call.world.task_results.get(call.path("result")))
    return data(task_result_document(call.world, result))


def _stage(call: Call) -> TaskStage:
    return call.of_run(call.world.task_stages.get(call.path("stage")))


def _evaluation(call: Call) -> PolicyEvaluation:
    return call.of_run(call.world.policy_evaluations.get(call.path("evaluation")))


def _filters(query: Mapping[str, str]) -> list[dict[str, str]]:
    found: dict[str, dict[str, str]] = {}
    for name, value in query.items():
        match = _FILTER.match(name)
        if match is not None:
            found.setdefault(match[1], {})["status" if match[2] == "status" else "level"] = value
    if any(one.get("status") not in set(Verdict) for one in found.values()):
        raise bad_request("filter[n][status] must be passed, failed or errored")
    return list(found.values())


def _is_selected(outcome: PolicySetOutcome, filters: list[dict[str, str]]) -> bool:
    policies = outcome.policy_set.policies
    return not filters or any(_fits(policy, one) for policy in policies for one in filters)


def _fits(policy: Policy, wanted: dict[str, str]) -> bool:
    level = wanted.get("level")
    return policy.verdict == wanted["status"] and (level is None or policy.enforcement == level)


ENDPOINTS = (
    Endpoint("GET", "/runs/{run}/task-stages", list_task_stages),
    Endpoint("GET", "/task-stages/{stage}", show_task_stage),
    Endpoint("GET", "/task-stages/{stage}/policy-evaluations", list_policy_evaluations),
    Endpoint("GET", "/policy-evaluations/{evaluation}", show_policy_evaluation),
    Endpoint("GET", "/policy-evaluations/{evaluation}/policy-set-outcomes", list_policy_set_outcomes),
    Endpoint("GET", "/policy-set-outcomes/{outcome}", show_policy_set_outcome),
    Endpoint("GET", "/task-results/{result}", show_task_result),
)
