"""What reading a log costs. Run with `pytest tests/benchmarks --benchmark-enable`; the best round counts."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tfc_agent_tools.present.log_reading.diagnostics import whole
from tfc_agent_tools.present.logs import read_log

PLANS = Path(__file__).parents[1] / "plans"
LOGS = {"plain": "17_big_400_creates.log.txt", "structured": "17_big_400_creates.jsonlog.ndjson"}
MEGABYTE = 1_000_000


@pytest.fixture(autouse=True)
def only_when_asked(request: pytest.FixtureRequest) -> None:
    if not request.config.getoption("benchmark_enable"):
        pytest.skip("a benchmark: run it with --benchmark-enable")


def megabyte(kind: str) -> bytes:
    content = (PLANS / LOGS[kind]).read_bytes()
    if kind == "plain":  # in colour, as HCP Terraform has it
        content = content.replace(b"  # ", b"\x1b[1m  # ").replace(b" + ", b" \x1b[32m+\x1b[0m\x1b[0m ")
    return (content * (MEGABYTE // len(content) + 1))[:MEGABYTE]


def best_of(call: Callable[[], object], rounds: int = 15) -> float:
    times: list[float] = []
    for _ in range(rounds):
        start = time.perf_counter()
        call()
        times.append(time.perf_counter() - start)
    return min(times)


@pytest.mark.parametrize("kind", LOGS)
def test_a_megabyte_is_cleaned_in_a_tenth_of_a_second_and_read_in_three(kind: str) -> None:
    content = megabyte(kind)
    cleaned = best_of(lambda: whole(content.decode()))
    read = best_of(lambda: read_log(content))
    shown = best_of(lambda: read_log(content).scrubbed(str))
    print(  # noqa: T201
        f"\n{kind}, 1 MB: cleaned {cleaned * 1e3:.0f} ms (bar 100), read {read * 1e3:.0f} ms (bar 300),"
        f" read and cut {shown * 1e3:.0f} ms"
    )
    assert cleaned <= 0.100
    assert read <= 0.300
