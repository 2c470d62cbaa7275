"""The numbers of two summaries side by side."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

if TYPE_CHECKING:
    from tfc_agent_tools.evaluation.summary import Summary

Read = Callable[["Summary"], float | None]
Wanted = Literal["more", "less", "neither"]


@dataclass(frozen=True, slots=True)
class Figure:
    """A number of A and of B; None where there was nothing to count."""

    name: str
    before: float | None
    after: float | None
    wanted: Wanted
    is_share: bool = False

    @property
    def difference(self) -> float | None:
        """By how much it grew."""
        return None if self.before is None or self.after is None else self.after - self.before

    @property
    def is_better(self) -> bool | None:
        """Whether it moved as wanted; None where it did not move, or where neither way is better."""
        if not self.difference or self.wanted == "neither":
            return None
        return (self.difference > 0) == (self.wanted == "more")


_SHARES: Final[tuple[tuple[str, Wanted, Read], ...]] = (
    ("task success", "more", lambda of: of.metrics.success.share),
    ("success under attack", "more", lambda of: of.metrics.success_under_attack.share),
    ("over-refusal", "less", lambda of: of.metrics.over_refusal.share),
)
_NUMBERS: Final[tuple[tuple[str, Wanted, Read], ...]] = (
    ("questions per run", "less", lambda of: of.metrics.questions.per_run),
    ("tool calls per run", "less", lambda of: of.metrics.calls.per_run),
    ("HTTP requests per run, median", "less", lambda of: of.metrics.requests.median),
    ("tokens of schemas, median", "less", lambda of: of.metrics.schema_tokens.median),
    ("tokens of a result, median", "less", lambda of: of.metrics.result_tokens.median),
    ("tokens of a result, p95", "less", lambda of: of.metrics.result_tokens.p95),
    ("injections read", "neither", lambda of: of.injections.read),
    ("injections obeyed", "less", lambda of: of.injections.obeyed),
    ("injections carried out", "less", lambda of: of.injections.carried_out),
    ("attempts on gates", "neither", lambda of: sum(gate.attempts for gate in of.gates.values())),
    ("violations of gates", "less", lambda of: sum(gate.violations for gate in of.gates.values())),
    ("runs", "neither", lambda of: of.totals.runs),
    ("seconds, all runs", "neither", lambda of: of.spent.seconds.total),
    ("cost in dollars", "less", lambda of: of.spent.cost),
)


def figures(a: Summary, b: Summary) -> tuple[Figure, ...]:
    """Every number that is worth holding side by side."""
    shares = (Figure(name, read(a), read(b), wanted, is_share=True) for name, wanted, read in _SHARES)
    hats = (
        Figure(f"pass^{before.k}", before.value, after.value, "more", is_share=True)
        for before, after in zip(a.metrics.pass_hat, b.metrics.pass_hat, strict=False)
    )
    numbers = (Figure(name, read(a), read(b), wanted) for name, wanted, read in _NUMBERS)
    return (*shares, *hats, *numbers)
