"""Carrying out plans and applies in worker threads, and keeping what comes of them."""

from __future__ import annotations

import logging
import shutil
import tempfile
import threading
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from tfc_agent_tools.sandbox.engine import Applied, Order, Planned
from tfc_agent_tools.sandbox.models import PhaseStatus
from tfc_agent_tools.sandbox.run_log import diagnose
from tfc_agent_tools.sandbox.states import record_state

if TYPE_CHECKING:
    from tfc_agent_tools.sandbox.engine import Engine
    from tfc_agent_tools.sandbox.models import Apply, Plan, Run
    from tfc_agent_tools.sandbox.workers import Workers
    from tfc_agent_tools.sandbox.world import World

_log = logging.getLogger(__name__)


class Listener(Protocol):
    """Who hears how a phase ended; called with the world's lock held."""

    def planned(self, run_id: str, result: Planned) -> None:
        """A plan ended."""
        ...

    def applied(self, run_id: str, result: Applied) -> None:
        """An apply ended."""
        ...


class Phases:
    """Starts the phases of runs and ends them."""

    def __init__(self, world: World, engine: Engine, workers: Workers, listener: Listener) -> None:
        self._world = world
        self._engine = engine
        self._workers = workers
        self._listener = listener
        self._cancels: dict[str, threading.Event] = {}
        self._closed = False
        self._base = Path(tempfile.mkdtemp(prefix="tfc-sandbox-"))

    def plan(self, run: Run) -> None:
        """Plan a run in a worker thread."""
        self._cancels[run.id] = threading.Event()
        self._workers.submit(self._plan, run.id)

    def apply(self, run: Run) -> None:
        """Apply a run in a worker thread."""
        self._cancels[run.id] = threading.Event()
        self._workers.submit(self._apply, run.id)

    def interrupt(self, run_id: str) -> None:
        """Ask what a run does now to stop."""
        if run_id in self._cancels:
            self._cancels[run_id].set()

    def abandon(self, run: Run) -> None:
        """Interrupt what a run does and mark its phases as canceled; what still comes of them is dropped."""
        self.interrupt(run.id)
        plan, apply = self._world.plans[run.plan_id], self._world.applies[run.apply_id]
        if plan.status is PhaseStatus.RUNNING:
            self._mark_plan(plan, PhaseStatus.CANCELED, "canceled-at")
        if apply.status is PhaseStatus.RUNNING:
            self._mark_apply(apply, PhaseStatus.CANCELED, "canceled-at")

    def _is_over(self, run_id: str) -> bool:
        """Whether nobody waits for a phase: its workspace was deleted, or its run canceled by force."""
        run = self._world.runs.get(run_id)
        return run is None or run.status.is_final

    def clean_up(self, run: Run) -> None:
        """Drop the files of a run that is final, and end the phases and logs that never began."""
        self._cancels.pop(run.id, None)
        plan, apply = self._world.plans[run.plan_id], self._world.applies[run.apply_id]
        if plan.status is PhaseStatus.PENDING:
            self._world.plans.put(replace(plan, status=PhaseStatus.UNREACHABLE))
        if apply.status is PhaseStatus.PENDING:
            self._world.applies.put(replace(apply, status=PhaseStatus.UNREACHABLE))
        for phase_id in (run.plan_id, run.apply_id):
            self._world.logs[phase_id].close()
        shutil.rmtree(self._base / run.id, ignore_errors=True)

    def close(self) -> None:
        """Interrupt every phase and start no other."""
        self._closed = True
        for cancel in self._cancels.values():
            cancel.set()

    def remove_files(self) -> None:
        """Drop every run's files; call it when no worker is left."""
        shutil.rmtree(self._base, ignore_errors=True)

    def _plan(self, run_id: str) -> None:
        with self._world.lock:
            run = self._world.runs.get(run_id)
            if run is None or run.status.is_final:
                return  # its workspace was deleted, or it was canceled by force
            order = self._order(run, run.plan_id)
            self._mark_plan(self._world.plans[run.plan_id], PhaseStatus.RUNNING, "started-at")
        try:
            result = self._engine.plan(order)
            for warning in run.checks.warnings:
                diagnose(order, warning, "warning")
        except Exception as error:  # noqa: BLE001 - a run must end, whatever breaks
            _log.exception("planning %s failed", run_id)
            order.log.write(f"SANDBOX: internal error: {error}\n")
            result = Planned(status=PhaseStatus.ERRORED)
        with self._world.lock:
            order.log.close()
            if self._is_over(run_id):
                self.clean_up(run)
                return
            plan = replace(
                self._world.plans[run.plan_id],
                has_changes=result.has_changes,
                counts=result.counts,
                json=result.json,
                redacted_json=result.redacted_json,
            )
            self._mark_plan(plan, result.status, f"{result.status.value}-at")
            self._listener.planned(run_id, result)

    def _apply(self, run_id: str) -> None:
        with self._world.lock:
            run = self._world.runs.get(run_id)
            if run is None or run.status.is_final:
                return  # its workspace was deleted, or it was canceled by force
            order = self._order(run, run.apply_id)
            self._mark_apply(self._world.applies[run.apply_id], PhaseStatus.RUNNING, "started-at")
        try:
            result = self._engine.apply(order)
        except Exception as error:  # noqa: BLE001 - a run must end, whatever breaks
            _log.exception("applying %s failed", run_id)
            order.log.write(f"SANDBOX: internal error: {error}\n")
            result = Applied(status=PhaseStatus.ERRORED)
        with self._world.lock:
            order.log.close()
            if self._is_over(run_id):
                self.clean_up(run)
                return
            made = record_state(self._world, run, result.state)
            apply = replace(self._world.applies[run.apply_id], counts=result.counts, state_version_ids=made)
            self._mark_apply(apply, result.status, f"{result.status.value}-at")
            self._listener.applied(run_id, result)

    def _order(self, run: Run, phase_id: str) -> Order:
        workspace = self._world.workspaces[run.workspace_id]
        version = self._world.configuration_versions[run.configuration_version_id]
        state = self._world.state_versions.get(workspace.current_state_version_id)
        folder = self._base / run.id
        folder.mkdir(exist_ok=True)
        cancel = self._cancels[run.id]
        if self._closed:
            cancel.set()
        return Order(
            archive=version.archive or b"",
            state=state.content if state is not None else None,
            options=run.options,
            variables=tuple(self._world.variables_of(workspace.id)),
            structured=workspace.structured_run_output_enabled,
            folder=folder,
            log=self._world.logs[phase_id],
            cancel=cancel,
        )

    def _mark_plan(self, plan: Plan, status: PhaseStatus, key: str) -> None:
        times = {**plan.timestamps, key: self._world.clock()}
        self._world.plans.put(replace(plan, status=status, timestamps=times))

    def _mark_apply(self, apply: Apply, status: PhaseStatus, key: str) -> None:
        times = {**apply.timestamps, key: self._world.clock()}
        self._world.applies.put(replace(apply, status=status, timestamps=times))
