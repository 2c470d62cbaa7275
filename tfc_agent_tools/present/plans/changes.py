"""One entry of a plan's `resource_changes` → what happens to that resource.

The format is https://developer.hashicorp.com/terraform/internals/json-format; OpenTofu writes it too. An entry that is
not of that shape makes the whole plan unreadable: a count that leaves it out would be wrong.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from tfc_agent_tools.errors import Unreadable
from tfc_agent_tools.narrow import items, mapping
from tfc_agent_tools.present.plans.explanation import Act, Danger, Order, PlannedChange
from tfc_agent_tools.present.plans.names import text
from tfc_agent_tools.present.plans.weakened import last_words, phrases
from tfc_agent_tools.present.secrets.json_kinds import is_object
from tfc_agent_tools.present.secrets.marks import ALL, masked
from tfc_agent_tools.present.secrets.walk import PLACEHOLDER

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tfc_agent_tools.present.plans.at_risk import AtRisk, TypeRisk
    from tfc_agent_tools.present.secrets.marks import Secrets

ATTRIBUTES: Final = 12
"""Names of attributes that are kept of one change."""

_ACTS: Final[Mapping[tuple[str, ...], tuple[Act, Order | None]]] = {
    ("no-op",): (Act.NO_OP, None),
    ("create",): (Act.CREATE, None),
    ("read",): (Act.READ, None),
    ("update",): (Act.UPDATE, None),
    ("delete",): (Act.DESTROY, None),
    ("delete", "create"): (Act.REPLACE, Order.DESTROY_FIRST),
    ("create", "delete"): (Act.REPLACE, Order.CREATE_FIRST),
    ("forget",): (Act.FORGET, None),
    ("create", "forget"): (Act.REPLACE, Order.OLD_KEPT),
    ("forget", "create"): (Act.REPLACE, Order.OLD_KEPT),
}
_DATA_ACTS: Final = {Act.READ: Act.READ, Act.NO_OP: Act.NO_OP, Act.DESTROY: Act.NO_OP}
"""A data resource is only ever read; Terraform shows nothing where one goes."""
_ENDS: Final = frozenset({Act.DESTROY, Act.REPLACE, Act.FORGET})
_BOTH_SIDES: Final = frozenset({Act.UPDATE, Act.REPLACE})


@dataclass(slots=True)
class Entry:
    """An entry as it stands in the plan, sensitive values hidden."""

    address: str
    type: str
    provider: str
    module: str
    act: Act
    order: Order | None
    change: Mapping[str, Any]
    raw: Mapping[str, Any]
    before: dict[str, Any] | None
    after: dict[str, Any] | None
    hides_all: bool
    """Whether a whole side is sensitive, or the marks are missing; there is then no `before` or no `after`."""

    @property
    def is_imported(self) -> bool:
        """Whether it is taken into the state."""
        return bool(self.change.get("importing"))

    @property
    def is_destroyed(self) -> bool:
        """Whether what is there now goes for good."""
        return self.act in {Act.DESTROY, Act.REPLACE} and self.order is not Order.OLD_KEPT

    @property
    def previous_address(self) -> str | None:
        """Where it was, when it moves."""
        previous = self.raw.get("previous_address")
        return text(previous, "an address") if previous and previous != self.address else None

    @property
    def projection(self) -> tuple[Any, ...]:
        """All of it that an approval binds."""
        change = self.change
        known = (self.address, self.raw.get("deposed"), change["actions"], self.previous_address, self.provider)
        if self.act is Act.NO_OP and not self.is_imported:
            return known
        why = (self.raw.get("action_reason"), change.get("replace_paths"), change.get("importing"))
        marks = (change.get("after_unknown"), change.get("before_sensitive"), change.get("after_sensitive"))
        return (*known, *why, *marks, self.hides_all, self.before, self.after)


def entry(raw: Any, secrets: Secrets) -> Entry:
    """Read an entry; its sensitive values go to `secrets`.

    Raises:
        Unreadable: It is not of the documented shape, or holds an action that is not.
    """
    entry = _object(raw)
    change = _object(entry.get("change"))
    act, order = _act(entry.get("mode"), change.get("actions"))
    (before, hides_before), (after, hides_after) = (_side(change, side, secrets) for side in ("before", "after"))
    return Entry(
        address=text(entry.get("address"), "an address"),
        type=text(entry.get("type"), "a resource type"),
        provider=_word(entry.get("provider_name")) or "",
        module=_word(entry.get("module_address")) or "",
        act=act,
        order=order,
        change=change,
        raw=entry,
        before=before,
        after=after,
        hides_all=hides_before or hides_after,
    )


def _object(value: Any) -> dict[str, Any]:
    if not is_object(value):
        raise Unreadable("plan", "an entry of it is no resource change")
    return value


def _side(change: Mapping[str, Any], side: str, secrets: Secrets) -> tuple[dict[str, Any] | None, bool]:
    """The attributes on one side, and whether they are hidden as a whole."""
    value = masked(change.get(side), change.get(f"{side}_sensitive", ALL), secrets)
    if value is None or is_object(value):
        return value, False
    if value == PLACEHOLDER:
        return None, True
    raise Unreadable("plan", "the attributes of a resource in it are no object")


def _act(mode: Any, actions: Any) -> tuple[Act, Order | None]:
    try:
        act, order = _ACTS[tuple(items(actions))]
        if mode == "managed" and act is not Act.READ:
            return act, order
        if mode == "data":
            return _DATA_ACTS[act], None
    except (KeyError, TypeError):
        pass
    raise Unreadable("plan", "it holds an action or a kind of resource that this version does not know")


def planned(entry: Entry, at_risk: AtRisk) -> tuple[PlannedChange, tuple[str, ...]]:
    """What happens to the resource, names as they stand in the plan; and the top-level attributes that change."""
    risk = at_risk.of(entry.type)
    names, nested, more = _changed(entry) if entry.act in _BOTH_SIDES else ((), (), 0)
    weakened = _weakened(entry, risk, names)
    last = last_words(risk, entry.before) if entry.is_destroyed and entry.before else ()
    change = PlannedChange(
        address=entry.address,
        type=entry.type,
        act=entry.act,
        danger=danger_of(entry.act, risk, weakened),
        order=entry.order,
        kind=risk.kind,
        reason=_word(entry.raw.get("action_reason")),
        replaced_by=_paths(entry.change.get("replace_paths")),
        previous_address=entry.previous_address,
        is_imported=entry.is_imported,
        deposed=_word(entry.raw.get("deposed")),
        attributes=nested,
        more_attributes=more,
        is_hidden=_is_hidden(entry, names),
        weakened=tuple(dict.fromkeys((*last, *weakened))),
        module=entry.module,
    )
    return change, names


def danger_of(act: Act, risk: TypeRisk, weakened: tuple[str, ...]) -> Danger:
    """Why a person should look at a change."""
    if act in _ENDS and risk.holds_data:
        return Danger.LOSES_DATA
    if weakened:
        return Danger.WEAKENED
    if act in _ENDS:
        return Danger.GONE
    decides = risk.decides_access if act is Act.UPDATE else risk.grants and act is Act.CREATE
    return Danger.ACCESS if decides else Danger.REST


def _weakened(entry: Entry, risk: TypeRisk, changed: tuple[str, ...]) -> tuple[str, ...]:
    if entry.after is None or not risk.rules:
        return ()
    names = tuple(entry.after) if entry.before is None else changed
    return phrases(risk, entry.before, entry.after, names, mapping(entry.change.get("after_unknown")))


def _changed(entry: Entry) -> tuple[tuple[str, ...], tuple[str, ...], int]:
    """Attributes that differ, at the top level and one level down; sensitive ones are compared as well."""
    if entry.hides_all:
        return (), (), 0
    before, after = mapping(entry.change.get("before")), mapping(entry.change.get("after"))
    unknown = mapping(entry.change.get("after_unknown"))
    names = [name for name in after if name not in before or before[name] != after[name]]
    names += [name for name in before if name not in after and not unknown.get(name)]
    names += [name for name in unknown if unknown[name] is True and name not in after]
    nested = [path for name in names for path in _one_level_down(entry, name)]
    return tuple(names), tuple(nested[:ATTRIBUTES]), max(len(nested) - ATTRIBUTES, 0)


def _one_level_down(entry: Entry, name: str) -> list[str]:
    shown = (mapping(entry.before).get(name), mapping(entry.after).get(name))
    if not all(isinstance(side, dict) for side in shown):
        return [name]
    before, after = mapping(entry.change["before"][name]), mapping(entry.change["after"][name])
    inner = [f"{name}.{key}" for key in {**before, **after} if key not in before or before[key] != after.get(key)]
    return inner or [name]


def _is_hidden(entry: Entry, changed: tuple[str, ...]) -> bool:
    """Whether a sensitive value is among what changes, as far as the marks tell."""
    if entry.act not in _BOTH_SIDES:
        return False
    if entry.hides_all:
        return True
    before, after = mapping(entry.change.get("before_sensitive")), mapping(entry.change.get("after_sensitive"))
    return any(_is_marked(before.get(name)) or _is_marked(after.get(name)) for name in changed)


def _is_marked(mark: Any) -> bool:
    inner = [*mapping(mark).values(), *items(mark)]
    return any(map(_is_marked, inner)) if isinstance(mark, dict | list) else bool(mark)


def _word(value: Any) -> str | None:
    return text(value, "a reason") if value else None


def _paths(value: Any) -> tuple[str, ...]:
    """`[["root_block_device", 0, "encrypted"]]` → `root_block_device.encrypted`."""
    paths = (".".join(step for step in items(path) if isinstance(step, str)) for path in items(value))
    return tuple(dict.fromkeys(path for path in paths if path))[:ATTRIBUTES]
