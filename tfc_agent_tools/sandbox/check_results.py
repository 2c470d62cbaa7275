"""What a run met: its task stages with their results and evaluations, and its policy checks, on record.

The stages are there from a run's beginning, as the terraform command expects. Everything in a stage is decided in
one moment, so its records have one time.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import groupby
from typing import TYPE_CHECKING

from tfc_agent_tools.sandbox.checks import CheckStatus, Stage, Verdict, worst

if TYPE_CHECKING:
    from datetime import datetime

    from tfc_agent_tools.sandbox.checks import CheckedPolicies, PolicySet, RunTask
    from tfc_agent_tools.sandbox.models import Run
    from tfc_agent_tools.sandbox.world import World

_SEVERITY = (CheckStatus.ERRORED, CheckStatus.HARD_FAILED, CheckStatus.SOFT_FAILED)


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyCheck:
    """One policy check of a run."""

    id: str
    run_id: str
    checked: CheckedPolicies
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskResult:
    """What a run task answered."""

    id: str
    run_id: str
    stage_id: str
    task: RunTask
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicySetOutcome:
    """What became of one policy set."""

    id: str
    run_id: str
    evaluation_id: str
    policy_set: PolicySet


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyEvaluation:
    """The evaluation of all policy sets of one kind."""

    id: str
    run_id: str
    stage_id: str
    policy_sets: tuple[PolicySet, ...]
    at: datetime

    @property
    def kind(self) -> str:
        """`opa` or `sentinel`."""
        return self.policy_sets[0].kind

    @property
    def verdict(self) -> Verdict:
        """The worst verdict of a policy set."""
        return worst({one.verdict for one in self.policy_sets})

    @property
    def counts(self) -> dict[str, int]:
        """The counts of all policy sets together."""
        return {name: sum(one.counts[name] for one in self.policy_sets) for name in self.policy_sets[0].counts}


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskStage:
    """One stage of a run that has tasks or evaluations; without a verdict and its time until it is held."""

    id: str
    run_id: str
    stage: Stage
    created_at: datetime
    verdict: Verdict | None = None
    at: datetime | None = None


def prepare_stages(world: World, run: Run) -> None:
    """Put the stages that a run will have on record."""
    for stage in Stage:
        if run.checks.has(stage):
            stage_id = _stage_id(world, run, stage)
            world.task_stages.put(TaskStage(id=stage_id, run_id=run.id, stage=stage, created_at=world.clock()))


def hold_stage(world: World, run: Run, stage: Stage) -> Verdict:
    """Put all that a stage of a run holds on record, and return what became of it."""
    stage_id = _stage_id(world, run, stage)
    results = [_task_result(world, run, stage_id, task) for task in run.checks.tasks_at(stage)]
    evaluations = _evaluations(world, run, stage_id, run.checks.policy_sets_at(stage))
    blocked = {Verdict.FAILED for result in results if result.task.blocks}
    verdict = worst(blocked | {one.verdict for one in evaluations})
    world.task_stages.put(replace(world.task_stages[stage_id], verdict=verdict, at=world.clock()))
    return verdict


def check_policies(world: World, run: Run) -> CheckStatus:
    """Put a run's policy checks on record, and return the worst that became of one."""
    for number, checked in enumerate(run.checks.policy_checks):
        check_id = world.ids.derived("polchk", f"{run.id}/{number}")
        world.policy_checks.put(PolicyCheck(id=check_id, run_id=run.id, checked=checked, at=world.clock()))
    found = {checked.status for checked in run.checks.policy_checks}
    return next((status for status in _SEVERITY if status in found), CheckStatus.PASSED)


def _stage_id(world: World, run: Run, stage: Stage) -> str:
    return world.ids.derived("ts", f"{run.id}/{stage}")


def _task_result(world: World, run: Run, stage_id: str, task: RunTask) -> TaskResult:
    result_id = world.ids.derived("taskrs", f"{stage_id}/{task.name}")
    result = TaskResult(id=result_id, run_id=run.id, stage_id=stage_id, task=task, at=world.clock())
    return world.task_results.put(result)


def _evaluations(world: World, run: Run, stage_id: str, policy_sets: list[PolicySet]) -> list[PolicyEvaluation]:
    kinds = groupby(sorted(policy_sets, key=lambda one: one.kind), key=lambda one: one.kind)
    return [_evaluation(world, run, stage_id, tuple(same_kind)) for _, same_kind in kinds]


def _evaluation(world: World, run: Run, stage_id: str, policy_sets: tuple[PolicySet, ...]) -> PolicyEvaluation:
    evaluation_id = world.ids.derived("poleval", f"{stage_id}/{policy_sets[0].kind}")
    for one in policy_sets:
        outcome_id = world.ids.derived("psout", f"{evaluation_id}/{one.name}")
        outcome = PolicySetOutcome(id=outcome_id, run_id=run.id, evaluation_id=evaluation_id, policy_set=one)
        world.policy_set_outcomes.put(outcome)
    evaluation = PolicyEvaluation(
        id=evaluation_id, run_id=run.id, stage_id=stage_id, policy_sets=policy_sets, at=world.clock()
    )
    return world.policy_evaluations.put(evaluation)
