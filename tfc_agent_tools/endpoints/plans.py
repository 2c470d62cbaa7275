"""Plans and applies: what a run proposes to do and what it did.

https://developer.hashicorp.com/terraform/cloud-docs/api-docs/plans
https://developer.hashicorp.com/terraform/cloud-docs/api-docs/applies

Left out: of the JSON plan every value (it is shown explained, and without what is secret in it); of both the URL of the
log, which anyone who has it can read.
"""

from __future__ import annotations

from tfc_agent_tools.endpoint import endpoint
from tfc_agent_tools.guards import permission, reads, returns, tokens
from tfc_agent_tools.request import Json
from tfc_agent_tools.types import ApplyId, BodyKind, PlanId, RunId, TokenType


@returns("plans")
@permission("read runs")
@tokens(TokenType.USER, TokenType.TEAM, TokenType.ORGANIZATION)
@endpoint("GET /plans/{plan_id}", action="plans.read")
def get_plan(plan_id: PlanId) -> Json:
    """Read a plan: its status and how many resources it adds, changes, destroys.

    A plan's id is found in its run only; there is no list.
    """


@returns("json-plan")
@reads(BodyKind.PLAN)
@permission("admin")
@tokens(TokenType.USER, TokenType.TEAM)
@endpoint("GET /plans/{plan_id}/json-output", action="plans.read-json")
def get_plan_json_output(plan_id: PlanId) -> Json:
    """Explain a finished plan from its JSON; explain_plan also works without the permission admin.

    The server answers 204 while the plan runs, then 307 to a URL that lives a minute; 422 below Terraform 0.12.
    """


@returns("json-plan")
@reads(BodyKind.PLAN)
@permission("admin")
@tokens(TokenType.USER, TokenType.TEAM)
@endpoint("GET /runs/{run_id}/plan/json-output", action="plans.read-json")
def get_run_plan_json_output(run_id: RunId) -> Json:
    """Explain a run's finished plan from its JSON.

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
