"""Two small things that much rests on: waiting, and JSON that is not what it should be."""

import asyncio
import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tfc_agent_tools.clock import InstantClock, RealClock
from tfc_agent_tools.narrow import items, mapping

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@given(json_values)
def test_what_is_no_object_is_an_empty_one_and_what_is_no_array_an_empty_one(value: Any) -> None:
    assert mapping(value) == (value if isinstance(value, dict) else {})
    assert items(value) == (value if isinstance(value, list) else [])


@pytest.mark.parametrize("value", ["text", b"bytes", (1, 2), {1}, range(3), iter([1])])
def test_only_an_array_is_one(value: object) -> None:
    assert items(value) == []


def test_an_array_is_handed_out_as_a_copy() -> None:
    given_ = [1]
    items(given_).append(2)
    assert given_ == [1]


def test_an_instant_clock_moves_by_what_is_slept_and_takes_no_time() -> None:
    clock, before = InstantClock(), time.monotonic()
    clock.sleep(3600)
    asyncio.run(clock.asleep(0.5))
    assert clock.now() == 3600.5
    assert time.monotonic() - before < 1


def test_a_real_clock_waits() -> None:
    clock = RealClock()
    before = clock.now()
    clock.sleep(0.02)
    asyncio.run(clock.asleep(0.02))
    assert 0.03 < clock.now() - before < 5


def test_a_real_clock_does_not_hold_up_the_loop() -> None:
    clock = RealClock()

    async def both() -> float:
        before = clock.now()
        await asyncio.gather(*(clock.asleep(0.05) for _ in range(20)))
        return clock.now() - before

    assert asyncio.run(both()) < 0.5
