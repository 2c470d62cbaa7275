"""Code from a local directory into a run: three requests that a person approves as one list.

https://developer.hashicorp.com/terraform/cloud-docs/api-docs/configuration-versions
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Final

from pydantic import Field

from tfc_agent_tools.endpoint import document, endpoint
from tfc_agent_tools.endpoints.previews.workspaces import workspace_label
from tfc_agent_tools.facts import Preview, Resource
from tfc_agent_tools.guards import confirms, explains, impacts, permission, previews, returns, then, tokens
from tfc_agent_tools.request import Json, Made, Mark, Ready, Request, Step
from tfc_agent_tools.types import Directory, Impact, PlainText, Risk, TokenType, WorkspaceRef

_READY: Final = Ready(
    path="/configuration-versions/{made}",
    attribute="status",
    wanted="uploaded",
    failed=frozenset({"errored", "archived"}),
)


def code_into(workspace: Resource, arguments: Mapping[str, Any]) -> Preview:
    """No plan exists yet: what is approved is that this code is uploaded and planned."""
    return Preview(
        workspace=workspace_label(workspace),
        facts={
            "only plans": arguments["plan_only"],
            "applies by itself": False,
            "destroys everything": False,
            "workspace locked": workspace.get("locked"),
        },
    )


def upload_and_run(arguments: Mapping[str, Any]) -> tuple[Step, ...]:
    """The upload, and once the server has unpacked it the run. It never applies by itself."""
    attributes = {
        "message": arguments["message"] or "Queued by an agent",
        "auto-apply": False,
        "is-destroy": False,
        "plan-only": arguments["plan_only"],
    }
    related = {"workspace": ("workspaces", arguments["workspace"]), "configuration_version": _NEW}
    upload = Request(method="PUT", path="", body=arguments["directory"], signed_by=Made())
    run = Request(method="POST", path="/runs", body=document("runs", attributes, **related))
    return Step(request=upload), Step(request=run, ready=_READY, mark=Mark("message", "/workspaces/{workspace}/runs"))


_NEW: Final[Any] = ("configuration-versions", Made())


@returns("runs")
@then(upload_and_run, "configuration-versions.upload", "runs.create", makes="cv")
@previews(code_into)
@impacts(Impact.RUNS_CODE)
@explains("explain/upload_configuration.md.j2")
@confirms(Risk.WRITE)
@permission("queue plans", workspace="can-queue-run")
@tokens(TokenType.USER, TokenType.TEAM)
@endpoint("POST /workspaces/{workspace}/configuration-versions", action="configuration-versions.create")
def upload_configuration(
    workspace: WorkspaceRef,
    directory: Directory,
    message: Annotated[str | None, Field(max_length=500), PlainText] = None,
    plan_only: bool = True,
) -> Json:
    """Upload a local directory with .tf files and queue a run of it, in one confirmation.

    It makes a configuration version, uploads the packed directory and queues a run, in this order, and stops at the
    first failure; what was done by then is told and stays. The run never applies by itself.
    """
    return document(
        "configuration-versions", {"speculative": plan_only, "provisional": False, "auto-queue-runs": False}
    )
