"""Runs: queue, read, apply, discard.

https://developer.hashicorp.com/terraform/cloud-docs/api-docs/run
"""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, Field

from tfc_agent_tools.endpoint import Json, Request, document, endpoint, exclusive
from tfc_agent_tools.endpoints.workspaces import workspace_label
from tfc_agent_tools.facts import Counts, Preview, Resource, Scalar
from tfc_agent_tools.guards import confirms, explains, impacts, marks, permission, previews, returns, tokens
from tfc_agent_tools.types import (
    Comment,
    ConfigurationVersionId,
    Impact,
    PlainText,
    ResourceAddress,
    Risk,
    RunId,
    TokenType,
    WorkspaceRef,
)

Addresses = Annotated[list[ResourceAddress], Field(max_length=100)]


class RunVariable(BaseModel, extra="forbid"):
    """A variable of one run; it wins over the workspace's."""

    key: Annotated[str, Field(max_length=200, pattern=r"^[A-Za-z_][A-Za-z0-9_-]*$", examples=["region"])]
    value: Annotated[str, Field(max_length=10_000, description='HCL literal: "\\"eu-west-1\\"", 3, ["a"]')]


def counts_of(plan: Resource) -> Counts:
    """The four numbers of a plan, unknown where they could not be read."""
    return Counts(
        add=plan.get("resource-additions"),
        change=plan.get("resource-changes"),
        destroy=plan.get("resource-destructions"),
        import_=plan.get("resource-imports"),
    )


def plan_of_run(run: Resource, plan: Resource, workspace: Resource) -> Preview:
    """What an apply rests on. A plan that can't be read may destroy anything, so it counts as destroying."""
    counts = counts_of(plan)
    return Preview(
        workspace=workspace_label(workspace),
        plan=counts,
        facts={
            "run": run.id,
            "status": run.get("status"),
            "plan id": plan.id or run.related_id("plan"),
            "plan status": plan.get("status"),
            "destroys everything": run.get("is-destroy"),
            "only these": _listed(run.get("target-addrs")),
            "replaces": _listed(run.get("replace-addrs")),
            "configuration version": run.related_id("configuration-version"),
        },
        quoted={"message of the run": run.text("message")},
        impacts=frozenset() if counts.destroy == 0 else frozenset({Impact.DESTROYS}),
        impossible=_unless(run, "is-confirmable", "does not wait for confirmation"),
    )


def end_of_run(run: Resource, workspace: Resource) -> Preview:
    """What is given up by discarding."""
    return Preview(
        workspace=workspace_label(workspace),
        facts={"run": run.id, "status": run.get("status"), "has changes": run.get("has-changes")},
        quoted={"message of the run": run.text("message")},
        impossible=_unless(run, "is-discardable", "can't be discarded any more"),
    )


def start_of_run(workspace: Resource, configuration_version: Resource, arguments: dict[str, Any]) -> Preview:
    """No plan exists yet: what is approved is that code runs, and whether it applies by itself."""
    chosen = arguments["configuration_version_id"]
    status = configuration_version.get("status")
    return Preview(
        workspace=workspace_label(workspace),
        facts={
            "configuration": chosen or "the latest of the workspace",
            "configuration status": status if chosen else None,
            "applies by itself": arguments["auto_apply"] or arguments["allow_empty_apply"],
            "destroys everything": arguments["is_destroy"],
            "only plans": bool(arguments["plan_only"]),
            "only these": _listed(arguments["target_addrs"]),
            "replaces": _listed(arguments["replace_addrs"]),
            "variables": ", ".join(v.key for v in arguments["variables"] or ()) or None,
            "verbose logs": arguments["debugging_mode"],
            "workspace locked": workspace.get("locked"),
        },
        impossible=f"{chosen} is {status}, and only an uploaded one can be run" if status in _NOT_READY else None,
    )


_NOT_READY = ("pending", "fetching", "errored")


def _listed(addresses: Scalar | list[str]) -> Scalar:
    """Addresses on one line; None for none of them, which is what `[]` and null both mean to the API."""
    return (", ".join(map(str, addresses)) or None) if isinstance(addresses, list) else addresses


def _unless(run: Resource, action: str, otherwise: str) -> str | None:
    return f"{run.id} is {run.get('status')} and {otherwise}" if run.get(f"actions.{action}") is False else None


def _of_what_is_asked(request: Request) -> frozenset[Impact]:
    asked = request.body["data"]["attributes"]
    applies = asked["auto-apply"] or asked["allow-empty-apply"]  # an empty apply always applies by itself
    found = {
        Impact.APPLIES: applies,
        Impact.DESTROYS: asked["is-destroy"],
        Impact.REVEALS: asked["debugging-mode"],
    }
    return frozenset(impact for impact, holds in found.items() if holds)


@returns("runs")
@marks("message", among="/workspaces/{workspace}/runs")
@previews(start_of_run)
@impacts(Impact.RUNS_CODE, of=_of_what_is_asked)
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
@endpoint("GET /runs/{run_id}", action="runs.read")
def get_run(run_id: RunId) -> Json:
    """Read a run: status, what can be done with it, the ids of its plan and apply."""


@returns("run-ref")
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
@previews(end_of_run)
@impacts()
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
