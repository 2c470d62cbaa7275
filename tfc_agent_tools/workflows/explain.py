"""What a plan would do, from the best source that this token can read.

https://developer.hashicorp.com/terraform/cloud-docs/api-docs/plans
"""

from __future__ import annotations

from collections.abc import Generator
from typing import Any, Final

from tfc_agent_tools.api.jsonapi import Document
from tfc_agent_tools.endpoint import Endpoint, exclusive
from tfc_agent_tools.endpoints.details import get_changes_in_log, get_redacted_plan
from tfc_agent_tools.endpoints.plans import get_plan, get_plan_json_output
from tfc_agent_tools.endpoints.runs import get_run
from tfc_agent_tools.errors import ArgumentError, Unreadable
from tfc_agent_tools.facts import Resource
from tfc_agent_tools.plan_reading import best
from tfc_agent_tools.present.artifact import is_word
from tfc_agent_tools.present.plan import Tier
from tfc_agent_tools.types import PlanId, RunId, TokenType
from tfc_agent_tools.workflow import About, WorkflowSteps, invoke, invoke_one, workflow

_SOURCES: Final[dict[Tier, Endpoint[...]]] = {
    Tier.FULL: get_plan_json_output,
    Tier.REDACTED: get_redacted_plan,
    Tier.LOG: get_changes_in_log,
}
_ENDED: Final = frozenset({"finished", "errored", "canceled", "unreachable"})


@workflow(action="plans.read", tokens=(TokenType.USER, TokenType.TEAM, TokenType.ORGANIZATION))
def explain_plan(plan_id: PlanId | None = None, run_id: RunId | None = None) -> WorkflowSteps:
    """Explain a plan, by its id or its run's: what it destroys, replaces and changes, why, and what holds data."""
    plan = yield from plan_of(plan_id, run_id)
    status = plan.text("status")
    if status not in _ENDED:
        said = status if is_word(status) else "in a state that is not known"
        raise Unreadable("plan", f"{plan.id} is {said}; watch_run waits for it")
    return (yield from best(plan, by_endpoint))


def plan_of(plan_id: str | None, run_id: str | None) -> Generator[Any, Any, Resource]:
    """The plan that either argument names.

    Raises:
        ArgumentError: Neither or both are given, or the run has no plan.
    """
    exclusive(plan_id=plan_id, run_id=run_id)
    if run_id:
        run = (yield from invoke(get_run, run_id=run_id)).resource
        yield About(run)
        found = run.related_id("plan")
        plan_id = found if isinstance(found, str) else None
    if not plan_id:
        raise ArgumentError(
            "plan_id", "is missing." if not run_id else "is not in that run.", "Give plan_id or run_id."
        )
    return (yield from invoke_one(get_plan, plan_id=plan_id))


def by_endpoint(tier: Tier, plan_id: str) -> Generator[Any, Any, Document]:
    """One source of a plan, through the guards."""
    return (yield from invoke(_SOURCES[tier], plan_id=plan_id))
