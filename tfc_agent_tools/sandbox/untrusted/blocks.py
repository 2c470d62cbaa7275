"""Blocks in native syntax: which may appear, with which labels."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tfc_agent_tools.sandbox.untrusted.lexer import Kind, Token
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
    from collections.abc import Iterator, Sequence


# Two are the most that any block has.
_MAX_LABELS = 4


@dataclass(frozen=True, slots=True)
class _Header:
    name: str
    labels: tuple[str | None, ...]
    line: int
    body: int


def unsafe_blocks(tokens: Sequence[Token], place: Place) -> Iterator[str]:
    """Yield what is wrong with a file's blocks."""
    depth = 0
    for index, token in enumerate(tokens):
        header = _header(tokens, index)
        if header is not None:
            for problem in _problems(header, tokens, depth, place):
                yield f"{problem} in line {header.line}"
        elif depth == 0 and token.kind is Kind.PUNCTUATION and token.text == "{":
            yield from _stray(tokens, index)
        if token.kind is Kind.PUNCTUATION:
            depth += {"{": 1, "}": -1}.get(token.text, 0)


def _header(tokens: Sequence[Token], index: int) -> _Header | None:
    """Return the block header that starts here: a name, labels, and a brace, on one line."""
    name = tokens[index]
    before = tokens[index - 1] if index else None
    starts = before is None or before.kind is Kind.NEWLINE or before.text in ("{", "}")
    # A forbidden name counts wherever it stands, as long as a header follows: better one refusal too many.
    suspect = name.text in FORBIDDEN_BLOCKS and before is not None and before.text != "."
    if name.kind is not Kind.IDENTIFIER or not (starts or suspect):
        return None
    labels: list[str | None] = []
    for at in range(index + 1, len(tokens)):
        token = tokens[at]
        if token.kind in (Kind.IDENTIFIER, Kind.STRING) and len(labels) < _MAX_LABELS:
            labels.append(token.literal)
        elif token.kind is Kind.PUNCTUATION and token.text == "{":
            return _Header(name.text, tuple(labels), name.line, at + 1)
        else:
            return None
    return None


def _stray(tokens: Sequence[Token], index: int) -> Iterator[str]:
    """A brace at the top of a file belongs to a header; anything else is no configuration."""
    at = index - 1
    while at >= 0 and tokens[at].kind in (Kind.IDENTIFIER, Kind.STRING):
        at -= 1
    if at >= 0 and tokens[at].kind is not Kind.NEWLINE and tokens[at].text not in ("{", "}"):
        yield f"an unexpected brace in line {tokens[index].line}"


def _problems(header: _Header, tokens: Sequence[Token], depth: int, place: Place) -> Iterator[str | None]:
    name, labels = header.name, header.labels
    first = labels[0] if labels else None
    if depth == 0 and name not in TOP_LEVEL:
        yield f"a block {name!r}"
    if name in FORBIDDEN_BLOCKS or (name == "dynamic" and first in FORBIDDEN_BLOCKS):
        yield f"a block {name!r}"
    found = [
        resource_problem(first) if name == "resource" else None,
        provider_problem(first) if name == "provider" else None,
        backend_problem(place) if name in ("backend", "cloud") else None,
    ]
    if name == "module" and depth == 0:
        found += _module_problems(tokens, header.body, place)
    if name == "required_providers":
        found += _required_problems(tokens, header.body)
    yield from (problem for problem in found if problem)


def _module_problems(tokens: Sequence[Token], start: int, place: Place) -> list[str | None]:
    sources = [_value(tokens, index) for index in _attributes(tokens, start) if tokens[index].text == "source"]
    return [source_problem(source, place) for source in sources or [None]]


def _required_problems(tokens: Sequence[Token], start: int) -> list[str | None]:
    problems: list[str | None] = []
    for index in _attributes(tokens, start):
        source = None
        for inner in _attributes(tokens, index + 3):
            source = _value(tokens, inner) if tokens[inner].text == "source" else source
        problems.append(required_provider_problem(tokens[index].literal, source))
    return problems


def _attributes(tokens: Sequence[Token], start: int) -> Iterator[int]:
    """Yield where the attributes of the body that begins at `start` stand."""
    depth = 0
    for index in range(start, len(tokens) - 1):
        token = tokens[index]
        if depth == 0 and tokens[index + 1].text == "=" and token.kind in (Kind.IDENTIFIER, Kind.STRING):
            yield index
        if token.kind is Kind.PUNCTUATION:
            depth += {"{": 1, "(": 1, "[": 1, "}": -1, ")": -1, "]": -1}.get(token.text, 0)
        if depth < 0:
            return


def _value(tokens: Sequence[Token], index: int) -> str | None:
    """Return the literal after `name =`, None when the value is more than a literal."""
    value = tokens[index + 2] if index + 2 < len(tokens) else None
    after = tokens[index + 3] if index + 3 < len(tokens) else None
    ends = after is None or after.kind is Kind.NEWLINE or after.text in ("}", ",")
    return value.literal if value is not None and value.kind is Kind.STRING and ends else None
