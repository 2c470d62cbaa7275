"""Execution modes, and the agent pool that one of them needs.

https://developer.hashicorp.com/terraform/cloud-docs/api-docs/agents
"""

from __future__ import annotations

from typing import Literal

from tfc_agent_tools.errors import ArgumentError
from tfc_agent_tools.types import NOT_GIVEN

ExecutionMode = Literal["remote", "local", "agent"]


def fits(*, mode: object, pool: object, prefix: str = "") -> None:
    """Refuse a pool without the mode `agent`, and the mode without a pool.

    Raises:
        ArgumentError: Names the pool's argument, which is `agent_pool_id` behind the prefix.
    """
    has_pool = pool is not None and pool is not NOT_GIVEN
    if has_pool is not (mode == "agent"):
        problem = f'and {prefix}execution_mode "agent" belong together.'
        raise ArgumentError(f"{prefix}agent_pool_id", problem, "Give both or neither.")
