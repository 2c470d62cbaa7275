"""Follow a run until it is final or waits for a person.

https://developer.hashicorp.com/terraform/cloud-docs/api-docs/run
"""

from __future__ import annotations

from typing import Annotated, Final

from pydantic import Field

from tfc_agent_tools.effects import Progress, Sleep
from tfc_agent_tools.endpoints.runs import get_run
from tfc_agent_tools.facts import Resource
from tfc_agent_tools.present.compact import Presented, present_resource
from tfc_agent_tools.present.untrusted import one_line
from tfc_agent_tools.types import FINAL_RUN_STATUSES, RunId, TokenType
from tfc_agent_tools.workflow import WorkflowSteps, invoke, workflow

FINAL: Final = FINAL_RUN_STATUSES
_HELD: Final = frozenset({"policy_override", "planned_and_saved", "post_plan_awaiting_decision"})
"""Statuses that wait for a person although the run can't be confirmed as it is."""
_FIRST_WAIT, _GROWTH, _LONGEST_WAIT = 0.5, 1.5, 10.0


@workflow(action="runs.read", tokens=(TokenType.USER, TokenType.TEAM, TokenType.ORGANIZATION))
def watch_run(run_id: RunId, timeout_seconds: Annotated[int, Field(ge=1, le=3600)] = 600) -> WorkflowSteps:
    """Wait until a run is final or needs a person. A timeout cancels nothing.

    Whether a person is needed is read from the run's `actions`, since the status `planned` can be passed through.
    """
    waited, pause, seen = 0.0, _FIRST_WAIT, None
    while True:
        run = (yield from invoke(get_run, run_id=run_id)).resource
        status = one_line(str(run.get("status")), 100)
        if status != seen:
            yield Progress(f"{run_id} is {status}", {"run_id": run_id, "status": status})
        seen = status
        standing = _standing(run, status)
        if standing or waited >= timeout_seconds:
            return _report(run, standing or f"still {status} after {timeout_seconds} s; nothing was canceled")
        pause = min(pause, timeout_seconds - waited)
        yield Sleep(pause)
        waited, pause = waited + pause, min(pause * _GROWTH, _LONGEST_WAIT)


def _standing(run: Resource, status: str) -> str | None:
    """Why there is nothing to wait for any more, or None."""
    if status in FINAL:
        return f"{status}; this is final"
    confirmable = run.get("actions.is-confirmable") is True and run.get("auto-apply") is not True
    if confirmable:
        return f"{status}; it waits for a person: apply_run or discard_run"
    return f"{status}; it waits for a person outside this toolkit" if status in _HELD else None


def _report(run: Resource, standing: str) -> Presented:
    shown = present_resource("runs", run)
    return Presented(f"{run.id} is {standing}\n{shown.content}", {**shown.artifact, "standing": standing})
