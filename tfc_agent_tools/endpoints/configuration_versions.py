"""Configuration versions: make one, then upload the code that runs will use.

https://developer.hashicorp.com/terraform/cloud-docs/api-docs/configuration-versions

Left out: `include` (answers show one kind of thing).
"""

from __future__ import annotations

from typing import Any

from tfc_agent_tools.endpoint import document, endpoint
from tfc_agent_tools.endpoints.previews.workspaces import workspace_label
from tfc_agent_tools.facts import UNKNOWN, Preview, Resource
from tfc_agent_tools.guards import confirms, explains, impacts, permission, previews, returns, tokens
from tfc_agent_tools.request import Json
from tfc_agent_tools.types import (
    ConfigurationVersionId,
    Directory,
    Impact,
    PageNumber,
    PageSize,
    Risk,
    TokenType,
    WorkspaceRef,
)


def new_version_of(workspace: Resource, arguments: dict[str, Any]) -> Preview:
    """With `auto-queue-runs` the upload alone starts a run, which the workspace may apply by itself."""
    starts = arguments["auto_queue_runs"]
    applies = starts and workspace.get("auto-apply") is not False and not arguments["speculative"]
    found = {Impact.RUNS_CODE: starts, Impact.APPLIES: applies}
    return Preview(
        workspace=workspace_label(workspace),
        facts={
            "the upload starts a run": starts,
            "that run applies by itself": applies,
            "only for plans": arguments["speculative"],
            "provisional": arguments["provisional"],
        },
        impacts=frozenset(impact for impact, holds in found.items() if holds),
    )


def upload_of(configuration_version: Resource) -> Preview:
    """An upload can be made once, and only while the version waits for it."""
    status = configuration_version.get("status")
    starts = configuration_version.get("auto-queue-runs")
    risky = starts is not False
    return Preview(
        facts={
            "configuration version": configuration_version.id,
            "workspace of it": UNKNOWN,  # the API does not say whose a configuration version is
            "status": status,
            "the upload starts a run": starts,
            "only for plans": configuration_version.get("speculative"),
        },
        impacts=frozenset({Impact.RUNS_CODE, Impact.APPLIES}) if risky else frozenset(),
        impossible=f"it is {status} and takes no upload any more; create a new one" if status in _TAKEN else None,
    )


_TAKEN = ("fetching", "uploaded", "archived", "errored")


@returns("configuration-versions")
@permission("read runs")
@tokens(TokenType.USER, TokenType.TEAM, TokenType.ORGANIZATION)
@endpoint("GET /workspaces/{workspace}/configuration-versions", action="configuration-versions.list")
def list_configuration_versions(workspace: WorkspaceRef, page_number: PageNumber = 1, page_size: PageSize = 20) -> Json:
    """List a workspace's configuration versions."""


@returns("configuration-versions")
@permission("read runs")
@tokens(TokenType.USER, TokenType.TEAM, TokenType.ORGANIZATION)
@endpoint("GET /configuration-versions/{configuration_version_id}", action="configuration-versions.read")
def get_configuration_version(configuration_version_id: ConfigurationVersionId) -> Json:
    """Read a configuration version; runs can use it once its status is uploaded.

    Its upload URL is in the answer to its creation only.
    """


@returns("configuration-versions")
@previews(new_version_of)
@impacts()
@explains("explain/create_configuration_version.md.j2")
@confirms(Risk.WRITE)
@permission("queue plans", workspace="can-queue-run")
@tokens(TokenType.USER, TokenType.TEAM)
@endpoint("POST /workspaces/{workspace}/configuration-versions", action="configuration-versions.create")
def create_configuration_version(
    workspace: WorkspaceRef,
    speculative: bool = False,
    provisional: bool = False,
    auto_queue_runs: bool = False,
) -> Json:
    """Make a configuration version to upload code to.

    `auto-queue-runs` is always sent, since the server's default is true: the upload alone would start a run. The
    answer holds the only copy of the upload URL; it stays in this process and never reaches a result.
    """
    attributes = {"speculative": speculative, "provisional": provisional, "auto-queue-runs": auto_queue_runs}
    return document("configuration-versions", attributes)


@returns("configuration-version-ref")
@previews(upload_of)
@impacts()
@explains("explain/upload_configuration_files.md.j2")
@confirms(Risk.WRITE)
@permission("queue plans")
@tokens(TokenType.USER, TokenType.TEAM)
@endpoint("PUT {upload_url}", action="configuration-versions.upload")
def upload_configuration_files(configuration_version_id: ConfigurationVersionId, directory: Directory) -> Json:
    """Upload a local directory with .tf files to a new configuration version.

    The directory must lie under one of the host's `upload_roots`. It is packed before anyone is asked, and exactly
    those bytes are sent. `.terraformignore` counts.
    """
    return directory
