"""What redaction costs. Run with `pytest tests/benchmarks --benchmark-enable -s`; processor time, the best of three."""

from __future__ import annotations

import json
import string
import time
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any

import pytest

from tfc_agent_tools.present.redact import redact_log, redact_state
from tfc_agent_tools.present.scrubber import Scrubber

PLANS = Path(__file__).parents[1] / "plans"


@pytest.fixture(autouse=True)
def only_when_asked(request: pytest.FixtureRequest) -> None:
    if not request.config.getoption("benchmark_enable"):
        pytest.skip("a benchmark: run it with --benchmark-enable")


def seconds(work: Callable[[], Any]) -> float:
    """Processor time, so that what the machine does otherwise counts less."""

    def once() -> float:
        start = time.process_time()
        work()
        return time.process_time() - start

    return min(once() for _ in range(3))


def said(what: str, spent: float, bar: float) -> float:
    print(f"\n{what}: {spent:.3f} s (bar {bar} s)")  # noqa: T201
    return spent


def big_state() -> dict[str, Any]:
    """A state file of 2.5 MB as JSON, each copy of the recorded resources with a secret of its own."""
    state = json.loads((PLANS / "01_create.tfstate.json").read_text())
    resources = json.dumps(state["resources"])
    state["resources"] = []
    for number in range(2_500_000 // len(resources) + 1):
        own = resources.replace("s3cr3t-pa55", f"s3cr3t-{number:06}").replace("25fc18f3", f"{number:08x}")
        state["resources"] += json.loads(own)
    return state


def log() -> str:
    text = (PLANS / "17_big_400_creates.log.txt").read_text()
    return (text * (1_000_000 // len(text) + 1))[:1_000_000]


def random_secrets(count: int) -> list[str]:
    random = Random(1)  # noqa: S311 - the same secrets in every run
    signs = string.ascii_letters + string.digits + "+/=&"
    return ["".join(random.choices(signs, k=random.randint(8, 40))) for _ in range(count)]


def test_a_state_of_two_and_a_half_megabytes_is_redacted_in_half_a_second() -> None:
    state = big_state()
    size = len(json.dumps(state))
    redacted = redact_state(state)
    assert size >= 2_500_000
    assert redacted.hidden > 800
    assert said(f"state of {size:,} bytes, {redacted.hidden} hidden", seconds(lambda: redact_state(state)), 0.5) < 0.5


@pytest.mark.parametrize(("count", "bar"), [(0, 0.2), (100, 0.25), (20_000, 0.5)])
def test_a_log_of_a_megabyte_is_scrubbed_of_any_number_of_secrets(count: int, bar: float) -> None:
    text, scrubber = log(), Scrubber(random_secrets(count))
    prepared = seconds(lambda: Scrubber(random_secrets(count)).text("prepare")) if count else 0
    print(f"\n{count:,} secrets prepared: {prepared:.3f} s")  # noqa: T201
    assert prepared < 2
    assert said(f"1 MB log, {count:,} secrets", seconds(lambda: scrubber.text(text)), bar) < bar


def test_a_log_of_a_megabyte_is_cleaned_and_scrubbed() -> None:
    text, scrubber = log(), Scrubber(random_secrets(100))
    assert said("1 MB log, cleaned too", seconds(lambda: redact_log(text, scrubber)), 0.3) < 0.3
