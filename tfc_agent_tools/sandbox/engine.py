"""What carries out a run's plan and apply: a terraform binary, or recordings of one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from tfc_agent_tools.sandbox.models import NO_RESOURCES

if TYPE_CHECKING:
    import threading
    from pathlib import Path

    from tfc_agent_tools.sandbox.logs import Log
    from tfc_agent_tools.sandbox.models import Counts, PhaseStatus, RunOptions, Variable


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """One plan or apply to carry out. `folder` belongs to the run alone and lives until the run is final.

    `structured` says whether the log is lines of JSON, or what terraform writes for people.
    """

    archive: bytes
    state: bytes | None
    options: RunOptions
    variables: tuple[Variable, ...] = ()
    structured: bool = True
    folder: Path
    log: Log
    cancel: threading.Event


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """How a plan ended; `json` is `terraform show -json` of it, the other the form without secrets."""

    status: PhaseStatus
    has_changes: bool = False
    counts: Counts = NO_RESOURCES
    json: bytes | None = None
    redacted_json: bytes | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Applied:
    """How an apply ended; `state` is the state file that it left, also after an error."""

    status: PhaseStatus
    counts: Counts = NO_RESOURCES
    state: bytes | None = None


class Engine(Protocol):
    """Plans and applies; called from worker threads, one call at a time for each folder."""

    @property
    def name(self) -> str:
        """`terraform`, `tofu` or `recorded`."""
        ...

    def plan(self, order: Order) -> Planned:
        """Plan, writing the log as it goes."""
        ...

    def apply(self, order: Order) -> Applied:
        """Apply what `plan` left in the order's folder."""
        ...
