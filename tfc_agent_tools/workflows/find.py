"""Workspaces by what is known of them, over all pages of an organization's list.

https://developer.hashicorp.com/terraform/cloud-docs/api-docs/workspaces
https://developer.hashicorp.com/terraform/cloud-docs/api-docs/assessment-results
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from dataclasses import dataclass
from typing import Annotated, Any, Final

from pydantic import Field

from tfc_agent_tools.api.jsonapi import Document
from tfc_agent_tools.endpoints.details import get_current_assessment
from tfc_agent_tools.endpoints.workspaces import list_workspaces
from tfc_agent_tools.facts import Resource
from tfc_agent_tools.present.compact import Presented, present
from tfc_agent_tools.types import OrganizationName, ProjectId, Search, TokenType
from tfc_agent_tools.workflow import WorkflowSteps, invoke, unless_hidden, workflow

_PAGE: Final = 100
_MOST_PAGES: Final = 20
_MOST_ASSESSED: Final = 100
"""Each takes a request of its own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """The workspaces that match, and what of the organization was not looked at."""

    workspaces: tuple[Resource, ...]
    limit: int
    not_assessed: int
    unread: int | None
    """How many workspaces are on pages beyond the last that was read; None where the API does not say."""

    def presented(self, render: Callable[..., str]) -> Presented:
        """The first ones as text, all of them as data for code."""
        everything = Document(status=200, resources=self.workspaces, is_list=True)
        first = Document(status=200, resources=self.workspaces[: self.limit], is_list=True)
        rows = present("workspaces", first, "").content.split("\n")[1:]
        text = render("workflows/workspaces.md.j2", found=self, rows=rows)
        return Presented(text, present("workspaces", everything, "").artifact)


@workflow(action="workspaces.list", tokens=(TokenType.USER, TokenType.TEAM, TokenType.ORGANIZATION))
def find_workspaces(
    organization_name: OrganizationName,
    name: Search | None = None,
    tags: Annotated[Search | None, Field(description="all of these, comma-separated")] = None,
    project_id: ProjectId | None = None,
    run_status: Search | None = None,
    drifted: bool | None = None,
    limit: Annotated[int, Field(ge=1, le=100)] = 30,
) -> WorkflowSteps:
    """Find workspaces over all pages by name (fuzzy), tags, project, status of the current run, or drift."""
    given = {"name": name, "tags": tags, "project_id": project_id, "run_status": run_status}
    wanted = {argument: value for argument, value in given.items() if value is not None}
    found, unread = yield from _all(organization_name, wanted)
    not_assessed = 0
    if drifted is not None:
        found, not_assessed = yield from _by_drift(found, drifted=drifted)
    return Found(workspaces=tuple(found), limit=limit, not_assessed=not_assessed, unread=unread)


def _all(organization: str, wanted: dict[str, Any]) -> Generator[Any, Any, tuple[list[Resource], int | None]]:
    """Every page, at most 2,000 workspaces, and how many are beyond that."""
    found: list[Resource] = []
    total: object = None
    for number in range(1, _MOST_PAGES + 1):
        asked = {"organization_name": organization, "page_number": number, "page_size": _PAGE, **wanted}
        page = yield from invoke(list_workspaces, **asked)
        found += page.resources
        if not isinstance(page.pagination.get("next-page"), int):
            return found, 0
        total = page.pagination.get("total-count")
    return found, total - len(found) if isinstance(total, int) else None


def _by_drift(workspaces: list[Resource], *, drifted: bool) -> Generator[Any, Any, tuple[list[Resource], int]]:
    """Those whose last health assessment says so, and for how many nobody knows."""
    found: list[Resource] = []
    unknown = max(len(workspaces) - _MOST_ASSESSED, 0)
    for workspace in workspaces[:_MOST_ASSESSED]:
        document = yield from unless_hidden(get_current_assessment, [], workspace=workspace.id)
        said = document.resource.get("drifted") if document else None
        unknown += not isinstance(said, bool)
        found += [workspace] if said is drifted else []
    return found, unknown
