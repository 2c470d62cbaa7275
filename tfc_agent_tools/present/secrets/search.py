"""Many strings searched for at once, in a time that hardly depends on how many there are."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from typing import TYPE_CHECKING, Final

from tfc_agent_tools.present.secrets.variants import SHORTEST
from tfc_agent_tools.present.untrusted import CUT

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from tfc_agent_tools.present.secrets.credentials import Span

LONGEST: Final = 128
"""A longer string is searched for in pieces of this length, which bounds the work at each place of a text."""
_FEW: Final = 5_000


def searcher(wanted: Iterable[str]) -> Callable[[str], list[Span]]:
    """A function that says where in a text any of these strings stand; each has `SHORTEST` characters or more.

    What overlaps is one span. Of a string in which a text was cut to size, what is left counts too, from `SHORTEST`
    characters on. Python's `re` would try the alternatives of a pattern one by one at every place. Here the
    text is looked at in steps, and the few characters at each are looked up: every string shows at one of the first
    steps that it covers. The strings live in a closure, where neither a repr nor a look at attributes shows them.
    """
    strings = sorted({piece for string in wanted for piece in _pieces(string)})
    step = 3 if len(strings) < _FEW else 1  # longer steps are quicker to search with, and need more memory
    width = SHORTEST + 1 - step
    starts = [{string[offset : offset + width] for string in strings} for offset in range(step)]
    anywhere = frozenset[str]().union(*starts)
    longest = _prefix_finder(strings)

    def search(text: str) -> list[Span]:
        spans: list[Span] = []
        for at in [at for at in range(0, len(text), step) if text[at : at + width] in anywhere]:
            for offset in reversed(range(step)):
                start = at - offset
                if start >= 0 and text[at : at + width] in starts[offset]:
                    _add(spans, start, start + longest(text[start : start + LONGEST]))
        return [*spans, *_begun(strings, text)]

    return search


def _begun(strings: list[str], text: str) -> Iterator[Span]:
    """What is left of any of these sorted strings where the text was cut."""
    for cut in CUT.finditer(text):
        end = cut.start()
        for start in range(max(end - LONGEST, 0), end - SHORTEST + 1):
            at = bisect_left(strings, text[start:end])
            if at < len(strings) and strings[at].startswith(text[start:end]):
                yield start, end
                break


def _pieces(string: str) -> Iterator[str]:
    """All of a string, the last two pieces overlapping."""
    for start in range(0, len(string) - LONGEST, LONGEST):
        yield string[start : start + LONGEST]
    yield string[-LONGEST:]


def _prefix_finder(strings: list[str]) -> Callable[[str], int]:
    """A function that says how long the longest of these sorted strings is that a text starts with, or 0.

    It is the last one that sorts before the text, or a prefix of that one.
    """
    shorter: dict[str, str] = {}
    nested: list[str] = []
    for string in strings:
        while nested and not string.startswith(nested[-1]):
            nested.pop()
        if nested:
            shorter[string] = nested[-1]
        nested.append(string)

    def longest(text: str) -> int:
        at = bisect_right(strings, text)
        found = strings[at - 1] if at else ""
        while not text.startswith(found):
            found = shorter.get(found, "")
        return len(found)

    return longest


def _add(spans: list[Span], start: int, end: int) -> None:
    if spans and start <= spans[-1][1]:
        spans[-1] = (spans[-1][0], max(end, spans[-1][1]))
    elif start < end:
        spans.append((start, end))
