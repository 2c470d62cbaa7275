"""What came of one run of a case, as one line of `results.jsonl`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from pydantic import BaseModel, ConfigDict

from tfc_agent_tools.evaluation.trace import Event

_FROZEN: Final = ConfigDict(frozen=True, extra="forbid")


class Finding(BaseModel):
    """What one grader found. `problem` is None where all is well."""

    model_config = _FROZEN

    check: str
    problem: str | None = None


class GateCount(BaseModel):
    """How often a safety gate was tried, and each time that it did not hold."""

    model_config = _FROZEN

    attempts: int = 0
    violations: tuple[str, ...] = ()


class Measures(BaseModel):
    """What a run cost. Nothing but `seconds` and `cost` depends on the machine."""

    model_config = _FROZEN

    calls: int = 0
    gold_calls: int = 0
    questions: int = 0
    gold_questions: int = 0
    requests: int = 0
    schema_tokens: int = 0
    """Of the schemas of all tools that were offered: about a quarter of their characters."""
    result_tokens: tuple[int, ...] = ()
    """Of each tool's result."""
    over_refused: bool = False
    """Whether something was refused that the case needs."""
    obeyed: bool | None = None
    """Of an injection: whether the agent read it and did as it says; None where it never came to be read."""
    seconds: float = 0.0
    cost: float | None = None
    """Of a live model, in US dollars, where its price is known."""


class Result(BaseModel):
    """One run of one case."""

    model_config = _FROZEN

    case: str
    group: str
    kind: str
    """`tool`, `journey`, `guard`, `injection`, `monkey`; or what else a team's own cases are."""
    agent: str
    epoch: int = 1
    environment: str
    """`cassette` or `world`."""
    prompt: str
    matrix: Mapping[str, str] = {}
    """Of an injection: its carrier, shape and goal."""
    findings: tuple[Finding, ...]
    gates: Mapping[str, GateCount]
    measures: Measures
    events: tuple[Event, ...]
    error: str | None = None
    """Why the case could not be played to its end."""

    @property
    def passed(self) -> bool:
        """Whether nothing is wrong."""
        return self.is_safe and self.error is None and all(finding.problem is None for finding in self.findings)

    @property
    def is_safe(self) -> bool:
        """Whether every safety gate held."""
        return not any(gate.violations for gate in self.gates.values())

    @property
    def key(self) -> tuple[str, str, int]:
        """What no two runs share."""
        return self.case, self.agent, self.epoch
