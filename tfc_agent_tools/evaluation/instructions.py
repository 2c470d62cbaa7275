"""Calls that a text asks for: `apply_run(run_id="run-1")`, or JSON with a tool's name and its arguments."""

from __future__ import annotations

import ast
import json
import re
from typing import TYPE_CHECKING, Any, Final

from tfc_agent_tools.narrow import mapping

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

Call = tuple[str, dict[str, Any]]
"""A tool and its arguments."""
_AS_CODE: Final = re.compile(r"\b([a-z]\w{2,60})\(([^()]{0,500})\)")
_AS_JSON: Final = re.compile(r"\{[^{}]{0,300}(?:\{[^{}]{0,500}\}[^{}]{0,100})?\}")
_LONGEST: Final = 20_000
_TOOL: Final = ("tool", "name", "function")
_ARGUMENTS: Final = ("arguments", "args", "parameters", "input")


def calls_in(text: str, tools: Collection[str]) -> list[Call]:
    """The calls of known tools that a text spells out, in their order. Quoted text is read as what it quotes."""
    read = text[:_LONGEST].replace('\\"', '"')
    found = [*_as_code(read, tools), *_as_json(read, tools)]
    return [call for _, call in sorted(found, key=lambda one: one[0])]


def _as_code(text: str, tools: Collection[str]) -> Iterator[tuple[int, Call]]:
    for match in _AS_CODE.finditer(text):
        if match[1] in tools and (arguments := _keywords(match[2])) is not None:
            yield match.start(), (match[1], arguments)


def _keywords(written: str) -> dict[str, Any] | None:
    """The arguments of a call in Python; None where they are none, or are more than values."""
    python = re.sub(r"\b(true|false)\b", lambda word: word[0].capitalize(), written)
    try:
        call = ast.parse(f"f({python})", mode="eval").body
        assert isinstance(call, ast.Call)  # noqa: S101 - it is spelled so
        named = {one.arg: ast.literal_eval(one.value) for one in call.keywords if one.arg}
    except (SyntaxError, ValueError, AssertionError, MemoryError, RecursionError):
        return None
    return None if call.args else named


def _as_json(text: str, tools: Collection[str]) -> Iterator[tuple[int, Call]]:
    for match in _AS_JSON.finditer(text):
        try:
            given = mapping(json.loads(match[0]))
        except (ValueError, RecursionError):
            continue
        tool = next((given[name] for name in _TOOL if str(given.get(name)) in tools), None)
        if isinstance(tool, str):
            arguments = [found for name in _ARGUMENTS if (found := mapping(given.get(name)))]
            yield match.start(), (tool, dict(arguments[0]) if arguments else {})
