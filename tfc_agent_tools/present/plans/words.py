"""A plan's explanation in words: a line, a summary for the model, a page for the person who confirms.

The words around the facts are templates (`prompts/plan/`), which get lists of finished lines. Each list is bounded, and
its last line counts what it leaves out.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from tfc_agent_tools.present.plans import headline as first
from tfc_agent_tools.present.plans import phrases
from tfc_agent_tools.present.plans.budget import most_tokens
from tfc_agent_tools.present.plans.facts import Act, Danger

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from tfc_agent_tools.present.plans.facts import PlanExplanation, PlannedChange

    Render = Callable[..., str]
    """`Templates.render`: a template's name and its variables."""

SUMMARY_TOKENS: Final = 1_200
"""The most tokens (o200k) that the packaged summary takes, whatever the plan is."""
_FOR_THE_TEMPLATE: Final = 150
_TYPES: Final = 4


@dataclass(frozen=True, slots=True)
class Sizes:
    """How many lines each list has at most."""

    loses_data: int
    gone: int
    weakened: int
    access: int
    rest: int
    others: int
    """Of everything else: outputs, checks, drift, moves and the like."""


PAGE: Final = Sizes(loses_data=25, gone=12, weakened=20, access=8, rest=12, others=6)
_LINE: Final = Sizes(loses_data=1, gone=0, weakened=0, access=0, rest=0, others=0)
_SUMMARY: Final = Sizes(loses_data=8, gone=5, weakened=6, access=3, rest=5, others=3)
_SMALLER: Final = (
    _SUMMARY,
    Sizes(8, 3, 6, 2, 2, 2),
    Sizes(8, 2, 5, 1, 1, 1),
    Sizes(8, 1, 4, 0, 0, 1),
    Sizes(7, 1, 3, 0, 0, 0),
    Sizes(5, 1, 2, 0, 0, 0),
    Sizes(3, 1, 2, 0, 0, 0),
    Sizes(1, 1, 1, 0, 0, 1),
    Sizes(0, 0, 0, 0, 0, 0),
)
"""From the usual summary to one that fits with any names; what holds data goes last."""


def line(explanation: PlanExplanation, render: Render) -> str:
    """The plan on one line."""
    return " ".join(render("plan/line.md.j2", **variables(explanation, _LINE)).split())


def summary(explanation: PlanExplanation, render: Render) -> str:
    """The plan for the model, as many lines of each list as fit into `SUMMARY_TOKENS`."""
    given: dict[str, Any] = {}
    for sizes in _SMALLER:
        given = variables(explanation, sizes)
        if most_tokens(_texts(given)) <= SUMMARY_TOKENS - _FOR_THE_TEMPLATE:
            break
    else:
        given |= {"touched": [], "rest": [], "outputs": [], "checks": []}
    return render("plan/summary.md.j2", **given)


def page(explanation: PlanExplanation, render: Render) -> str:
    """The plan for the person who confirms it."""
    return render("plan/page.md.j2", **variables(explanation, PAGE))


def variables(explanation: PlanExplanation, sizes: Sizes) -> dict[str, Any]:
    """What the templates of a plan are given: text and lists of finished lines."""
    others = sizes.others
    listed = {danger: [one for one in explanation.listed if one.danger is danger] for danger in Danger}
    return {
        "warnings": first.warnings(explanation),
        "headline": first.headline(explanation),
        "counts": first.counts(explanation),
        "loses_data": _losing(explanation, listed[Danger.LOSES_DATA], sizes.loses_data),
        "gone": _changes(explanation, Danger.GONE, listed[Danger.GONE], sizes.gone),
        "weakened": _changes(explanation, Danger.WEAKENED, listed[Danger.WEAKENED], sizes.weakened),
        "access": _changes(explanation, Danger.ACCESS, listed[Danger.ACCESS], sizes.access),
        "rest": _rest(explanation, listed[Danger.REST], sizes.rest),
        "lookalikes": _lookalikes(explanation, others),
        "outputs": _cut([*map(phrases.output, explanation.outputs)], others, explanation.more_outputs),
        "checks": _cut([*map(phrases.check, explanation.checks)], others, explanation.more_checks),
        "drifted": _drifted(explanation, others),
        "moved": _moved(explanation, others),
        "imported": _imported(explanation, others),
        "invoked": _cut([*explanation.invoked], others, explanation.more_invoked),
        "touched": _touched(explanation, others),
        "basis": first.basis(explanation),
    }


def _losing(explanation: PlanExplanation, changes: Sequence[PlannedChange], size: int) -> list[str]:
    lines = _changes(explanation, Danger.LOSES_DATA, changes, size)
    if lines and lines[-1].startswith("and ") and len(explanation.lost_in) > 1:
        shown = explanation.lost_in[:_TYPES]
        number = sum(total.count for total in explanation.totals if total.danger is Danger.LOSES_DATA)
        elsewhere = number - sum(module.count for module in shown)
        lines.append(
            f"in all, by module: {phrases.tallied(shown, _TYPES)}"
            + (f" and {elsewhere:,} elsewhere" if elsewhere else "")
        )
    return lines


def _changes(explanation: PlanExplanation, danger: Danger, changes: Sequence[PlannedChange], size: int) -> list[str]:
    """The first changes of a danger as lines, and a last line for all others of it."""
    shown = phrases.changes(changes)[:size]
    left = _left(explanation, danger, [one for _, some in shown for one in some])
    lines = [line for line, _ in shown]
    number = sum(left.values())
    if number:
        lines.append(f"{f'and {number:,} more' if lines else f'{number:,} in all'}: {_grouped(left)}")
    return lines


def _rest(explanation: PlanExplanation, changes: Sequence[PlannedChange], size: int) -> list[str]:
    """Harmless changes one by one where they are few, else by act and type."""
    totals = [total for total in explanation.totals if total.danger is Danger.REST]
    one_by_one = phrases.changes(changes)
    if len(one_by_one) <= size and sum(total.count for total in totals) == len(changes) and not explanation.more_types:
        return [line for line, _ in one_by_one]
    lines = list[str]()
    for act in Act:
        own = [total for total in totals if total.act is act]
        named = [
            f"{total.count:,} {total.type}" + (f" ({', '.join(total.attributes)})" if total.attributes else "")
            for total in own
        ]
        if named:
            left = sum(total.count for total in own[_TYPES:])
            lines.append(f"{phrases.DONE[act]}: {', '.join(named[:_TYPES])}" + (f", {_others(left)}" if left else ""))
    return [*lines, *([f"{explanation.more_types:,} of other types"] if explanation.more_types else [])]


def _left(explanation: PlanExplanation, danger: Danger, shown: Sequence[PlannedChange]) -> Counter[tuple[Act, str]]:
    left = Counter[tuple[Act, str]]()
    for total in explanation.totals:
        if total.danger is danger:
            left[total.act, total.type] += total.count
    left.subtract((one.act, one.type) for one in shown)
    return +left


def _grouped(left: Counter[tuple[Act, str]]) -> str:
    by_act = list[str]()
    for act in Act:
        own = Counter({type_: number for (its, type_), number in left.items() if its is act}).most_common()
        if own:
            others = sum(number for _, number in own[_TYPES:])
            named = [f"{number:,} {type_}" for type_, number in own[:_TYPES]]
            by_act.append(f"{', '.join([*named, *([_others(others)] if others else [])])} {phrases.DONE[act]}")
    return "; ".join(by_act)


def _drifted(explanation: PlanExplanation, size: int) -> list[str]:
    number = explanation.counts.drifted if explanation.counts else 0
    shown = explanation.drifted[:size]
    return _cut([*map(phrases.drift, shown)], size, number - len(shown))


def _moved(explanation: PlanExplanation, size: int) -> list[str]:
    number = explanation.counts.move if explanation.counts else 0
    shown = [f"{old} is now {new}" for old, new in explanation.moved[:size]]
    return _cut(shown, size, number - len(shown))


def _imported(explanation: PlanExplanation, size: int) -> list[str]:
    number = explanation.counts.import_ if explanation.counts else 0
    shown = [*explanation.imported[:size]]
    return _cut(shown, size, number - len(shown))


def _lookalikes(explanation: PlanExplanation, size: int) -> list[str]:
    said = [
        f"{one.provider} is another provider of the same name as the main one; it changes {one.address}"
        + (f" and {one.count - 1:,} more" if one.count > 1 else "")
        for one in explanation.lookalikes
    ]
    return _cut(said, max(size, 1), 0)


def _touched(explanation: PlanExplanation, size: int) -> list[str]:
    said = list[str]()
    if explanation.modules:
        said.append(f"modules: {phrases.tallied(explanation.modules, size, explanation.more_modules)}")
    if explanation.providers:
        providers = phrases.tallied(explanation.providers, size, explanation.more_providers)
        said.append(f"providers: {providers.replace('registry.terraform.io/', '')}")
    return said if size else []


def _others(number: int) -> str:
    return f"{number:,} other{'s' if number > 1 else ''}"


def _cut(lines: list[str], size: int, more: int) -> list[str]:
    left = max(len(lines) - size, 0) + more
    return [*lines[:size], *([f"{'and ' if size and lines else ''}{left:,} more"] if left > 0 else [])]


def _texts(given: dict[str, Any]) -> Iterator[str]:
    for value in given.values():
        yield from (value,) if isinstance(value, str) else value
