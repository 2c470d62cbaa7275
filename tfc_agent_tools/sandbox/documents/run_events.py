"""Documents of run events and comments."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tfc_agent_tools.sandbox.documents.base import API, Document, timestamp, to_one

if TYPE_CHECKING:
    from tfc_agent_tools.sandbox.run_events import Comment, RunEvent


def run_event_document(event: RunEvent) -> Document:
    """Return a step of a run; one that nobody in particular took has no actor."""
    return {
        "id": event.id,
        "type": "run-events",
        "attributes": {
            "action": event.action,
            "created-at": timestamp(event.created_at),
            "description": None,
        },
        "relationships": {
            "actor": to_one("users", event.actor_id, f"/users/{event.actor_id}"),
            "comment": to_one("comments", event.comment_id, f"/comments/{event.comment_id}"),
        },
        "links": {"self": f"{API}/run-events/{event.id}"},
    }


def comment_document(comment: Comment) -> Document:
    """Return what was said with a step."""
    return {
        "id": comment.id,
        "type": "comments",
        "attributes": {"body": comment.body},
        "relationships": {
            "run-event": to_one("run-events", comment.run_event_id, f"/run-events/{comment.run_event_id}")
        },
        "links": {"self": f"{API}/comments/{comment.id}"},
    }
