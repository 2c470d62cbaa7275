"""Plans: what a run proposes to do, in counts.

https://developer.hashicorp.com/terraform/cloud-docs/api-docs/plans
"""

from __future__ import annotations

from tfc_agent_tools.endpoint import Json, endpoint
from tfc_agent_tools.guards import permission, returns, tokens
from tfc_agent_tools.types import PlanId, TokenType


@returns("plans")
@permission("read runs")
@tokens(TokenType.USER, TokenType.TEAM, TokenType.ORGANIZATION)
@endpoint("GET /plans/{plan_id}", action="plans.read")
def get_plan(plan_id: PlanId) -> Json:
    """Read a plan: its status and how many resources it adds, changes, destroys.

    A plan's id is found in its run only; there is no list.
    """
