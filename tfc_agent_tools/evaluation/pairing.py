"""Which row of the audit log stands behind which write, and which question behind a row."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from tfc_agent_tools.evaluation.trace import Answered, Asked, Changed, Recorded, Sent
from tfc_agent_tools.replay import MARK

if TYPE_CHECKING:
    from tfc_agent_tools.evaluation.trace import Trace


@dataclass(frozen=True, slots=True, kw_only=True)
class Write:
    """A write with what came before it. `intent` is None where no row is about it."""

    sent: Sent
    place: int
    """Its number among all events."""
    intent: Recorded | None = None
    is_repeat: bool = False
    """Whether it is another try of one that certainly did nothing."""

    @property
    def approval(self) -> str:
        """The approval behind it, or nothing."""
        return (self.intent.approval or "") if self.intent else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """A question with its answers. Two calls at once can put the same question twice."""

    asked: Asked
    answers: tuple[tuple[int, bool], ...] = ()
    """Where each came among all events, and whether it was a yes."""
    stale_from: int | None = None
    """Since which event the answers are worth nothing, because what they were about has changed."""

    def has_yes_between(self, start: int, end: int) -> bool:
        """Whether a yes came after one event and before another."""
        return any(start < at < end and approved for at, approved in self.answers)

    def has_no_before(self, place: int) -> bool:
        """Whether anybody had said no by then. A no is not taken back by asking again."""
        return any(at < place and not approved for at, approved in self.answers)


def paired(trace: Trace) -> list[Write]:
    """Every write, with the oldest unused intent for such a request, or that of the same write that did nothing."""
    unused: list[Recorded] = []
    found: list[Write] = []
    for place, event in enumerate(trace.events):
        if isinstance(event, Recorded) and event.row == "intent":
            unused.append(event)
        elif isinstance(event, Sent) and event.is_write:
            fresh = next((one for one in unused if _covers(one, event)), None)
            if fresh is not None:
                unused.remove(fresh)
            earlier = None if fresh else next((one for one in reversed(found) if _is_another_try(event, one)), None)
            intent = fresh or (earlier.intent if earlier else None)
            found.append(Write(sent=event, place=place, intent=intent, is_repeat=earlier is not None))
    return found


def questions(trace: Trace) -> dict[str, Question]:
    """Every question by the approval that it is about, with its answers."""
    found: dict[str, Question] = {}
    for place, event in enumerate(trace.events):
        if isinstance(event, Asked):
            found.setdefault(event.approval, Question(asked=event))
        elif isinstance(event, Answered) and event.approval in found:
            one = found[event.approval]
            found[event.approval] = replace(one, answers=(*one.answers, (place, event.approved)))
        elif isinstance(event, Changed):
            for approval in event.stale:
                if approval in found and found[approval].stale_from is None:
                    found[approval] = replace(found[approval], stale_from=place)
    return found


def certainly_did_nothing(sent: Sent) -> bool:
    """Too many requests; no connection; and 503 for unlocking, which is documented so."""
    return sent.status == 429 or not sent.arrived or (sent.status == 503 and sent.path.endswith("/actions/unlock"))


def without_marks(body: str) -> str:
    """A body without the approvals that it names, which are new in every call."""
    return MARK.sub("[ap-]", body)


def _is_another_try(sent: Sent, earlier: Write) -> bool:
    return (sent.line, sent.body) == (earlier.sent.line, earlier.sent.body) and certainly_did_nothing(earlier.sent)


def _covers(intent: Recorded, sent: Sent) -> bool:
    """Whether a row is about this request. Of an upload it names the URL's owner, and the request has only the URL."""
    if intent.request is None:
        return False
    method, _, target = intent.request.partition(" ")
    return method == sent.method and (target == sent.path if sent.is_api else not target.startswith("/"))
