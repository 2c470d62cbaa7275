"""The last step of an explanation: every name in it without secrets, cleaned, quoted where odd, and cut to length."""

from __future__ import annotations

from dataclasses import fields, is_dataclass, replace
from itertools import chain
from typing import TYPE_CHECKING, Final, cast

from tfc_agent_tools.present.plans.explanation import (
    CheckResult,
    Lookalike,
    PlanExplanation,
    PlannedChange,
    Tallied,
    TypeTotal,
)
from tfc_agent_tools.present.plans.names import Names
from tfc_agent_tools.present.scrubber import Scrubber
from tfc_agent_tools.present.secrets.search import LONGEST
from tfc_agent_tools.present.secrets.variants import SHORTEST, variants

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

_SLOTS: Final = 1 << 20


def cleaned(explanation: PlanExplanation, secrets: Iterable[object]) -> PlanExplanation:
    """The explanation with all its names fit to be shown.

    Args:
        explanation: One with names as they stand in the plan.
        secrets: All secret values that are known. A plan can hold tens of thousands, and few if any are in its names.
    """
    near = _near(secrets, list(_texts(explanation)))
    names = Names(Scrubber(near).text)
    return replace(
        explanation,
        listed=tuple(_change(one, names) for one in explanation.listed),
        drifted=tuple(_change(one, names) for one in explanation.drifted),
        totals=tuple(_total(one, names) for one in explanation.totals),
        lost_in=_tallied(explanation.lost_in, names.address),
        modules=_tallied(explanation.modules, names.address),
        providers=_tallied(explanation.providers, names.path),
        lookalikes=tuple(_lookalike(one, names) for one in explanation.lookalikes),
        moved=tuple((names.address(old), names.address(new)) for old, new in explanation.moved),
        imported=tuple(map(names.address, explanation.imported)),
        invoked=tuple(map(names.address, explanation.invoked)),
        outputs=tuple(replace(one, name=names.address(one.name)) for one in explanation.outputs),
        checks=tuple(_check(one, names) for one in explanation.checks),
    )


def _near(secrets: Iterable[object], texts: list[str]) -> list[object]:
    """The secrets of which some form begins as some part of the texts does: all that can be in them, and few others."""
    seen = bytearray(_SLOTS)
    for text in texts:
        for at in range(len(text) - SHORTEST + 1):
            seen[hash(text[at : at + SHORTEST]) % _SLOTS] = 1

    def begins(form: str) -> int:
        if len(form) <= LONGEST:
            return seen[hash(form[:SHORTEST]) % _SLOTS]
        starts = (*range(0, len(form) - SHORTEST + 1, LONGEST), len(form) - LONGEST)
        return any(seen[hash(form[at : at + SHORTEST]) % _SLOTS] for at in starts)

    return [one for one in secrets if len(str(one)) < SHORTEST or any(map(begins, variants(str(one))))]


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, tuple):
        yield from chain.from_iterable(map(_texts, cast("tuple[object, ...]", value)))
    elif is_dataclass(value):
        for field in fields(value):
            yield from _texts(getattr(value, field.name))


def _change(change: PlannedChange, names: Names) -> PlannedChange:
    return replace(
        change,
        address=names.address(change.address),
        type=names.path(change.type),
        reason=change.reason and names.path(change.reason),
        replaced_by=tuple(map(names.path, change.replaced_by)),
        previous_address=change.previous_address and names.address(change.previous_address),
        deposed=change.deposed and names.path(change.deposed),
        attributes=tuple(map(names.path, change.attributes)),
        module=change.module and names.address(change.module),
    )


def _total(total: TypeTotal, names: Names) -> TypeTotal:
    return replace(total, type=names.path(total.type), attributes=tuple(map(names.path, total.attributes)))


def _tallied(all_: tuple[Tallied, ...], clean: Callable[[str], str]) -> tuple[Tallied, ...]:
    return tuple(Tallied(clean(one.name), one.count) for one in all_)


def _lookalike(one: Lookalike, names: Names) -> Lookalike:
    return Lookalike(names.path(one.provider), one.count, names.address(one.address))


def _check(check: CheckResult, names: Names) -> CheckResult:
    return CheckResult(
        names.address(check.address), names.path(check.status), tuple(map(names.message, check.untrusted))
    )
