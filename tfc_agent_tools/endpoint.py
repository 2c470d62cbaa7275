"""One endpoint of the API as data and a pure function: arguments in, `Request` out, nothing touched.

`@endpoint("VERB /path", action=...)` turns a function into an `Endpoint`. Its signature is the tool's schema, the first
paragraph of its docstring the description that a model reads, `{argument}` in the path a quoted argument,
`Annotated[..., Query("search[name]")]` a query parameter, and what it returns the body. Guards (`guards.py`) then state
facts about it in any order; what nobody stated stays at the strictest value.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, Generic, ParamSpec, TypeVar, cast, get_args, get_type_hints
from urllib.parse import quote

from tfc_agent_tools.arguments import arguments_model, validated
from tfc_agent_tools.errors import ArgumentError
from tfc_agent_tools.narrow import items
from tfc_agent_tools.request import Json, Mark, Request, Step
from tfc_agent_tools.types import NOT_GIVEN, BodyKind, Impact, Local, Permission, Query, Reference, Risk, TokenType

if TYPE_CHECKING:
    from pydantic import BaseModel

    from tfc_agent_tools.facts import PreviewFunction

P = ParamSpec("P")
_PLACEHOLDER = re.compile(r"{(\w+)}")
_LISTS = re.compile(r"(?:/organizations/{organization_name})?/(organizations|workspaces|runs|projects)")
_RUNNERS = frozenset({TokenType.USER, TokenType.TEAM})


ImpactsOf = Callable[[Request], "frozenset[Impact]"]
Following = Callable[[Mapping[str, Any]], "tuple[Step, ...]"]
"""Later requests, from the arguments of the call."""


@dataclass(frozen=True, kw_only=True)
class Endpoint(Generic[P]):
    """An endpoint with all that is stated about it. Calling it builds the request."""

    function: Callable[P, Json]
    method: str
    path: str
    action: str
    tokens: frozenset[TokenType] = _RUNNERS
    permission: Permission | None = None
    flags: Mapping[str, str] = field(default_factory=dict[str, str])
    risk: Risk = Risk.DESTRUCTIVE
    impacts: frozenset[Impact] = frozenset(Impact)
    impacts_of: ImpactsOf | None = None
    explanation: str | None = None
    preview: PreviewFunction | None = None
    routes: Mapping[str, str] = field(default_factory=dict[str, str])
    shape: str | None = None
    reads: BodyKind | None = None
    mark: Mark | None = None
    following: Following | None = None
    also: tuple[str, ...] = ()
    """The actions of the requests that follow: a policy decides on each."""
    makes: str | None = None
    """How the id of what the first request makes begins, where a request that follows needs it."""
    stated: frozenset[str] = frozenset()

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> Request:
        """Build the request. Values are quoted, not checked: `validate` does that for what a model wrote."""
        bound = self.signature.bind(*args, **kwargs)
        bound.apply_defaults()
        return self.build(bound.arguments)

    @property
    def name(self) -> str:
        """The tool's name: the operation's id."""
        return self.function.__name__

    @property
    def group(self) -> str:
        """The capability group of the API guide: the module that the endpoint lives in; else `workflows`."""
        _, kind, module = self.function.__module__.rsplit(".", 2)
        return module if kind == "endpoints" else kind

    @property
    def is_read(self) -> bool:
        """Whether the call only reads."""
        return self.risk is Risk.READ

    @property
    def lists(self) -> str | None:
        """Of a list over a whole organization or over all of them: the kind of its entries, each decided by itself."""
        found = _LISTS.fullmatch(self.path) if self.method == "GET" else None
        return found[1] if found else None

    @cached_property
    def description(self) -> str:
        """The first paragraph of the docstring, on one line."""
        return " ".join((inspect.getdoc(self.function) or "").partition("\n\n")[0].split())

    def subject(self, given: Mapping[str, Any]) -> str:
        """What a call is about, for an answer without a body: the arguments in its path, such as `acme/app`."""
        named = [str(given[name]) for name in _PLACEHOLDER.findall(self.path) if name in given]
        return "/".join(named) or str(given.get(next(iter(self.signature.parameters), ""), self.name))

    @cached_property
    def signature(self) -> inspect.Signature:
        """The function's own signature."""
        return inspect.signature(self.function)

    @cached_property
    def _hints(self) -> dict[str, Any]:
        return get_type_hints(self.function, include_extras=True)

    @cached_property
    def arguments(self) -> type[BaseModel]:
        """The model that checks a call's arguments. Unknown names are refused; writes also take a `reason`."""
        return arguments_model(self.signature, self._hints, takes_reason=not self.is_read)

    @cached_property
    def references(self) -> tuple[str, ...]:
        """The arguments that name a workspace by id or by name."""
        return tuple(n for n in self.signature.parameters if _marker(self._hints[n], Reference))

    @cached_property
    def local(self) -> dict[str, str]:
        """The arguments that name a local file or folder, and what kind of thing is in it."""
        marked = ((n, _marker(self._hints[n], Local)) for n in self.signature.parameters)
        return {name: local.kind for name, local in marked if local}

    @cached_property
    def _query(self) -> dict[str, str]:
        marked = ((n, _marker(self._hints[n], Query)) for n in self.signature.parameters)
        return {name: query.name for name, query in marked if query}

    def validate(self, raw: Mapping[str, Any]) -> tuple[dict[str, Any], str | None]:
        """Check what a model wrote: the arguments with their defaults, and apart from them its reason.

        Raises:
            ArgumentError: Names the first wrong argument and the fix, and repeats no value.
        """
        arguments = validated(self.arguments, raw)
        return arguments, arguments.pop("reason", None) if not self.is_read else None

    def steps(self, arguments: Mapping[str, Any]) -> tuple[Step, ...]:
        """All requests for checked arguments: the endpoint's own, and those that follow it."""
        following = self.following(arguments) if self.following else ()
        return (Step(request=self.build(arguments), mark=self.mark, makes=self.makes), *following)

    def build(self, arguments: Mapping[str, Any]) -> Request:
        """The request for checked arguments."""
        body = self.function(**arguments)  # type: ignore[call-arg]  # names come from the function's own signature
        query = tuple(
            (name, _query_value(arguments[argument]))
            for argument, name in self._query.items()
            if arguments.get(argument) is not None
        )
        as_file = self.reads is not None
        if not self.path.startswith("/"):
            signed_by = _first(arguments)
            return Request(method=self.method, path="", query=query, body=body, signed_by=signed_by, as_file=as_file)
        path = fill(self.path, arguments)
        return Request(method=self.method, path=path, query=query, body=body, as_file=as_file)


def endpoint(route: str, *, action: str) -> Callable[[Callable[P, Json]], Endpoint[P]]:
    """Make a function an endpoint: `@endpoint("POST /runs/{run_id}/actions/apply", action="runs.apply")`.

    A GET starts as a read without impacts. Anything else starts destructive, with every impact, and closed to
    organization tokens.
    """
    method, _, path = route.partition(" ")
    is_read = method == "GET"

    def decorate(function: Callable[P, Json]) -> Endpoint[P]:
        return Endpoint(
            function=function,
            method=method,
            path=path,
            action=action,
            risk=Risk.READ if is_read else Risk.DESTRUCTIVE,
            impacts=frozenset() if is_read else frozenset(Impact),
        )

    return decorate


def document(kind: str, attributes: Mapping[str, Json], **relationships: tuple[str, str | None]) -> Json:
    """A JSON:API body. Attributes that are None are left out; a relationship is `name=(type, id)`."""
    data: dict[str, Json] = {
        "type": kind,
        "attributes": {k: v for k, v in attributes.items() if v is not None},
    }
    related = {
        name.replace("_", "-"): {"data": {"type": related_kind, "id": related_id}}
        for name, (related_kind, related_id) in relationships.items()
        if related_id is not None
    }
    return {"data": data | ({"relationships": related} if related else {})}


def changes(
    kind: str, attributes: Mapping[str, Json], *, identifier: str | None = None, **relationships: tuple[str, str | None]
) -> Json:
    """A JSON:API body that changes only what was given; None is sent as null.

    Raises:
        ArgumentError: Nothing was given.
    """
    given = {name: value for name, value in attributes.items() if value is not NOT_GIVEN}
    body = document(kind, {}, **relationships)
    if not given and "relationships" not in body["data"]:
        raise ArgumentError("arguments", "change nothing.", f"Give at least one of {', '.join(attributes)}.")
    body["data"] |= {"attributes": given} | ({"id": identifier} if identifier else {})
    return body


def exclusive(**options: object) -> None:
    """Refuse more than one of these options at once.

    Raises:
        ArgumentError: Names the second one given.
    """
    given = [name for name, value in options.items() if value]
    if len(given) > 1:
        raise ArgumentError(given[1], f"and {given[0]} exclude each other.", "Give one of them.")


def fill(path: str, arguments: Mapping[str, Any]) -> str:
    """Put quoted arguments into a path template. A value that is only dots can't climb: it is refused."""

    def value(match: re.Match[str]) -> str:
        text = str(arguments[match[1]])
        if not text.strip("."):
            raise ArgumentError(match[1], "must not be empty or only dots.", "Give the id or name itself.")
        return quote(text, safe="")

    return _PLACEHOLDER.sub(value, path)


M = TypeVar("M")


def _marker(hint: Any, kind: type[M]) -> M | None:
    """The marker of this class among the annotations of a hint, optional or not."""
    for part in (hint, *get_args(hint)):
        for metadata in getattr(part, "__metadata__", ()):
            if isinstance(metadata, kind):
                return metadata
    return None


def _query_value(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return ",".join(map(str, items(cast("object", value)))) if isinstance(value, list) else str(value)


def _first(arguments: Mapping[str, Any]) -> str:
    return str(next(iter(arguments.values())))
