"""Groups of people, which may hold other groups."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tfc_agent_tools.authority.rules.document import PolicyDocument


def members(document: PolicyDocument, people: Iterable[str], groups: Iterable[str]) -> frozenset[str]:
    """The people named, and all members of the groups.

    Raises:
        ValueError: A group is not there, or holds itself.
    """
    found = set(people)
    for group in groups:
        found |= _expanded(document, group, ())
    return frozenset(found)


def _expanded(document: PolicyDocument, group: str, way: tuple[str, ...]) -> set[str]:
    if group in way:
        msg = f"groups: {' holds '.join((*way[way.index(group) :], group))}, which has no end"
        raise ValueError(msg)
    if group not in document.groups:
        msg = f"groups: there is no group {group!r}; there are {', '.join(document.groups) or 'none'}"
        raise ValueError(msg)
    found = set[str]()
    for name in document.groups[group]:
        found |= _expanded(document, name, (*way, group)) if name in document.groups else {name}
    return found
