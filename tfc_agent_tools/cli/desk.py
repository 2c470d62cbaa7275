"""Brings questions from an agent's threads to the main thread, where a person can be asked.

Only the main thread gets Ctrl-C. So the agent works in a thread of its own, and the main thread waits for questions;
Ctrl-C in a question is the answer no, and between questions it ends the work: whatever is asked later is refused.
"""

from __future__ import annotations

from concurrent.futures import Future
from contextlib import suppress
from contextvars import copy_context
from queue import Empty, SimpleQueue
from threading import Thread
from typing import TYPE_CHECKING, Final, TypeVar

from tfc_agent_tools.authority.confirm import Confirmation, Decision

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")
AGENT_THREAD: Final = "tfc-agent"
_SECONDS_TO_NOTICE: Final = 0.5
_Question = tuple[Confirmation, Future[Decision]]
_INTERRUPTED = Decision(approved=False, reason="the work was interrupted")


class Desk:
    """One place where the questions of one process are answered, one after the other.

    Args:
        answer: Asks; it is called on the thread that called `run`.
    """

    def __init__(self, answer: Callable[[Confirmation], Decision]) -> None:
        self._answer = answer
        self._questions: SimpleQueue[_Question | None] = SimpleQueue()
        self._is_open = True
        self.yes_count = 0

    def confirmer(self, confirmation: Confirmation) -> Decision:
        """The toolkit's `confirmer`: wait until the question was answered. For any thread but that of `run`."""
        reply: Future[Decision] = Future()
        self._questions.put((confirmation, reply))
        if not self._is_open:  # looked at after the put, so that no question is left behind
            return _INTERRUPTED
        return reply.result()

    def run(self, work: Callable[[], T]) -> T:
        """Do the work in a thread, and answer its questions here. Returns or raises what the work does."""
        outcome: Future[T] = Future()
        context = copy_context()
        Thread(target=context.run, args=(self._work, work, outcome), name=AGENT_THREAD, daemon=True).start()
        try:
            while question := self._next():
                self._put(*question)
        except BaseException:
            self._is_open = False
            raise
        finally:
            self._refuse_what_waits()
        return outcome.result()

    def _next(self) -> _Question | None:
        """The next question; None when the work is done. It wakes up now and then to notice a Ctrl-C just before it."""
        while True:
            with suppress(Empty):
                return self._questions.get(timeout=_SECONDS_TO_NOTICE)

    def _work(self, work: Callable[[], T], outcome: Future[T]) -> None:
        try:
            outcome.set_result(work())
        except BaseException as error:  # noqa: BLE001 - raised again by `run`
            outcome.set_exception(error)
        finally:
            self._questions.put(None)

    def _refuse_what_waits(self) -> None:
        """Answer what nobody will be asked any more, so that no thread waits for it."""
        while not self._questions.empty():
            if question := self._questions.get():
                question[1].set_result(_INTERRUPTED)

    def _put(self, confirmation: Confirmation, reply: Future[Decision]) -> None:
        decision = _INTERRUPTED
        try:
            decision = self._answer(confirmation)
        finally:
            self.yes_count += decision.approved is True
            reply.set_result(decision)
