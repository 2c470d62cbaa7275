"""What a world file says about checks, assessments and runs that are already there."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from tfc_agent_tools.sandbox.checks import (
    CheckedPolicies,
    Checks,
    CheckStatus,
    Policy,
    PolicySet,
    RunTask,
    Stage,
    Verdict,
)

Enforcement = Literal["advisory", "mandatory"]
SentinelEnforcement = Literal["advisory", "soft-mandatory", "hard-mandatory"]
Name = Annotated[str, Field(min_length=1)]


def text_of(value: object) -> object:
    """Return a YAML scalar as the string that the API would have."""
    if isinstance(value, bool):
        return str(value).lower()
    return str(value) if isinstance(value, int | float) else value


Text = Annotated[str, BeforeValidator(text_of)]


STRICT = ConfigDict(
    extra="forbid", frozen=True, populate_by_name=True, alias_generator=lambda name: name.replace("_", "-")
)
"""Of every part of a world file: no keys but its own, each also with dashes."""


class _Strict(BaseModel):
    model_config = STRICT


class _PolicySeed(_Strict):
    name: Name
    status: Verdict = Verdict.PASSED
    output: str = ""
    description: str = ""

    def policy(self, enforcement: str) -> Policy:
        """Return the policy."""
        return Policy(
            name=self.name,
            enforcement=enforcement,
            verdict=self.status,
            output=self.output,
            description=self.description,
        )


class CheckedPolicySeed(_PolicySeed):
    """A policy of a policy check."""

    enforcement: SentinelEnforcement = "hard-mandatory"


class EvaluatedPolicySeed(_PolicySeed):
    """A policy of a policy evaluation."""

    enforcement: Enforcement = "mandatory"


class PolicyCheckSeed(_Strict):
    """A policy check; its `status` follows from its policies, and may be said too."""

    policies: list[CheckedPolicySeed] = Field(min_length=1)
    status: CheckStatus | None = None
    scope: Literal["organization", "workspace"] = "organization"

    @property
    def checked(self) -> CheckedPolicies:
        """Return the policies of the check."""
        policies = tuple(seed.policy(seed.enforcement) for seed in self.policies)
        return CheckedPolicies(policies=policies, scope=self.scope)

    @model_validator(mode="after")
    def _status_follows(self) -> PolicyCheckSeed:
        found = self.checked.status
        if self.status not in (None, found):
            msg = f"with these policies the status is {found.value}"
            raise ValueError(msg)
        return self


class PolicyEvaluationSeed(_Strict):
    """A policy set that is evaluated after the plan."""

    policy_set: Name
    kind: Literal["opa", "sentinel"] = "opa"
    description: str | None = None
    policies: list[EvaluatedPolicySeed] = Field(min_length=1)

    @property
    def evaluated(self) -> PolicySet:
        """Return the policy set."""
        policies = tuple(seed.policy(seed.enforcement) for seed in self.policies)
        return PolicySet(name=self.policy_set, kind=self.kind, description=self.description, policies=policies)


class RunTaskSeed(_Strict):
    """A run task and its answer."""

    name: Name
    status: Verdict = Verdict.PASSED
    enforcement: Enforcement = "advisory"
    stage: Stage = Stage.POST_PLAN
    message: str | None = None
    url: str | None = None

    @property
    def task(self) -> RunTask:
        """Return the run task."""
        return RunTask(
            name=self.name,
            verdict=self.status,
            enforcement=self.enforcement,
            stage=self.stage,
            message=self.message,
            url=self.url,
        )


class ChecksSeed(_Strict):
    """What a run meets, or each run of a workspace."""

    policy_checks: list[PolicyCheckSeed] = []
    policy_evaluations: list[PolicyEvaluationSeed] = []
    run_tasks: list[RunTaskSeed] = []
    warnings: list[str] = []
    """What the plan's log warns of, as it does when a `check` of the configuration does not hold."""

    @property
    def checks(self) -> Checks:
        """Return all of it."""
        return Checks(
            policy_checks=tuple(seed.checked for seed in self.policy_checks),
            policy_sets=tuple(seed.evaluated for seed in self.policy_evaluations),
            run_tasks=tuple(seed.task for seed in self.run_tasks),
            warnings=tuple(self.warnings),
        )

    @model_validator(mode="after")
    def _names_differ(self) -> ChecksSeed:
        for place, names in (
            ("policy-evaluations", [(seed.kind, seed.policy_set) for seed in self.policy_evaluations]),
            ("run-tasks", [(seed.stage, seed.name) for seed in self.run_tasks]),
        ):
            if len(set(names)) < len(names):
                msg = f"{place}: a name is there twice"
                raise ValueError(msg)
        return self


class RunSeed(ChecksSeed):
    """A run that is carried out before anybody asks; checks of its own take the place of the workspace's."""

    message: str | None = None
    by: str | None = None
    """The token that it was queued with; by default the first."""
    auto_apply: bool | None = None
    plan_only: bool = False
    is_destroy: bool = False
    variables: dict[str, Text] = {}
    """By name: values in HCL."""
    configuration: str | dict[str, str] | None = None
    """What is uploaded for this run: a directory, or files by name; by default what was there."""

    @property
    def own_checks(self) -> Checks | None:
        """Return the checks that the run says, None where it says none."""
        said = self.model_fields_set & set(ChecksSeed.model_fields)
        return self.checks if said else None


class AssessmentSeed(_Strict):
    """The last health assessment; the counts are of resources and of checks."""

    drifted: bool = False
    succeeded: bool = True
    error_message: str | None = None
    resources_drifted: int = Field(0, ge=0)
    resources_undrifted: int = Field(0, ge=0)
    checks_passed: int = Field(0, ge=0)
    checks_failed: int = Field(0, ge=0)
    checks_errored: int = Field(0, ge=0)
    checks_unknown: int = Field(0, ge=0)

    @model_validator(mode="after")
    def _fits(self) -> AssessmentSeed:
        if self.drifted != (self.resources_drifted > 0):
            msg = "drifted says whether resources-drifted is above zero"
            raise ValueError(msg)
        return self

    @property
    def attributes(self) -> dict[str, Any]:
        """Return everything, by the names of the record."""
        return self.model_dump()


class NotificationSeed(_Strict):
    """A notification configuration of a workspace; nothing is sent when the world is made."""

    type: Literal["slack", "generic", "microsoft-teams"] = "slack"
    url: Name
    token: str | None = None
    triggers: list[str] = []
    enabled: bool = True
