"""Workspaces: find them, read one, lock and unlock.

https://developer.hashicorp.com/terraform/cloud-docs/api-docs/workspaces
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from tfc_agent_tools.endpoint import Json, endpoint
from tfc_agent_tools.facts import Preview, Resource
from tfc_agent_tools.guards import confirms, explains, impacts, permission, previews, returns, tokens
from tfc_agent_tools.types import (
    OrganizationName,
    PageNumber,
    PageSize,
    PlainText,
    ProjectId,
    Query,
    Risk,
    Search,
    TokenType,
    WorkspaceName,
    WorkspaceRef,
)

Sort = Literal[
    "name",
    "-name",
    "current-run.created-at",
    "-current-run.created-at",
    "latest-change-at",
    "-latest-change-at",
]


def workspace_label(workspace: Resource) -> str | None:
    """`organization/name (ws-…)`, as a person knows it; None where nothing of it could be read."""
    if not workspace.known:
        return None
    return f"{workspace.related_id('organization')}/{workspace.get('name')} ({workspace.id})"


def lock_holder(workspace: Resource) -> str:
    """`runs run-…`, `users user-…`, `nobody`, or `unknown`."""
    holder = workspace.related("locked-by")
    if isinstance(holder, tuple):
        return " ".join(holder)
    return "nobody" if holder is None else "unknown"


def lock_of(workspace: Resource) -> Preview:
    """A lock makes every new run of the workspace wait."""
    return Preview(
        workspace=workspace_label(workspace),
        facts={"locked": workspace.get("locked"), "current run": workspace.related_id("current-run")},
        impossible="the workspace is already locked" if workspace.get("locked") is True else None,
    )


def unlock_of(workspace: Resource, holder: Resource) -> Preview:
    """Only the holder may unlock, and a run's lock goes with the run."""
    held_by_run = holder.known
    impossible = None
    if workspace.get("locked") is False:
        impossible = "the workspace is not locked"
    elif held_by_run:
        impossible = f"{holder.id} holds the lock and gives it back when it is applied, discarded or canceled"
    return Preview(
        workspace=workspace_label(workspace),
        facts={"locked": workspace.get("locked"), "locked by": lock_holder(workspace)},
        quoted={"reason of the lock": workspace.text("locked-reason")},
        impossible=impossible,
    )


@returns("workspaces")
@permission("read runs")
@tokens(TokenType.USER, TokenType.TEAM, TokenType.ORGANIZATION)
@endpoint("GET /organizations/{organization_name}/workspaces", action="workspaces.list")
def list_workspaces(
    organization_name: OrganizationName,
    name: Annotated[Search | None, Query("search[name]")] = None,
    wildcard_name: Annotated[
        Search | None, Query("search[wildcard-name]"), Field(description="* at start, end or both")
    ] = None,
    tags: Annotated[Search | None, Query("search[tags]"), Field(description="all of these, comma-separated")] = None,
    exclude_tags: Annotated[Search | None, Query("search[exclude-tags]")] = None,
    project_id: Annotated[ProjectId | None, Query("filter[project][id]")] = None,
    run_status: Annotated[Search | None, Query("filter[current-run][status]")] = None,
    sort: Annotated[Sort | None, Query("sort")] = None,
    page_number: PageNumber = 1,
    page_size: PageSize = 20,
) -> Json:
    """List the workspaces that the token can see.

    `name` matches fuzzily. Hidden workspaces are left out without a word.
    """


@returns("workspaces")
@permission("read runs")
@tokens(TokenType.USER, TokenType.TEAM, TokenType.ORGANIZATION)
@endpoint("GET /organizations/{organization_name}/workspaces/{workspace_name}", action="workspaces.read")
def get_workspace_by_name(organization_name: OrganizationName, workspace_name: WorkspaceName) -> Json:
    """Read one workspace: its id, settings, lock and current run."""


@returns("workspaces")
@previews(lock_of)
@impacts()
@explains("explain/lock_workspace.md.j2")
@confirms(Risk.WRITE)
@permission("lock/unlock", workspace="can-lock")
@tokens(TokenType.USER, TokenType.TEAM, TokenType.ORGANIZATION)
@endpoint("POST /workspaces/{workspace}/actions/lock", action="workspaces.lock")
def lock_workspace(
    workspace: WorkspaceRef, lock_reason: Annotated[str | None, Field(max_length=500), PlainText] = None
) -> Json:
    """Lock a workspace so that new runs wait.

    409 means that it is locked already.
    """
    return {"reason": lock_reason or ""}


@returns("workspaces")
@previews(unlock_of)
@impacts()
@explains("explain/unlock_workspace.md.j2")
@confirms(Risk.WRITE)
@permission("lock/unlock", workspace="can-unlock")
@tokens(TokenType.USER, TokenType.TEAM, TokenType.ORGANIZATION)
@endpoint("POST /workspaces/{workspace}/actions/unlock", action="workspaces.unlock")
def unlock_workspace(workspace: WorkspaceRef) -> Json:
    """Unlock a workspace that this token locked. Waiting runs then start.

    409 means that it is not locked or that another identity or a run holds the lock; 503 that its last state version
    is still being finalized, which is tried again for a short time.
    """
