"""Who goes first: what somebody waits for before what watches; and what answers tell the budget."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from api.test_budget import Clock
from api.test_http import READ, RecordingClock, make_wire
from hypothesis import given
from hypothesis import strategies as st
from support.server import RUN, TOKEN, Server

from tfc_agent_tools.api.budget import Bucket, Budget
from tfc_agent_tools.api.http import LONGEST_IN_BACKGROUND, Wire
from tfc_agent_tools.clock import InstantClock
from tfc_agent_tools.drive import AsyncDriver, SyncDriver
from tfc_agent_tools.effects import Reply, Send, SendAll, Steps, Together, in_background, send
from tfc_agent_tools.errors import ApiError
from tfc_agent_tools.request import Request
from tfc_agent_tools.workflow import Invoke
from tfc_agent_tools.workflows.watch import watch_run

ACCOUNT = Request(method="GET", path="/account/details")
LIST = Request(method="GET", path="/workspaces/ws-1/runs")
Perform = Callable[[Wire, Any], Any]


class Noting(Budget):
    """Keeps what it is asked and told."""

    def __init__(self, clock: InstantClock, *, blocks: bool = False) -> None:
        super().__init__(clock=clock.now)
        self.blocks = blocks
        self.noted = list[Any]()

    def reserve(self, bucket: Bucket = Bucket.DEFAULT) -> float:
        self.noted.append(bucket)
        return super().reserve(bucket)

    def spare(self) -> float:
        self.noted.append("spare")
        return super().spare()

    def learn(self, limit: int) -> None:
        self.noted.append(limit)
        super().learn(limit)

    def belongs_to(self, user_id: str) -> None:
        self.noted.append(user_id)


@pytest.fixture(params=[False, True], ids=["at once", "in a thread"])
def budget(request: pytest.FixtureRequest, clock: RecordingClock) -> Noting:
    return Noting(clock, blocks=request.param)


@pytest.fixture
def clock() -> RecordingClock:
    return RecordingClock()


@pytest.fixture
def wire(server: Server, clock: RecordingClock, budget: Noting) -> Wire:
    wire = make_wire(server, clock)
    wire.budget = budget
    return wire


@pytest.fixture(params=["sync", "async"])
def perform(request: pytest.FixtureRequest) -> Perform:
    def run(wire: Wire, steps: Steps[Any]) -> Any:
        import asyncio

        return SyncDriver(wire).run(steps) if request.param == "sync" else asyncio.run(AsyncDriver(wire).run(steps))

    return run


def test_a_read_in_the_background_asks_for_what_is_left(wire: Wire, budget: Noting, perform: Perform) -> None:
    perform(wire, in_background(send(READ)))
    assert budget.noted == ["spare"]
    perform(wire, send(READ))
    assert budget.noted == ["spare", Bucket.DEFAULT]


def test_in_the_background_waits_until_there_is_room(wire: Wire, budget: Noting, clock: RecordingClock) -> None:
    for _ in range(20):
        budget.reserve()
    SyncDriver(wire).run(wire.exchange(READ, background=True))
    assert clock.now() == pytest.approx(20 / 20 - 4 / 20)


def test_in_the_background_nothing_starves(wire: Wire, budget: Noting, clock: RecordingClock) -> None:
    budget.push_back(Bucket.DEFAULT, 40)
    SyncDriver(wire).run(wire.exchange(READ, background=True))
    assert budget.noted[-1] is Bucket.DEFAULT
    assert LONGEST_IN_BACKGROUND < clock.now() <= 41


def test_a_narrow_bucket_has_one_lane(server: Server, wire: Wire, budget: Noting) -> None:
    server.answers["GET /workspaces/ws-1/runs"] = lambda _: httpx.Response(200, json={"data": []})
    SyncDriver(wire).run(wire.exchange(LIST, background=True))
    assert budget.noted == [Bucket.RUN_LISTS]


def test_all_that_a_call_in_the_background_asks_is_in_the_background() -> None:
    def call() -> Steps[Any]:
        yield SendAll([READ, READ])
        yield Together([send(READ)])
        try:
            yield Send(READ)
        except ApiError as error:
            return error

    steps = in_background(call())
    several = next(steps)
    together = steps.send([])
    assert isinstance(several, SendAll)
    assert isinstance(together, Together)
    one, inner = steps.send([]), next(together.calls[0])
    assert isinstance(one, Send)
    assert isinstance(inner, Send)
    assert [several.background, one.background, inner.background] == [True] * 3
    error = ApiError(404, (), method="GET", path="/x")
    with pytest.raises(StopIteration) as stop:
        steps.throw(error)
    assert stop.value.value is error


def test_a_watch_reads_in_the_background() -> None:
    first = next(watch_run.function(RUN))
    assert isinstance(first, Invoke)
    assert first.background


@given(st.lists(st.tuples(st.floats(0.26, 3), st.integers(1, 5)), max_size=30), st.integers(1, 50))
def test_however_many_watch_a_person_and_the_facts_of_a_write_wait_for_nobody(
    asks: list[tuple[float, int]], watchers: int
) -> None:
    clock = Clock()
    budget = Budget(clock=clock)
    due = [clock.now] * watchers
    for pause, requests in asks:
        end = clock.now + pause
        while (first := min(due)) < end:
            clock.now = max(clock.now, first)
            due[due.index(first)] = clock.now + max(budget.spare(), 1e-3)
        clock.now = end
        assert [budget.reserve() for _ in range(requests)] == [0.0] * requests


@pytest.mark.parametrize(("header", "told"), [("30", [30]), ("", []), ("many", []), ("-1", []), ("9" * 5000, [])])
def test_what_the_server_says_of_its_limit_is_heard(
    header: str, told: list[int], server: Server, wire: Wire, budget: Noting, perform: Perform
) -> None:
    server.answers[f"GET /runs/{RUN}"] = lambda _: httpx.Response(200, headers={"x-ratelimit-limit": header}, json={})
    perform(wire, send(READ))
    assert budget.noted == [Bucket.DEFAULT, *told]


def test_the_limit_of_a_narrow_bucket_is_not_that_of_all(server: Server, wire: Wire, budget: Noting) -> None:
    server.answers["GET /workspaces/ws-1/runs"] = lambda _: httpx.Response(200, headers={"x-ratelimit-limit": "30"})
    SyncDriver(wire).run(send(LIST))
    assert budget.noted == [Bucket.RUN_LISTS]


@given(st.integers(3, 1000))
def test_what_was_learned_stays_within_the_limit(limit: int) -> None:
    clock = Clock()
    budget = Budget(clock=clock)
    budget.learn(limit)
    assert sum(budget.reserve() < 1 for _ in range(limit + 5)) <= limit


def test_the_account_says_whose_budget_it_is(wire: Wire, budget: Noting, perform: Perform) -> None:
    perform(wire, send(ACCOUNT))
    assert budget.noted == [Bucket.DEFAULT, "user-1"]


@pytest.mark.parametrize("said", [b"", b"null", b'{"data": []}', json.dumps({"data": {"id": "x" * 101}}).encode()])
def test_an_account_that_says_nothing_leaves_it_to_the_token(
    said: bytes, server: Server, wire: Wire, budget: Noting
) -> None:
    server.answers["GET /account/details"] = lambda _: httpx.Response(200, content=said)
    assert isinstance(SyncDriver(wire).run(send(ACCOUNT)), Reply)
    assert budget.noted == [Bucket.DEFAULT]
    assert TOKEN not in repr(budget)
