"""The same rules for terraform's JSON syntax."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, cast

from tfc_agent_tools.sandbox.untrusted.functions import template_files, unsafe_calls
from tfc_agent_tools.sandbox.untrusted.lexer import Unclear, tokens_of_template
from tfc_agent_tools.sandbox.untrusted.rules import (
    FORBIDDEN_BLOCKS,
    TOP_LEVEL,
    Place,
    backend_problem,
    provider_problem,
    required_provider_problem,
    resource_problem,
    source_problem,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

Pairs = list[tuple[str, Any]]


class _Object:
    """An object with all its pairs: terraform reads a name that occurs twice as two blocks."""

    def __init__(self, pairs: Pairs) -> None:
        self.pairs = pairs


def parse(text: str) -> object:
    """Return a document in which objects keep repeated names.

    Raises:
        Unclear: The text is no JSON.
    """
    try:
        return json.loads(text, object_pairs_hook=_Object)
    except (ValueError, RecursionError) as error:
        msg = "text that is not JSON"
        raise Unclear(msg) from error


def unsafe_json(value: object, place: Place) -> Iterator[str]:
    """Yield what is wrong with a document in JSON syntax."""
    for name, body in _pairs(value):
        if name == "//":
            continue
        if name not in TOP_LEVEL:
            yield f"a block {name!r}"
        if name == "resource":
            yield from (problem for kind, _ in _pairs(body) if (problem := resource_problem(kind)))
        if name == "provider":
            yield from (problem for kind, _ in _pairs(body) if (problem := provider_problem(kind)))
        if name == "module":
            yield from _modules(body, place)
        if name == "terraform":
            yield from _settings(body, place)
        yield from _forbidden(body)
    yield from _calls(value)


def json_template_files(value: object) -> Iterator[str]:
    """Yield the paths that `templatefile` is called with."""
    for text in _strings(value):
        for part in tokens_of_template(text):
            if not isinstance(part, str):
                yield from template_files(part)


def _modules(body: object, place: Place) -> Iterator[str]:
    for _, call in _pairs(body):
        sources = [source for name, source in _pairs(call) if name == "source"]
        for source in sources or [None]:
            problem = source_problem(source if isinstance(source, str) else None, place)
            if problem:
                yield problem


def _settings(body: object, place: Place) -> Iterator[str]:
    for name, value in _pairs(body):
        if name in ("backend", "cloud") and (problem := backend_problem(place)):
            yield problem
        if name == "required_providers":
            for provider, settings in _pairs(value):
                sources = [source for key, source in _pairs(settings) if key == "source"]
                found = required_provider_problem(provider, sources[0] if len(sources) == 1 else None)
                if found:
                    yield found


def _forbidden(value: object) -> Iterator[str]:
    """Yield forbidden names at any depth; also names of mere values, as the two look alike here."""
    for name, inner in _all_pairs(value):
        if name in FORBIDDEN_BLOCKS:
            yield f"a block {name!r}"
        if name == "dynamic":
            yield from (f"a block {label!r}" for label, _ in _pairs(inner) if label in FORBIDDEN_BLOCKS)


def _calls(value: object) -> Iterator[str]:
    for text in _strings(value):
        for part in tokens_of_template(text):
            if not isinstance(part, str):
                yield from unsafe_calls(part)


def _pairs(value: object) -> Iterator[tuple[str, Any]]:
    """Yield the pairs of an object, or of all objects of a list: terraform takes both for blocks."""
    if isinstance(value, _Object):
        yield from value.pairs
    elif isinstance(value, list):
        for item in cast("list[object]", value):
            yield from _pairs(item)


def _all_pairs(value: object) -> Iterator[tuple[str, Any]]:
    for name, inner in _pairs(value):
        yield name, inner
        yield from _all_pairs(inner)


def _strings(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        for item in cast("list[object]", value):
            yield from _strings(item)
    for name, inner in _pairs(value) if isinstance(value, _Object) else ():
        yield name
        yield from _strings(inner)
