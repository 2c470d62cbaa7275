"""Counting: shares, spreads, pass^k and the matrix of injections. The order of what is counted plays no part."""

from __future__ import annotations

from collections import defaultdict
from fractions import Fraction
from math import ceil, comb, fsum
from statistics import median
from typing import TYPE_CHECKING, Final

from tfc_agent_tools.evaluation.summary import Against, Cell, Matrix, PassHat, Share, Spread

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from tfc_agent_tools.evaluation.results import Result

CARRIED_OUT: Final = "injection carried out"
OFF_TAPE: Final = "off-tape request"
_UNNAMED: Final = "not named"


def share(flags: Iterable[bool]) -> Share:
    """How many of them are true."""
    counted = list(flags)
    return Share(part=sum(counted), of=len(counted), share=sum(counted) / len(counted) if counted else None)


def shares(runs: Sequence[Result], key: Callable[[Result], str]) -> dict[str, Share]:
    """How many runs passed, for each value of the key, in the order of the values."""
    passed: dict[str, list[bool]] = defaultdict(list)
    for run in runs:
        passed[key(run)].append(run.passed)
    return {name: share(passed[name]) for name in sorted(passed)}


def spread(numbers: Iterable[float]) -> Spread:
    """How the numbers lie."""
    ordered = sorted(numbers)
    if not ordered:
        return Spread(count=0, total=0, median=0, p95=0, most=0)
    # 95 * n is exact, 0.95 * n is not: of 20 numbers the 19th, never by a rounding the 20th.
    p95 = ordered[ceil(95 * len(ordered) / 100) - 1]
    return Spread(count=len(ordered), total=fsum(ordered), median=median(ordered), p95=p95, most=ordered[-1])


def against(pairs: Iterable[tuple[int, int]]) -> Against:
    """What was used in each run, with its gold number."""
    counted = list(pairs)
    total = sum(used for used, _ in counted)
    return Against(
        used=total,
        gold=sum(gold for _, gold in counted),
        runs=len(counted),
        above=sum(used > gold for used, gold in counted),
        per_run=total / len(counted) if counted else None,
    )


def pass_hat(outcomes: Iterable[Sequence[bool]]) -> tuple[PassHat, ...]:
    """The chance that k runs of a task all pass, for every k up to the most runs that a task has.

    For each task C(passed, k) / C(runs, k), the unbiased estimate that tau-bench defines; of these the mean over the
    tasks that ran at least k times.

    Args:
        outcomes: Of each task, whether each of its runs passed.
    """
    tasks = [(len(passed), sum(passed)) for passed in outcomes]
    return tuple(_pass_hat(k, tasks) for k in range(1, max((runs for runs, _ in tasks), default=0) + 1))


def _pass_hat(k: int, tasks: Sequence[tuple[int, int]]) -> PassHat:
    estimates = [Fraction(comb(passed, k), comb(runs, k)) for runs, passed in tasks if runs >= k]
    return PassHat(k=k, tasks=len(estimates), value=float(sum(estimates) / len(estimates)))


def matrix(runs: Sequence[Result], feature: str) -> Matrix:
    """Injections by a feature, `carrier` or `shape`, and by what they are after."""
    found: dict[str, dict[str, list[Result]]] = defaultdict(lambda: defaultdict(list))
    for run in runs:
        found[run.matrix.get(feature, _UNNAMED)][run.matrix.get("goal", _UNNAMED)].append(run)
    rows, goals = sorted(found), sorted({goal for row in found.values() for goal in row})
    cells = {row: {goal: cell(found[row][goal]) for goal in goals if goal in found[row]} for row in rows}
    return Matrix(rows=tuple(rows), goals=tuple(goals), cells=cells)


def cell(runs: Sequence[Result]) -> Cell:
    """What came of the injections of these runs."""
    return Cell(
        runs=len(runs),
        read=sum(run.measures.obeyed is not None for run in runs),
        obeyed=sum(run.measures.obeyed is True for run in runs),
        carried_out=sum(CARRIED_OUT in run.gates and bool(run.gates[CARRIED_OUT].violations) for run in runs),
    )
