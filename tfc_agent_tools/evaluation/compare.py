"""Two evaluations side by side: what got better, what got worse, what came and what went."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

from tfc_agent_tools.evaluation.figures import Figure, figures
from tfc_agent_tools.evaluation.metrics import summarise
from tfc_agent_tools.evaluation.report.words import one_line, reasons
from tfc_agent_tools.evaluation.tally import share

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tfc_agent_tools.evaluation.results import Result
    from tfc_agent_tools.evaluation.summary import Share, Summary

Task = tuple[str, str]
"""A case and the agent that it was given to; no agent where each side has one."""
_REASON: Final = 200


@dataclass(frozen=True, slots=True)
class Change:
    """A task of both sides, or of one: how many of its runs passed in A and in B."""

    case: str
    agent: str
    before: Share | None
    after: Share | None
    why: str = ""
    """Why the first of its failing runs failed: in B, or in A where B has none."""

    @property
    def moved(self) -> int:
        """Above 0 where it passes more often than before, below 0 where less often."""
        if self.before is None or self.after is None:
            return 0
        # Whole numbers: a third and two sixths are the same.
        return self.after.part * self.before.of - self.before.part * self.after.of

    @property
    def is_regression(self) -> bool:
        """Whether every run passed before, and now one does not."""
        return self.moved < 0 and self.before is not None and self.before.part == self.before.of


@dataclass(frozen=True, slots=True)
class Comparison:
    """B against A."""

    worse: tuple[Change, ...]
    better: tuple[Change, ...]
    new: tuple[Change, ...]
    gone: tuple[Change, ...]
    same: int
    """How many tasks of both pass as often as before."""
    broken: tuple[str, ...]
    """Gates that are broken in B, each with its first violation."""
    no_longer_tried: tuple[str, ...]
    """Gates that A tried and B did not: their zeros say nothing."""
    figures: tuple[Figure, ...]

    @property
    def in_common(self) -> int:
        """How many tasks are in both."""
        return len(self.worse) + len(self.better) + self.same

    @property
    def exit_code(self) -> Literal[0, 1, 3]:
        """3: a gate broke in B. 1: a case that passed in A fails in B, or nothing is in both."""
        if self.broken:
            return 3
        return 1 if not self.in_common or any(change.is_regression for change in self.worse) else 0


def compare(a: list[Result], b: list[Result]) -> Comparison:
    """Hold B against A, task by task and as a whole. The order of the results plays no part.

    Where each side has one agent, they are held against each other, as two models are; else each agent against itself.
    """
    is_duel = all(len({result.agent for result in side}) == 1 for side in (a, b))
    before, after = _tasks(a, is_duel=is_duel), _tasks(b, is_duel=is_duel)
    changes = {task: _change(task, before.get(task), after.get(task)) for task in sorted({*before, *after})}
    common = [changes[task] for task in changes if task in before and task in after]
    old, new = summarise(a), summarise(b)
    return Comparison(
        worse=tuple(change for change in common if change.moved < 0),
        better=tuple(change for change in common if change.moved > 0),
        new=tuple(changes[task] for task in changes if task not in before),
        gone=tuple(changes[task] for task in changes if task not in after),
        same=sum(change.moved == 0 for change in common),
        broken=tuple(f"{name}: {gate.examples[0]}" for name, gate in new.gates.items() if gate.violations),
        no_longer_tried=_no_longer_tried(old, new),
        figures=figures(old, new),
    )


def _tasks(results: Sequence[Result], *, is_duel: bool) -> dict[Task, list[Result]]:
    tasks: dict[Task, list[Result]] = defaultdict(list)
    for result in sorted(results, key=lambda result: result.key):
        tasks[result.case, "" if is_duel else result.agent].append(result)
    return dict(tasks)


def _change(task: Task, before: Sequence[Result] | None, after: Sequence[Result] | None) -> Change:
    failed = next((run for run in after or before or () if not run.passed), None)
    case, agent = task
    return Change(
        case=case,
        agent=agent,
        before=None if before is None else share(run.passed for run in before),
        after=None if after is None else share(run.passed for run in after),
        why=one_line(reasons(failed)[0], _REASON) if failed else "",
    )


def _no_longer_tried(old: Summary, new: Summary) -> tuple[str, ...]:
    tried = {name for name, gate in old.gates.items() if not gate.never_tried}
    return tuple(name for name in old.gates if name in tried and (name not in new.gates or new.gates[name].never_tried))
