"""JSON:API documents: parsed with care, since what comes back may be anything.

https://developer.hashicorp.com/terraform/cloud-docs/api-docs#json-api-formatting
"""

from __future__ import annotations

import json
import re
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, TypeGuard

from tfc_agent_tools.errors import UnexpectedResponse
from tfc_agent_tools.facts import Resource
from tfc_agent_tools.narrow import items, mapping

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tfc_agent_tools.effects import Reply
    from tfc_agent_tools.request import Request


_EMPTY: Final = frozenset({202, 204})
_MOST_DETAILS: Final = 5
_LONGEST_NAME: Final = 300
_ROOM_FOR_NOTE: Final = 40
_MEDIA_TYPE: Final = re.compile(r"[\w.+-]{1,40}/[\w.+-]{1,40}", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """What a successful answer says. An empty body (202, 204, or of a write) has no resources."""

    status: int
    resources: tuple[Resource, ...] = ()
    is_list: bool = False
    pagination: Mapping[str, Any] = field(default_factory=dict[str, Any])
    included: tuple[Resource, ...] = ()
    """Related resources that came with the answer, where the request asked for them."""
    body: object = None
    """Of an answer that is no JSON:API document: the plan explained, or the log as it was read."""
    withheld: int = 0
    """Of a list: how many of its resources the agent's policy does not let it see."""

    @property
    def resource(self) -> Resource:
        """The one resource; an unknown one where there is none."""
        return self.resources[0] if self.resources else Resource(type="", known=False)


def parse(request: Request, reply: Reply) -> Document:
    """Read an answer of status 2xx. What a store for uploads says beside its status means nothing.

    Raises:
        UnexpectedResponse: Not JSON, cut short, or not a JSON:API document.
    """
    if request.signed_by or (not reply.content.strip() and (reply.status in _EMPTY or not request.is_read)):
        return Document(status=reply.status)
    loaded = _load(request, reply)
    data: object = _member(loaded, "data", request)
    listed, is_list = items(data), isinstance(data, list)
    # Of an assessment result, type and id stand beside `data` instead of in it.
    single = {**_beside(loaded), **mapping(data)} if mapping(data) else data
    found = listed if is_list else [single]
    return Document(
        status=reply.status,
        resources=tuple(_resource(item, request) for item in found if item is not None),
        is_list=is_list,
        pagination=mapping(mapping(loaded.get("meta")).get("pagination")),
        included=tuple(_resource(item, request) for item in items(loaded.get("included"))),
    )


def error_details(content: bytes) -> list[str]:
    """The sentences of an error body, whichever of its two shapes it has: objects, or plain strings.

    A body of any other kind says nothing.
    """
    try:
        errors = mapping(_decoded(content)).get("errors")
    except (ValueError, RecursionError):
        return []
    return [said for said in map(_said, items(errors)[:_MOST_DETAILS]) if said]


def _said(error: object) -> str:
    if isinstance(error, str):
        return _cut(error, 300)
    parts = [mapping(error).get(key) for key in ("title", "detail")]
    pointer = mapping(mapping(error).get("source")).get("pointer")
    said = _cut(": ".join(part for part in parts if isinstance(part, str)), 300)
    return said + (f" (at {_cut(str(pointer), 100)})" if pointer else "")


def _cut(text: str, limit: int) -> str:
    """The text, or its start and, as `present/untrusted.py` says it, how much is left out, within the limit."""
    if len(text) <= limit:
        return text
    kept = limit - _ROOM_FOR_NOTE
    return f"{text[:kept]}… [{len(text) - kept:,} more characters]"


def _refused(word: str) -> object:
    msg = f"{word} is no JSON"
    raise ValueError(msg)


def _decoded(content: bytes) -> object:
    """The JSON, all of its text valid Unicode: half of a surrogate pair would fail far from here, at its next use."""
    loaded: object = json.loads(content, parse_constant=_refused)
    if b"\\ud" in content.lower():
        json.dumps(loaded, ensure_ascii=False).encode()
    return loaded


def _load(request: Request, reply: Reply) -> Mapping[str, Any]:
    with suppress(ValueError, RecursionError):  # the error holds the whole answer, so nothing may hang on to it
        return mapping(_decoded(reply.content))  # what is no object has no `data`, and is refused for that
    given = _MEDIA_TYPE.match(reply.headers.get("content-type", ""))
    kind = given.group() if given else "no content type"
    problem = f"the answer ({reply.status}, {kind}) is not whole JSON"
    raise UnexpectedResponse(problem, method=request.method, path=request.path)


def _member(loaded: Mapping[str, Any], name: str, request: Request) -> object:
    if name not in loaded:
        problem = f"the answer has no `{name}`"
        raise UnexpectedResponse(problem, method=request.method, path=request.path)
    return loaded[name]


def _beside(loaded: Mapping[str, Any]) -> dict[str, Any]:
    return {name: loaded[name] for name in ("type", "id") if name in loaded}


def _is_name(value: object) -> TypeGuard[str]:
    return isinstance(value, str) and value.isprintable() and 0 < len(value) <= _LONGEST_NAME


def _resource(item: Any, request: Request) -> Resource:
    found = mapping(item)
    kind, identifier = found.get("type"), found.get("id")
    if not _is_name(kind) or not _is_name(identifier):
        problem = "the answer's `data` is not a resource with a type and an id"
        raise UnexpectedResponse(problem, method=request.method, path=request.path)
    return Resource(kind, identifier, mapping(found.get("attributes")), mapping(found.get("relationships")))
