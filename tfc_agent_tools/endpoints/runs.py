"""Runs: queue, list, read, apply, discard, cancel.

https://developer.hashicorp.com/terraform/cloud-docs/api-docs/run

Left out: `include` (answers show one kind of thing; the ids in a run lead to the rest); of a new run `policy-paths`
(beta) and `invoke-action-addrs` (its documentation does not say what it can do).
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, Field

from tfc_agent_tools.endpoint import document, endpoint, exclusive
from tfc_agent_tools.endpoints.previews.runs import (
    end_of_run,
    forced_stop_of_run,
    impacts_of_new_run,
    plan_of_run,
    start_of_run,
    stop_of_run,
)
from tfc_agent_tools.guards import confirms, explains, impacts, marks, permission, previews, returns, tokens
from tfc_agent_tools.request import Json
from tfc_agent_tools.types import (
    Comment,
    ConfigurationVersionId,
    Impact,
    OrganizationName,
    PageNumber,
    PageSize,
    PlainText,
    Query,
    ResourceAddress,
    Risk,
    RunId,
    Search,
    TokenType,
    WorkspaceRef,
)

Addresses = Annotated[list[ResourceAddress], Field(max_length=100)]
Words = Annotated[
    str,
    Field(max_length=500, pattern=r"^[a-z0-9_+-]+(,[a-z0-9_+-]+)*$", examples=["planned,applying"]),
]
Operation = Literal["plan_and_apply", "plan_only", "save_plan", "refresh_only", "destroy", "empty_apply"]
Operations = Annotated[list[Operation] | None, Query("filter[operation]"), Field(max_length=6)]
Statuses = Annotated[Words | None, Query("filter[status]"), Field(description="comma-separated")]
Sources = Annotated[Words | None, Query("filter[source]"), Field(examples=["tfe-api,tfe-ui"])]
StatusGroup = Annotated[Literal["non_final", "final", "discardable"] | None, Query("filter[status_group]")]
Timeframe = Annotated[
    str | None,
    Query("filter[timeframe]"),
    Field(pattern=r"^(20[0-9]{2}|year)$", examples=["2026", "year"], description='a year, or "year" for the last one'),
]
Pools = Annotated[Search | None, Query("filter[agent_pool_names]")]
User = Annotated[Search | None, Query("search[user]"), Field(description="VCS user name")]
Commit = Annotated[Search | None, Query("search[commit]")]
Basic = Annotated[Search | None, Query("search[basic]")]


class RunVariable(BaseModel, extra="forbid"):
    """A variable of one run; it wins over the workspace's."""

    key: Annotated[str, Field(max_length=200, pattern=r"^[A-Za-z_][A-Za-z0-9_-]*$", examples=["region"])]
    value: Annotated[str, Field(max_length=10_000, description='HCL literal: "\\"eu-west-1\\"", 3, ["a"]')]


@returns("runs")
@marks("message", among="/workspaces/{workspace}/runs")
@previews(start_of_run)
@impacts(Impact.RUNS_CODE, of=impacts_of_new_run)
@explains("explain/create_run.md.j2")
@confirms(Risk.WRITE)
@permission("queue plans", workspace="can-queue-run")
@tokens(TokenType.USER, TokenType.TEAM)
@endpoint("POST /runs", action="runs.create")
def create_run(
    workspace: WorkspaceRef,
    configuration_version_id: ConfigurationVersionId | None = None,
    message: Annotated[str | None, Field(max_length=500), PlainText] = None,
    plan_only: bool | None = None,
    auto_apply: bool = False,
    is_destroy: bool = False,
    refresh: bool = True,
    refresh_only: bool = False,
    target_addrs: Addresses | None = None,
    replace_addrs: Addresses | None = None,
    variables: Annotated[list[RunVariable], Field(max_length=50)] | None = None,
    save_plan: bool = False,
    terraform_version: Annotated[
        str | None, Field(pattern=r"^[0-9]+\.[0-9]+\.[0-9]+[A-Za-z0-9.+-]{0,30}$", examples=["1.11.4"])
    ] = None,
    allow_empty_apply: bool = False,
    allow_config_generation: bool = False,
    debugging_mode: bool = False,
) -> Json:
    """Queue a run: it plans, and waits for `apply_run` unless auto_apply.

    `auto-apply` is always sent, since the server's default is the workspace's setting. 422: the configuration version
    is not uploaded, or is_destroy and refresh_only exclude each other. On a locked workspace the run stays pending.
    """
    exclusive(is_destroy=is_destroy, refresh_only=refresh_only)
    attributes = {
        "message": message or "Queued by an agent",
        "auto-apply": auto_apply,
        "is-destroy": is_destroy,
        "refresh": refresh,
        "refresh-only": refresh_only,
        "save-plan": save_plan,
        "debugging-mode": debugging_mode,
        "allow-empty-apply": allow_empty_apply,
        "allow-config-generation": allow_config_generation,
        "plan-only": plan_only,
        "target-addrs": target_addrs,
        "replace-addrs": replace_addrs,
        "variables": [variable.model_dump() for variable in variables] if variables else None,
        "terraform-version": terraform_version,
    }
    return document(
        "runs",
        attributes,
        workspace=("workspaces", workspace),
        configuration_version=("configuration-versions", configuration_version_id),
    )


@returns("runs")
@permission("read runs")
@tokens(TokenType.USER, TokenType.TEAM, TokenType.ORGANIZATION)
@endpoint("GET /workspaces/{workspace}/runs", action="runs.list")
def list_workspace_runs(
    workspace: WorkspaceRef,
    status: Statuses = None,
    status_group: StatusGroup = None,
    operation: Operations = None,
    source: Sources = None,
    agent_pools: Pools = None,
    timeframe: Timeframe = None,
    user: User = None,
    commit: Commit = None,
    search: Basic = None,
    page_number: PageNumber = 1,
    page_size: PageSize = 20,
) -> Json:
    """List a workspace's runs; plan_only ones only if asked for.

    30 requests a minute. `search` looks in messages, ids, users and commits; the server ignores it beside `user` or
    `commit`, so that is refused.
    """
    exclusive(user=user, search=search)
    exclusive(commit=commit, search=search)


@returns("runs")
@permission("read runs")
@tokens(TokenType.USER, TokenType.TEAM, TokenType.ORGANIZATION)
@endpoint("GET /organizations/{organization_name}/runs", action="runs.list")
def list_organization_runs(
    organization_name: OrganizationName,
    workspace_names: Annotated[
        Search | None, Query("filter[workspace_names]"), Field(description="comma-separated")
    ] = None,
    status: Statuses = None,
    status_group: StatusGroup = None,
    operation: Operations = None,
    source: Sources = None,
    agent_pools: Pools = None,
    timeframe: Timeframe = None,
    user: User = None,
    commit: Commit = None,
    search: Basic = None,
    page_number: PageNumber = 1,
    page_size: PageSize = 20,
) -> Json:
    """List an organization's runs of the last year or another timeframe.

    30 requests a minute, and no total count. Otherwise as `list_workspace_runs`.
    """
    exclusive(user=user, search=search)
    exclusive(commit=commit, search=search)


@returns("runs")
@permission("read runs")
@tokens(TokenType.USER, TokenType.TEAM, TokenType.ORGANIZATION)
@endpoint("GET /runs/{run_id}", action="runs.read")
def get_run(run_id: RunId) -> Json:
    """Read a run: status, what can be done with it, the ids of its plan and apply."""


@returns("run-ref")
@marks("comment")
@previews(plan_of_run)
@impacts(Impact.APPLIES)
@explains("explain/apply_run.md.j2")
@confirms(Risk.DESTRUCTIVE)
@permission("apply runs", run="can-apply")
@tokens(TokenType.USER, TokenType.TEAM)
@endpoint("POST /runs/{run_id}/actions/apply", action="runs.apply")
def apply_run(run_id: RunId, comment: Comment = None) -> Json:
    """Apply a run that waits for confirmation. This changes real infrastructure.

    The server answers 202: the apply is queued, not done; `watch_run` follows it. 409 means that the run is not in a
    state that can be applied.
    """
    return {"comment": comment} if comment else None


@returns("run-ref")
@marks("comment")
@previews(end_of_run)
@impacts(Impact.RUNS_CODE)
@explains("explain/discard_run.md.j2")
@confirms(Risk.WRITE)
@permission("apply runs", run="can-discard")
@tokens(TokenType.USER, TokenType.TEAM)
@endpoint("POST /runs/{run_id}/actions/discard", action="runs.discard")
def discard_run(run_id: RunId, comment: Comment = None) -> Json:
    """Discard a run that waits; its plan can then never be applied.

    The server answers 202 and discards soon after. 409 means that the run does not wait for anybody.
    """
    return {"comment": comment} if comment else None


@returns("run-ref")
@marks("comment")
@previews(stop_of_run)
@impacts(Impact.RUNS_CODE)
@explains("explain/cancel_run.md.j2")
@confirms(Risk.DESTRUCTIVE)
@permission("apply runs", run="can-cancel")
@tokens(TokenType.USER, TokenType.TEAM)
@endpoint("POST /runs/{run_id}/actions/cancel", action="runs.cancel")
def cancel_run(run_id: RunId, comment: Comment = None) -> Json:
    """Interrupt a run that is planning or applying; what it did by then stays done.

    Terraform gets an interrupt as by ctrl+c. The server answers 202 and cancels soon after; 409 means that the run is
    neither planning nor applying.
    """
    return {"comment": comment} if comment else None


@returns("run-ref")
@marks("comment")
@previews(forced_stop_of_run)
@impacts(Impact.REWRITES_STATE, Impact.RUNS_CODE)
@explains("explain/force_cancel_run.md.j2")
@confirms(Risk.DESTRUCTIVE)
@permission("admin", run="can-force-cancel")
@tokens(TokenType.USER, TokenType.TEAM)
@endpoint("POST /runs/{run_id}/actions/force-cancel", action="runs.force-cancel")
def force_cancel_run(run_id: RunId, comment: Comment = None) -> Json:
    """Kill a run that a cancel did not stop; its state can be lost.

    409 means that the run was not canceled before, or that its `force-cancel-available-at` has not come.
    """
    return {"comment": comment} if comment else None
