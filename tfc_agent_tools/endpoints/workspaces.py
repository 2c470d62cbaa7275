"""Workspaces: find them, read one, create and change, lock and unlock, delete.

https://developer.hashicorp.com/terraform/cloud-docs/api-docs/workspaces

`workspace_settings.py` says what of the settings is left out. Left out of the reads: `include` (facts are read one by
one), `filter[tagged][i][key]` and `filter[tagged][i][value]` (`search[tags]` finds by key).
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from tfc_agent_tools.endpoint import endpoint
from tfc_agent_tools.endpoints.pools import ExecutionMode
from tfc_agent_tools.endpoints.previews import workspaces as about
from tfc_agent_tools.endpoints.workspace_settings import (
    RepositoryPath,
    Switches,
    Vcs,
    Version,
    changed,
    changed_workspace,
    created,
    impacts_of,
    new_workspace,
)
from tfc_agent_tools.guards import confirms, explains, impacts, permission, previews, returns, tokens
from tfc_agent_tools.request import Json
from tfc_agent_tools.types import (
    NOT_GIVEN,
    AgentPoolId,
    Description,
    Duration,
    Impact,
    Moment,
    OrganizationName,
    PageNumber,
    PageSize,
    PlainText,
    ProjectId,
    Query,
    Risk,
    Search,
    Tags,
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


_BY_NAME = "/organizations/{organization_name}/workspaces/{workspace_name}"
_EVERY = (TokenType.USER, TokenType.TEAM, TokenType.ORGANIZATION)
workspace_label = about.workspace_label


@returns("workspaces")
@permission("read runs")
@tokens(*_EVERY)
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
@tokens(*_EVERY)
@endpoint(f"GET {_BY_NAME}", action="workspaces.read")
def get_workspace_by_name(organization_name: OrganizationName, workspace_name: WorkspaceName) -> Json:
    """Read one workspace: its id, settings, lock and current run."""


@returns("workspaces")
@permission("read runs")
@tokens(*_EVERY)
@endpoint("GET /workspaces/{workspace}", action="workspaces.read")
def get_workspace_by_id(workspace: WorkspaceRef) -> Json:
    """Read one workspace by its id."""


@returns("workspaces")
@previews(new_workspace)
@impacts(of=impacts_of)
@explains("explain/create_workspace.md.j2")
@confirms(Risk.WRITE)
@permission("admin", project="can-create-workspace")
@tokens(*_EVERY)
@endpoint("POST /organizations/{organization_name}/workspaces", action="workspaces.create")
def create_workspace(
    organization_name: OrganizationName,
    name: WorkspaceName,
    project_id: ProjectId | None = None,
    description: Description | None = None,
    execution_mode: ExecutionMode | None = None,
    agent_pool_id: AgentPoolId | None = None,
    terraform_version: Version | None = None,
    working_directory: RepositoryPath | None = None,
    auto_destroy_at: Moment = None,
    auto_destroy_activity_duration: Duration = None,
    switches: Switches | None = None,
    vcs: Vcs | None = None,
    tags: Tags | None = None,
) -> Json:
    """Create a workspace.

    It takes "Manage all workspaces", or a project's own right to create workspaces. 201; 422: the name is taken, or a
    value is not accepted. `global-remote-state` is always sent: on Terraform Enterprise its default can be true.
    """
    return created(locals())


@returns("workspaces")
@previews(changed_workspace, own_tags="/workspaces/{workspace}/tag-bindings")
@impacts(of=impacts_of)
@explains("explain/update_workspace.md.j2")
@confirms(Risk.WRITE)
@permission("admin", workspace="can-update")
@tokens(*_EVERY)
@endpoint("PATCH /workspaces/{workspace}", action="workspaces.update")
def update_workspace_by_id(
    workspace: WorkspaceRef,
    new_name: WorkspaceName = NOT_GIVEN,
    project_id: ProjectId | None = None,
    description: Description | None = NOT_GIVEN,
    execution_mode: ExecutionMode = NOT_GIVEN,
    agent_pool_id: AgentPoolId = NOT_GIVEN,
    terraform_version: Version = NOT_GIVEN,
    working_directory: RepositoryPath | None = NOT_GIVEN,
    auto_destroy_at: Moment = NOT_GIVEN,
    auto_destroy_activity_duration: Duration = NOT_GIVEN,
    switches: Switches = NOT_GIVEN,
    vcs: Vcs | None = NOT_GIVEN,
    tags: Tags = NOT_GIVEN,
) -> Json:
    """Change a workspace.

    Tags replace all of its own, null clears what can be empty; as `vcs` it disconnects the repository. Moving it to
    another project takes admin on both.
    """
    return changed(locals())


@returns("workspaces")
@previews(changed_workspace, own_tags="/workspaces/{workspace}/tag-bindings")
@impacts(of=impacts_of)
@explains("explain/update_workspace.md.j2")
@confirms(Risk.WRITE)
@permission("admin", workspace="can-update")
@tokens(*_EVERY)
@endpoint(f"PATCH {_BY_NAME}", action="workspaces.update")
def update_workspace_by_name(
    organization_name: OrganizationName,
    workspace_name: WorkspaceName,
    new_name: WorkspaceName = NOT_GIVEN,
    project_id: ProjectId | None = None,
    description: Description | None = NOT_GIVEN,
    execution_mode: ExecutionMode = NOT_GIVEN,
    agent_pool_id: AgentPoolId = NOT_GIVEN,
    terraform_version: Version = NOT_GIVEN,
    working_directory: RepositoryPath | None = NOT_GIVEN,
    auto_destroy_at: Moment = NOT_GIVEN,
    auto_destroy_activity_duration: Duration = NOT_GIVEN,
    switches: Switches = NOT_GIVEN,
    vcs: Vcs | None = NOT_GIVEN,
    tags: Tags = NOT_GIVEN,
) -> Json:
    """Change a workspace by name."""
    return changed(locals())


@returns("workspaces")
@previews(about.lock_of)
@impacts()
@explains("explain/lock_workspace.md.j2")
@confirms(Risk.WRITE)
@permission("lock/unlock", workspace="can-lock")
@tokens(*_EVERY)
@endpoint("POST /workspaces/{workspace}/actions/lock", action="workspaces.lock")
def lock_workspace(
    workspace: WorkspaceRef, lock_reason: Annotated[str | None, Field(max_length=500), PlainText] = None
) -> Json:
    """Lock a workspace so that new runs wait.

    409 means that it is locked already.
    """
    return {"reason": lock_reason or ""}


@returns("workspaces")
@previews(about.unlock_of)
@impacts(Impact.RUNS_CODE, Impact.APPLIES)
@explains("explain/unlock_workspace.md.j2")
@confirms(Risk.WRITE)
@permission("lock/unlock", workspace="can-unlock")
@tokens(*_EVERY)
@endpoint("POST /workspaces/{workspace}/actions/unlock", action="workspaces.unlock")
def unlock_workspace(workspace: WorkspaceRef) -> Json:
    """Unlock a workspace that this token locked. Waiting runs then start.

    409 means that it is not locked or that another identity or a run holds the lock; 503 that its last state version
    is still being finalized, which is tried again for a short time.
    """


@returns("workspaces")
@previews(about.force_unlock_of)
@impacts(Impact.WEAKENS_CONTROL, Impact.REWRITES_STATE, Impact.RUNS_CODE, Impact.APPLIES)
@explains("explain/force_unlock_workspace.md.j2")
@confirms(Risk.DESTRUCTIVE)
@permission("admin", workspace="can-force-unlock")
@tokens(*_EVERY)
@endpoint("POST /workspaces/{workspace}/actions/force-unlock", action="workspaces.force-unlock")
def force_unlock_workspace(workspace: WorkspaceRef) -> Json:
    """Take somebody else's lock off a workspace.

    Whoever holds it may be in the middle of something. 409 means that it is not locked.
    """


@returns("workspace-deleted")
@previews(about.safe_delete_of, consumers="/workspaces/{workspace}/relationships/remote-state-consumers")
@impacts(Impact.REWRITES_STATE)
@explains("explain/safe_delete_workspace.md.j2")
@confirms(Risk.DESTRUCTIVE)
@permission("admin", workspace="can-destroy")
@tokens(*_EVERY)
@endpoint("POST /workspaces/{workspace}/actions/safe-delete", action="workspaces.safe-delete")
def safe_delete_workspace_by_id(workspace: WorkspaceRef) -> Json:
    """Delete a workspace that manages no resources.

    204; 409: it manages resources, is locked, or its last state is still being processed.
    """


@returns("workspace-deleted")
@previews(about.safe_delete_of, consumers="/workspaces/{workspace}/relationships/remote-state-consumers")
@impacts(Impact.REWRITES_STATE)
@explains("explain/safe_delete_workspace.md.j2")
@confirms(Risk.DESTRUCTIVE)
@permission("admin", workspace="can-destroy")
@tokens(*_EVERY)
@endpoint(
    "POST /organizations/{organization_name}/workspaces/{workspace_name}/actions/safe-delete",
    action="workspaces.safe-delete",
)
def safe_delete_workspace_by_name(organization_name: OrganizationName, workspace_name: WorkspaceName) -> Json:
    """Delete a workspace found by name that manages no resources."""


@returns("workspace-deleted")
@previews(about.force_delete_of, consumers="/workspaces/{workspace}/relationships/remote-state-consumers")
@impacts(Impact.DESTROYS, Impact.REWRITES_STATE)
@explains("explain/force_delete_workspace.md.j2")
@confirms(Risk.DESTRUCTIVE)
@permission("admin", workspace="can-force-delete")
@tokens(*_EVERY)
@endpoint("DELETE /workspaces/{workspace}", action="workspaces.force-delete")
def force_delete_workspace_by_id(workspace: WorkspaceRef) -> Json:
    """Delete a workspace and its state; real resources stay, untracked.

    Owners may, and admins where the organization allows it. 204; 403: not this token.
    """


@returns("workspace-deleted")
@previews(about.force_delete_of, consumers="/workspaces/{workspace}/relationships/remote-state-consumers")
@impacts(Impact.DESTROYS, Impact.REWRITES_STATE)
@explains("explain/force_delete_workspace.md.j2")
@confirms(Risk.DESTRUCTIVE)
@permission("admin", workspace="can-force-delete")
@tokens(*_EVERY)
@endpoint(f"DELETE {_BY_NAME}", action="workspaces.force-delete")
def force_delete_workspace_by_name(organization_name: OrganizationName, workspace_name: WorkspaceName) -> Json:
    """Delete a workspace found by name and its state; real resources stay, untracked."""
