"""What a call would do right now: its facts, the exact request, the policy's verdict, and the text a person reads.

Preparing changes nothing and is done twice for a write: before anyone is asked, and again just before the send. The two
digests must be equal.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from inspect import signature
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from tfc_agent_tools.authority.implied import implied
from tfc_agent_tools.downstream import runs_started
from tfc_agent_tools.effects import SendAll, Steps, do
from tfc_agent_tools.errors import PermissionRefused
from tfc_agent_tools.facts import Preview, Resource, wanted_by
from tfc_agent_tools.loading import load
from tfc_agent_tools.narrow import mapping
from tfc_agent_tools.policy_questions import questions, verdict_on
from tfc_agent_tools.request import Payload, Request, Step
from tfc_agent_tools.routes import ROUTES, Routes, places, ready
from tfc_agent_tools.surroundings import fact_from
from tfc_agent_tools.types import Impact
from tfc_agent_tools.wording import in_words, worded

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from tfc_agent_tools.authority.policy import Verdict
    from tfc_agent_tools.endpoint import Endpoint
    from tfc_agent_tools.host import Caller, Host
    from tfc_agent_tools.plan_reading import PlanRead


@dataclass(frozen=True, kw_only=True)
class Attempt:
    """One look at what a call would do. `id` is the id of its approval, and the mark in what it makes."""

    id: str
    arguments: Mapping[str, Any]
    steps: tuple[Step, ...]
    preview: Preview
    impacts: frozenset[Impact]
    verdict: Verdict
    text: str = ""
    digest: str = ""
    facts: Mapping[str, Resource] = field(default_factory=dict[str, Resource])
    loaded: Mapping[str, Payload] = field(default_factory=dict[str, Payload], repr=False)
    plan: PlanRead | None = field(default=None, repr=False)
    policy: str = ""
    """The digest of the policy that gave the verdict."""

    @property
    def request(self) -> Request:
        """The first request; most calls have no other."""
        return self.steps[0].request


def prepare(
    endpoint: Endpoint[Any],
    arguments: Mapping[str, Any],
    host: Host,
    call_id: str | None,
    *,
    caller: Caller | None = None,
    earlier: Attempt | None = None,
) -> Steps[Attempt]:
    """Read the facts, build the request, ask the policy; for a write, say what a person will read and its digest.

    Args:
        endpoint: What is called.
        arguments: Checked arguments.
        host: For whom.
        call_id: The id of the call's approval; None for a read.
        caller: Where the call comes from.
        earlier: The look that a person was shown. What local files held then, and what the plan says, which can't
            change, are not read again.

    Raises:
        ApiError: The thing that the call names is not there, or not visible to this token.
        PermissionRefused: The API's own flags rule the call out.
    """
    loaded = earlier.loaded if earlier else (yield from _loaded(endpoint, arguments, host))
    if not endpoint.is_read or wanted_by(endpoint.preview) or endpoint.references:
        endpoint.build({**arguments, **loaded})  # options that exclude each other are refused before any request
    policy = host.policy.current()
    asked = questions(endpoint, host, caller)
    needed = frozenset[str]().union(*(policy.facts_for(question) for question in asked))
    by_entry = bool(endpoint.lists and needed)
    shown = caller.shown if caller and endpoint.is_read else dict[str, Resource]()
    facts = yield from facts_for(endpoint, arguments, frozenset() if by_entry else needed, shown)
    plan = yield from _explained(endpoint, facts, host, earlier)
    given = {**_resolved(endpoint, arguments, facts), **loaded}
    steps = tuple(_marked(step, call_id) for step in endpoint.steps(given))
    preview = _on_one_line(_preview(endpoint, given, facts))
    _possible(endpoint, steps[0].request, facts, preview, host)
    impacts = _impacts(endpoint, steps, preview, plan)
    known: dict[str, Any] = {"impacts": impacts, "arguments": arguments, "plan": plan.explanation if plan else None}
    amounts_to = implied(asked := [replace(question, **known) for question in asked])
    if more := frozenset[str]().union(*(policy.facts_for(question) for question in amounts_to)) - facts.keys():
        facts = yield from read_facts(more, arguments, _routes(endpoint), facts)
    started = yield from runs_started(facts.get("triggered"), asked[0], policy)
    asked = [*(replace(question, facts=facts) for question in [*asked, *amounts_to]), *started]
    attempt = Attempt(
        id=call_id or "",
        arguments=arguments,
        steps=steps,
        preview=preview,
        impacts=impacts,
        verdict=verdict_on(asked, policy, by_entry=by_entry),
        policy=policy.digest,
        facts=facts,
        loaded=loaded,
        plan=plan,
    )
    return attempt if endpoint.is_read else worded(endpoint, attempt, host)


def _impacts(
    endpoint: Endpoint[Any], steps: Sequence[Step], preview: Preview, plan: PlanRead | None
) -> frozenset[Impact]:
    """What the call does in the world: as stated, by each of its requests, by its facts, and by its plan."""
    of = endpoint.impacts_of
    by_request = frozenset[Impact]().union(*(of(step.request) for step in steps)) if of else frozenset[Impact]()
    by_plan = frozenset({Impact.DESTROYS}) if plan and plan.explanation.destroys != 0 else frozenset[Impact]()
    return endpoint.impacts | by_request | preview.impacts | by_plan


def _explained(
    endpoint: Endpoint[Any], facts: Mapping[str, Resource], host: Host, earlier: Attempt | None
) -> Steps[PlanRead | None]:
    """The plan behind the call, explained as well as this token can, where the call's preview shows it."""
    if "plan" not in wanted_by(endpoint.preview):
        return None
    if earlier and earlier.plan and earlier.plan.plan_id == facts["plan"].id:
        return earlier.plan
    from tfc_agent_tools.plan_reading import explained

    return (yield from explained(facts["plan"], host))


def facts_for(
    endpoint: Endpoint[Any],
    arguments: Mapping[str, Any],
    needed: frozenset[str] = frozenset(),
    shown: Mapping[str, Resource] = MappingProxyType({}),
) -> Steps[dict[str, Resource]]:
    """The facts that preview, policy and workspace names need."""
    wanted = {*wanted_by(endpoint.preview), *needed}
    named = any("/" in str(arguments[name] or "") for name in endpoint.references)
    if named or (endpoint.preview is None and not endpoint.is_read):
        wanted.add("workspace")
    return (yield from read_facts(wanted, arguments, _routes(endpoint), shown)) if wanted else {}


def _routes(endpoint: Endpoint[Any]) -> Routes:
    return {**ROUTES, **{fact: (route,) for fact, route in endpoint.routes.items()}}


def read_facts(
    wanted: Collection[str],
    arguments: Mapping[str, Any],
    routes: Routes = ROUTES,
    read: Mapping[str, Resource] = MappingProxyType({}),
) -> Steps[dict[str, Resource]]:
    """Facts by name, read level by level, each once; those that are `read` already are kept."""
    given, known = places(arguments), dict(read)
    while batch := ready(wanted, given, known, routes):
        reads = {fact: source.request for fact, source in batch.items() if source.request}
        answers = dict(zip(reads, (yield SendAll(list(reads.values()))) if reads else [], strict=True))
        for fact, source in batch.items():
            known[fact] = fact_from(fact, source.request, answers.get(fact), is_target=source.is_target)
    return known


def _resolved(endpoint: Endpoint[Any], arguments: Mapping[str, Any], facts: Mapping[str, Resource]) -> dict[str, Any]:
    """The arguments with each workspace's name replaced by the id that the API gave for it."""
    names = [name for name in endpoint.references if "/" in str(arguments[name] or "")]
    return {**arguments, **dict.fromkeys(names, facts["workspace"].id)} if names else dict(arguments)


def _marked(step: Step, call_id: str | None) -> Step:
    """The step with the call's id where it can be found again: in what it makes, or in the run's comment."""
    body = step.request.body
    if step.mark is None or call_id is None:
        return step
    if not step.mark.among:
        said = mapping(body).get(step.mark.attribute) or "Confirmed for an agent"
        return replace(step, request=replace(step.request, body={step.mark.attribute: f"{said} [{call_id}]"}))
    data = body["data"]
    text = f"{data['attributes'][step.mark.attribute]} [{call_id}]"
    attributes = {**data["attributes"], step.mark.attribute: text}
    return replace(step, request=replace(step.request, body={"data": {**data, "attributes": attributes}}))


def _preview(endpoint: Endpoint[Any], arguments: Mapping[str, Any], facts: Mapping[str, Resource]) -> Preview:
    if endpoint.preview is None:
        return Preview()
    known: dict[str, Any] = {**facts, "arguments": arguments}
    return endpoint.preview(**{name: known[name] for name in signature(endpoint.preview).parameters})


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
    if isinstance(request.signed_by, str) and request.signed_by not in host.wire.signed_urls:
        again = "read it again first" if request.is_read else "create a new one and upload to that"
        why = f"the signed URL of {request.signed_by} is not in this process; {again}"
        raise PermissionRefused(endpoint.name, why)
