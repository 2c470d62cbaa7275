"""Follow runs until each is final or waits for a person.

https://developer.hashicorp.com/terraform/cloud-docs/api-docs/run
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Annotated, Any, Final

from pydantic import Field

from tfc_agent_tools.effects import Progress, Sleep
from tfc_agent_tools.endpoints.runs import get_run
from tfc_agent_tools.facts import Resource
from tfc_agent_tools.present.compact import Presented, present_resource
from tfc_agent_tools.present.untrusted import one_line
from tfc_agent_tools.types import FINAL_RUN_STATUSES, RunId, TokenType
from tfc_agent_tools.workflow import WorkflowSteps, poll, workflow

FINAL: Final = FINAL_RUN_STATUSES
SECONDS_BETWEEN_READS: Final = 2.0
"""Of one watch, however many runs it follows: half a request a second."""
_HELD: Final = frozenset(
    {
        "policy_override",
        "tf_policy_override",
        "planned_and_saved",
        "pre_plan_awaiting_decision",
        "post_plan_awaiting_decision",
    }
)
"""Statuses that wait for a person although the run can't be confirmed as it is."""


@dataclass
class _Watched:
    """A run as it was last read."""

    run_id: str
    run: Resource = field(default_factory=lambda: Resource("runs"))
    status: str = ""
    standing: str | None = None
    """Why there is nothing to wait for any more."""


@workflow(action="runs.read", tokens=(TokenType.USER, TokenType.TEAM, TokenType.ORGANIZATION))
def watch_run(
    run_id: RunId,
    more_run_ids: Annotated[list[RunId], Field(max_length=19)] | None = None,
    timeout_seconds: Annotated[int, Field(ge=1, le=3600)] = 600,
) -> WorkflowSteps:
    """Wait until a run, or each of several, is final or needs a person. A timeout cancels nothing.

    A change of one run is noticed within two seconds; several runs are read in turn, one every two seconds. Whether a
    person is needed is read from a run's `actions`, since the status `planned` can be passed through.
    """
    watched = [_Watched(one) for one in dict.fromkeys([run_id, *(more_run_ids or ())])]
    waited, turn = 0.0, 0
    while True:
        following = [one for one in watched if one.standing is None]
        one = following[turn % len(following)]
        before = one.status
        one.run = (yield from poll(get_run, run_id=one.run_id)).resource
        one.status = one_line(str(one.run.get("status")), 100)
        one.standing = _standing(one.run, one.status)
        if one.status != before:
            yield Progress(f"{one.run_id} is {one.status}", {"run_id": one.run_id, "status": one.status})
        turn = turn if one.standing else turn + 1
        if all(each.standing for each in watched) or waited >= timeout_seconds:
            return _report(watched, timeout_seconds)
        pause = min(SECONDS_BETWEEN_READS, timeout_seconds - waited)
        yield Sleep(pause)
        waited += pause


def _standing(run: Resource, status: str) -> str | None:
    if status in FINAL:
        return f"{status}; this is final"
    confirmable = run.get("actions.is-confirmable") is True and run.get("auto-apply") is not True
    if confirmable:
        return f"{status}; it waits for a person: apply_run or discard_run"
    return f"{status}; it waits for a person outside this toolkit" if status in _HELD else None


def _report(watched: list[_Watched], timeout: int) -> Presented:
    shown = [_shown(one, timeout) for one in watched]
    if len(shown) == 1:
        return shown[0]
    artifacts: list[Any] = [one.artifact for one in shown]
    return Presented("\n\n".join(one.content for one in shown), {"items": artifacts})


def _shown(one: _Watched, timeout: int) -> Presented:
    standing = one.standing or f"still {one.status or 'not read'} after {timeout} s; nothing was canceled"
    shown = present_resource("runs", one.run)
    return Presented(f"{one.run_id} is {standing}\n{shown.content}", {**shown.artifact, "standing": standing})
