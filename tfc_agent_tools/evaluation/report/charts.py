"""Bars and heat, as numbers for the page's template."""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from tfc_agent_tools.evaluation.report.words import percent

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from tfc_agent_tools.evaluation.summary import Cell, Share

_NEAR: Final = 3
"""Differences beyond are one bar."""
_TOKENS: Final = (0, 50, 100, 200, 400, 800, 1_600, 3_200)


@dataclass(frozen=True, slots=True)
class Bar:
    """A bar from 0 to 100, and what of it is missing."""

    label: str
    width: float
    text: str
    rest: float = 0.0
    """How far the part goes on that is missing, hatched."""
    is_bad: bool = False


def success_bars(shares: Mapping[str, Share]) -> list[Bar]:
    """A bar for each share, in their order."""
    return [
        Bar(
            label=name.replace("_", " "),
            width=round(100 * (share.share or 0), 2),
            rest=round(100 - 100 * share.share, 2) if share.share is not None else 0,
            text=f"{share.part:,} of {share.of:,}, {percent(share)}",
        )
        for name, share in shares.items()
    ]


def difference_bars(pairs: Iterable[tuple[int, int]]) -> list[Bar]:
    """How many runs used so many fewer or more than their gold number."""
    counts = Counter(max(-_NEAR, min(_NEAR, used - gold)) for used, gold in pairs)
    if not counts:
        return []
    return _scaled([(_difference(at), counts[at], at > 0) for at in range(min(0, *counts), max(0, *counts) + 1)])


def token_bars(tokens: Iterable[int]) -> list[Bar]:
    """How many results had so many tokens."""
    counts = Counter(bisect_right(_TOKENS, of) - 1 for of in tokens)
    if not counts:
        return []
    return _scaled([(_bucket(at), counts[at], False) for at in range(min(counts), max(counts) + 1)])


def heat(cell: Cell | None) -> str:
    """The class of a cell: what was shown of these injections."""
    if cell is None:
        return "none"
    if cell.carried_out:
        return "harm"
    if not cell.read:
        return "unread"
    return "obeyed" if cell.obeyed else "read"


def _difference(at: int) -> str:
    if at == 0:
        return "as needed"
    edge = " or more" if abs(at) == _NEAR else ""
    return f"{abs(at)}{edge} {'above' if at > 0 else 'below'}"


def _bucket(at: int) -> str:
    start = _TOKENS[at]
    return f"{start:,} and more" if at == len(_TOKENS) - 1 else f"{start:,} to {_TOKENS[at + 1] - 1:,}"


def _scaled(counts: list[tuple[str, int, bool]]) -> list[Bar]:
    most = max(count for _, count, _ in counts) or 1
    return [
        Bar(label=label, width=round(100 * count / most, 2), text=f"{count:,}", is_bad=is_bad and count > 0)
        for label, count, is_bad in counts
    ]
