"""The guard decorators. Each states a fact about an endpoint; `call.py` acts on it.

Their order never matters, and leaving one out leaves the strictest value: a write without `@confirms` is destructive,
without `@tokens` closed to organization tokens, without `@impacts` it counts as having all of them, without `@returns`
only ids and types are shown. Stating a fact twice, or about a plain function, is an error when the module is imported.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, ParamSpec, cast

from tfc_agent_tools.endpoint import Endpoint, Following, ImpactsOf
from tfc_agent_tools.request import Mark

if TYPE_CHECKING:
    from tfc_agent_tools.facts import PreviewFunction
    from tfc_agent_tools.types import BodyKind, Impact, Permission, Risk, TokenType

P = ParamSpec("P")


class Guard:
    """A fact to state about an endpoint."""

    def __init__(self, name: str, **facts: Any) -> None:
        self._name, self._facts = name, facts

    def __call__(self, endpoint: Endpoint[P]) -> Endpoint[P]:
        """The same endpoint with the fact stated."""
        if not isinstance(cast("object", endpoint), Endpoint):
            msg = f"@{self._name} goes above @endpoint(...), not on a plain function"
            raise TypeError(msg)
        if self._name in endpoint.stated:
            msg = f"{endpoint.name} states @{self._name} twice"
            raise TypeError(msg)
        return replace(endpoint, stated=endpoint.stated | {self._name}, **self._facts)


def tokens(*types: TokenType) -> Guard:
    """The token types that can ever do this; any other is refused before a request."""
    return Guard("tokens", tokens=frozenset(types))


def permission(name: Permission, **flags: str) -> Guard:
    """The permission that the token's team needs, which a 403 or 404 then names.

    `run="can-apply"` says which flag of which fact shows it: where that fact was read anyway and its flag (in
    `permissions`) is false, the call is refused with that reason before it is sent.
    """
    return Guard("permission", permission=name, flags=flags)


def confirms(risk: Risk) -> Guard:
    """What the call can do at worst, which decides how a person is asked."""
    return Guard("confirms", risk=risk)


def explains(template: str) -> Guard:
    """The template of the sentence a person reads first; the facts block always follows it."""
    return Guard("explains", explanation=template)


def previews(preview: PreviewFunction, **routes: str) -> Guard:
    """The function that turns facts into what a person is shown, with routes to facts that only this endpoint needs."""
    return Guard("previews", preview=preview, routes=routes)


def impacts(*always: Impact, of: ImpactsOf | None = None) -> Guard:
    """What the request does in the world: always, and (`of`) as the built request shows. None given means none."""
    return Guard("impacts", impacts=frozenset(always), impacts_of=of)


def returns(shape: str) -> Guard:
    """The shape (`present/compact.py`) that says which fields of the answer are shown."""
    return Guard("returns", shape=shape)


def reads(kind: BodyKind) -> Guard:
    """What a read's body is where it is no JSON:API document; of a 204 the body is empty."""
    return Guard("reads", reads=kind)


def marks(attribute: str, *, among: str = "") -> Guard:
    """Where this call's id goes: at the end of `attribute` of what is sent.

    With `among`, it is looked for there after an unknown outcome. A comment on a run is a witness outside of this
    machine, and has nothing to be looked for.
    """
    return Guard("marks", mark=Mark(attribute, among))


def then(following: Following, *actions: str, makes: str) -> Guard:
    """The requests after the first, and their actions: approved as one list, sent in order, none after a failure.

    `makes` is how the id of what the first request makes begins, such as `cv`; with any other answer the list ends.
    """
    return Guard("then", following=following, also=actions, makes=makes)
