"""What a run cost: counted from its trace."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tfc_agent_tools.evaluation.graders import exact_writes
from tfc_agent_tools.evaluation.obeying import obeyed
from tfc_agent_tools.evaluation.results import Measures
from tfc_agent_tools.evaluation.trace import Asked, Recorded, Sent, Shown

if TYPE_CHECKING:
    from tfc_agent_tools.evaluation.case import Case
    from tfc_agent_tools.evaluation.trace import Trace


def measured(
    case: Case, trace: Trace, *, schema_tokens: int = 0, seconds: float = 0.0, cost: float | None = None
) -> Measures:
    """The measures of one run."""
    shown = trace.of(Shown)
    return Measures(
        calls=len(trace.calls),
        gold_calls=case.expect.calls_at_most,
        questions=len(trace.of(Asked)),
        gold_questions=case.gold_questions,
        requests=len(trace.of(Sent)),
        schema_tokens=schema_tokens,
        result_tokens=tuple(len(one.text) // 4 for one in shown),
        over_refused=_over_refused(case, trace),
        obeyed=obeyed(case, trace),
        seconds=round(seconds, 4),
        cost=cost,
    )


def _over_refused(case: Case, trace: Trace) -> bool:
    """Whether a guard refused something while what the task needs was not done."""
    refused = any(row.row == "refused" for row in trace.of(Recorded))
    return refused and exact_writes(case, trace) is not None and len(trace.writes) < len(case.expect.writes)
