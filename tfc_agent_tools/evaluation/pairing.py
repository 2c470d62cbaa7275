"""Which row of the audit log stands behind which write."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from tfc_agent_tools.evaluation.trace import Answered, Asked, Changed, Recorded, Sent

if TYPE_CHECKING:
    from tfc_agent_tools.evaluation.trace import Trace


@dataclass(frozen=True, slots=True, kw_only=True)
class Write:
    """A write with what came before it. `intent` is None where nothing was on record."""

    sent: Sent
    place: int
    """Its number among all events."""
    intent: Recorded | None = None
    is_repeat: bool = False
    """Whether an earlier write has the same intent."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """A question with its answer."""

    asked: Asked
    place: int
    approved: bool | None = None
    """None where nobody answered."""
    answered_at: int = -1
    stale_from: int | None = None
    """Since which event the answer is worth nothing, because what it was about has changed."""


def paired(trace: Trace) -> list[Write]:
    """Every write, with the oldest unused intent for such a request, or else the one whose send it repeats."""
    open_intents: list[Recorded] = []
    used: list[Recorded] = []
    found: list[Write] = []
    for place, event in enumerate(trace.events):
        if isinstance(event, Recorded) and event.row == "intent":
            open_intents.append(event)
        elif isinstance(event, Sent) and event.is_write:
            fresh = next((one for one in open_intents if _covers(one, event)), None)
            earlier = next((one for one in reversed(used) if _covers(one, event)), None)
            if fresh is not None:
                open_intents.remove(fresh)
                used.append(fresh)
            found.append(Write(sent=event, place=place, intent=fresh or earlier, is_repeat=fresh is None))
    return found


def questions(trace: Trace) -> dict[str, Question]:
    """Every question by the approval that it is about, with its answer."""
    found: dict[str, Question] = {}
    for place, event in enumerate(trace.events):
        if isinstance(event, Asked):
            found[event.approval] = Question(asked=event, place=place)
        elif isinstance(event, Answered) and event.approval in found:
            found[event.approval] = replace(found[event.approval], approved=event.approved, answered_at=place)
        elif isinstance(event, Changed):
            for approval in event.stale:
                if approval in found and found[approval].stale_from is None:
                    found[approval] = replace(found[approval], stale_from=place)
    return found


def _covers(intent: Recorded, sent: Sent) -> bool:
    """Whether a row is about this request. Of an upload it names the URL's owner, and the request has only the URL."""
    if intent.request is None:
        return False
    method, _, target = intent.request.partition(" ")
    return method == sent.method and (target == sent.path if sent.is_api else not target.startswith("/"))
