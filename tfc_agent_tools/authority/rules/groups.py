"""Groups of people, which may hold other groups."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tfc_agent_tools.authority.rules.document import PolicyDocument


def members(document: PolicyDocument, people: Iterable[str], groups: Iterable[str]) -> frozenset[str]:
    """The people named, and all members of the groups. Each group is opened once, however many hold it.

    Raises:
        ValueError: A group is not there, or holds itself.
    """
    found, done = set(people), set[str]()
    for group in groups:
        _open(document, group, done, found)
    return frozenset(found)


def _open(document: PolicyDocument, group: str, done: set[str], found: set[str]) -> None:
    """Add the members of a group. It keeps its own way, so that no depth of groups ends in a RecursionError."""
    way = {group: iter(_held(document, group))}
    while way:
        at = next(reversed(way))
        name = next(way[at], None)
        if name is None:
            del way[at]
            done.add(at)
        elif name in way:
            _refuse_cycle(list(way), name)
        elif name not in document.groups:
            found.add(name)
        elif name not in done:
            way[name] = iter(document.groups[name])


def _held(document: PolicyDocument, group: str) -> tuple[str, ...]:
    if group not in document.groups:
        msg = f"groups: there is no group {group!r}; there are {', '.join(document.groups) or 'none'}"
        raise ValueError(msg)
    return document.groups[group]


def _refuse_cycle(way: list[str], name: str) -> None:
    msg = f"groups: {' holds '.join((*way[way.index(name) :], name))}, which has no end"
    raise ValueError(msg)
