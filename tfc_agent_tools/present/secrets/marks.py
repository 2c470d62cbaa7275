"""What Terraform itself marked as sensitive, in plans by a tree of booleans and in state files by paths.

https://developer.hashicorp.com/terraform/internals/json-format#change-representation

A tree is true (all below is secret), false, or an object or list of trees; members of an object that it leaves out are
not secret. Whatever a mark is that is none of these, or does not fit its value, the value is taken for secret.

Marks do not follow a value: what a provider computed from a secret, what went through `nonsensitive()` or into a longer
string, has none. So the secrets found here are to be looked for everywhere else (`Scrubber`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, Protocol

from tfc_agent_tools.narrow import items, mapping
from tfc_agent_tools.present.secrets.cty import is_dynamic
from tfc_agent_tools.present.secrets.json_kinds import is_array, is_number, is_object
from tfc_agent_tools.present.secrets.walk import PLACEHOLDER

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

ALL: Final = True
"""The mark of a value that is secret as a whole."""


class Secrets(Protocol):
    """Where secret values go: a list, or what holds each of them once."""

    def extend(self, values: Iterable[object], /) -> None:
        """Take these in too."""


def masked(value: Any, marks: Any, secrets: Secrets) -> Any:
    """The value with `PLACEHOLDER` for all that is marked; the text and numbers under it go to `secrets`.

    Null stays null. Nothing is changed in place, and what is not marked is not copied.
    """
    if value is None or marks is False:
        return value
    if is_object(marks) and is_object(value):
        below = {name: masked(value[name], mark, secrets) for name, mark in marks.items() if name in value}
        return value | below if below else value
    if is_array(marks) and is_array(value) and len(marks) == len(value):
        return [masked(inner, mark, secrets) for inner, mark in zip(value, marks, strict=True)]
    secrets.extend(leaves(value))
    return PLACEHOLDER


def leaves(value: Any) -> Iterator[object]:
    """The text and numbers in a secret value, and those keys of objects that can't be names of attributes."""
    rest: list[Any] = [value]
    while rest:
        inner = rest.pop()
        if is_object(inner):
            rest += inner.values()
            yield from (name for name in inner if not name.isidentifier())
        elif is_array(inner):
            rest += inner
        elif isinstance(inner, str) or is_number(inner):
            yield inner


def marks_of_paths(attributes: Any, paths: Any) -> Any:
    """The tree for `sensitive_attributes` of a state file, whose paths leave out the wrapper of dynamic values.

    Where a path leads nowhere, all of the last thing that it reached is secret; null is not.
    """
    if not is_array(paths):
        return ALL
    marks: Any = False
    for path in paths:
        marks = _marked(attributes, path, marks) if is_array(path) else ALL
    return marks


def _marked(value: Any, path: list[Any], marks: Any) -> Any:
    """The tree `marks` of a value, with the place that a path leads to marked too."""
    if marks is ALL or value is None:
        return marks
    if not path:
        return ALL
    if is_dynamic(value):
        return {"value": _marked(value["value"], path, mapping(marks).get("value", False))}
    key = _key(path[0])
    if is_object(value) and isinstance(key, str) and key in value:
        below = mapping(marks)
        return {**below, key: _marked(value[key], path[1:], below.get(key, False))}
    if is_array(value) and isinstance(key, int) and 0 <= key < len(value):
        elements = items(marks) or [False] * len(value)
        elements[key] = _marked(value[key], path[1:], elements[key])
        return elements
    return ALL


def _key(step: object) -> str | int | None:
    """The name or number that a step of a path stands for; none for a step of a kind that is not known."""
    kind, key = mapping(step).get("type"), mapping(step).get("value")
    if kind == "index":
        key = mapping(key).get("value")
        return key if isinstance(key, str) or (isinstance(key, int) and not isinstance(key, bool)) else None
    return key if kind == "get_attr" and isinstance(key, str) else None
