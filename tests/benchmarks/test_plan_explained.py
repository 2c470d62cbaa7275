"""What it costs to explain a very large plan. Run with `pytest tests/benchmarks --benchmark-enable`.

Each measurement is a process of its own, so that the most memory it ever had is its own too.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import warnings
from pathlib import Path

import pytest
from support.plans import write_large

from tfc_agent_tools.present.plan import explain
from tfc_agent_tools.present.plans.words import summary
from tfc_agent_tools.templates import Templates

ROUNDS = 3
MEASURE = r"""
import json, re, sys, time
import tfc_agent_tools.present.plans.words
from tfc_agent_tools.present import scrubber
from tfc_agent_tools.present.plans import at_risk
from tfc_agent_tools.present.plan import explain
import ijson
def most():
    with open("/proc/self/status") as status:
        return int(re.search(r"VmHWM:\s+(\d+) kB", status.read())[1])
before = most()
with open(sys.argv[2], "rb") as file:
    start = time.process_time()
    explain(file) if sys.argv[1] == "explain" else json.load(file)
    spent = time.process_time() - start
print(spent, (most() - before) / 1024)
"""


@pytest.fixture(autouse=True)
def only_when_asked(request: pytest.FixtureRequest) -> None:
    if not request.config.getoption("benchmark_enable"):
        pytest.skip("a benchmark: run it with --benchmark-enable")


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("plan") / "large.json"
    with path.open("wb") as file:
        write_large(file)
    assert path.stat().st_size >= 160e6
    return path


def measured(what: str, path: Path) -> tuple[float, float]:
    """Seconds of processor time, and the MB that the process grew by."""
    shown = subprocess.run([sys.executable, "-c", MEASURE, what, str(path)], capture_output=True, text=True, check=True)
    seconds, memory = shown.stdout.split()
    return float(seconds), float(memory)


@pytest.mark.timeout(300)
@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="the most memory is read from /proc")
def test_twenty_thousand_changes_cost_at_most_twice_a_json_load_and_64_mb(large: Path) -> None:
    rounds = [(measured("explain", large), measured("load", large)) for _ in range(ROUNDS)]
    ratio = statistics.median(explaining[0] / loading[0] for explaining, loading in rounds)
    memory = max(explaining[1] for explaining, _ in rounds)
    spent = min(explaining[0] for explaining, _ in rounds)
    print(f"\nexplain: {spent:.2f} s, {ratio:.2f} of json.load (bar 2), {memory:.0f} MB (bar 64)")  # noqa: T201
    assert ratio <= 2
    assert memory <= 64


@pytest.mark.timeout(120)
def test_twenty_thousand_changes_are_summed_up_in_1200_tokens(large: Path) -> None:
    with warnings.catch_warnings(action="ignore"):
        import bpe_openai

        encoding = bpe_openai.get_encoding("o200k_base")
    with large.open("rb") as file:
        tokens = len(encoding.encode(summary(explain(file), Templates().render)))
    print(f"\nsummary: {tokens} tokens (bar 1,200)")  # noqa: T201
    assert tokens <= 1_200
