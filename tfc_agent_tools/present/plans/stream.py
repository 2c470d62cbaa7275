"""Reading a plan of any size: the small members whole, the long lists one entry at a time.

The limits are far above what Terraform writes. What is beyond them can't be explained.
"""

from __future__ import annotations

import io
import json
from importlib import import_module
from typing import TYPE_CHECKING, Any, Final, TypeVar

from tfc_agent_tools.errors import Unreadable
from tfc_agent_tools.present.plans.layout import Span, layout

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from typing import BinaryIO

MOST_BYTES: Final = 16 * 2**20
"""Of all members together that are read whole."""
_BUFFER: Final = 1 << 18
_TOO_LARGE: Final = "a number in it is too large"
_STEP: Final = {"start_map": 1, "start_array": 1, "end_map": -1, "end_array": -1}

_Value = TypeVar("_Value")


class Plan:
    """A plan in a file that can be read again from its start.

    Args:
        source: The file. It is left open.

    Raises:
        Unreadable: It is no whole and valid JSON object.
    """

    def __init__(self, source: BinaryIO) -> None:
        self._source = source
        self._spans = layout(source)
        self._room = MOST_BYTES
        self._is_exact = False
        self._hold_valid()

    @property
    def names(self) -> frozenset[str]:
        """The names of all members."""
        return frozenset(self._spans)

    def member(self, name: str) -> Any:
        """A small member, None if there is none.

        Raises:
            Unreadable: It is not small.
        """
        span = self._spans.get(name)
        if span is None:
            return None
        self._room -= span.end - span.start
        if self._room < 0:
            raise Unreadable("plan", "what it holds beside resources is too large")
        self._source.seek(span.start)
        try:
            return json.loads(self._source.read(span.end - span.start))
        except (ValueError, RecursionError):
            pass  # the parser has read it before: only a number of thousands of digits gets here
        raise Unreadable("plan", _TOO_LARGE)

    def entries(self, name: str) -> Iterator[Any]:
        """The entries of a long list, one at a time; none where there is no such list.

        Raises:
            Unreadable: It is no list.
        """
        span = self._spans.get(name)
        if span is None:
            return
        part = _Part(self._source, span)
        first = part.read(_BUFFER).lstrip()[:1]
        if first == b"[":
            yield from self._parsed(part)
        elif first != b"n":
            raise Unreadable("plan", "a list in it is none")

    def variables(self) -> Iterator[tuple[bool, Any]]:
        """The `variables` of the configuration, one object for each module, and whether it is the root module's."""
        if "configuration" in self._spans:
            part = _Part(self._source, self._spans["configuration"])
            yield from _variables(_guarded(_ijson().basic_parse(part, buf_size=_BUFFER), []))

    def _parsed(self, part: _Part) -> Iterator[Any]:
        part.seek(0)
        problems: list[str] = []
        yield from _guarded(_ijson().items(part, "item", use_float=not self._is_exact, buf_size=_BUFFER), problems)
        if problems:
            raise Unreadable("plan", problems[0])

    def _hold_valid(self) -> None:
        """Let the parser read all of the document, for nothing but its errors.

        The fast way of reading numbers has an end; where it is met, all are read as decimals.
        """
        for self._is_exact in (False, True):
            problems: list[str] = []
            self._source.seek(0)
            nothing = _ijson().items(self._source, "\0", use_float=not self._is_exact, buf_size=_BUFFER)
            for _ in _guarded(nothing, problems):
                pass
            if problems != [_TOO_LARGE]:
                break
        if problems:
            raise Unreadable("plan", problems[0])


def _ijson() -> Any:
    """The parser, in C where there is one for the platform. It has no types."""
    return import_module("ijson")


def _guarded(found: Iterable[_Value], problems: list[str]) -> Iterator[_Value]:
    """What is read until it can't be. The parser's own error quotes the document, so it goes no further than here."""
    try:
        yield from found
    except (_ijson().JSONError, ValueError, ArithmeticError, RecursionError) as error:
        said = str(error)
        is_large = said.startswith(("parse error: integer overflow", "parse error: numeric"))
        problems.append(_TOO_LARGE if is_large else "it is not valid JSON")


class _Part(io.RawIOBase):
    """A part of a file as a file."""

    def __init__(self, source: BinaryIO, span: Span) -> None:
        super().__init__()
        self._source, self._span, self._at = source, span, span.start

    def readable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET, /) -> int:  # noqa: ARG002 - always from its start
        self._at = self._span.start + offset
        return offset

    def readinto(self, buffer: Any, /) -> int:
        self._source.seek(self._at)
        found = self._source.read(min(len(buffer), self._span.end - self._at))
        buffer[: len(found)] = found
        self._at += len(found)
        return len(found)


def _variables(events: Iterable[tuple[str, Any]]) -> Iterator[tuple[bool, Any]]:
    """Find `root_module(.module_calls.NAME.module)*.variables`, by the names on the way to each value."""
    path: list[str] = []
    depth = 0
    build: Callable[[str, Any], Any] | None = None
    for event, value in events:
        depth += _STEP.get(event, 0)
        if build is not None:
            built = build(event, value)
            if depth == len(path):
                build = None
                yield len(path) == len(("root_module", "variables")), built
        elif event == "map_key":
            del path[depth - 1 :]
            path.append(value)
            if value == "variables" and len(path) == depth and _is_module(path[:-1]):
                build = _builder()


def _builder() -> Callable[[str, Any], Any]:
    builder = _ijson().ObjectBuilder()

    def build(event: str, value: Any) -> Any:
        builder.event(event, value)
        return builder.value

    return build


def _is_module(path: list[str]) -> bool:
    calls = path[1:]
    steps = {(calls[at], calls[at + 2]) for at in range(0, len(calls) - 2, 3)}
    return path[:1] == ["root_module"] and len(calls) % 3 == 0 and steps <= {("module_calls", "module")}
