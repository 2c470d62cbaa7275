"""Planning and applying with a real terraform or tofu, for configurations that nobody has to trust."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tfc_agent_tools.sandbox.engine import Applied, Order, Planned
from tfc_agent_tools.sandbox.folder import PLAN, Refused, RunFolder, checked_members, refusal
from tfc_agent_tools.sandbox.models import PhaseStatus
from tfc_agent_tools.sandbox.plan_facts import applied_counts, foreign_parts, planned_counts
from tfc_agent_tools.sandbox.process import Completed, Ending, Limits, run_command
from tfc_agent_tools.sandbox.redaction import redacted_plan
from tfc_agent_tools.sandbox.run_log import diagnose, greet
from tfc_agent_tools.sandbox.variables_in_runs import withheld

if TYPE_CHECKING:
    from collections.abc import Sequence

BINARIES = ("terraform", "tofu")
_HAS_CHANGES = 2


def find_binary() -> Path | None:
    """Return the first terraform or tofu on PATH."""
    found = (shutil.which(name) for name in BINARIES)
    return next((Path(path) for path in found if path is not None), None)


class TerraformEngine:
    """Runs the binary: offline unless configurations are trusted, with nothing of the host around it."""

    def __init__(self, binary: Path, *, trusted: bool = False, limits: Limits | None = None) -> None:
        self._binary = binary
        self._trusted = trusted
        self._limits = limits or Limits()
        self._schemas: dict[str, Any] | None = None

    @property
    def name(self) -> str:
        """`terraform` or `tofu`."""
        return self._binary.stem

    def plan(self, order: Order) -> Planned:
        """Check the configuration, unpack it, and plan."""
        greet(order.log, self.name)
        for name in withheld(order.variables, trusted=self._trusted):
            order.log.write(f"SANDBOX: the environment variable {name} is not passed on to terraform\n")
        folder = RunFolder(order, self._trusted)
        try:
            folder.prepare(checked_members(order, trusted=self._trusted))
        except Refused as error:
            diagnose(order, str(error))
            return Planned(status=PhaseStatus.ERRORED)
        done = self._run(folder, ["init", "-input=false", "-no-color"], log=False)
        if not done.good:
            order.log.write(done.output)
            return Planned(status=_failure(order, done))
        done = self._run(folder, ["plan", *folder.plan_arguments()])
        if done.ending is not Ending.EXITED or done.code not in (0, _HAS_CHANGES):
            return Planned(status=_failure(order, done))
        return self._show(folder, has_changes=done.code == _HAS_CHANGES)

    def apply(self, order: Order) -> Applied:
        """Apply the saved plan on the workspace's state."""
        greet(order.log, self.name)
        folder = RunFolder(order, self._trusted)
        folder.write_state()
        done = self._run(folder, ["apply", "-input=false", *folder.format_arguments(), PLAN])
        status = PhaseStatus.FINISHED if done.good else _failure(order, done)
        return Applied(
            status=status, counts=applied_counts(done.output, structured=order.structured), state=folder.read_state()
        )

    def _show(self, folder: RunFolder, *, has_changes: bool) -> Planned:
        done = self._run(folder, ["show", "-json", PLAN], log=False)
        if not done.good:
            return Planned(status=_failure(folder.order, done))
        plan = json.loads(done.output)
        foreign = [] if self._trusted else list(foreign_parts(plan))
        if foreign:
            diagnose(folder.order, refusal(foreign))
            return Planned(status=PhaseStatus.ERRORED)
        return Planned(
            status=PhaseStatus.FINISHED,
            has_changes=has_changes,
            counts=planned_counts(plan),
            json=done.output.strip(),
            redacted_json=redacted_plan(plan, self._provider_schemas(folder)),
        )

    def _provider_schemas(self, folder: RunFolder) -> dict[str, Any]:
        """Return what renders a redacted plan; always the same while there is only the built-in provider."""
        if self._schemas is not None and not self._trusted:
            return self._schemas
        done = self._run(folder, ["providers", "schema", "-json"], log=False)
        schemas: dict[str, Any] = json.loads(done.output) if done.good else {}
        self._schemas = schemas
        return schemas

    def _run(self, folder: RunFolder, arguments: Sequence[str], *, log: bool = True) -> Completed:
        """Run terraform; what does not go to the log is wanted as it is, without warnings in between."""
        return run_command(
            [str(self._binary), *arguments],
            cwd=folder.root,
            env=folder.environment(),
            limits=self._limits,
            cancel=folder.order.cancel,
            on_output=folder.order.log.write if log else None,
            merge_stderr=arguments[0] not in ("show", "providers"),
        )


def _failure(order: Order, done: Completed) -> PhaseStatus:
    if done.ending is Ending.CANCELED:
        return PhaseStatus.CANCELED
    if done.ending is not Ending.EXITED:
        diagnose(order, f"the command was stopped: {done.ending.value}")
    return PhaseStatus.ERRORED
