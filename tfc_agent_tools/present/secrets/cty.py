"""Terraform's types as its JSON writes them: `"string"`, `["list", "string"]`, `["object", {"port": "number"}]`."""

from __future__ import annotations

from typing import Any, Final, TypeGuard

from tfc_agent_tools.narrow import items, mapping
from tfc_agent_tools.present.secrets.json_kinds import is_array, is_object

_SIMPLE: Final = frozenset({"string", "number", "bool", "dynamic"})
_OF_ONE_TYPE: Final = frozenset({"list", "set", "map"})
TYPE_WORDS: Final = _SIMPLE | _OF_ONE_TYPE | {"tuple", "object"}


def is_type(value: object) -> bool:
    """Whether this is a type, with nothing in it that is none."""
    if isinstance(value, str):
        return value in _SIMPLE
    parts = items(value)
    if len(parts) != 2 or not isinstance(parts[0], str):
        return False
    kind, inner = parts
    if kind in _OF_ONE_TYPE:
        return is_type(inner)
    if kind == "object":
        return is_object(inner) and all(map(is_type, mapping(inner).values()))
    return kind == "tuple" and is_array(inner) and all(map(is_type, inner))


def is_dynamic(value: object) -> TypeGuard[dict[str, Any]]:
    """Whether this is how state keeps a value whose type its schema leaves open: `{"value": ..., "type": ...}`."""
    return is_object(value) and value.keys() == {"value", "type"} and is_type(value["type"])
