"""Whether what a YAML file holds could stand in JSON too: as JSON a case is compared with that of an earlier run."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Final, cast

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_MOST: Final = 100_000
"""Values. Anchors can name each other so that a short text holds more than any memory does."""


def require_json(value: object) -> None:
    """Check it, with all that is in it. Numbers are keys, too: JSON has them as strings.

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
