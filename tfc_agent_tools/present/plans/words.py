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
from tfc_agent_tools.present.plans.explanation import Act, Danger

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Sequence

    from tfc_agent_tools.present.plans.explanation import PlanExplanation, PlannedChange

    Render = Callable[..., str]
    """`Templates.render`: a template's name and its variables."""
    Line = tuple[str, list[PlannedChange]]
    """A finished line, and the changes that it is about."""

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

    def of(self, danger: Danger) -> int:
        """How many lines the changes of a danger have."""
        return {
            Danger.LOSES_DATA: self.loses_data,
            Danger.GONE: self.gone,
            Danger.WEAKENED: self.weakened,
            Danger.ACCESS: self.access,
            Danger.REST: self.rest,
        }[danger]


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
    shown = {danger: phrases.changes(_of(danger, explanation))[: sizes.of(danger)] for danger in Danger}
    if not _are_all(explanation, shown[Danger.REST]):
        shown[Danger.REST] = []
    told = {one.address for lines in shown.values() for _, some in lines for one in some}
    return {
        "warnings": first.warnings(explanation),
        "headline": first.headline(explanation),
        "counts": first.counts(explanation),
        "loses_data": _losing(explanation, shown[Danger.LOSES_DATA]),
        "gone": _changes(explanation, Danger.GONE, shown[Danger.GONE]),
        "weakened": _changes(explanation, Danger.WEAKENED, shown[Danger.WEAKENED]),
        "access": _changes(explanation, Danger.ACCESS, shown[Danger.ACCESS]),
        "rest": [line for line, _ in shown[Danger.REST]] or _summed_up(explanation),
        "lookalikes": _lookalikes(explanation, others),
        "outputs": _cut([*map(phrases.output, explanation.outputs)], others, explanation.more_outputs),
        "checks": _cut([*map(phrases.check, explanation.checks)], others, explanation.more_checks),
        "drifted": _drifted(explanation, others),
        "moved": _moved(explanation, others, told),
        "imported": _imported(explanation, others, told),
        "invoked": _cut([*explanation.invoked], others, explanation.more_invoked),
        "touched": _touched(explanation, others),
        "basis": first.basis(explanation),
    }


def _of(danger: Danger, explanation: PlanExplanation) -> list[PlannedChange]:
    return [one for one in explanation.listed if one.danger is danger]


def _are_all(explanation: PlanExplanation, shown: Sequence[Line]) -> bool:
    """Whether these lines are about all harmless changes."""
    number = sum(total.count for total in explanation.totals if total.danger is Danger.REST) + explanation.more_types
    return sum(len(some) for _, some in shown) == number


def _losing(explanation: PlanExplanation, shown: Sequence[Line]) -> list[str]:
    lines = _changes(explanation, Danger.LOSES_DATA, shown)
    if len(lines) > len(shown) > 0 and len(explanation.lost_in) > 1:
        modules = explanation.lost_in[:_TYPES]
        number = sum(total.count for total in explanation.totals if total.danger is Danger.LOSES_DATA)
        elsewhere = number - sum(module.count for module in modules)
        lines.append(
            f"in all, by module: {phrases.tallied(modules, _TYPES)}"
            + (f" and {elsewhere:,} elsewhere" if elsewhere else "")
        )
    return lines


def _changes(explanation: PlanExplanation, danger: Danger, shown: Sequence[Line]) -> list[str]:
    """The first changes of a danger as lines, and a last line for all others of it."""
    left = _left(explanation, danger, [one for _, some in shown for one in some])
    lines = [line for line, _ in shown]
    number = sum(left.values())
    if len(left) == 1:
        ((act, type_),) = left
        lines.append(f"{f'and {number:,} more' if lines else f'{number:,}'} {type_} {phrases.DONE[act]}")
    elif left:
        lines.append(f"{f'and {number:,} more' if lines else f'{number:,} in all'}: {_grouped(left)}")
    return lines


def _summed_up(explanation: PlanExplanation) -> list[str]:
    """Harmless changes by act and type, with the attributes that change in most of them."""
    totals = [total for total in explanation.totals if total.danger is Danger.REST]
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


def _moved(explanation: PlanExplanation, size: int, told: Collection[str]) -> list[str]:
    """What moves, but for what another line says it of."""
    number = explanation.counts.move if explanation.counts else 0
    said = sum(1 for one in explanation.listed if one.previous_address and one.address in told)
    shown = [f"{old} is now {new}" for old, new in explanation.moved if new not in told][:size]
    return _cut(shown, size, number - said - len(shown))


def _imported(explanation: PlanExplanation, size: int, told: Collection[str]) -> list[str]:
    number = explanation.counts.import_ if explanation.counts else 0
    said = sum(1 for one in explanation.listed if one.is_imported and one.address in told)
    shown = [address for address in explanation.imported if address not in told][:size]
    return _cut(shown, size, number - said - len(shown))


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
    rest = f"and {left:,} more" if lines[:size] else f"{left:,} in all"
    return [*lines[:size], *([rest] if left > 0 else [])]


def _texts(given: dict[str, Any]) -> Iterator[str]:
    for value in given.values():
        yield from (value,) if isinstance(value, str) else value
