"""What all documents share: times, identifiers, links."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

Document = dict[str, Any]
API = "/api/v2"


def timestamp(at: datetime | None) -> str | None:
    """Return a time with milliseconds and a Z, as `created-at` has it."""
    return None if at is None else at.strftime("%Y-%m-%dT%H:%M:%S.") + f"{at.microsecond // 1000:03d}Z"


def status_timestamps(times: Mapping[str, datetime]) -> dict[str, str]:
    """Return `status-timestamps`: whole seconds and an offset."""
    return {key: at.strftime("%Y-%m-%dT%H:%M:%S+00:00") for key, at in times.items()}


def identifier(resource_type: str, resource_id: str | None) -> Document | None:
    """Return a resource identifier, None for no resource."""
    return None if resource_id is None else {"id": resource_id, "type": resource_type}


def to_one(resource_type: str, resource_id: str | None, related: str | None = None) -> Document:
    """Return a relationship to one resource, with its link when there is a resource and a path."""
    relationship: Document = {"data": identifier(resource_type, resource_id)}
    if related is not None and resource_id is not None:
        relationship["links"] = {"related": API + related}
    return relationship


def linked(related: str) -> Document:
    """Return a relationship that is only a link."""
    return {"links": {"related": API + related}}
