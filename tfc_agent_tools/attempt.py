"""What a call would do right now: its facts, the exact request, the policy's verdict, and the text a person reads.

Preparing changes nothing and is done twice for a write: before anyone is asked, and again just before the send. The two
digests must be equal.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from tfc_agent_tools.api.jsonapi import parse
from tfc_agent_tools.authority.approvals import fingerprint
from tfc_agent_tools.authority.policy import Question, Verdict
from tfc_agent_tools.effects import Reply, SendAll, Steps, do
from tfc_agent_tools.endpoint import Endpoint, Packed, Request
from tfc_agent_tools.errors import ApiError, PermissionRefused
from tfc_agent_tools.facts import Preview, Resource, wanted_by
from tfc_agent_tools.packing import pack
from tfc_agent_tools.present.untrusted import clean, fence
from tfc_agent_tools.routes import ROUTES, Routes, places, ready
from tfc_agent_tools.types import Impact

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tfc_agent_tools.host import Host

_FILES_SHOWN = 40


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


def prepare(
    endpoint: Endpoint[Any],
    arguments: Mapping[str, Any],
    host: Host,
    call_id: str | None,
    *,
    packed: Any = None,
) -> Steps[Attempt]:
    """Read the facts, build the request, ask the policy; for a write, say what a person will read and its digest.

    Args:
        endpoint: What is called.
        arguments: Checked arguments.
        host: For whom.
        call_id: The id of the call's approval; None for a read.
        packed: The body that was packed and shown at an earlier look; those bytes are kept.

    Raises:
        ApiError: The thing that the call names is not there, or not visible to this token.
        PermissionRefused: The API's own flags rule the call out.
    """
    question = Question(agent=host.agent, tool=endpoint.name, action=endpoint.action, risk=endpoint.risk)
    facts = yield from facts_for(endpoint, arguments, host.policy.facts_for(question))
    request = _marked(endpoint, endpoint.build(_resolved(endpoint, arguments, facts)), call_id)
    preview = _preview(endpoint, arguments, facts)
    if isinstance(request.body, Packed):
        body = packed if isinstance(packed, Packed) else (yield from _pack(request.body, host))
        request, preview = replace(request, body=body), _with_files(preview, body)
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
    )
    return attempt if endpoint.is_read else _worded(endpoint, attempt, host)


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
    return parse(request, answer).resource


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


def _pack(body: Packed, host: Host) -> Steps[Packed]:
    archive = yield from do(lambda: pack(body.directory, host.upload_roots))
    files = tuple(f"{file.path} ({file.size:,} bytes)" for file in archive.files)
    return replace(body, content=archive.content, sha256=archive.sha256, files=files)


def _with_files(preview: Preview, body: Packed) -> Preview:
    """The preview with the list of files and the archive's SHA-256, which stands for every byte of them."""
    more = len(body.files) - _FILES_SHOWN
    shown = [*body.files[:_FILES_SHOWN], *([f"and {more} more"] if more > 0 else [])]
    return replace(preview, facts={**preview.facts, "files": ", ".join(shown), "sha256 of the archive": body.sha256})


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
        why = "the upload URL of this configuration version is not in this process; create a new one and upload to that"
        raise PermissionRefused(endpoint.name, why)


def _worded(endpoint: Endpoint[Any], attempt: Attempt, host: Host) -> Attempt:
    """The attempt with its text and its digest. The agent's reason is in neither."""
    preview = attempt.preview
    facts = {label: _words(value) for label, value in preview.facts.items() if value is not None}
    quoted = [fence(source, text) for source, text in preview.quoted.items() if text]
    shown = {
        "tool": endpoint.name,
        "facts": facts,
        "workspace": preview.workspace or "unknown",
        "plan": str(preview.plan) if preview.plan else None,
        "impacts": sorted(attempt.impacts),
        "risk": endpoint.risk.value,
    }
    sentence = host.templates.render(
        endpoint.explanation or "explain/_write.md.j2", arguments=attempt.arguments, **shown
    )
    block = host.templates.render("facts.md.j2", request=_request_lines(attempt.request), quoted=quoted, **shown)
    text = f"{sentence}\n\n{block}"
    bound = {
        "server": host.wire.address,
        "agent": host.agent,
        "tool": endpoint.name,
        "request": [
            attempt.request.method,
            attempt.request.path,
            attempt.request.query,
            sendable(attempt.request),
        ],
        "signed_by": attempt.request.signed_by,
        "policy": [host.policy.digest, attempt.verdict.effect, attempt.verdict.rules],
        "templates": host.templates.digest,
        "text": text,
    }
    return replace(attempt, text=text, digest=fingerprint("approval", bound))


def sendable(request: Request) -> Any:
    """The body as a digest takes it: an archive counts by its SHA-256."""
    return {"sha256": request.body.sha256} if isinstance(request.body, Packed) else request.body


def _request_lines(request: Request) -> list[str]:
    """What will be sent, whole, one attribute a line."""
    target = f"the upload URL of {request.signed_by}" if request.signed_by else request.path
    first = f"{request.method} {target}"
    if request.body is None:
        return [first]
    if isinstance(request.body, Packed):
        return [first, f"the archive with SHA-256 {request.body.sha256}"]
    data = request.body.get("data")
    fields = {**data.get("attributes", {}), **data.get("relationships", {})} if data else request.body
    return [first, *(f"{name}: {json.dumps(value)}" for name, value in fields.items())]


def _words(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return clean(str(value), 10_000).replace("\n", " ")
