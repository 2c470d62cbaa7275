"""Facts: what the API itself says about the things a call touches, and what a person is shown of them.

A preview function asks for facts by the names of its parameters, as pytest fixtures do:

    def plan_of_run(run: Resource, plan: Resource, workspace: Resource) -> Preview: ...

A fact that can't be read is unknown, never absent.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from tfc_agent_tools.narrow import mapping

if TYPE_CHECKING:
    from tfc_agent_tools.types import Impact


class Unknown:
    """A fact that could not be read. It is neither true nor false: asking it raises."""

    _instance: Unknown | None = None

    def __new__(cls) -> Unknown:  # noqa: D102, PYI034 - there is exactly one
        if cls._instance is None:
            cls._instance = super().__new__(cls)
        return cls._instance

    def __bool__(self) -> bool:
        msg = "an unknown fact is neither true nor false; compare it with UNKNOWN"
        raise TypeError(msg)

    def __repr__(self) -> str:
        return "unknown"


UNKNOWN: Final = Unknown()


@dataclass(frozen=True, slots=True)
class Resource:
    """A JSON:API resource object. `known` is false for one that could not be read: all of it is unknown."""

    type: str
    id: str = ""
    attributes: Mapping[str, Any] = field(default_factory=dict[str, Any], repr=False)
    """They can hold a signed URL or a secret, so no repr has them."""
    relationships: Mapping[str, Any] = field(default_factory=dict[str, Any], repr=False)
    known: bool = True
    is_missing: bool = False
    """The API answered 404: it is gone, or this token may not see it."""
    items: tuple[Resource, ...] = ()
    """The resources of a fact that is a list, at most its first page."""
    total: int | None = None
    """How many resources the whole list has, where the API says so."""

    def get(self, name: str) -> Any:
        """An attribute by its documented name, `.` between levels (`actions.is-confirmable`), or `UNKNOWN`."""
        value: Any = self.attributes
        for part in name.split("."):
            level = mapping(value)
            if part not in level:
                return UNKNOWN
            value = level[part]
        return value

    def text(self, name: str) -> str:
        """An attribute that is text; empty where there is none or it is unknown."""
        value = self.get(name)
        return value if isinstance(value, str) else ""

    def related(self, name: str) -> tuple[str, str] | Unknown | None:
        """`(type, id)` behind a to-one relationship, None where the API says there is none."""
        relationship = mapping(self.relationships.get(name))
        if "data" not in relationship:
            return UNKNOWN
        data = relationship["data"]
        if data is None:
            return None
        found = mapping(data).get("id")
        return (str(mapping(data).get("type")), found) if isinstance(found, str) else UNKNOWN

    def related_id(self, name: str) -> str | Unknown | None:
        """The id alone."""
        found = self.related(name)
        return found[1] if isinstance(found, tuple) else found


Scalar = str | int | float | bool | Unknown | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """What a plan would do, in numbers of resources."""

    add: Scalar
    change: Scalar
    destroy: Scalar
    import_: Scalar

    def __str__(self) -> str:
        numbers = f"{self.add} to add, {self.change} to change, {self.destroy} to destroy"
        return numbers if self.import_ == 0 else f"{numbers}, {self.import_} to import"


@dataclass(frozen=True, kw_only=True)
class Preview:
    """What a call would do. All of it is shown to the person, and bound by the approval's digest but for `unbound`."""

    facts: Mapping[str, Scalar] = field(default_factory=dict[str, "Scalar"])
    quoted: Mapping[str, str] = field(default_factory=dict[str, str])
    """Text that people outside wrote, by where it comes from. It is shown apart from facts."""
    workspace: str | None = None
    plan: Counts | None = None
    typed: str | None = None
    """What a person must type to say yes: the name of a thing whose end can't be undone."""
    impacts: frozenset[Impact] = frozenset()
    """Impacts that only facts show, such as a workspace that applies by itself."""
    unbound: frozenset[str] = frozenset()
    """Facts, by their labels, that move by themselves and on which the decision does not rest: a yes outlives them."""
    impossible: str | None = None
    """Why the API would certainly refuse the call now; it is then not sent and nobody is asked."""


PreviewFunction = Callable[..., Preview]
"""Its parameters name the facts it needs (`routes.py`); `arguments` gives it the call's own."""


def wanted_by(preview: PreviewFunction | None) -> tuple[str, ...]:
    """The facts that a preview function asks for by its parameters."""
    return tuple(n for n in inspect.signature(preview).parameters if n != "arguments") if preview else ()
