"""Who did what to a run, and when. What nobody in particular did has no actor.

The service documents no list of `action`s. Here an action is the status that the run got, `created` at the start,
and `cancel_requested` where a run is asked to stop and ends in its own time.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from tfc_agent_tools.sandbox.world import World


@dataclass(frozen=True, slots=True)
class Deed:
    """Who acted, as the id of a user, and what they said."""

    actor_id: str | None = None
    comment: str | None = None


NOBODY = Deed()


@dataclass(frozen=True, slots=True, kw_only=True)
class RunEvent:
    """One step of a run."""

    id: str
    run_id: str
    action: str
    created_at: datetime
    actor_id: str | None = None
    comment_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Comment:
    """What somebody said with a step."""

    id: str
    run_id: str
    run_event_id: str
    body: str


def record_event(world: World, run_id: str, action: str, deed: Deed = NOBODY) -> RunEvent:
    """Keep a step of a run, with its comment where there is one."""
    number = sum(event.run_id == run_id for event in world.run_events)
    event_id = world.ids.derived("re", f"{run_id}/{number}")
    comment_id = None
    if deed.comment:
        comment_id = world.ids.derived("wsc", event_id)
        world.comments.put(Comment(id=comment_id, run_id=run_id, run_event_id=event_id, body=deed.comment))
    event = RunEvent(
        id=event_id,
        run_id=run_id,
        action=action,
        created_at=world.clock(),
        actor_id=deed.actor_id,
        comment_id=comment_id,
    )
    return world.run_events.put(event)
