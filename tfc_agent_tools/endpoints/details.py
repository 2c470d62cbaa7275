"""Reads that workflows are made of. They are no tools of their own, and each meets all guards by its own action.

https://developer.hashicorp.com/terraform/cloud-docs/api-docs/plans
https://developer.hashicorp.com/terraform/cloud-docs/api-docs/run-tasks/run-task-stages-and-results
https://developer.hashicorp.com/terraform/cloud-docs/api-docs/policy-checks
https://developer.hashicorp.com/terraform/cloud-docs/api-docs/policy-evaluations
https://developer.hashicorp.com/terraform/cloud-docs/api-docs/state-version-outputs
https://developer.hashicorp.com/terraform/cloud-docs/api-docs/assessment-results
https://developer.hashicorp.com/terraform/cloud-docs/api-docs/account
"""

from __future__ import annotations

from typing import Annotated

from tfc_agent_tools.endpoint import endpoint
from tfc_agent_tools.guards import permission, reads, tokens
from tfc_agent_tools.request import Json
from tfc_agent_tools.types import (
    ApplyId,
    BodyKind,
    ConfigurationVersionId,
    PageNumber,
    PageSize,
    PlanId,
    PolicyEvaluationId,
    Query,
    RunId,
    TokenType,
    WorkspaceRef,
)

_EVERY = (TokenType.USER, TokenType.TEAM, TokenType.ORGANIZATION)


@reads(BodyKind.REDACTED_PLAN)
@permission("read runs")
@tokens(*_EVERY)
@endpoint("GET /plans/{plan_id}/json-output-redacted", action="plans.read-redacted-json")
def get_redacted_plan(plan_id: PlanId) -> Json:
    """Explain a finished plan from its JSON without sensitive values, which takes no permission `admin`.

    Terraform 0.15.2 or later made it; 204 while the plan runs.
    """


@reads(BodyKind.SECRETS)
@permission("admin")
@tokens(TokenType.USER, TokenType.TEAM)
@endpoint("GET /plans/{plan_id}/json-output", action="plans.read-json")
def get_plan_secrets(plan_id: PlanId) -> Json:
    """Learn from a plan's JSON which values are secret, to take them out of its logs."""


@reads(BodyKind.PLAN_LOG)
@permission("read runs")
@tokens(*_EVERY)
@endpoint("GET {log_read_url}", action="plans.read-log")
def get_changes_in_log(plan_id: PlanId) -> Json:
    """Explain a plan from its log, by the URL that `get_plan` was answered with."""


@reads(BodyKind.LOG)
@permission("read runs")
@tokens(*_EVERY)
@endpoint("GET {log_read_url}", action="plans.read-log")
def get_plan_log(plan_id: PlanId) -> Json:
    """Read a plan's log by the URL that `get_plan` was answered with; it lives 25 hours."""


@reads(BodyKind.LOG)
@permission("read runs")
@tokens(*_EVERY)
@endpoint("GET {log_read_url}", action="applies.read-log")
def get_apply_log(apply_id: ApplyId) -> Json:
    """Read an apply's log by the URL that `get_apply` was answered with; it lives 25 hours."""


@permission("read runs")
@tokens(*_EVERY)
@endpoint("GET /runs/{run_id}", action="runs.read")
def get_run_and_creator(run_id: RunId, include: Annotated[str, Query("include")] = "created_by") -> Json:
    """Read a run together with the user who made it."""


@permission("read runs")
@tokens(*_EVERY)
@endpoint(
    "GET /configuration-versions/{configuration_version_id}/ingress-attributes", action="configuration-versions.read"
)
def get_commit(configuration_version_id: ConfigurationVersionId) -> Json:
    """Read the commit that a configuration version came from; 404 for code that was uploaded."""


@permission("read runs")
@tokens(*_EVERY)
@endpoint("GET /runs/{run_id}/task-stages", action="runs.read-tasks")
def list_task_stages(
    run_id: RunId, include: Annotated[str, Query("include")] = "task_results,policy_evaluations"
) -> Json:
    """List a run's task stages together with the results of run tasks and policy evaluations."""


@permission("read runs")
@tokens(*_EVERY)
@endpoint("GET /policy-evaluations/{policy_evaluation_id}/policy-set-outcomes", action="runs.read-policies")
def list_policy_set_outcomes(policy_evaluation_id: PolicyEvaluationId, page_size: PageSize = 100) -> Json:
    """List what each policy of an evaluation said."""


@permission("read runs")
@tokens(*_EVERY)
@endpoint("GET /runs/{run_id}/policy-checks", action="runs.read-policies")
def list_policy_checks(run_id: RunId) -> Json:
    """List a run's Sentinel policy checks."""


@permission("read state versions")
@tokens(*_EVERY)
@endpoint("GET /workspaces/{workspace}/current-state-version-outputs", action="outputs.read")
def list_current_outputs(workspace: WorkspaceRef, page_number: PageNumber = 1, page_size: PageSize = 100) -> Json:
    """List the outputs of a workspace's current state; the API sends a sensitive one without its value."""


@permission("read runs")
@tokens(*_EVERY)
@endpoint("GET /workspaces/{workspace}/current-assessment-result", action="workspaces.read-assessment")
def get_current_assessment(workspace: WorkspaceRef) -> Json:
    """Read what the last health assessment of a workspace found; 404 where none was made."""


@tokens(*_EVERY)
@endpoint("GET /account/details", action="account.read")
def get_account() -> Json:
    """Read whose token this is."""
