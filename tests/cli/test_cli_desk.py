"""Questions reach the main thread, and no question is left without an answer."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from test_cli_console import WRITE

from tfc_agent_tools import Confirmation, Decision
from tfc_agent_tools.cli.desk import AGENT_THREAD, Desk

YES = Decision(approved=True)


def test_a_question_from_any_thread_is_answered_on_the_thread_that_runs_the_desk() -> None:
    asked_on: list[threading.Thread] = []

    def answer(_: Confirmation) -> Decision:
        asked_on.append(threading.current_thread())
        return YES

    desk = Desk(answer)

    def work() -> list[bool]:
        with ThreadPoolExecutor(4) as pool:
            return [decision.approved for decision in pool.map(lambda _: desk.confirmer(WRITE), range(4))]

    assert desk.run(work) == [True] * 4
    assert set(asked_on) == {threading.current_thread()}
    assert desk.yes_count == 4


def test_what_the_work_raises_is_raised() -> None:
    with pytest.raises(ZeroDivisionError):
        Desk(lambda _: YES).run(lambda: 1 // 0)


def test_a_question_left_over_when_the_work_ends_is_answered_no_and_the_next_work_is_asked_anew() -> None:
    first_is_asked, second_waits = threading.Event(), threading.Event()

    def answer(_: Confirmation) -> Decision:
        first_is_asked.set()
        second_waits.wait(5)
        time.sleep(0.2)  # until the second question waits, too
        return YES

    desk, answers = Desk(answer), list[Decision]()

    def ask() -> None:
        answers.append(desk.confirmer(WRITE))

    first, second = threading.Thread(target=ask), threading.Thread(target=ask)

    def work() -> None:
        first.start()
        first_is_asked.wait(5)

    def late() -> None:
        first_is_asked.wait(5)
        while any(thread.name == AGENT_THREAD for thread in threading.enumerate()):
            time.sleep(0.01)
        second.start()
        second_waits.set()

    threading.Thread(target=late).start()
    desk.run(work)
    first.join(5)
    second.join(5)
    assert sorted(decision.approved for decision in answers) == [False, True]
    assert desk.run(lambda: desk.confirmer(WRITE)).approved


@pytest.mark.parametrize("error", [KeyboardInterrupt, OSError])
def test_when_asking_breaks_off_every_open_and_later_question_is_answered_no(error: type[BaseException]) -> None:
    both_ask, answers = threading.Barrier(2), list[Decision]()

    def answer(_: Confirmation) -> Decision:
        raise error

    desk = Desk(answer)

    def ask() -> None:
        both_ask.wait()
        answers.append(desk.confirmer(WRITE))

    threads = [threading.Thread(target=ask) for _ in range(2)]

    def work() -> None:
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    with pytest.raises(error):
        desk.run(work)
    for thread in threads:
        thread.join(5)
    answers.append(desk.confirmer(WRITE))
    assert [decision.approved for decision in answers] == [False] * 3
    assert desk.yes_count == 0
