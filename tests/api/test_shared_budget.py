"""The rate budget that processes share: the same places as in one process, given out by a table."""

from __future__ import annotations

import logging
import multiprocessing
import os
import stat
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from api.test_budget import Clock, busiest
from hypothesis import given, settings
from hypothesis import strategies as st

from tfc_agent_tools.api.budget import Bucket, Budget
from tfc_agent_tools.api.shared_budget import SECONDS_TO_TRY_AGAIN, SharedBudget, budget_for

ADDRESS, TOKEN = "https://app.terraform.io", "f1ngerprint"

steps = st.one_of(
    st.tuples(st.just("reserve"), st.sampled_from(Bucket)),
    st.tuples(st.just("spare")),
    st.tuples(st.just("push_back"), st.sampled_from(Bucket), st.floats(0, 50)),
    st.tuples(st.just("learn"), st.integers(3, 60)),
)
moves = st.one_of(st.just(0.0), st.floats(0, 0.3), st.floats(0, 90))


def shared(url: str, **settings: Any) -> SharedBudget:
    return SharedBudget(url, **{"address": ADDRESS, "identity": TOKEN, **settings})


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/store.db"
    return str(request.getfixturevalue("postgres_url"))


@pytest.fixture
def budget(url: str) -> Iterator[SharedBudget]:
    made = shared(url)
    yield made
    made.close()


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(moves, st.integers(0, 2), steps), max_size=50))
def test_processes_that_share_get_the_places_of_one_that_is_alone(
    mix: list[tuple[float, int, tuple[Any, ...]]],
) -> None:
    clock = Clock(1.7e9)
    alone = Budget(clock=clock)
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{folder}/store.db"
        others = [shared(url, clock=clock, shared_clock=clock) for _ in range(3)]
        for move, who, (name, *arguments) in mix:
            clock.now += move
            if name == "learn":
                for other in others:
                    other.learn(*arguments)
                alone.learn(*arguments)
                continue
            expected = getattr(alone, name)(*arguments)
            assert getattr(others[who], name)(*arguments) == (
                expected if expected is None else pytest.approx(expected, abs=2e-3)
            )
        for other in others:
            other.close()


@settings(max_examples=30, deadline=None)
@given(st.lists(st.tuples(st.one_of(st.just(0.0), st.floats(0, 0.2)), st.booleans()), max_size=120))
def test_no_second_sees_more_starts_than_rate_plus_burst_in_whichever_lane(mix: list[tuple[float, bool]]) -> None:
    clock, starts = Clock(1.7e9), list[float]()
    with tempfile.TemporaryDirectory() as folder:
        one = shared(f"sqlite:///{folder}/store.db", clock=clock, shared_clock=clock)
        for move, background in mix:
            clock.now += move
            wait = one.spare() if background else one.reserve()
            starts += [clock.now] if background and not wait else [] if background else [clock.now + wait]
        one.close()
    assert busiest(starts, 1.0 - 1e-3) <= 30


def test_a_burst_then_one_place_every_interval(budget: SharedBudget) -> None:
    waits = [budget.reserve() for _ in range(14)]
    assert waits[:9] == [0.0] * 9
    assert 0.05 < waits[-1] <= 0.2


def test_two_tokens_have_nothing_to_do_with_each_other(url: str, budget: SharedBudget) -> None:
    budget.push_back(Bucket.DEFAULT, 30)
    other = shared(url, identity="another")
    elsewhere = shared(url, address="https://tfe.example.com")
    assert (other.reserve(), elsewhere.reserve()) == (0, 0)
    other.close()
    elsewhere.close()


def test_two_tokens_of_one_user_share_once_the_user_is_known(url: str, budget: SharedBudget) -> None:
    other = shared(url, identity="another")
    for one in (budget, other):
        one.reserve()
        one.belongs_to("user-1")
    budget.push_back(Bucket.DEFAULT, 30)
    assert other.reserve() > 29
    later = shared(url, identity="another")
    assert later.reserve() > 29, "which user a token is of is kept with the budget"
    other.close()
    later.close()


def test_after_a_429_every_process_waits(url: str, budget: SharedBudget) -> None:
    other = shared(url)
    budget.push_back(Bucket.DEFAULT, 20)
    assert 19 < other.reserve() <= 20
    assert other.spare() > 19
    other.close()


def test_what_the_server_says_its_limit_is_holds_for_every_process(url: str, budget: SharedBudget) -> None:
    budget.learn(6)
    other = shared(url)
    waits = [other.reserve() for _ in range(6)]
    other.close()
    assert waits[1] < 0.1
    assert waits[-1] == pytest.approx(1.0, abs=0.15), "four a second, two at once"


@pytest.mark.parametrize("limit", [0, -1, 10**9])
def test_a_limit_that_can_not_be_is_not_believed(budget: SharedBudget, limit: int) -> None:
    budget.learn(limit)
    assert [budget.reserve() for _ in range(9)] == [0.0] * 9


def test_the_background_leaves_half_of_the_burst_and_never_queues(budget: SharedBudget) -> None:
    taken = 0
    while not (wait := budget.spare()):
        taken += 1
    assert 4 <= taken <= 8
    assert wait <= 0.06
    again = budget.spare()
    assert again <= wait, "what was not taken is not counted"
    assert budget.reserve() == 0


def test_a_clock_that_jumps_costs_nobody_more_than_a_minute(tmp_path: Path) -> None:
    clock = Clock(1.7e9)
    one = shared(f"sqlite:///{tmp_path}/s.db", shared_clock=clock)
    clock.now += 86_400
    one.reserve()
    clock.now -= 86_400
    assert one.reserve() == 0, "set back by a day"
    one.close()
    import sqlite3

    with sqlite3.connect(tmp_path / "s.db.rate") as rows:
        rows.execute("UPDATE tfc_agent_rate SET due = due + 1e6")
    rows.close()
    two = shared(f"sqlite:///{tmp_path}/s.db", shared_clock=clock)
    assert two.reserve() <= 60
    two.close()


def test_the_file_is_for_its_owner_only(tmp_path: Path) -> None:
    one = shared(f"sqlite:///{tmp_path}/s.db")
    one.reserve()
    assert {stat.S_IMODE(file.stat().st_mode) for file in tmp_path.iterdir()} == {0o600}
    one.close()


def test_without_its_table_a_process_goes_on_with_a_quarter_and_says_so(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    clock = Clock()
    (tmp_path / "s.db.rate").mkdir()
    one = shared(f"sqlite:///{tmp_path}/s.db", clock=clock)
    with caplog.at_level(logging.WARNING):
        waits = [one.reserve() for _ in range(7)]
    assert waits == pytest.approx([0, 0, 0.2, 0.4, 0.6, 0.8, 1.0])
    assert [record.message for record in caplog.records if "can't be reached" in record.message][1:] == []
    (tmp_path / "s.db.rate").rmdir()
    clock.now += SECONDS_TO_TRY_AGAIN + 1
    one.reserve()
    assert (tmp_path / "s.db.rate").is_file(), "it looks for the table again"
    one.close()


def test_no_password_is_in_what_is_said_of_a_database_that_is_away(caplog: pytest.LogCaptureFixture) -> None:
    one = shared("postgresql+psycopg://agent:hunter2@127.0.0.1:9/none")
    with caplog.at_level(logging.WARNING):
        assert one.reserve() == 0
    assert "can't be reached" in caplog.text
    assert "hunter2" not in caplog.text + repr(one)


def test_a_connection_that_breaks_is_made_again(postgres_url: str) -> None:
    clock = Clock()
    one = shared(postgres_url, clock=clock)
    one.reserve()
    with psycopg.connect(postgres_url.replace("+psycopg", ""), autocommit=True) as other:
        other.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE pid <> pg_backend_pid() AND datname = current_database()"
        )
    assert one.reserve() == 0, "alone"
    clock.now += SECONDS_TO_TRY_AGAIN + 1
    one.push_back(Bucket.DEFAULT, 30)
    one.close()
    two = shared(postgres_url)
    assert two.reserve() > 29
    two.close()


@pytest.mark.parametrize("url", ["sqlite://", "sqlite:///:memory:", "mysql://host/name"])
def test_a_store_that_nobody_else_sees_shares_nothing(url: str) -> None:
    assert isinstance(budget_for(url, ADDRESS, TOKEN), Budget)


def _take(url: str, places: int, send: Any) -> None:
    mine = shared(url)
    send.put([time.time() + mine.reserve() for _ in range(places)])
    mine.close()


def test_processes_never_share_a_place(url: str) -> None:
    context = multiprocessing.get_context("fork")
    answers = context.Queue()
    workers = [context.Process(target=_take, args=(url, 40, answers)) for _ in range(4)]
    begun = time.time()
    for worker in workers:
        worker.start()
    starts = sorted(start for _ in workers for start in answers.get(timeout=20))
    for worker in workers:
        worker.join()
    ended = time.time()
    assert len(starts) == 160
    assert begun + 149 / 20 <= starts[-1] <= ended + 150 / 20 + 0.1
    assert busiest([start for start in starts if start > ended], 1.0) <= 22


def test_threads_never_share_a_place(url: str, budget: SharedBudget) -> None:
    starts = list[float]()

    def work() -> None:
        starts.extend([time.time() + budget.reserve() for _ in range(30)])

    begun, threads = time.time(), [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert max(starts) >= begun + 109 / 20


def test_a_forked_child_opens_a_connection_of_its_own(url: str, budget: SharedBudget) -> None:
    budget.reserve()
    child = os.fork()
    if child == 0:
        budget.push_back(Bucket.DEFAULT, 30)
        os._exit(0)
    assert os.waitpid(child, 0)[1] == 0
    assert budget.reserve() > 29


def test_a_shared_place_costs_microseconds(benchmark: Any, budget: SharedBudget) -> None:
    benchmark(budget.reserve)
