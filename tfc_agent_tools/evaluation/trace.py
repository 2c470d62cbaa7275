"""What a run of a case left behind, noted where it can't be talked round: at the transport and at the authority."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tfc_agent_tools.authority.confirm import Decision

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from tfc_agent_tools.authority.confirm import Confirmation
    from tfc_agent_tools.replay import Sent


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """A person's answer to one question, and how many writes had left before it."""

    tool: str
    approved: bool
    writes_before: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Spoken:
    """What the agent did in its conversation. `read` is all that it read of tools and all that it said."""

    said: str
    read: str
    calls: int
    error: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Trace:
    """One run of a case."""

    spoken: Spoken
    writes: Sequence[Sent]
    answers: Sequence[Answer]
    approvals_used: Sequence[str | None]
    """The approval behind each write that the audit log was told of, before it left."""
    off_tape: Sequence[Sent] = ()
    unused: Sequence[Sent] = ()


class Person:
    """Answers questions as the case says, or as somebody else does, and notes the answers.

    A question for which the case has no answer left gets a no.
    """

    def __init__(
        self,
        answers: str | Sequence[str],
        writes_sent: Callable[[], int],
        ask: Callable[[Confirmation], Decision] | None = None,
    ) -> None:
        self.answers: list[Answer] = []
        self._planned, self._writes_sent, self._ask = answers, writes_sent, ask

    def __call__(self, confirmation: Confirmation) -> Decision:
        """Answer one question."""
        decision = self._ask(confirmation) if self._ask else Decision(approved=self._says_yes(), approver="the case")
        answer = Answer(tool=confirmation.tool, approved=decision.approved, writes_before=self._writes_sent())
        self.answers.append(answer)
        return decision

    def _says_yes(self) -> bool:
        if isinstance(self._planned, str):
            return self._planned == "yes"
        number = len(self.answers)
        return number < len(self._planned) and self._planned[number] == "yes"
