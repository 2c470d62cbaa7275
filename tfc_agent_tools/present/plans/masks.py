"""Values with the sensitive parts taken out, and those parts kept to be searched for in everything that is shown.

Terraform marks what is sensitive in a tree of the same shape (`before_sensitive`, `after_sensitive`): true for a whole
value, objects and lists for what is in it. Where the shapes differ, or a mark is none, the value is hidden.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, cast

from tfc_agent_tools.errors import Unreadable
from tfc_agent_tools.narrow import items, mapping

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    Take = Callable[[Any], None]

MOST_SECRETS: Final = 16 * 2**20
"""Characters of all secret values of a plan together."""


class Hidden(str):
    """Stands where a sensitive value was."""

    __slots__ = ()


HIDDEN: Final = Hidden("(sensitive)")


class Secrets:
    """The secret values of one plan, each once."""

    def __init__(self, known: Iterable[str] = ()) -> None:
        self.values: set[str | int | float] = set(known)
        self._size = sum(len(value) for value in self.values if isinstance(value, str))

    def take(self, value: Any) -> None:
        """Remember a value, or all values in it, keys of objects included.

        Raises:
            Unreadable: There are more than can be searched for.
        """
        if isinstance(value, str):
            if value not in self.values:
                self.values.add(value)
                self._size += len(value)
                if self._size > MOST_SECRETS:
                    raise Unreadable("plan", "it holds more secret values than can be checked")
        elif isinstance(value, dict):
            for name, inner in mapping(cast("object", value)).items():
                self.take(name)
                self.take(inner)
        elif isinstance(value, list):
            for inner in items(cast("object", value)):
                self.take(inner)
        elif isinstance(value, int | float) and not isinstance(value, bool):
            self.values.add(value)


def masked(value: Any, mark: Any, take: Take) -> Any:
    """The value with `HIDDEN` in place of each sensitive part; `take` gets those parts. Nothing is changed in place."""
    if mark is False or value is None:
        return value
    if isinstance(mark, dict) and isinstance(value, dict):
        return _masked_object(mapping(cast("object", value)), mapping(cast("object", mark)), take)
    if isinstance(mark, list) and isinstance(value, list):
        return _masked_list(items(cast("object", value)), items(cast("object", mark)), take)
    take(cast("object", value))
    return HIDDEN


def _masked_object(value: Mapping[str, Any], mark: Mapping[str, Any], take: Take) -> Mapping[str, Any]:
    copy: dict[str, Any] | None = None
    for name, inner in mark.items():
        if inner is False or name not in value:
            continue
        shown = masked(value[name], inner, take)
        if shown is not value[name]:
            copy = copy or dict(value)
            copy[name] = shown
    return copy or value


def _masked_list(value: list[Any], mark: list[Any], take: Take) -> list[Any]:
    marks = mark + [True] * (len(value) - len(mark))
    return [masked(inner, its, take) for inner, its in zip(value, marks, strict=False)]
