"""What of a list the policy lets an agent see: each entry is decided as if it were read by itself."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from tfc_agent_tools.authority.policy import Effect
from tfc_agent_tools.policy_questions import questions
from tfc_agent_tools.surroundings import read_all, unknown, with_places

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tfc_agent_tools.api.jsonapi import Document
    from tfc_agent_tools.effects import Steps
    from tfc_agent_tools.endpoint import Endpoint
    from tfc_agent_tools.facts import Resource
    from tfc_agent_tools.host import Caller, Host


def visible(
    lists: str, endpoint: Endpoint[Any], document: Document, arguments: Mapping[str, Any], host: Host, caller: Caller
) -> Steps[Document]:
    """The document without the entries that the policy withholds, and how many those are."""
    if not document.is_list:
        return document
    policy = host.policy.current()
    (question,) = questions(endpoint, host, caller)
    needed = policy.facts_for(question)
    if not needed:
        return document  # then one decision was about all of it
    around = yield from _around(lists, document.resources, needed)
    seen = [
        resource
        for resource, facts in zip(document.resources, around, strict=True)
        if policy.decide(replace(question, facts=facts, arguments=arguments)).effect is Effect.ALLOW
    ]
    return replace(document, resources=tuple(seen), withheld=len(document.resources) - len(seen))


def _around(kind: str, resources: Sequence[Resource], needed: frozenset[str]) -> Steps[list[dict[str, Resource]]]:
    """The facts about each entry: itself, and what it belongs to, each thing read once."""
    if kind == "organizations":
        return [{"organization": one} for one in resources]
    if kind == "projects":
        return [{"project": one} for one in resources]
    if kind == "runs":
        ids = [one.related_id("workspace") for one in resources]
        read = yield from read_all(
            {str(one): f"/workspaces/{one}" for one in ids if isinstance(one, str)}, "workspaces"
        )
        workspaces = [read.get(str(one), unknown("workspaces")) for one in ids]
    else:
        workspaces = list(resources)
    return (yield from with_places(workspaces, needed))
