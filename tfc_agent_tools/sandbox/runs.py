"""The life of a run: pending, planning, planned, confirmed, applying, applied, and the ways out.

Between them stand the run tasks and policies of its workspace, where it has any: a mandatory one that fails ends the
run, or makes it wait for an override. A workspace works on one run at a time; the run that it works on holds the
workspace's lock until it is final. Plan-only and saved-plan runs wait for nobody and lock nothing
(https://developer.hashicorp.com/terraform/cloud-docs/run/states).
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from tfc_agent_tools.sandbox.check_results import check_policies, hold_stage, prepare_stages
from tfc_agent_tools.sandbox.checks import CheckStatus, Stage, Verdict
from tfc_agent_tools.sandbox.models import (
    Apply,
    PhaseStatus,
    Plan,
    Reference,
    Run,
    RunStatus,
)
from tfc_agent_tools.sandbox.phases import Phases
from tfc_agent_tools.sandbox.problems import conflict
from tfc_agent_tools.sandbox.run_events import NOBODY, Deed, record_event

if TYPE_CHECKING:
    from datetime import datetime

    from tfc_agent_tools.sandbox.checks import Checks
    from tfc_agent_tools.sandbox.engine import Applied, Engine, Planned
    from tfc_agent_tools.sandbox.models import ConfigurationVersion, RunOptions, Workspace
    from tfc_agent_tools.sandbox.workers import Workers
    from tfc_agent_tools.sandbox.world import World

FORCE_CANCEL_AFTER = timedelta(seconds=30)
CANCELABLE = frozenset({RunStatus.PENDING, RunStatus.PLANNING, RunStatus.APPLYING})
INTERRUPTIBLE = frozenset({RunStatus.PLANNING, RunStatus.APPLYING})
CONFIRMABLE = frozenset(
    {
        RunStatus.PLANNED,
        RunStatus.POST_PLAN_COMPLETED,
        RunStatus.POLICY_CHECKED,
        RunStatus.PLANNED_AND_SAVED,
    }
)
DISCARDABLE = CONFIRMABLE | {RunStatus.PENDING, RunStatus.POLICY_OVERRIDE}


class Runs:
    """Creates runs and moves them on. Every method wants the world's lock to be held by its caller."""

    def __init__(
        self, world: World, engine: Engine, workers: Workers, *, force_cancel_after: timedelta = FORCE_CANCEL_AFTER
    ) -> None:
        self._world = world
        self._force_cancel_after = force_cancel_after
        self._phases = Phases(world, engine, workers, self)

    def create(
        self,
        workspace: Workspace,
        version: ConfigurationVersion,
        options: RunOptions,
        created_by: str,
        checks: Checks | None = None,
    ) -> Run:
        """Create a run and start it, if its turn is now; it meets the workspace's checks unless it has its own."""
        world = self._world
        now = world.clock()
        run_id = world.ids.new("run")
        run = Run(
            id=run_id,
            workspace_id=workspace.id,
            configuration_version_id=version.id,
            plan_id=world.ids.derived("plan", run_id),
            apply_id=world.ids.derived("apply", run_id),
            created_by=created_by,
            created_at=now,
            options=options,
            checks=workspace.checks if checks is None else checks,
            timestamps={"plan-queueable-at": now},
        )
        world.runs.put(run)
        prepare_stages(world, run)
        record_event(world, run.id, "created", Deed(created_by))
        world.plans.put(Plan(id=run.plan_id, run_id=run.id))
        world.applies.put(Apply(id=run.apply_id, run_id=run.id))
        world.workspaces.put(replace(workspace, latest_run_id=run.id))
        if waits_for_workspace(run):
            self.advance(workspace.id)
        else:
            self._start_plan(run)
        return world.runs[run.id]

    def confirm(self, run: Run, by: Deed) -> None:
        """Apply a planned run.

        Raises:
            Problem: 409 when the run does not wait for confirmation, or a saved plan's workspace is locked.
        """
        if run.status not in CONFIRMABLE:
            raise conflict("transition not allowed")
        workspace = self._world.workspaces[run.workspace_id]
        if run.status is RunStatus.PLANNED_AND_SAVED:
            if workspace.locked_by is not None:
                raise conflict("the workspace is locked")
            self._take_lock(workspace, run)
        self._start_apply(replace(run, confirmed_by=by.actor_id), by)

    def discard(self, run: Run, by: Deed) -> None:
        """Discard a run that waits for its turn or for confirmation; 409 otherwise."""
        if run.status not in DISCARDABLE:
            raise conflict("transition not allowed")
        self._finish(run, RunStatus.DISCARDED, by)

    def cancel(self, run: Run, by: Deed) -> None:
        """Cancel a run that waits for its turn, plans or applies; 409 otherwise.

        What runs gets an interrupt and ends in its own time.
        """
        if run.status not in CANCELABLE:
            raise conflict("transition not allowed")
        now = self._world.clock()
        run = replace(run, canceled_at=now, force_cancel_available_at=now + self._force_cancel_after)
        self._world.runs.put(run)
        if run.status is RunStatus.PENDING:
            self._finish(run, RunStatus.CANCELED, by)
        else:
            record_event(self._world, run.id, "cancel_requested", by)
            self._phases.interrupt(run.id)

    def force_cancel(self, run: Run, by: Deed) -> None:
        """End a run at once, whatever it does; what it leaves is lost.

        Raises:
            Problem: 409 unless it plans or applies, was canceled before, and had its time to end by itself.
        """
        if not is_force_cancelable(run, self._world.clock()):
            raise conflict("transition not allowed")
        self._phases.abandon(run)
        self._finish(run, RunStatus.FORCE_CANCELED, by)

    def advance(self, workspace_id: str) -> None:
        """Start the oldest pending run of a workspace that nobody holds."""
        workspace = self._world.workspaces.get(workspace_id)
        if workspace is None or workspace.locked_by is not None:
            return
        current = self._world.runs.get(workspace.current_run_id)
        if current is not None and not current.status.is_final:
            return  # its lock was forced open, but it is still at work
        waiting = (run for run in self._world.runs_of(workspace_id) if run.status is RunStatus.PENDING)
        run = next((run for run in waiting if waits_for_workspace(run)), None)
        if run is not None:
            self._take_lock(workspace, run)
            self._start_plan(run)

    def forget(self, workspace: Workspace) -> None:
        """Delete a workspace with its runs, configuration and state versions, and stop what runs in it."""
        world = self._world
        world.workspaces.remove(workspace.id)
        for run in world.runs_of(workspace.id):
            self._phases.interrupt(run.id)
            world.remove_run(run)
        for table in (
            world.configuration_versions,
            world.state_versions,
            world.variables,
            world.notifications,
            world.assessments,
        ):
            for row in table:
                if row.workspace_id == workspace.id:
                    table.remove(row.id)

    def close(self) -> None:
        """Interrupt everything that runs, and let nothing else begin."""
        self._phases.close()

    def remove_files(self) -> None:
        """Drop every run's files; call it when no worker is left."""
        self._phases.remove_files()

    def planned(self, run_id: str, result: Planned) -> None:
        """Take over the end of a plan."""
        run = replace(self._world.runs[run_id], has_changes=result.has_changes)
        if result.status is PhaseStatus.CANCELED or run.canceled_at is not None:
            self._finish(run, RunStatus.CANCELED)
        elif result.status is not PhaseStatus.FINISHED:
            self._finish(run, RunStatus.ERRORED)
        else:
            self._after_plan(run)

    def applied(self, run_id: str, result: Applied) -> None:
        """Take over the end of an apply."""
        ends = {PhaseStatus.FINISHED: RunStatus.APPLIED, PhaseStatus.CANCELED: RunStatus.CANCELED}
        self._finish(self._world.runs[run_id], ends.get(result.status, RunStatus.ERRORED))

    def _after_plan(self, run: Run) -> None:
        if run.checks.has(Stage.POST_PLAN) or run.checks.policy_checks:
            run = self._move(run, RunStatus.PLANNED)
            if not (self._passes_stage(run, Stage.POST_PLAN) and self._passes_policies(run)):
                return
            run = self._world.runs[run.id]
        options = run.options
        if options.plan_only or not _has_work(run):
            self._finish(run, RunStatus.PLANNED_AND_FINISHED)
        elif options.save_plan:
            self._move(run, RunStatus.PLANNED_AND_SAVED)
        else:
            run = run if run.status in CONFIRMABLE else self._move(run, RunStatus.PLANNED)
            if options.auto_apply or not run.has_changes:
                self._start_apply(run)

    def _passes_stage(self, run: Run, stage: Stage) -> bool:
        """Hold a stage, where the run has one; a mandatory failure ends the run."""
        if not run.checks.has(stage):
            return True
        run = self._move(run, RunStatus(f"{stage}_running"))
        if hold_stage(self._world, run, stage) is not Verdict.PASSED:
            self._finish(run, RunStatus.ERRORED)
            return False
        self._move(run, RunStatus(f"{stage}_completed"))
        return True

    def _passes_policies(self, run: Run) -> bool:
        """Check the policies of the older form; a soft failure waits for an override, where there is what to apply."""
        if not run.checks.policy_checks:
            return True
        run = self._move(self._world.runs[run.id], RunStatus.POLICY_CHECKING)
        status = check_policies(self._world, run)
        if status is CheckStatus.PASSED:
            self._move(run, RunStatus.POLICY_CHECKED)
        elif status is not CheckStatus.SOFT_FAILED:
            self._finish(run, RunStatus.ERRORED)
        elif run.options.plan_only or not _has_work(run):
            self._finish(run, RunStatus.POLICY_SOFT_FAILED)
        else:
            self._move(run, RunStatus.POLICY_OVERRIDE)
        return status is CheckStatus.PASSED

    def _start_plan(self, run: Run) -> None:
        if self._passes_stage(run, Stage.PRE_PLAN):
            run = self._move(self._world.runs[run.id], RunStatus.PLANNING)
            self._phases.plan(run)

    def _start_apply(self, run: Run, by: Deed = NOBODY) -> None:
        run = self._move(run, RunStatus.CONFIRMED, by)
        if self._passes_stage(run, Stage.PRE_APPLY):
            run = self._move(self._world.runs[run.id], RunStatus.APPLYING)
            self._phases.apply(run)

    def _take_lock(self, workspace: Workspace, run: Run) -> None:
        taken = replace(workspace, locked_by=Reference("runs", run.id), current_run_id=run.id)
        self._world.workspaces.put(taken)

    def _finish(self, run: Run, status: RunStatus, by: Deed = NOBODY) -> None:
        self._move(run, status, by)
        self._phases.clean_up(run)
        workspace = self._world.workspaces.get(run.workspace_id)
        if workspace is not None and workspace.locked_by == Reference("runs", run.id):
            self._world.workspaces.put(replace(workspace, locked_by=None, locked_reason=None))
        self.advance(run.workspace_id)

    def _move(self, run: Run, status: RunStatus, by: Deed = NOBODY) -> Run:
        record_event(self._world, run.id, status.value, by)
        return self._world.runs.put(run.reached(status, self._world.clock()))


def is_force_cancelable(run: Run, now: datetime) -> bool:
    """Whether a canceled run still works and has had its time to end."""
    available_at = run.force_cancel_available_at
    return run.status in INTERRUPTIBLE and available_at is not None and now >= available_at


def _has_work(run: Run) -> bool:
    return run.has_changes or run.options.allow_empty_apply


def waits_for_workspace(run: Run) -> bool:
    """Whether a run takes its turn and the workspace's lock."""
    return not (run.options.plan_only or run.options.save_plan)
