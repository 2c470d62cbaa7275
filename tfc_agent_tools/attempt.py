"""What a call would do right now: its facts, the exact request, the policy's verdict, and the text a person reads.

Preparing changes nothing and is done twice for a write: before anyone is asked, and again just before the send. The two
digests must be equal.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from tfc_agent_tools.api.jsonapi import parse
from tfc_agent_tools.authority.policy import Question, Verdict
from tfc_agent_tools.effects import Reply, SendAll, Steps, do
from tfc_agent_tools.endpoint import Endpoint, Payload, Request
from tfc_agent_tools.errors import ApiError, PermissionRefused, UnexpectedResponse
from tfc_agent_tools.facts import Preview, Resource, wanted_by
from tfc_agent_tools.loading import load
from tfc_agent_tools.routes import ROUTES, Routes, places, ready
from tfc_agent_tools.types import Impact
from tfc_agent_tools.wording import in_words, worded

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tfc_agent_tools.host import Host


@dataclass(frozen=True, kw_only=True)
class Attempt:
    """One look at what a call would do. `id` is the id of its approval, and the mark in what it makes."""

    id: str
    arguments: Mapping[str, Any]
    request: Request
    preview: Preview
    impacts: frozenset[Impact]
    verdict: Verdict
    text: str = ""
    digest: str = ""
    facts: Mapping[str, Resource] = field(default_factory=dict[str, Resource])
    loaded: Mapping[str, Payload] = field(default_factory=dict[str, Payload], repr=False)


def prepare(
    endpoint: Endpoint[Any],
    arguments: Mapping[str, Any],
    host: Host,
    call_id: str | None,
    *,
    loaded: Mapping[str, Payload] | None = None,
) -> Steps[Attempt]:
    """Read the facts, build the request, ask the policy; for a write, say what a person will read and its digest.

    Args:
        endpoint: What is called.
        arguments: Checked arguments.
        host: For whom.
        call_id: The id of the call's approval; None for a read.
        loaded: What local files held at an earlier look, when a person was shown it; they are not read again.

    Raises:
        ApiError: The thing that the call names is not there, or not visible to this token.
        PermissionRefused: The API's own flags rule the call out.
    """
    question = Question(agent=host.agent, tool=endpoint.name, action=endpoint.action, risk=endpoint.risk)
    loaded = loaded if loaded is not None else (yield from _loaded(endpoint, arguments, host))
    endpoint.build({**arguments, **loaded})  # options that exclude each other are refused before any request
    facts = yield from facts_for(endpoint, arguments, host.policy.facts_for(question))
    given = {**_resolved(endpoint, arguments, facts), **loaded}
    request = _marked(endpoint, endpoint.build(given), call_id)
    preview = _on_one_line(_preview(endpoint, given, facts))
    _possible(endpoint, request, facts, preview, host)
    asked = endpoint.impacts_of(request) if endpoint.impacts_of else frozenset[Impact]()
    impacts = endpoint.impacts | asked | preview.impacts
    verdict = host.policy.decide(replace(question, facts=facts, impacts=impacts, arguments=arguments))
    attempt = Attempt(
        id=call_id or "",
        arguments=arguments,
        request=request,
        preview=preview,
        impacts=impacts,
        verdict=verdict,
        facts=facts,
        loaded=loaded,
    )
    return attempt if endpoint.is_read else worded(endpoint, attempt, host)


def facts_for(
    endpoint: Endpoint[Any], arguments: Mapping[str, Any], needed: frozenset[str] = frozenset()
) -> Steps[dict[str, Resource]]:
    """The facts that preview, policy and workspace names need, read level by level, each once."""
    given = places(arguments)
    wanted = {*wanted_by(endpoint.preview), *needed}
    named = any("/" in str(arguments[name] or "") for name in endpoint.references)
    if named or (endpoint.preview is None and not endpoint.is_read):
        wanted.add("workspace")
    if not wanted:
        return {}
    routes: Routes = {**ROUTES, **{fact: (route,) for fact, route in endpoint.routes.items()}}
    known: dict[str, Resource] = {}
    while batch := ready(wanted, given, known, routes):
        reads = {fact: source.request for fact, source in batch.items() if source.request}
        answers = dict(zip(reads, (yield SendAll(list(reads.values()))) if reads else [], strict=True))
        for fact, source in batch.items():
            known[fact] = _fact(fact, source.request, answers.get(fact), is_target=source.is_target)
    return known


def _fact(fact: str, request: Request | None, answer: Reply | ApiError | None, *, is_target: bool) -> Resource:
    """A fact from its answer. What the call itself names must be there; anything else may stay unknown."""
    if isinstance(answer, ApiError):
        if is_target or answer.status == 401:
            raise answer
        return Resource(type=fact, known=False)
    if request is None or answer is None:
        return Resource(type=fact, known=False)
    try:
        document = parse(request, answer)
    except UnexpectedResponse:
        if is_target:
            raise
        return Resource(type=fact, known=False)
    if not document.is_list:
        return document.resource
    total = document.pagination.get("total-count")
    return Resource(type=fact, items=document.resources, total=total if isinstance(total, int) else None)


def _resolved(endpoint: Endpoint[Any], arguments: Mapping[str, Any], facts: Mapping[str, Resource]) -> dict[str, Any]:
    """The arguments with each workspace's name replaced by the id that the API gave for it."""
    names = [name for name in endpoint.references if "/" in str(arguments[name] or "")]
    return {**arguments, **dict.fromkeys(names, facts["workspace"].id)} if names else dict(arguments)


def _marked(endpoint: Endpoint[Any], request: Request, call_id: str | None) -> Request:
    """The request with the call's id at the end of the attribute by which it can be found again."""
    if endpoint.mark is None or call_id is None:
        return request
    data = request.body["data"]
    text = f"{data['attributes'][endpoint.mark.attribute]} [{call_id}]"
    attributes = {**data["attributes"], endpoint.mark.attribute: text}
    return replace(request, body={"data": {**data, "attributes": attributes}})


def _preview(endpoint: Endpoint[Any], arguments: Mapping[str, Any], facts: Mapping[str, Resource]) -> Preview:
    if endpoint.preview is None:
        return Preview()
    wanted = {name: facts[name] for name in wanted_by(endpoint.preview)}
    takes_arguments = "arguments" in endpoint.preview.__annotations__
    return endpoint.preview(**wanted, **({"arguments": arguments} if takes_arguments else {}))


def _on_one_line(preview: Preview) -> Preview:
    """What the API says of a thing goes into sentences and into the audit log, too: it must not start a line there."""
    workspace, typed, impossible = (
        text and in_words(text) for text in (preview.workspace, preview.typed, preview.impossible)
    )
    return replace(preview, workspace=workspace, typed=typed, impossible=impossible)


def _loaded(endpoint: Endpoint[Any], arguments: Mapping[str, Any], host: Host) -> Steps[dict[str, Payload]]:
    """What the local files and folders that the arguments name hold, by argument."""
    named = {name: (kind, arguments[name]) for name, kind in endpoint.local.items() if arguments.get(name)}
    if not named:
        return {}
    roots = host.upload_roots
    return (yield from do(lambda: {name: load(name, kind, path, roots) for name, (kind, path) in named.items()}))


def _possible(
    endpoint: Endpoint[Any], request: Request, facts: Mapping[str, Resource], preview: Preview, host: Host
) -> None:
    """Refuse now what the API would certainly refuse, so that no person is asked for nothing."""
    for fact, flag in endpoint.flags.items():
        if fact in facts and facts[fact].get(f"permissions.{flag}") is False:
            why = f"the {fact}'s own flag {flag} is false for this token"
            raise PermissionRefused(endpoint.name, why, endpoint.permission)
    if preview.impossible:
        raise PermissionRefused(endpoint.name, preview.impossible)
    if request.signed_by and request.signed_by not in host.wire.signed_urls:
        why = f"the upload URL of {request.signed_by} is not in this process; create a new one and upload to that"
        raise PermissionRefused(endpoint.name, why)
