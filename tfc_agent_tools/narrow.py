"""JSON from outside, narrowed to what it must be; what is something else becomes empty."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, cast


def mapping(value: object) -> Mapping[str, Any]:
    """The JSON object, or an empty one."""
    return cast("Mapping[str, Any]", value) if isinstance(value, Mapping) else {}


def items(value: object) -> list[Any]:
    """The JSON array, or an empty one."""
    return list(cast("Iterable[Any]", value)) if isinstance(value, list) else []


def members(value: object) -> Mapping[str, Any]:
    """What stands in a JSON object by its name, or in an array by its number, as text; else nothing."""
    return {str(number): one for number, one in enumerate(items(value))} or mapping(value)
