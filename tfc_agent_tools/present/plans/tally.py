"""Counting all changes of a plan while keeping only the ones that matter."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from typing import TYPE_CHECKING, Any, Final, TypedDict

from tfc_agent_tools.present.plans.explanation import Act, ActionCounts, Danger, Lookalike, Order, Tallied, TypeTotal

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tfc_agent_tools.present.plans.explanation import PlannedChange

_KEPT: Final[Mapping[Danger, int]] = {
    Danger.LOSES_DATA: 150,
    Danger.GONE: 100,
    Danger.WEAKENED: 150,
    Danger.ACCESS: 60,
    Danger.REST: 40,
}
_SLACK: Final = 2
"""A list is sorted and cut when it has grown to this many times what is kept."""
TYPES: Final = 200
NAMES: Final = 50
_USUAL: Final = 3
_DIGITS: Final = re.compile(r"(\d+)", re.ASCII)
_ORDERS: Final = {Order.DESTROY_FIRST: "destroy_first", Order.CREATE_FIRST: "create_first", Order.OLD_KEPT: "old_kept"}
Rank = tuple[bool, bool, bool, int]
_ACT_ORDER: Final = {act: place for place, act in enumerate(Act)}


class Touched(TypedDict):
    """Arguments of `PlanExplanation`."""

    listed: tuple[PlannedChange, ...]
    totals: tuple[TypeTotal, ...]
    more_types: int
    lost_in: tuple[Tallied, ...]
    modules: tuple[Tallied, ...]
    more_modules: int
    providers: tuple[Tallied, ...]
    more_providers: int
    lookalikes: tuple[Lookalike, ...]


class Kept:
    """The most dangerous changes, a number for each danger; which ones does not depend on the order they come in."""

    def __init__(self, most: Mapping[Danger, int] = _KEPT) -> None:
        self._most = most
        self._by_danger: dict[Danger, list[PlannedChange]] = {danger: [] for danger in Danger}

    def add(self, change: PlannedChange) -> None:
        """Keep the change if there is room for it."""
        kept = self._by_danger[change.danger]
        kept.append(change)
        if len(kept) >= _SLACK * self._most[change.danger]:
            self._cut(change.danger)

    def all(self) -> tuple[PlannedChange, ...]:
        """What is kept, the most dangerous first."""
        for danger in Danger:
            self._cut(danger)
        return tuple(change for danger in Danger for change in sorted(self._by_danger[danger], key=_as_people_count))

    def _cut(self, danger: Danger) -> None:
        kept = self._by_danger[danger]
        kept.sort(key=_urgency)
        del kept[self._most[danger] :]


def _urgency(change: PlannedChange) -> tuple[Rank, str, str]:
    return _rank(change), change.address, change.deposed or ""


def _as_people_count(change: PlannedChange) -> tuple[Rank, tuple[tuple[int, str], ...], str]:
    """The same order with `web[9]` before `web[10]`."""
    parts = tuple((len(part) if part.isdigit() else 0, part) for part in _DIGITS.split(change.address))
    return _rank(change), parts, change.deposed or ""


def _rank(change: PlannedChange) -> Rank:
    return change.kind is None, not change.weakened, change.deposed is not None, _ACT_ORDER[change.act]


class Tally:
    """The counts of a plan's entries, its kept changes, and what they touch."""

    def __init__(self) -> None:
        self._acts = Counter[str]()
        self._types = Counter[tuple[Danger, Act, str, str | None]]()
        self._modules = Counter[str]()
        self._providers = Counter[str]()
        self._an_address = dict[str, str]()
        self._attributes = defaultdict[str, Counter[str]](Counter)
        self._lost_in = Counter[str]()
        self.kept = Kept()

    def count(self, act: Act, order: Order | None, *, moves: bool, is_imported: bool) -> None:
        """Count one entry, whatever happens to it."""
        self._acts[act.value] += 1
        if order:
            self._acts[_ORDERS[order]] += 1
        self._acts["move"] += moves
        self._acts["import"] += is_imported

    def add(self, change: PlannedChange, provider: str, changed: tuple[str, ...]) -> None:
        """Count and keep a resource that changes; `changed` are its attributes at the top level."""
        self._types[change.danger, change.act, change.type, change.kind] += 1
        self._modules[change.module] += 1
        if provider:
            self._providers[provider] += 1
            self._an_address[provider] = min(self._an_address.get(provider, change.address), change.address)
        if change.act is Act.UPDATE and change.danger is Danger.REST:
            self._attributes[change.type].update(changed)
        if change.danger is Danger.LOSES_DATA:
            self._lost_in[change.module] += 1
        self.kept.add(change)

    def counts(self, *, drifted: int = 0, deferred: int = 0) -> ActionCounts:
        """The numbers."""
        acts = self._acts
        return ActionCounts(
            create=acts[Act.CREATE],
            update=acts[Act.UPDATE],
            replace=acts[Act.REPLACE],
            destroy_first=acts["destroy_first"],
            create_first=acts["create_first"],
            old_kept=acts["old_kept"],
            destroy=acts[Act.DESTROY],
            forget=acts[Act.FORGET],
            import_=acts["import"],
            move=acts["move"],
            read=acts[Act.READ],
            no_op=acts[Act.NO_OP],
            drifted=drifted,
            deferred=deferred,
        )

    def totals(self) -> tuple[tuple[TypeTotal, ...], int]:
        """Resources by danger, act and type, the most dangerous first; and how many are in none of them."""

        def order(item: tuple[tuple[Danger, Act, str, str | None], int]) -> tuple[Any, ...]:
            (danger, act, type_, kind), number = item
            return danger, kind is None, -number, type_, act

        ordered = sorted(self._types.items(), key=order)
        totals = tuple(TypeTotal(*key, count, self._usual(*key[:3])) for key, count in ordered[:TYPES])
        return totals, sum(count for _, count in ordered[TYPES:])

    def _usual(self, danger: Danger, act: Act, type_: str) -> tuple[str, ...]:
        if act is not Act.UPDATE or danger is not Danger.REST:
            return ()
        return tuple(name.name for name in most(self._attributes[type_], _USUAL)[0])

    def touched(self) -> Touched:
        """What the changes touch, by how many of them there are; the root module has no name and is not among it."""
        totals, more_types = self.totals()
        modules, more_modules = most(self._modules)
        providers, more_providers = most(self._providers)
        return {
            "listed": self.kept.all(),
            "totals": totals,
            "more_types": more_types,
            "lost_in": most(self._lost_in)[0],
            "modules": modules,
            "more_modules": more_modules,
            "providers": providers,
            "more_providers": more_providers,
            "lookalikes": self.lookalikes(),
        }

    def lookalikes(self) -> tuple[Lookalike, ...]:
        """Providers that are not the main one of their name, such as `aws`."""
        by_name = defaultdict[str, list[str]](list)
        for provider in self._providers:
            by_name[provider.rpartition("/")[2]].append(provider)
        ordered = (sorted(same, key=lambda one: (-self._providers[one], one))[1:] for same in by_name.values())
        found = sorted(provider for others in ordered for provider in others)
        return tuple(Lookalike(one, self._providers[one], self._an_address[one]) for one in found[:NAMES])


def most(names: Mapping[str, int], limit: int = NAMES) -> tuple[tuple[Tallied, ...], int]:
    """The names with the highest numbers, in an order that depends on nothing else; and how many are left out."""
    ordered = sorted(((name, count) for name, count in names.items() if name), key=lambda item: (-item[1], item[0]))
    return tuple(Tallied(*item) for item in ordered[:limit]), max(len(ordered) - limit, 0)
