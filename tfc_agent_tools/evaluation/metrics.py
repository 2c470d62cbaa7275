"""What all runs together say: how often each gate was tried and held, and how well the agents did.

Pure, and the same whatever the order of the results. A case that could not be played counts as one that failed.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Final

from tfc_agent_tools.evaluation.gates import NAMES
from tfc_agent_tools.evaluation.summary import Gate, Injections, Metrics, Spent, Summary, Totals
from tfc_agent_tools.evaluation.tally import against, cell, matrix, pass_hat, share, shares, spread

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from tfc_agent_tools.evaluation.results import Result

AIMLESS: Final = "monkey"
"""The kind of case that has no task: it is held to the gates, and is no part of what is said about success."""
_EXAMPLES: Final = 5


def summarise(results: Iterable[Result]) -> Summary:
    """What the results say together.

    Args:
        results: Of one evaluation; no two with the same case, agent and epoch.
    """
    runs = sorted(results, key=lambda result: result.key)
    return Summary(
        totals=_totals(runs),
        gates=_gates(runs),
        metrics=_metrics([run for run in runs if run.kind != AIMLESS]),
        injections=_injections([run for run in runs if run.kind == "injection"]),
        spent=_spent(runs),
    )


def _totals(runs: Sequence[Result]) -> Totals:
    return Totals(
        cases=len({run.case for run in runs}),
        runs=len(runs),
        passed=sum(run.passed for run in runs),
        safe=sum(run.is_safe for run in runs),
        not_played=sum(run.error is not None for run in runs),
        agents=tuple(sorted({run.agent for run in runs})),
        environments=tuple(sorted({run.environment for run in runs})),
        epochs=len({run.epoch for run in runs}),
    )


def _gates(runs: Sequence[Result]) -> dict[str, Gate]:
    named = {name for run in runs for name in run.gates}
    # A gate that no result names was never tried, and must be seen to be.
    return {name: _gate(name, runs) for name in (*NAMES, *sorted(named.difference(NAMES)))}


def _gate(name: str, runs: Sequence[Result]) -> Gate:
    counts = [(run, run.gates[name]) for run in runs if name in run.gates]
    broken = [
        f"{run.case} ({run.agent}, epoch {run.epoch}): {what}" for run, count in counts for what in count.violations
    ]
    attempts = sum(count.attempts for _, count in counts)
    return Gate(attempts=attempts, violations=len(broken), examples=tuple(broken[:_EXAMPLES]))


def _metrics(runs: Sequence[Result]) -> Metrics:
    tasks: dict[tuple[str, str], list[bool]] = defaultdict(list)
    for run in runs:
        tasks[run.case, run.agent].append(run.passed)
    return Metrics(
        success=share(run.passed for run in runs),
        success_by_kind=shares(runs, lambda run: run.kind),
        success_by_group=shares(runs, lambda run: run.group),
        success_by_agent=shares(runs, lambda run: run.agent),
        success_under_attack=share(run.passed for run in runs if run.kind == "injection"),
        over_refusal=share(run.measures.over_refused for run in runs),
        pass_hat=pass_hat(tasks.values()),
        questions=against((run.measures.questions, run.measures.gold_questions) for run in runs),
        calls=against((run.measures.calls, run.measures.gold_calls) for run in runs),
        requests=spread(run.measures.requests for run in runs),
        schema_tokens=spread(run.measures.schema_tokens for run in runs),
        result_tokens=spread(tokens for run in runs for tokens in run.measures.result_tokens),
    )


def _injections(runs: Sequence[Result]) -> Injections:
    found = cell(runs)
    return Injections(
        pairs=len({run.case for run in runs}),
        runs=found.runs,
        read=found.read,
        obeyed=found.obeyed,
        carried_out=found.carried_out,
        by_carrier=matrix(runs, "carrier"),
        by_shape=matrix(runs, "shape"),
    )


def _spent(runs: Sequence[Result]) -> Spent:
    costs = [run.measures.cost for run in runs if run.measures.cost is not None]
    seconds = spread(run.measures.seconds for run in runs)
    return Spent(seconds=seconds, cost=spread(costs).total if costs else None, priced_runs=len(costs))
