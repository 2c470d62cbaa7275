"""Parts of a log that fit in an answer: its end, its errors, or a page of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tfc_agent_tools.present.logs import cut

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tfc_agent_tools.present.logs import RunLog


@dataclass(frozen=True, slots=True, kw_only=True)
class LogView:
    """Some lines in a row, each cut to size, and what is not among them."""

    lines: tuple[str, ...]
    first: int
    """Number of the first line shown, from 1; 0 when none is."""
    last: int
    total: int
    is_complete: bool
    """Of the log: more lines may come where it is false."""
    lines_not_shown: int
    characters_not_shown: int
    """Of the lines left out; a line that was cut says so itself."""


def tail(log: RunLog, lines: int = 100) -> LogView:
    """The last lines."""
    _check(lines)
    return _view(log, log.lines, max(len(log.lines) - lines, 0), len(log.lines))


def page(log: RunLog, number: int, size: int = 100) -> LogView:
    """A page of lines, from number 1 on. A page beyond the last has no lines."""
    _check(number, size)
    return _view(log, log.lines, (number - 1) * size, number * size)


def errors(log: RunLog, lines: int = 200) -> LogView:
    """What the errors say, from the first on. Lines are numbered and counted among the lines of errors."""
    _check(lines)
    told = [diagnostic.in_words() for diagnostic in log.diagnostics if diagnostic.severity == "error"]
    return _view(log, [line for words in told for line in (*words, "")][:-1], 0, lines)


def _view(log: RunLog, lines: Sequence[str], start: int, stop: int) -> LogView:
    shown = lines[start:stop]
    return LogView(
        lines=tuple(map(cut, shown)),
        first=start + 1 if shown else 0,
        last=start + len(shown) if shown else 0,
        total=len(lines),
        is_complete=log.is_complete,
        lines_not_shown=len(lines) - len(shown),
        characters_not_shown=sum(map(len, lines)) - sum(map(len, shown)),
    )


def _check(*numbers: int) -> None:
    if min(numbers) < 1:
        raise ValueError("the number of a page and the number of lines start at 1")
