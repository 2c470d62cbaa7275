"""State versions: list and read them, make one, upload its file.

https://developer.hashicorp.com/terraform/cloud-docs/api-docs/state-versions

Left out: `force` (skips the checks of serial and lineage that keep a state from being overwritten), `state`,
`json-state`, `json-state-outputs` (the file is uploaded instead, and the server derives the rest), `relationships.run`
(only a label), `include` (outputs can be secrets).
"""

from __future__ import annotations

from typing import Annotated, Literal, cast

from tfc_agent_tools.endpoint import document, endpoint
from tfc_agent_tools.endpoints.previews.state_versions import new_state_of, state_upload_of
from tfc_agent_tools.guards import confirms, explains, impacts, permission, previews, returns, tokens
from tfc_agent_tools.request import Json, Payload
from tfc_agent_tools.types import (
    Impact,
    OrganizationName,
    PageNumber,
    PageSize,
    Query,
    Risk,
    StateFile,
    StateVersionId,
    TokenType,
    WorkspaceName,
    WorkspaceRef,
)

Status = Literal["pending", "finalized", "discarded"]


@returns("state-versions")
@permission("read state versions")
@tokens(TokenType.USER, TokenType.TEAM, TokenType.ORGANIZATION)
@endpoint("GET /state-versions", action="state-versions.list")
def list_state_versions(
    organization_name: Annotated[OrganizationName, Query("filter[organization][name]")],
    workspace_name: Annotated[WorkspaceName, Query("filter[workspace][name]")],
    status: Annotated[Status | None, Query("filter[status]")] = None,
    page_number: PageNumber = 1,
    page_size: PageSize = 20,
) -> Json:
    """List a workspace's state versions.

    The API has no list below the workspace itself; it filters by both names.
    """


@returns("state-versions")
@permission("read state versions")
@tokens(TokenType.USER, TokenType.TEAM, TokenType.ORGANIZATION)
@endpoint("GET /state-versions/{state_version_id}", action="state-versions.read")
def get_state_version(state_version_id: StateVersionId) -> Json:
    """Read a state version: its serial, status and size, not what is in it."""


@returns("state-versions")
@permission("read state versions")
@tokens(TokenType.USER, TokenType.TEAM, TokenType.ORGANIZATION)
@endpoint("GET /workspaces/{workspace}/current-state-version", action="state-versions.read")
def get_current_state_version(workspace: WorkspaceRef) -> Json:
    """Read a workspace's current state version; 404 if it has no state yet."""


@returns("state-versions")
@previews(new_state_of, state_version="/state-versions/{workspace.current-state-version}")
@impacts(Impact.REWRITES_STATE)
@explains("explain/create_state_version.md.j2")
@confirms(Risk.DESTRUCTIVE)
@permission("write state versions", workspace="can-create-state-versions")
@tokens(TokenType.USER, TokenType.TEAM)
@endpoint("POST /workspaces/{workspace}/state-versions", action="state-versions.create")
def create_state_version(workspace: WorkspaceRef, file: StateFile) -> Json:
    """Announce a new state for a workspace that this token locked; upload_state_file follows.

    Serial, lineage and MD5 are the file's own. Until the file is uploaded the workspace can't be unlocked normally.
    409: the lock is not held, or serial or lineage clash.
    """
    about = cast("Payload", file).about  # what the path named, read before this is called
    return document("state-versions", {name: about[name] for name in ("serial", "md5", "lineage")})


@returns("state-file-ref")
@previews(state_upload_of, current_state="/state-versions/{workspace.current-state-version}")
@impacts(Impact.REWRITES_STATE)
@explains("explain/upload_state_file.md.j2")
@confirms(Risk.DESTRUCTIVE)
@permission("write state versions", workspace="can-create-state-versions")
@tokens(TokenType.USER, TokenType.TEAM)
@endpoint("PUT {hosted_state_upload_url}", action="state-versions.upload")
def upload_state_file(state_version_id: StateVersionId, file: StateFile) -> Json:
    """Upload the state file that a new state version was made for.

    It can be done once, from the process that created the state version: only its answer holds the URL.
    """
    return file
