"""What the runs of a workspace meet besides terraform: policies and run tasks, whose verdicts the world declares.

There is no policy language here and nobody is called. A mandatory one that does not pass stops a run, an advisory
one changes nothing (https://developer.hashicorp.com/terraform/cloud-docs/run/states).
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from enum import StrEnum

ADVISORY = "advisory"
MANDATORY = "mandatory"
SOFT_MANDATORY = "soft-mandatory"
HARD_MANDATORY = "hard-mandatory"


class Stage(StrEnum):
    """Where in a run its tasks and policy evaluations stand."""

    PRE_PLAN = "pre_plan"
    POST_PLAN = "post_plan"
    PRE_APPLY = "pre_apply"


class Verdict(StrEnum):
    """What became of a policy, a task, or all of them together."""

    PASSED = "passed"
    FAILED = "failed"
    ERRORED = "errored"


class CheckStatus(StrEnum):
    """What became of a policy check; a soft failure can be overridden."""

    PASSED = "passed"
    SOFT_FAILED = "soft_failed"
    HARD_FAILED = "hard_failed"
    ERRORED = "errored"


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """One policy and its verdict; `output` is what it printed."""

    name: str
    enforcement: str
    verdict: Verdict = Verdict.PASSED
    output: str = ""
    description: str = ""

    def failed(self, enforcement: str) -> bool:
        """Whether it has an enforcement level and failed."""
        return self.verdict is Verdict.FAILED and self.enforcement == enforcement


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckedPolicies:
    """The policies of one policy check, the older form of Sentinel's."""

    policies: tuple[Policy, ...] = ()
    scope: str = "organization"

    def count(self, enforcement: str) -> int:
        """Return how many policies of an enforcement level failed."""
        return sum(policy.failed(enforcement) for policy in self.policies)

    @property
    def passed(self) -> int:
        """How many policies passed."""
        return sum(policy.verdict is Verdict.PASSED for policy in self.policies)

    @property
    def status(self) -> CheckStatus:
        """The worst that a policy leads to."""
        if any(policy.verdict is Verdict.ERRORED for policy in self.policies):
            return CheckStatus.ERRORED
        if self.count(HARD_MANDATORY):
            return CheckStatus.HARD_FAILED
        return CheckStatus.SOFT_FAILED if self.count(SOFT_MANDATORY) else CheckStatus.PASSED


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicySet:
    """The policies of one set, in one policy evaluation with the other sets of their kind."""

    name: str
    kind: str = "opa"
    description: str | None = None
    policies: tuple[Policy, ...] = ()

    @property
    def counts(self) -> dict[str, int]:
        """The policies by what became of them, by the API's names."""
        found = Counter(_counted_as(policy) for policy in self.policies)
        return {name: found[name] for name in ("advisory-failed", "errored", "mandatory-failed", "passed")}

    @property
    def verdict(self) -> Verdict:
        """What became of the set: an advisory policy that fails leaves it passed."""
        blocking = {policy.verdict for policy in self.policies if policy.enforcement != ADVISORY}
        return worst(blocking)


@dataclass(frozen=True, slots=True, kw_only=True)
class RunTask:
    """A run task of the workspace and what it answers."""

    name: str
    verdict: Verdict = Verdict.PASSED
    enforcement: str = ADVISORY
    stage: Stage = Stage.POST_PLAN
    message: str | None = None
    url: str | None = None

    @property
    def blocks(self) -> bool:
        """Whether it stops the run."""
        return self.enforcement == MANDATORY and self.verdict is not Verdict.PASSED


@dataclass(frozen=True, slots=True, kw_only=True)
class Checks:
    """All that a run meets, in the order of the service: tasks and evaluations by stage, then policy checks."""

    policy_checks: tuple[CheckedPolicies, ...] = ()
    policy_sets: tuple[PolicySet, ...] = ()
    run_tasks: tuple[RunTask, ...] = ()
    warnings: tuple[str, ...] = ()
    """What terraform warns of in the plan's log, such as the error message of a `check` that does not hold."""

    def tasks_at(self, stage: Stage) -> list[RunTask]:
        """Return the run tasks of a stage."""
        return [task for task in self.run_tasks if task.stage is stage]

    def policy_sets_at(self, stage: Stage) -> list[PolicySet]:
        """Return the policy sets of a stage: all are evaluated after the plan."""
        return list(self.policy_sets) if stage is Stage.POST_PLAN else []

    def has(self, stage: Stage) -> bool:
        """Whether there is anything at a stage."""
        return bool(self.tasks_at(stage) or self.policy_sets_at(stage))


NO_CHECKS = Checks()


def worst(verdicts: set[Verdict]) -> Verdict:
    """Return the verdict that stands for several."""
    return next((one for one in (Verdict.ERRORED, Verdict.FAILED) if one in verdicts), Verdict.PASSED)


def _counted_as(policy: Policy) -> str:
    if policy.verdict is not Verdict.FAILED:
        return policy.verdict.value
    return "advisory-failed" if policy.enforcement == ADVISORY else "mandatory-failed"
