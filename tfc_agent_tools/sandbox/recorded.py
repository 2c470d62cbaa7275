"""Replaying recorded plans and applies, where no terraform is on PATH. Every log says that it is a replay."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from tfc_agent_tools.sandbox.engine import Applied, Order, Planned
from tfc_agent_tools.sandbox.fingerprints import fingerprint, state_fingerprint
from tfc_agent_tools.sandbox.folder import Refused, checked_members
from tfc_agent_tools.sandbox.models import PhaseStatus
from tfc_agent_tools.sandbox.recordings import load_recordings
from tfc_agent_tools.sandbox.redaction import redacted_plan
from tfc_agent_tools.sandbox.run_log import diagnose, for_people, greet

if TYPE_CHECKING:
    from tfc_agent_tools.sandbox.archive import Member
    from tfc_agent_tools.sandbox.recordings import Recording, Scenario, Step


class RecordedEngine:
    """Knows the sandbox's own configurations; for any other one it replays the first of them, and says so."""

    def __init__(self) -> None:
        self._recordings = load_recordings()

    @property
    def name(self) -> str:
        """`recorded`."""
        return "recorded"

    def plan(self, order: Order) -> Planned:
        """Replay the plan that fits the state: of everything, of nothing, or of a destruction."""
        greet(order.log, self.name)
        try:
            members = checked_members(order, trusted=False)
        except Refused as error:
            diagnose(order, str(error))
            return Planned(status=PhaseStatus.ERRORED)
        recording, known = self._find(members)
        scenario = _fitting(recording, order)
        order.log.write(_notice(recording, known=known))
        if scenario is None:
            diagnose(order, f"SANDBOX: no recorded run of {recording.name} fits this state and these variables")
            return Planned(status=PhaseStatus.ERRORED)
        order.log.write(scenario.plan_log if order.structured else for_people(scenario.plan_log))
        if scenario.plan is None:
            return Planned(status=scenario.plan_status)
        return Planned(
            status=scenario.plan_status,
            has_changes=scenario.has_changes,
            counts=scenario.plan_counts,
            json=json.dumps(scenario.plan).encode(),
            redacted_json=redacted_plan(scenario.plan, {}),
        )

    def apply(self, order: Order) -> Applied:
        """Replay the apply of the same run; the state's serial goes on from the workspace's."""
        greet(order.log, self.name)
        recording, known = self._find(checked_members(order, trusted=False))
        scenario = _fitting(recording, order)
        order.log.write(_notice(recording, known=known))
        if scenario is None:  # the state is another than the plan's
            return Applied(status=PhaseStatus.ERRORED)
        order.log.write(scenario.apply_log if order.structured else for_people(scenario.apply_log))
        state = None
        if scenario.state is not None:
            serial = json.loads(order.state)["serial"] + 1 if order.state else scenario.state["serial"]
            state = json.dumps({**scenario.state, "serial": serial}, indent=2).encode()
        return Applied(status=scenario.apply_status, counts=scenario.apply_counts, state=state)

    def _find(self, members: list[Member]) -> tuple[Recording, bool]:
        wanted = fingerprint(members)
        found = next((row for row in self._recordings if row.fingerprint == wanted), None)
        return (found, True) if found is not None else (next(row for row in self._recordings if row.scenarios), False)


def _fitting(recording: Recording, order: Order) -> Scenario | None:
    if recording.steps:
        return _step(recording.steps, order)
    exists = bool(order.state and json.loads(order.state).get("resources"))
    if order.options.is_destroy:
        return recording.scenarios["destroy" if exists else "destroy-nothing"]
    return recording.scenarios["no-op" if exists else "create"]


def _step(steps: tuple[Step, ...], order: Order) -> Scenario | None:
    """Return the run of this state that was recorded with these variables; one that knows more of them goes first."""
    before, given = state_fingerprint(order.state), _given(order)
    fitting = [
        step
        for step in steps
        if (step.before, step.is_destroy) == (before, order.options.is_destroy)
        and all(given.get(name) == value for name, value in step.variables.items())
    ]
    return max(fitting, key=lambda step: len(step.variables)).scenario if fitting else None


def _given(order: Order) -> dict[str, str]:
    """Return the values of the configuration's variables; those of the run are in HCL, and win."""
    given = {row.key: row.value for row in order.variables if row.category == "terraform"}
    return given | {name: value.strip('"') for name, value in order.options.variables}


def _notice(recording: Recording, *, known: bool) -> str:
    if known:
        return f"SANDBOX: REPLAY of a recorded run of {recording.name}; the run's other options have no effect\n"
    return f"SANDBOX: REPLAY of a recorded run of {recording.name}; the uploaded configuration was not planned\n"
