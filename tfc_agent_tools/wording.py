"""An attempt in words: the text that a person reads before one write, and the digest that binds a yes to it."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from tfc_agent_tools.authority.approvals import fingerprint
from tfc_agent_tools.narrow import mapping
from tfc_agent_tools.present.untrusted import fence, one_line
from tfc_agent_tools.request import Made, Payload, Secret
from tfc_agent_tools.templates import FACTS

if TYPE_CHECKING:
    from tfc_agent_tools.attempt import Attempt
    from tfc_agent_tools.endpoint import Endpoint
    from tfc_agent_tools.facts import Preview, Scalar
    from tfc_agent_tools.host import Host
    from tfc_agent_tools.request import Request, Step

_LONGEST_FACT = 10_000


def worded(endpoint: Endpoint[Any], attempt: Attempt, host: Host) -> Attempt:
    """The attempt with its text and its digest. The agent's reason is in neither."""
    text = _text(endpoint, attempt, host, attempt.preview)
    preview = attempt.preview
    bound = text
    if preview.unbound:
        fixed: dict[str, Scalar] = {
            **preview.facts,
            **dict.fromkeys(preview.unbound & set(preview.facts), "as it is then"),
        }
        bound = _text(endpoint, attempt, host, replace(preview, facts=fixed))
    return replace(attempt, text=host.hide.text(text), digest=_digest(endpoint, attempt, bound, host))


def _text(endpoint: Endpoint[Any], attempt: Attempt, host: Host, preview: Preview) -> str:
    shown = _shown(endpoint, attempt, preview)
    arguments = {**dict.fromkeys(endpoint.signature.parameters), **attempt.arguments}  # not given reads as none
    sentence = host.templates.render(endpoint.explanation or "explain/_write.md.j2", arguments=arguments, **shown)
    block = host.templates.render(
        FACTS,
        requests=[_lines(step.request) for step in attempt.steps],
        explained=attempt.plan.page(host.templates.render) if attempt.plan else [],
        quoted=[fence(source, text) for source, text in preview.quoted.items() if text],
        **shown,
    )
    return f"{sentence}\n\n{block}"


def _shown(endpoint: Endpoint[Any], attempt: Attempt, preview: Preview) -> dict[str, Any]:
    """What both templates are given."""
    loaded = {label: value for payload in attempt.loaded.values() for label, value in payload.shown.items()}
    facts = {label: in_words(value) for label, value in {**preview.facts, **loaded}.items() if value is not None}
    return {
        "tool": endpoint.name,
        "facts": facts,
        "workspace": preview.workspace or ("unknown" if "workspace" in attempt.facts else None),
        "plan": in_words(preview.plan) if preview.plan else None,
        "impacts": sorted(attempt.impacts),
        "risk": endpoint.risk.value,
    }


def _digest(endpoint: Endpoint[Any], attempt: Attempt, text: str, host: Host) -> str:
    bound = {
        "server": host.wire.address,
        "agent": host.agent,
        "tool": endpoint.name,
        "requests": [_bound(step) for step in attempt.steps],
        "plan": attempt.plan.explanation.digest if attempt.plan else None,
        "policy": [attempt.policy, attempt.verdict.effect, attempt.verdict.rules],
        "templates": host.templates.digest,
        "text": text,
    }
    return fingerprint("approval", bound)


def _bound(step: Step) -> list[Any]:
    request, ready = step.request, step.ready
    waits = [ready.path, ready.attribute, ready.wanted] if ready else None
    return [request.method, request.path, request.query, str(request.signed_by), bound_body(request.body), waits]


def bound_body(body: Any) -> Any:
    """A body as a digest takes it: bytes count by their SHA-256, a secret by its name."""
    if isinstance(body, Payload):
        return {"sha256": body.sha256}
    return json.loads(json.dumps(body, default=_placeholder))


def _placeholder(value: object) -> Any:
    if isinstance(value, Secret):
        return {"the secret named": value.name}
    if isinstance(value, Made):
        return {"the id of": str(value)}
    msg = f"{type(value).__name__} does not belong into a body"
    raise TypeError(msg)


def _lines(request: Request) -> list[str]:
    """What will be sent, whole, one attribute a line."""
    if request.body is None:
        return [str(request)]
    if isinstance(request.body, Payload):
        return [str(request), f"the {len(request.body.content):,} bytes with SHA-256 {request.body.sha256}"]
    data = mapping(mapping(request.body).get("data"))
    fields = {**mapping(data.get("attributes")), **mapping(data.get("relationships"))} if data else request.body
    return [str(request), *(f"{name}: {json.dumps(value, default=_placeholder)}" for name, value in fields.items())]


def in_words(value: Any) -> str:
    """A value of the API on one line, with nothing in it that a reader can't see."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return one_line(str(value), _LONGEST_FACT)
