"""What was done to a run, by whom, and what they said."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tfc_agent_tools.sandbox.call import Call, answer, data
from tfc_agent_tools.sandbox.documents.run_events import comment_document, run_event_document
from tfc_agent_tools.sandbox.includes import RUN_EVENT, included
from tfc_agent_tools.sandbox.permissions import Permission
from tfc_agent_tools.sandbox.routes.endpoint import Endpoint

if TYPE_CHECKING:
    from starlette.responses import Response

    from tfc_agent_tools.sandbox.call import Json


def list_run_events(call: Call) -> Response:
    """List a run's events, oldest first, all of them."""
    run = call.run(call.world.runs.get(call.path("run")), Permission.READ)
    events = [event for event in call.world.run_events if event.run_id == run.id]
    body: Json = {"data": [run_event_document(event) for event in events]}
    beside = included(call, events, RUN_EVENT)
    return answer(body if beside is None else body | {"included": beside})


def show_run_event(call: Call) -> Response:
    """Show one event."""
    event = call.of_run(call.world.run_events.get(call.path("event")))
    return data(run_event_document(event), included=included(call, [event], RUN_EVENT))


def list_comments(call: Call) -> Response:
    """List the comments on a run, oldest first."""
    run = call.run(call.world.runs.get(call.path("run")), Permission.READ)
    comments = [comment for comment in call.world.comments if comment.run_id == run.id]
    return call.pages_on_demand(comments, comment_document)


def show_comment(call: Call) -> Response:
    """Show one comment."""
    return data(comment_document(call.of_run(call.world.comments.get(call.path("comment")))))


ENDPOINTS = (
    Endpoint("GET", "/runs/{run}/run-events", list_run_events),
    Endpoint("GET", "/run-events/{event}", show_run_event),
    Endpoint("GET", "/runs/{run}/comments", list_comments),
    Endpoint("GET", "/comments/{comment}", show_comment),
)
