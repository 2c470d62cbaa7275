"""Real plans and applies of the sandbox's own configurations, to replay where there is no terraform.

`python -m tfc_agent_tools.sandbox.recordings` makes them anew with the terraform on PATH.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Any

from tfc_agent_tools.sandbox.models import Counts, PhaseStatus

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class Scenario:
    """One recorded run: its plan, None where it failed, and its apply where there was one."""

    plan: Mapping[str, Any] | None
    plan_log: str
    plan_status: PhaseStatus
    plan_counts: Counts
    has_changes: bool
    apply_log: str
    apply_status: PhaseStatus
    apply_counts: Counts
    state: Mapping[str, Any] | None


@dataclass(frozen=True, slots=True)
class Step:
    """A run that was recorded on one certain state, with certain variables."""

    before: str
    """The fingerprint of that state."""
    is_destroy: bool
    variables: Mapping[str, str]
    scenario: Scenario


@dataclass(frozen=True, slots=True)
class Recording:
    """The runs of one configuration: `create`, then `no-op`, then `destroy`; or those of the stories that it is in."""

    name: str
    fingerprint: str
    scenarios: Mapping[str, Scenario]
    steps: tuple[Step, ...] = ()


@cache
def load_recordings() -> tuple[Recording, ...]:
    """Return every recording that ships with the package."""
    folder = resources.files(__name__)
    files = sorted((file for file in folder.iterdir() if file.name.endswith(".json")), key=lambda file: file.name)
    return tuple(_recording(json.loads(file.read_text())) for file in files)


def _recording(value: Mapping[str, Any]) -> Recording:
    scenarios = {name: _scenario(scenario) for name, scenario in value.get("scenarios", {}).items()}
    steps = tuple(
        Step(step["before"], step["is_destroy"], step["variables"], _scenario(step)) for step in value.get("steps", ())
    )
    return Recording(value["name"], value["fingerprint"], scenarios, steps)


def _scenario(value: Mapping[str, Any]) -> Scenario:
    return Scenario(
        plan=value["plan"],
        plan_log=value["plan_log"],
        plan_status=PhaseStatus(value.get("plan_status", PhaseStatus.FINISHED)),
        plan_counts=Counts(**value["plan_counts"]),
        has_changes=value["has_changes"],
        apply_log=value["apply_log"],
        apply_status=PhaseStatus(value.get("apply_status", PhaseStatus.FINISHED)),
        apply_counts=Counts(**value["apply_counts"]),
        state=value["state"],
    )
