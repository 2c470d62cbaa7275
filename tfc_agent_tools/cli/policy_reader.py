"""What the policy commands read live: organizations, projects, workspaces and tags. They send only GETs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from tfc_agent_tools.api.jsonapi import Document, parse
from tfc_agent_tools.authority.policy import Question
from tfc_agent_tools.authority.rules.coverage import Seen
from tfc_agent_tools.authority.rules.place import place
from tfc_agent_tools.drive import SyncDriver
from tfc_agent_tools.effects import SendAll, Steps, send
from tfc_agent_tools.endpoint import fill
from tfc_agent_tools.facts import UNKNOWN, Resource
from tfc_agent_tools.request import Request
from tfc_agent_tools.surroundings import fact_from
from tfc_agent_tools.types import Risk

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tfc_agent_tools.api.http import Wire

_SIZE: Final = "100"
_AT_ONCE: Final = 20
_TAGS: Final = "/workspaces/{workspace}/effective-tag-bindings"


class Reader:
    """Reads whole lists with one token."""

    def __init__(self, wire: Wire) -> None:
        self._driver = SyncDriver(wire)

    def account(self) -> Resource:
        """Whose token it is."""
        return self._driver.run(_one("/account/details")).resource

    def organizations(self) -> list[Resource]:
        """Those that the token sees."""
        return self._driver.run(_all("/organizations"))

    def workspaces(self, organization: str) -> list[tuple[Resource, Seen]]:
        """Those of an organization, each with its place and tags."""
        return self._driver.run(_workspaces(organization))


def _one(path: str) -> Steps[Document]:
    request = Request(method="GET", path=path)
    return parse(request, (yield from send(request)))


def _all(path: str) -> Steps[list[Resource]]:
    found, number = list[Resource](), 1
    while True:
        request = Request(method="GET", path=path, query=(("page[number]", str(number)), ("page[size]", _SIZE)))
        document = parse(request, (yield from send(request)))
        found += document.resources
        following = document.pagination.get("next-page")
        if not isinstance(following, int) or following <= number:
            return found
        number = following


def _workspaces(organization: str) -> Steps[list[tuple[Resource, Seen]]]:
    path = fill("/organizations/{name}", {"name": organization})
    projects = {one.id: one for one in (yield from _all(f"{path}/projects"))}
    workspaces = yield from _all(f"{path}/workspaces")
    tags = list[Resource]()
    for first in range(0, len(workspaces), _AT_ONCE):
        tags += yield from _tags(workspaces[first : first + _AT_ONCE])
    return [(one, _seen(one, bound, projects, organization)) for one, bound in zip(workspaces, tags, strict=True)]


def _tags(workspaces: Sequence[Resource]) -> Steps[list[Resource]]:
    requests = [Request(method="GET", path=fill(_TAGS, {"workspace": one.id})) for one in workspaces]
    answers = yield SendAll(requests)
    return [fact_from("tags", request, answer) for request, answer in zip(requests, answers, strict=True)]


def _seen(workspace: Resource, tags: Resource, projects: dict[str, Resource], organization: str) -> Seen:
    """The workspace as a policy sees it, by the policy's own reading of the facts."""
    unknown = Resource(type="projects", known=False)
    project = projects.get(str(workspace.related_id("project")), unknown)
    facts = {"workspace": workspace, "tags": tags, "current_project": project}
    question = Question(agent="", tool="", action="workspaces.read", risk=Risk.READ, facts=facts)
    found: dict[str, Any] = place(question)
    return Seen(
        organization=organization,
        workspace=str(found["workspace"]),
        project=found["project"] if isinstance(found["project"], str) else None,
        tags=None if found["tags"] is UNKNOWN else tuple(sorted(found["tags"])),
    )
