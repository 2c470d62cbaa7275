"""What a policy needs to know of workspaces that a call touches beside its own: entries of a list, later runs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tfc_agent_tools.api.jsonapi import parse
from tfc_agent_tools.effects import Reply, SendAll
from tfc_agent_tools.errors import ApiError, UnexpectedResponse
from tfc_agent_tools.facts import Resource
from tfc_agent_tools.request import Request

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tfc_agent_tools.effects import Steps


def with_places(workspaces: Sequence[Resource], needed: frozenset[str]) -> Steps[list[dict[str, Resource]]]:
    """The facts about each workspace, as routes name them; only what is needed is read, each thing once."""
    known = {one.id for one in workspaces if one.known}
    tags = dict[str, Resource]()
    if "tags" in needed:
        tags = yield from read_all({one: f"/workspaces/{one}/effective-tag-bindings" for one in known}, "tags")
    projects = dict[str, Resource]()
    if "current_project" in needed:
        ids = {one.related_id("project") for one in workspaces if one.known}
        projects = yield from read_all({one: f"/projects/{one}" for one in ids if isinstance(one, str)}, "projects")
    return [
        {
            "workspace": one,
            "tags": tags.get(one.id, unknown("tags")),
            "current_project": projects.get(str(one.related_id("project")), unknown("projects")),
        }
        for one in workspaces
    ]


def read_all(paths: Mapping[str, str], kind: str) -> Steps[dict[str, Resource]]:
    """Several resources at once, by id. What can't be read is unknown."""
    if not paths:
        return {}
    requests = [Request(method="GET", path=path) for path in paths.values()]
    answers = yield SendAll(requests)
    found = zip(paths, requests, answers, strict=True)
    return {name: fact_from(kind, request, answer) for name, request, answer in found}


def fact_from(
    fact: str, request: Request | None, answer: Reply | ApiError | None, *, is_target: bool = False
) -> Resource:
    """A fact from its answer. What the call itself names must be there; anything else may stay unknown."""
    if isinstance(answer, ApiError):
        if is_target or answer.status == 401:
            raise answer
        return Resource(type=fact, known=False, is_missing=answer.status == 404)
    if request is None or answer is None:
        return unknown(fact)
    try:
        document = parse(request, answer)
    except UnexpectedResponse:
        if is_target:
            raise
        return unknown(fact)
    if not document.is_list:
        return document.resource
    total = document.pagination.get("total-count")
    return Resource(type=fact, items=document.resources, total=total if isinstance(total, int) else None)


def unknown(kind: str) -> Resource:
    """A resource that could not be read."""
    return Resource(type=kind, known=False)
