"""The person of a case: answers as the case says, while others may change the world."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tfc_agent_tools.authority.confirm import Decision
from tfc_agent_tools.evaluation.lines import matches
from tfc_agent_tools.evaluation.page import shown_requests
from tfc_agent_tools.evaluation.trace import Answered, Asked, Changed

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from tfc_agent_tools.authority.confirm import Confirmation
    from tfc_agent_tools.evaluation.case import Act, Case
    from tfc_agent_tools.evaluation.trace import Notes

    Ask = Callable[[Confirmation], Decision]


class Person:
    """Answers questions and has both taken down. A question for which the case has no answer left gets a no.

    Args:
        answers: Every answer, or one for each question.
        notes: Where both are taken down.
        own: The requests to which the answer `own` says yes.
        ask: Answers in the case's place.
        meanwhile: What others do, by the number of the question that is open.
        act: Carries that out, and returns the status of the answer.
    """

    def __init__(
        self,
        answers: str | Sequence[str],
        notes: Notes,
        *,
        own: Sequence[str] = (),
        ask: Ask | None = None,
        meanwhile: Mapping[int, Sequence[Act]] | None = None,
        act: Callable[[Act], int] | None = None,
    ) -> None:
        self._planned, self._notes, self._own, self._ask = answers, notes, own, ask
        self._meanwhile, self._act = meanwhile or {}, act
        self._asked: list[str] = []

    @classmethod
    def of(cls, case: Case, notes: Notes, *, act: Callable[[Act], int] | None = None) -> Person:
        """The person of a case."""
        return cls(case.confirm, notes, own=case.expect.writes, meanwhile=case.meanwhile, act=act)

    def __call__(self, confirmation: Confirmation) -> Decision:
        """Answer one question."""
        self._asked.append(confirmation.id)
        self._notes.add(Asked(approval=confirmation.id, tool=confirmation.tool, page=confirmation.page()))
        for change in self._meanwhile.get(len(self._asked), ()):
            self._change(change)
        decision = self._ask(confirmation) if self._ask else self._as_planned(confirmation)
        self._notes.add(Answered(approval=confirmation.id, approved=decision.approved))
        return decision

    def _change(self, change: Act) -> None:
        if self._act is not None:
            status = self._act(change)
            stale = tuple(self._asked) if change.matters else ()
            self._notes.add(Changed(line=change.send, status=status, stale=stale))

    def _as_planned(self, confirmation: Confirmation) -> Decision:
        number = len(self._asked)
        planned = self._planned
        answer = planned if isinstance(planned, str) else planned[number - 1] if number <= len(planned) else "no"
        is_yes = self._is_own(confirmation) if answer == "own" else answer == "yes"
        return Decision(approved=is_yes, approver="the case", typed=confirmation.typed if is_yes else None)

    def _is_own(self, confirmation: Confirmation) -> bool:
        """Whether all that would be sent is wanted, by what the page shows and by nothing that the agent says."""
        shown = shown_requests(confirmation.page())
        return bool(shown) and all(any(matches(own, one.line) for own in self._own) for one in shown)
