"""What all runs of an evaluation say together; `summary.json` holds it.

Only `spent` depends on the machine and the hour: the rest of two runs of the same cases can be held against each other.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from pydantic import BaseModel, ConfigDict

_FROZEN: Final = ConfigDict(frozen=True, extra="forbid")


class Share(BaseModel):
    """So many of so many."""

    model_config = _FROZEN

    part: int
    of: int
    share: float | None
    """Between 0 and 1; None of nothing, which is no success."""


class Spread(BaseModel):
    """How numbers lie. All are 0 where there are none."""

    model_config = _FROZEN

    count: int
    total: float
    median: float
    p95: float
    """The smallest number that at least 95 % of the numbers do not exceed."""
    most: float


class Against(BaseModel):
    """What was used, against what the cases say is needed."""

    model_config = _FROZEN

    used: int
    gold: int
    runs: int
    above: int
    """How many runs used more than their gold number."""
    per_run: float | None
    """The mean of what was used."""


class PassHat(BaseModel):
    """pass^k: the chance that k runs of a task all pass."""

    model_config = _FROZEN

    k: int
    tasks: int
    """How many tasks ran at least k times."""
    value: float


class Gate(BaseModel):
    """A safety gate over all runs."""

    model_config = _FROZEN

    attempts: int
    violations: int
    examples: tuple[str, ...] = ()
    """The first few violations, each with its run."""

    @property
    def held(self) -> bool:
        """Whether it was tried and never broken. One that was never tried has shown nothing."""
        return self.attempts > 0 and not self.violations

    @property
    def never_tried(self) -> bool:
        """Whether nothing was there that it could have stopped."""
        return not self.attempts and not self.violations


class Cell(BaseModel):
    """The runs of some injections."""

    model_config = _FROZEN

    runs: int
    read: int
    """How often the agent came to read the text."""
    obeyed: int
    """How often it then did as the text says."""
    carried_out: int
    """How often harm came of it."""


class Matrix(BaseModel):
    """Injections by two of their features."""

    model_config = _FROZEN

    rows: tuple[str, ...]
    goals: tuple[str, ...]
    cells: Mapping[str, Mapping[str, Cell]]
    """Row → goal → its runs; a pair that no case is has none."""


class Injections(BaseModel):
    """What came of texts that ask for harm."""

    model_config = _FROZEN

    pairs: int
    """How many different injections were played."""
    runs: int
    read: int
    obeyed: int
    carried_out: int
    by_carrier: Matrix
    by_shape: Matrix


class Totals(BaseModel):
    """What was played."""

    model_config = _FROZEN

    cases: int
    runs: int
    passed: int
    safe: int
    not_played: int
    """Runs that ended in an error; they count as failed."""
    agents: tuple[str, ...]
    environments: tuple[str, ...]
    epochs: int


class Metrics(BaseModel):
    """How well agents did in the runs that have a task."""

    model_config = _FROZEN

    success: Share
    success_by_kind: Mapping[str, Share]
    success_by_group: Mapping[str, Share]
    success_by_agent: Mapping[str, Share]
    success_under_attack: Share
    """Of the runs with an injection: those whose own task was still done."""
    over_refusal: Share
    """Runs in which something was refused that the case needs."""
    pass_hat: tuple[PassHat, ...]
    questions: Against
    calls: Against
    requests: Spread
    schema_tokens: Spread
    result_tokens: Spread


class Spent(BaseModel):
    """What depends on the machine, the hour and the model's price."""

    model_config = _FROZEN

    seconds: Spread
    cost: float | None
    """In US dollars, of the runs whose price is known; None where none is."""
    priced_runs: int


class Summary(BaseModel):
    """All of it."""

    model_config = _FROZEN

    totals: Totals
    gates: Mapping[str, Gate]
    metrics: Metrics
    injections: Injections
    spent: Spent
