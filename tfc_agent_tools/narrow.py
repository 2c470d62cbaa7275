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
