"""HCP Terraform's own audit trail held against ours: what this token changed there that has no row here.

Its trail goes back 14 days and is read with an organization or audit-trails token:
https://developer.hashicorp.com/terraform/cloud-docs/api-docs/audit-trails
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from tfc_agent_tools.errors import UnexpectedResponse
from tfc_agent_tools.narrow import items, mapping

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from tfc_agent_tools.authority.audit import AuditRecord

PATH: Final = "/organization/audit-trail"
_READS: Final = frozenset({"read", "show", "index", "list", "view", "download"})
_APART: Final = timedelta(minutes=2)
"""How far the clocks of the two logs, and a queued action and its start, may stand apart."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One entry of the trail."""

    at: datetime
    accessor: str
    action: str
    kind: str
    resource: str

    @property
    def changes(self) -> bool:
        """Whether it is about a change; an action that is not known is."""
        return self.action.lower() not in _READS

    def __str__(self) -> str:
        return f"{self.at.isoformat()} {self.action} {self.kind} {self.resource} by {self.accessor}"


def events_of(content: bytes) -> tuple[list[Event], int | None]:
    """The events on one page of the trail, and the number of the next page.

    Raises:
        UnexpectedResponse: It is no page of an audit trail.
    """
    try:
        page = mapping(json.loads(content))
        found = [_event(mapping(one)) for one in items(page["data"])]
    except (ValueError, KeyError, TypeError, RecursionError):
        problem = "the answer is no page of an audit trail"
    else:
        following = mapping(page.get("pagination")).get("next_page")
        return found, following if isinstance(following, int) else None
    raise UnexpectedResponse(problem, method="GET", path=PATH)


def _event(raw: Any) -> Event:
    auth, resource = mapping(raw["auth"]), mapping(raw["resource"])
    return Event(
        at=datetime.fromisoformat(str(raw["timestamp"])),
        accessor=_word(auth.get("accessor_id")),
        action=_word(resource["action"]),
        kind=_word(resource["type"]),
        resource=_word(resource["id"]),
    )


def _word(value: Any) -> str:
    """An id or a word. The trail is read by this process, but others wrote what stands in it."""
    return "".join(one for one in str(value)[:80] if one.isalnum() or one in "-_.")


def unexplained(events: Iterable[Event], rows: Sequence[AuditRecord], accessor: str) -> list[Event]:
    """The changes by this accessor that no write on record explains, oldest first."""
    sent = [(datetime.fromisoformat(row.at), row.request or "") for row in rows if row.kind == "intent"]
    ours = sorted((one for one in events if one.accessor == accessor and one.changes), key=lambda one: one.at)
    return [one for one in ours if not any(_explains(at, request, one) for at, request in sent)]


def _explains(at: datetime, request: str, event: Event) -> bool:
    """A write near that time, of that resource; or one that makes something of its kind, whose id came after."""
    if abs(at - event.at) > _APART:
        return False
    method, _, path = request.partition(" ")
    is_named = event.resource in path.split("/")
    makes = method == "POST" and path.rstrip("s").endswith(event.kind.replace("_", "-").rstrip("s"))
    return is_named or (makes and event.action.lower() in {"create", "queue"})
