"""JSON data: whether something is it, and the texts in it."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Final, cast

from tfc_agent_tools.narrow import items, mapping
from tfc_agent_tools.present.secrets.json_kinds import is_array, is_object

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

_MOST: Final = 100_000
"""Values. Anchors can name each other so that a short text holds more than any memory does."""


def require_json(value: object) -> None:
    """Check what a YAML file holds, since a case is compared as JSON with that of an earlier run.

    Numbers are keys, too: JSON has them as strings.

    Raises:
        ValueError: It is not JSON data; says where.
    """
    left = _MOST
    open_values = [("", value, frozenset[int]())]
    while open_values:
        place, one, within = open_values.pop()
        left -= 1
        if left < 0:
            msg = f"not JSON data: more than {_MOST:,} values"
            raise ValueError(msg)
        if id(one) in within:
            msg = f"{place}: not JSON data: it holds itself"
            raise ValueError(msg)
        open_values += [
            (f"{place}.{name}".lstrip("."), inner, within | {id(one)}) for name, inner in _inside(place, one)
        ]


def _inside(place: str, value: object) -> list[tuple[str, object]]:
    kind = type(value).__name__
    if isinstance(value, dict):
        found = cast("Mapping[Any, Any]", value)
        if all(isinstance(key, str | int) for key in found):
            return [(str(key), inner) for key, inner in found.items()]
        kind = "key that is no word"
    elif isinstance(value, list):
        return [(str(number), inner) for number, inner in enumerate(cast("Sequence[Any]", value))]
    elif value is None or isinstance(value, str | int) or (isinstance(value, float) and math.isfinite(value)):
        return []
    msg = f"{place or 'the file'}: not JSON data: a {kind}"
    raise ValueError(msg)


def texts_in(data: Any) -> Iterator[str]:
    """Every string in JSON data, those that are keys included."""
    if isinstance(data, str):
        yield data
    for name, value in mapping(data).items():
        yield name
        yield from texts_in(value)
    for value in items(data):
        yield from texts_in(value)


def with_texts(data: Any, change: Callable[[str], str]) -> Any:
    """JSON data with every string of it changed, those that are keys included."""
    if isinstance(data, str):
        return change(data)
    if is_object(data):
        return {change(name): with_texts(value, change) for name, value in data.items()}
    return [with_texts(value, change) for value in data] if is_array(data) else data
