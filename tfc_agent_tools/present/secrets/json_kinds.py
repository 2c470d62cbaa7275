"""What kind of JSON a value is."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Final, TypeGuard

_NUMBERS: Final = (int, float, Decimal)


def is_object(value: object) -> TypeGuard[dict[str, Any]]:
    """Whether it is an object."""
    return isinstance(value, dict)


def is_array(value: object) -> TypeGuard[list[Any]]:
    """Whether it is an array."""
    return isinstance(value, list)


def is_number(value: object) -> TypeGuard[int | float | Decimal]:
    """Whether it is a number; Python counts true and false as such, JSON does not."""
    return isinstance(value, _NUMBERS) and not isinstance(value, bool)
