"""Facts in words: what a value is now and what it becomes, and how many things there are."""

from __future__ import annotations

from typing import Any, cast

from tfc_agent_tools.facts import UNKNOWN, Resource, Scalar


def shown(value: Any) -> str:
    """A value of the API as a person reads it; unknown stays unknown."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return ", ".join(map(str, cast("list[object]", value))) or "none"
    return "none" if value is None or value == "" else str(value)


def differences(
    old: Resource, new: dict[str, Any], written: frozenset[str] = frozenset(), related: dict[str, str] | None = None
) -> tuple[dict[str, Scalar], dict[str, str]]:
    """`old → new` for each attribute, and what stands now in the `written` ones, which people outside wrote.

    Args:
        old: The thing as it is.
        new: The attributes that change, `vcs-repo.branch` for one inside another.
        written: Attributes that hold free text.
        related: Attribute → relationship, for those that stand there.
    """
    facts: dict[str, Scalar] = {}
    quoted: dict[str, str] = {}
    for name, value in new.items():
        inside = name.rpartition(".")[0]
        before = old.related_id(related[name]) if related and name in related else old.get(name)
        before = shown(None if inside and old.get(inside) is None else before)
        facts[name] = f"{before} → {shown(value)}"
        if name in written:
            facts[name] = "is cleared" if shown(value) == "none" else "changes"
            quoted[f"{name} now"] = before
    return facts, quoted


def number_of(things: Resource) -> Scalar:
    """How many there are in a list; at least its first page where the API gives no total."""
    if not things.known:
        return UNKNOWN
    return things.total if things.total is not None else f"at least {len(things.items)}"


def is_some(count: object) -> bool:
    """Whether this number is known and not 0."""
    return isinstance(count, int) and count > 0
