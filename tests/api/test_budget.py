"""The rate budget: who sends when, so that the server's limit is never met."""

import sys
import threading
from collections.abc import Iterable
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tfc_agent_tools.api.budget import NARROW, Bucket, Budget, Limit, RateBudget, bucket_of

DEFAULT, RUN_LISTS, VERIFY = Bucket.DEFAULT, Bucket.RUN_LISTS, Bucket.NOTIFICATION_VERIFY


class Clock:
    """Stands still until it is moved."""

    def __init__(self, now: float = 1000.0) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now


def busiest(starts: Iterable[float], window: float) -> int:
    """The most starts in any half-open window; a microsecond is left to floating point."""
    ordered = sorted(starts)
    return max((sum(start <= other < start + window - 1e-6 for other in ordered) for start in ordered), default=0)


gaps = st.one_of(st.just(0.0), st.floats(0, 0.2), st.floats(0, 90))
calls = st.lists(st.tuples(gaps, st.sampled_from(Bucket)), max_size=120)
pushes = st.one_of(st.none(), st.floats(0, 100))


@given(st.lists(gaps, max_size=150), st.sampled_from([(20.0, 10), (29.0, 1), (5.0, 25), (0.5, 1)]))
def test_no_second_sees_more_starts_than_rate_plus_burst(waits: list[float], limit: tuple[float, int]) -> None:
    rate, burst = limit
    clock, starts = Clock(), list[float]()
    budget = Budget(rate, burst, clock)
    for wait in waits:
        clock.now += wait
        starts.append(clock.now + budget.reserve())
    assert busiest(starts, 1.0) <= rate + burst <= 30


@given(st.lists(st.tuples(gaps, st.sampled_from(Bucket), pushes), max_size=120))
def test_a_mix_of_buckets_keeps_every_limit_of_the_server(
    mix: list[tuple[float, Bucket, float | None]],
) -> None:
    clock, starts = Clock(), {bucket: list[float]() for bucket in Bucket}
    budget = Budget(clock=clock)
    for wait, bucket, push in mix:
        clock.now += wait
        if push is not None:
            budget.push_back(bucket, push)
        starts[bucket].append(clock.now + budget.reserve(bucket))
    assert busiest(starts[RUN_LISTS], 60) <= 30
    assert busiest(starts[VERIFY], 60) <= 10
    assert busiest(starts[DEFAULT] + starts[RUN_LISTS], 1) <= 30
    assert busiest([start for of in starts.values() for start in of], 1) <= 31


@given(calls)
def test_places_of_a_bucket_start_in_the_order_they_were_asked_for(mix: list[tuple[float, Bucket]]) -> None:
    clock, starts = Clock(), {bucket: [0.0] for bucket in Bucket}
    budget = Budget(clock=clock)
    for wait, bucket in mix:
        clock.now += wait
        starts[bucket].append(clock.now + budget.reserve(bucket))
    assert all(one <= next_one for of in starts.values() for one, next_one in pairwise(of))


def test_a_burst_starts_at_once_and_the_rest_at_the_rate() -> None:
    budget = Budget(clock=Clock())
    assert [budget.reserve() for _ in range(13)] == pytest.approx([0.0] * 10 + [0.05, 0.10, 0.15])


def test_a_quiet_time_gives_the_burst_back_and_never_more() -> None:
    clock = Clock()
    budget = Budget(rate=10, burst=2, clock=clock)
    for _ in range(5):
        budget.reserve()
    clock.now += 3600
    assert [budget.reserve() for _ in range(3)] == pytest.approx([0.0, 0.0, 0.1])


def test_a_run_list_counts_against_the_default_and_not_the_other_way_round() -> None:
    budget = Budget(rate=10, burst=2, clock=Clock())
    budget.reserve(RUN_LISTS)
    budget.reserve(RUN_LISTS)
    assert budget.reserve() == pytest.approx(0.1)
    fresh = Budget(clock=Clock())
    for _ in range(10):
        fresh.reserve()
    assert fresh.reserve(RUN_LISTS) == pytest.approx(0.05)


def test_a_queue_of_run_lists_does_not_hold_up_other_calls() -> None:
    budget = Budget(clock=Clock())
    waits = [budget.reserve(RUN_LISTS) for _ in range(15)]
    assert waits[-1] == pytest.approx(15.0)
    assert budget.reserve() < 1


def test_run_lists_held_up_by_the_default_do_not_start_all_together() -> None:
    clock, starts = Clock(), list[float]()
    budget = Budget(clock=clock)
    for _ in range(1200):
        budget.reserve()
    for _ in range(40):
        starts.append(clock.now + budget.reserve(RUN_LISTS))
        clock.now += 1.5
    assert busiest(starts, 60) <= 30


def test_after_a_429_everyone_waits_and_nothing_starts_in_a_burst() -> None:
    budget = Budget(clock=Clock())
    budget.push_back(DEFAULT, 2.5)
    assert [budget.reserve() for _ in range(3)] == pytest.approx([2.5, 2.55, 2.6])
    assert budget.reserve(RUN_LISTS) == pytest.approx(2.65)


def test_a_429_of_a_run_list_leaves_the_other_calls_alone() -> None:
    budget = Budget(clock=Clock())
    budget.push_back(RUN_LISTS, 30)
    assert budget.reserve() == 0
    assert budget.reserve(RUN_LISTS) == pytest.approx(30)


def test_a_shorter_push_does_not_shorten_a_longer_one_nor_the_queue() -> None:
    budget = Budget(rate=1, burst=1, clock=Clock())
    for _ in range(100):
        budget.reserve()
    budget.push_back(DEFAULT, 5)
    assert budget.reserve() == pytest.approx(100)


@pytest.mark.parametrize(("seconds", "wait"), [(0, 0), (-5, 0), (float("nan"), 0), (float("inf"), 60), (1e12, 60)])
def test_a_header_that_makes_no_sense_blocks_for_a_minute_at_most(seconds: float, wait: float) -> None:
    budget = Budget(clock=Clock())
    budget.push_back(DEFAULT, seconds)
    assert budget.reserve() == pytest.approx(wait)


def test_a_queue_longer_than_a_minute_is_kept() -> None:
    budget = Budget(clock=Clock())
    waits = [budget.reserve() for _ in range(3000)]
    assert waits[-1] == pytest.approx((3000 - 10) / 20)


@given(st.floats(0.001, 1e7), st.integers(1, 100))
def test_a_clock_set_back_costs_nobody_the_lost_time_and_loses_no_place(jump: float, queued: int) -> None:
    clock = Clock()
    budget = Budget(clock=clock)
    waits = [budget.reserve() for _ in range(queued)]
    clock.now -= jump
    after = budget.reserve()
    assert after == pytest.approx(max(0.0, (queued - 9) * 0.05), abs=1e-4)
    assert after >= waits[-1] - 1e-4


def test_threads_never_share_a_place() -> None:
    budget = Budget(clock=Clock())
    waits = list[float]()

    def work() -> None:
        mine = [budget.reserve() for _ in range(500)]
        assert mine == sorted(mine)
        waits.extend(mine)

    threads = [threading.Thread(target=work) for _ in range(8)]
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    sys.setswitchinterval(interval)
    assert sorted(waits) == pytest.approx([max(0.0, (place - 9) * 0.05) for place in range(4000)])


@pytest.mark.parametrize(("rate", "burst"), [(0, 1), (-1, 1), (1, 0), (float("nan"), 1), (float("inf"), 1)])
def test_a_limit_that_is_none_is_refused(rate: float, burst: int) -> None:
    with pytest.raises(ValueError, match="a limit needs"):
        Budget(rate, burst)


def test_the_defaults_stay_within_what_the_server_allows() -> None:
    def a_minute(limit: Limit) -> float:
        return limit.rate * 60 + limit.burst

    assert a_minute(NARROW[RUN_LISTS]) <= 30
    assert a_minute(NARROW[VERIFY]) <= 10


def test_a_budget_is_a_rate_budget() -> None:
    budget: RateBudget = Budget()
    assert budget.reserve() == 0


@pytest.mark.parametrize(
    ("method", "path", "bucket"),
    [
        ("GET", "/workspaces/ws-1/runs", RUN_LISTS),
        ("GET", "/organizations/acme%2Fx/runs", RUN_LISTS),
        ("POST", "/workspaces/ws-1/runs", DEFAULT),
        ("GET", "/organizations/acme/runs/queue", DEFAULT),
        ("GET", "/workspaces/a/b/runs", DEFAULT),
        ("GET", "/runs/run-1", DEFAULT),
        ("GET", "/projects/prj-1/runs", DEFAULT),
        ("POST", "/notification-configurations/nc-1/actions/verify", VERIFY),
        ("GET", "/notification-configurations/nc-1/actions/verify", DEFAULT),
        ("GET", "/notification-configurations/nc-1", DEFAULT),
        ("GET", "", DEFAULT),
    ],
)
def test_a_request_falls_into_the_bucket_of_its_endpoint(method: str, path: str, bucket: Bucket) -> None:
    assert bucket_of(method, path) is bucket


def test_reserving_costs_microseconds(benchmark) -> None:  # type: ignore[no-untyped-def]  # noqa: ANN001 - untyped
    budget = Budget()
    benchmark(budget.reserve, RUN_LISTS)
