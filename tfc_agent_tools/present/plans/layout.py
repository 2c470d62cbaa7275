"""Where the members of a large JSON object stand in its file, found without parsing what is in them.

A parser's event for each value is what costs time in a document of millions of values. Here strings are split off and
brackets that belong together are taken out, a block at a time, by the string methods of Python; only blocks that reach
the top level are looked at token by token. For a valid document the result is exact. Whether it is valid is not found
out here: whoever uses the spans lets a parser read all of the document too.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from tfc_agent_tools.errors import Unreadable

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import BinaryIO

DEEPEST: Final = 200
"""Levels of nesting that are always too many. From half of them on, it depends on which brackets they are."""
LONGEST: Final = 16 * 2**20
"""Bytes of one string."""
MOST_MEMBERS: Final = 200

_BLOCK: Final = 1 << 18
_SPACE: Final = b" \t\r\n"
_NO_SIGNS: Final = bytes(set(range(256)) - set(b'{}[]"'))
_ESCAPE: Final = re.compile(rb"\\.", re.DOTALL)
_TOKEN: Final = re.compile(rb'"(?:[^"\\]|\\.)*+"|[{}\[\],:]', re.DOTALL)


@dataclass(frozen=True, slots=True)
class Span:
    """The bytes of one value, white space around it included."""

    start: int
    end: int


def layout(source: BinaryIO) -> dict[str, Span]:
    """The members of the object that the source holds, by name.

    Raises:
        Unreadable: It is empty, no object, cut short, too deep, has too many members or one of them twice.
    """
    found = _Members()
    depth = 0
    for offset, block, brackets in _blocks(source):
        rest, height = _collapsed(brackets, DEEPEST - depth)
        closing = rest.count(b"}") + rest.count(b"]")
        if depth - closing < 2:
            found.read(offset, block, depth)
        depth += len(rest) - 2 * closing
        if depth + height > DEEPEST:
            raise Unreadable("plan", "it is nested too deep")
    if depth or not found.is_closed:
        raise Unreadable("plan", "it is cut short")
    return found.spans


def _blocks(source: BinaryIO) -> Iterator[tuple[int, bytes, bytes]]:
    """The document in blocks that no string crosses: offset, bytes, and the brackets outside of strings."""
    source.seek(0)
    offset, block = 0, source.read(_BLOCK)
    if block.lstrip(_SPACE)[:1] != b"{":
        raise Unreadable("plan", "it is no JSON object" if block.strip(_SPACE) else "it is empty")
    while block:
        parts = _ESCAPE.sub(b"", block).translate(None, _NO_SIGNS).split(b'"')
        is_in_string = len(parts) % 2 == 0
        whole = _last_quote(block) if is_in_string else len(block)
        yield offset, block[:whole], b"".join(parts[::2])
        more = source.read(_BLOCK)
        if (is_in_string and not more) or len(block) - whole > LONGEST:
            raise Unreadable("plan", "a text in it is too long" if more else "it is cut short")
        offset, block = offset + whole, block[whole:] + more


def _last_quote(block: bytes) -> int:
    """Where the string starts that the block ends in."""
    at = block.rfind(b'"')
    while (len(before := block[:at]) - len(before.rstrip(b"\\"))) % 2:
        at = block.rfind(b'"', 0, at)
    return at


def _collapsed(brackets: bytes, deepest: int) -> tuple[bytes, int]:
    """The brackets without those that belong together, and at least how deep these were nested."""
    height = 0
    while True:
        rest = brackets.replace(b"{}", b"").replace(b"[]", b"")
        if len(rest) == len(brackets):
            return rest, height
        brackets, height = rest, height + 2
        if height > deepest + 2:
            raise Unreadable("plan", "it is nested too deep")


class _Members:
    """The names and spans of the top level, token by token."""

    def __init__(self) -> None:
        self.spans: dict[str, Span] = {}
        self.is_closed = False
        self._name: str | None = None
        self._start: int | None = None

    def read(self, offset: int, block: bytes, depth: int) -> None:
        """Go through a block that starts at this depth."""
        for token in _TOKEN.finditer(block):
            sign = token[0]
            if sign in b"{[":
                depth += 1
            elif sign in b"}]":
                depth -= 1
                if depth == 0:
                    self._close(offset + token.start())
                    self.is_closed = True
            elif depth == 1:
                self._token(sign, offset + token.start(), offset + token.end())

    def _token(self, sign: bytes, start: int, end: int) -> None:
        if sign == b",":
            self._close(start)
        elif sign == b":":
            self._start = end
        elif self._name is None:
            self._name = _decoded(sign)

    def _close(self, end: int) -> None:
        if self._name is None or self._start is None:
            return
        if self._name in self.spans or len(self.spans) >= MOST_MEMBERS:
            raise Unreadable("plan", "it names a member twice, or has more of them than a plan")
        self.spans[self._name] = Span(self._start, end)
        self._name = self._start = None


def _decoded(name: bytes) -> str:
    try:
        decoded: Any = json.loads(name)
    except ValueError:
        decoded = None
    if not isinstance(decoded, str):
        raise Unreadable("plan", "it is not valid JSON")
    return decoded
