"""Plans and applies: what a run proposes to do and what it did, in counts.

https://developer.hashicorp.com/terraform/cloud-docs/api-docs/plans
https://developer.hashicorp.com/terraform/cloud-docs/api-docs/applies

Left out: of the JSON plan all but its counts, since values, outputs and the keys of `for_each` in addresses can be
secrets; of both the URL of the log, which anyone who has it can read.
"""

from __future__ import annotations

from typing import Annotated, Final

from pydantic import BaseModel, Field, ValidationError

from tfc_agent_tools.endpoint import Json, endpoint
from tfc_agent_tools.errors import UnexpectedResponse
from tfc_agent_tools.facts import Resource
from tfc_agent_tools.guards import permission, reads, returns, tokens
from tfc_agent_tools.types import ApplyId, PlanId, RunId, TokenType

_REPLACE: Final = frozenset({"create", "delete"})
_SINGLE: Final = ("create", "update", "delete", "read", "no-op", "forget")


class Imported(BaseModel):
    """That a resource is imported, without its id."""


class Change(BaseModel):
    """What becomes of one resource, without its values."""

    actions: Annotated[list[str], Field(max_length=10)]
    importing: Imported | None = None


class ResourceChange(BaseModel):
    """One resource of a plan, without its address."""

    change: Change


class JsonPlan(BaseModel):
    """The part of a JSON plan that can hold no secret.

    https://developer.hashicorp.com/terraform/internals/json-format#plan-representation
    """

    terraform_version: Annotated[str, Field(pattern=r"^[0-9A-Za-z.+-]{1,40}$")]
    resource_changes: list[ResourceChange] | None = None


def counts_in(content: bytes) -> Resource:
    """How many resources a JSON plan creates, updates, deletes and so on; of an empty body, that it is not there yet.

    Raises:
        UnexpectedResponse: The body is no whole JSON plan. Nothing of it is in the message.
    """
    if not content.strip():
        return Resource("plan", "json-output", {"status": "not finished yet; read it again later"})
    try:
        plan = JsonPlan.model_validate_json(content)
    except ValidationError:
        plan = None
    if plan is None:  # not in the `except`: what pydantic says holds a part of the plan
        raise UnexpectedResponse("the answer is not a whole JSON plan", method="GET", path="the plan's JSON output")
    changes = [resource.change for resource in plan.resource_changes or ()]
    actions = [_action(change.actions) for change in changes]
    counts = {action: actions.count(action) for action in (*_SINGLE, "replace", "other")}
    imports = sum(change.importing is not None for change in changes)
    return Resource("plan", "json-output", {**counts, "import": imports, "terraform-version": plan.terraform_version})


def _action(actions: list[str]) -> str:
    """A replacement is two actions, in the order in which they happen."""
    if len(actions) == 1 and actions[0] in _SINGLE:
        return actions[0]
    return "replace" if frozenset(actions) == _REPLACE else "other"


@returns("plans")
@permission("read runs")
@tokens(TokenType.USER, TokenType.TEAM, TokenType.ORGANIZATION)
@endpoint("GET /plans/{plan_id}", action="plans.read")
def get_plan(plan_id: PlanId) -> Json:
    """Read a plan: its status and how many resources it adds, changes, destroys.

    A plan's id is found in its run only; there is no list.
    """


@returns("json-plan")
@reads(counts_in)
@permission("admin")
@tokens(TokenType.USER, TokenType.TEAM)
@endpoint("GET /plans/{plan_id}/json-output", action="plans.read-json")
def get_plan_json_output(plan_id: PlanId) -> Json:
    """Count a finished plan's resources by action, replacements and imports included.

    The server answers 204 while the plan runs, then 307 to a URL that lives a minute; 422 below Terraform 0.12.
    """


@returns("json-plan")
@reads(counts_in)
@permission("admin")
@tokens(TokenType.USER, TokenType.TEAM)
@endpoint("GET /runs/{run_id}/plan/json-output", action="plans.read-json")
def get_run_plan_json_output(run_id: RunId) -> Json:
    """Count the resources of a run's finished plan by action.

    The same as `get_plan_json_output`, by the run.
    """


@returns("applies")
@permission("read runs")
@tokens(TokenType.USER, TokenType.TEAM, TokenType.ORGANIZATION)
@endpoint("GET /applies/{apply_id}", action="applies.read")
def get_apply(apply_id: ApplyId) -> Json:
    """Read an apply: its status and how many resources it added, changed, destroyed.

    An apply's id is found in its run only; there is no list.
    """
