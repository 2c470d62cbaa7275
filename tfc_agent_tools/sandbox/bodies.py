"""Request bodies: JSON:API documents and bare objects, read with the types that the API wants."""

from __future__ import annotations

import json
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, TypeGuard

from tfc_agent_tools.sandbox.problems import Problem, invalid

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


def _is_object(value: object) -> TypeGuard[dict[str, Any]]:
    return isinstance(value, dict)


def _is_list(value: object) -> TypeGuard[list[Any]]:
    return isinstance(value, list)


def _object(value: object, what: str) -> dict[str, Any]:
    if not _is_object(value):
        raise invalid(f"{what} must be an object")
    return value


@dataclass(frozen=True, slots=True)
class Attributes:
    """Named values of a body; a value of the wrong type is a 422 that points at it."""

    values: Mapping[str, Any]
    base: str = "/data/attributes"

    def __contains__(self, name: str) -> bool:
        return name in self.values

    def flag(self, name: str, default: bool) -> bool:
        """Return a boolean; null and absent mean the default."""
        value = self.values.get(name)
        if value is None:
            return default
        if not isinstance(value, bool):
            raise self._invalid(name, "a boolean")
        return value

    def text(self, name: str) -> str | None:
        """Return a string, or None when null or absent."""
        value = self.values.get(name)
        if value is not None and not isinstance(value, str):
            raise self._invalid(name, "a string")
        return value

    def number(self, name: str) -> int | None:
        """Return an integer, or None when null or absent."""
        value = self.values.get(name)
        if value is not None and (isinstance(value, bool) or not isinstance(value, int)):
            raise self._invalid(name, "an integer")
        return value

    def texts(self, name: str) -> tuple[str, ...]:
        """Return a list of strings, empty when null or absent."""
        value = self._list(name)
        if not all(isinstance(item, str) for item in value):
            raise self._invalid(name, "a list of strings")
        return tuple(value)

    def choice(self, name: str, choices: Sequence[str]) -> str | None:
        """Return one of some strings, or None when null or absent."""
        value = self.text(name)
        if value is not None and value not in choices:
            raise self._invalid(name, f"one of {', '.join(choices)}")
        return value

    def record(self, name: str) -> dict[str, Any] | None:
        """Return an object, or None when null or absent."""
        value = self.values.get(name)
        if value is not None and not _is_object(value):
            raise self._invalid(name, "an object")
        return value

    def pairs(self, name: str) -> tuple[tuple[str, str], ...]:
        """Return a list of `{key, value}` objects as pairs."""
        found: list[tuple[str, str]] = []
        for item in self._list(name):
            pair: dict[str, Any] = item if _is_object(item) else {}
            key, value = pair.get("key"), pair.get("value")
            if not isinstance(key, str) or not isinstance(value, str):
                raise self._invalid(name, "a list of objects with a string key and a string value")
            found.append((key, value))
        return tuple(found)

    def _list(self, name: str) -> list[Any]:
        value = self.values.get(name)
        if value is None:
            return []
        if not _is_list(value):
            raise self._invalid(name, "a list")
        return value

    def _invalid(self, name: str, wanted: str) -> Problem:
        return invalid(f"{name} must be {wanted}", f"{self.base}/{name}")


@dataclass(frozen=True, slots=True)
class Document:
    """A JSON:API request document with one resource."""

    attributes: Attributes
    relationships: Mapping[str, Any]
    id: str | None = None

    def related_id(self, name: str) -> str | None:
        """Return the id of a to-one relationship, None when it is absent."""
        relationship = self.relationships.get(name)
        if relationship is None:
            return None
        data = _object(relationship, name).get("data")
        related = _object(data, name).get("id") if data is not None else None
        if related is not None and not isinstance(related, str):
            raise invalid(f"{name} must have a string id", f"/data/relationships/{name}")
        return related

    def related_attributes(self, name: str) -> list[Attributes]:
        """Return the attributes of each resource of a to-many relationship, given inline."""
        base = f"/data/relationships/{name}/data"
        return [Attributes(_object(item.get("attributes") or {}, name), base) for item in self._many(name)]

    def related_ids(self, name: str) -> tuple[str, ...]:
        """Return the ids of a to-many relationship, none when it is absent."""
        return tuple(str(item.get("id")) for item in self._many(name))

    def _many(self, name: str) -> list[dict[str, Any]]:
        data: object = _object(self.relationships.get(name) or {}, name).get("data") or []
        if not _is_list(data):
            raise invalid(f"{name} must be a list", f"/data/relationships/{name}")
        return [_object(item, name) for item in data]


def parse_json(body: bytes) -> dict[str, Any]:
    """Return a body's object; an empty body is an empty object.

    Raises:
        Problem: 422 for text that is not JSON, or JSON that is no object.
    """
    if not body.strip():
        return {}
    try:
        value = json.loads(body)
        json.dumps(value, ensure_ascii=False).encode()  # half a surrogate pair could be read, and never be answered
    except (ValueError, RecursionError) as error:
        raise Problem(HTTPStatus.UNPROCESSABLE_ENTITY, "The body is not valid JSON") from error
    return _object(value, "the body")


def parse_document(body: bytes, *types: str) -> Document:
    """Return a JSON:API document; its `type`, when there is one, must be an expected one."""
    data = _object(parse_json(body).get("data"), "data")
    if data.get("type") not in (None, "", *types):
        raise invalid(f"type must be {types[0]}", "/data/type")
    attributes = _object(data.get("attributes") or {}, "attributes")
    named = data.get("id")
    return Document(
        Attributes(attributes),
        _object(data.get("relationships") or {}, "relationships"),
        named if isinstance(named, str) and named else None,
    )
