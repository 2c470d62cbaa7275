"""Requests as data: complete but for the server's address, the token, and what is filled in at the last moment."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from tfc_agent_tools.narrow import items, mapping

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tfc_agent_tools.facts import Scalar

Json = Any
"""A JSON value, what `json.loads` gives; as the body of an upload, `Payload`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Payload:
    """What a local file or folder holds, read before anyone is asked and sent byte for byte."""

    content: bytes = field(repr=False)
    sha256: str
    shown: Mapping[str, Scalar]
    """What a person is shown of it."""
    about: Mapping[str, Any] = field(default_factory=dict[str, Any], repr=False)
    """What a request or a preview takes from it, such as a state's serial."""


@dataclass(frozen=True, slots=True)
class Secret:
    """As a value in a body: the secret that the host holds under this name. It is filled in right before the send.

    `argument` is the one that named it. `check` says what is wrong with the value, without repeating it.
    """

    name: str
    argument: str = field(default="value_from", compare=False)
    check: Callable[[str], str | None] | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One request, complete but for the server's address and the token.

    `path` is below `/api/v2` and quoted. `signed_by` names the resource whose signed URL takes the place of the path;
    the URL itself never gets here. `as_file`: the answer may be large and is kept on disk.
    """

    method: str
    path: str
    query: tuple[tuple[str, str], ...] = ()
    body: Json = None
    signed_by: str | Made | None = None
    as_file: bool = False

    def __str__(self) -> str:
        """Method and target, without the query."""
        kind = "upload" if isinstance(self.body, Payload) else "signed"
        return f"{self.method} " + (f"the {kind} URL of {self.signed_by}" if self.signed_by else self.path)

    @property
    def is_read(self) -> bool:
        """GET and HEAD change nothing and may be sent again."""
        return self.method in {"GET", "HEAD"}


@dataclass(frozen=True, slots=True)
class Mark:
    """How a write whose outcome is unknown is found again: the call's id stands in this attribute of what it makes."""

    attribute: str
    among: str
    """The path of the list to look in, with the arguments of the call as placeholders."""


@dataclass(frozen=True, slots=True)
class Made:
    """In a later request of a list: the id of what an earlier one makes, filled in when that is known."""

    by: int = 1
    """Which request of the list, counted from 1."""

    def __str__(self) -> str:
        return f"what request {self.by} makes"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ready:
    """What has to be read at a path before a later request of a list can be sent."""

    path: str
    """With `{made}` for the id of what the first request made."""
    attribute: str
    wanted: str
    failed: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One of the requests of a call. They are approved as a whole and sent in order, none after a failure."""

    request: Request
    mark: Mark | None = None
    ready: Ready | None = None
    makes: str | None = None
    """How the id of what it makes begins, such as `cv`: said where a later request needs that id."""

    def is_made(self, identifier: str) -> bool:
        """Whether an answer's id can be that of what this makes. Any other goes into no path and no body."""
        return self.makes is None or re.fullmatch(rf"{self.makes}-[A-Za-z0-9]{{1,64}}", identifier) is not None

    def after(self, made: Mapping[int, str]) -> Step:
        """This step with the ids that the requests before it made, by their numbers."""
        signed_by, body = _filled(self.request.signed_by, made), _filled(self.request.body, made)
        return replace(self, request=replace(self.request, signed_by=signed_by, body=body))


def _filled(value: Any, made: Mapping[int, str]) -> Any:
    if isinstance(value, Made):
        return made[value.by]
    if members := mapping(value):
        return {name: _filled(inner, made) for name, inner in members.items()}
    return [_filled(inner, made) for inner in items(value)] or value
