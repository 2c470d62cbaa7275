"""A comparison in Markdown, which reads well as plain text too."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from tfc_agent_tools.evaluation.report.markdown import code, plain, table
from tfc_agent_tools.evaluation.report.words import number
from tfc_agent_tools.evaluation.verdict import counted

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tfc_agent_tools.evaluation.compare import Change, Comparison
    from tfc_agent_tools.evaluation.figures import Figure
    from tfc_agent_tools.evaluation.summary import Share

_LISTED: Final = 50
_MARKS: Final = {True: "better", False: "worse", None: ""}


def comparison(found: Comparison, *, a: str = "A", b: str = "B") -> str:
    """What changed from A to B.

    Args:
        found: The comparison.
        a: How A is called, such as its folder.
        b: How B is called.
    """
    parts = [
        f"## {plain(b)} against {plain(a)}",
        f"**{plain(headline(found))}.**",
        *(f"Broken gate: {code(gate)}" for gate in found.broken),
        f"Tried in A and never in B: {plain(', '.join(found.no_longer_tried))}." if found.no_longer_tried else "",
        _changes("Worse", found.worse),
        _changes("Better", found.better),
        _changes("New", found.new),
        _changes("Gone", found.gone),
        table(["Metric", "A", "B", "Difference", ""], [_figure(of) for of in found.figures], numbers={1, 2, 3}),
    ]
    return "\n\n".join(filter(None, parts)) + "\n"


def headline(found: Comparison) -> str:
    """The comparison in one line."""
    if found.broken:
        return f"{counted(len(found.broken), 'safety gate')} broken in B"
    if not found.in_common:
        return "A and B have no case in common"
    fallen = sum(change.is_regression for change in found.worse)
    first = "Nothing that passed in A fails in B"
    if fallen:
        first = f"{counted(fallen, 'case')} passed in A and {'fails' if fallen == 1 else 'fail'} in B"
    moved = f"{len(found.worse):,} worse, {len(found.better):,} better, {found.same:,} the same"
    return f"{first}: {moved}, {len(found.new):,} new, {len(found.gone):,} gone"


def _changes(title: str, changes: Sequence[Change]) -> str:
    if not changes:
        return ""
    rows = [[code(_named(of)), _runs(of.before), _runs(of.after), code(of.why)] for of in changes[:_LISTED]]
    listed = table(["Case", "A", "B", "Why it fails"], rows, numbers={1, 2})
    more = f"\n\nAnd {len(changes) - _LISTED:,} more." if len(changes) > _LISTED else ""
    return f"### {title}: {len(changes):,}\n\n{listed}{more}"


def _named(change: Change) -> str:
    return f"{change.case} [{change.agent}]" if change.agent else change.case


def _runs(share: Share | None) -> str:
    return "" if share is None else f"{share.part:,} of {share.of:,}"


def _figure(of: Figure) -> list[str]:
    sign = "+" if (of.difference or 0) > 0 else ""
    difference = "" if of.difference is None else f"{sign}{_value(of.difference, of)}"
    return [of.name, _value(of.before, of), _value(of.after, of), difference, _MARKS[of.is_better]]


def _value(value: float | None, of: Figure) -> str:
    if value is None:
        return "-"
    if of.is_share:
        return f"{100 * value:.1f} %"
    return number(value, 0 if value == int(value) else 2)
