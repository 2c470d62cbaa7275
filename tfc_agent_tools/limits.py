"""How much an agent may do in an hour, counted by the writes on record, in every process that shares the store."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from tfc_agent_tools.effects import Steps, do
from tfc_agent_tools.errors import LimitReached

if TYPE_CHECKING:
    from tfc_agent_tools.endpoint import Endpoint
    from tfc_agent_tools.host import Host

STARTS_RUNS: Final = frozenset({"runs.create", "runs.apply"})


def within_limits(endpoint: Endpoint[Any], host: Host) -> Steps[None]:
    """Let a write go on while the policy's limits are not reached.

    Raises:
        LimitReached: They are.
    """
    limit = host.policy.current().limit(host.agent)
    if limit.writes_per_hour is None and limit.runs_per_hour is None:
        return
    audit = host.audit
    made = yield from do(lambda: audit.intents_of(host.agent, hours=1), blocks=audit.blocks)
    runs = [action for action in made if action in STARTS_RUNS]
    if limit.writes_per_hour is not None and len(made) >= limit.writes_per_hour:
        raise LimitReached(endpoint.name, host.agent, len(made), "writes")
    is_run = endpoint.action in STARTS_RUNS
    if is_run and limit.runs_per_hour is not None and len(runs) >= limit.runs_per_hour:
        raise LimitReached(endpoint.name, host.agent, len(runs), "runs")
