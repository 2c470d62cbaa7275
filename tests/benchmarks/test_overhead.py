"""What the guards cost. Run with `pytest tests/benchmarks --benchmark-enable`; ratios are of medians in one run."""

from __future__ import annotations

import asyncio
import json
import statistics
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from langchain_core.tools import StructuredTool
from support.server import TOKEN
from support.tools import tool_of

from tfc_agent_tools import TerraformCloudToolkit
from tfc_agent_tools.api.budget import Budget

RUN = "run-aaaaaaaaaaaaaaaa"
ROUNDS = 400
HEADERS = {"authorization": f"Bearer {TOKEN}", "accept": "application/vnd.api+json"}


@pytest.fixture(autouse=True)
def only_when_asked(request: pytest.FixtureRequest) -> None:
    if not request.config.getoption("benchmark_enable"):
        pytest.skip("a benchmark: run it with --benchmark-enable")


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    api = Path(__file__).with_name("api.py")
    with subprocess.Popen([sys.executable, api], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        yield f"http://127.0.0.1:{process.stdout.readline().strip()}"
        process.terminate()


@pytest.fixture
def toolkit(address: str) -> Iterator[TerraformCloudToolkit]:
    toolkit = TerraformCloudToolkit(address=address, token=TOKEN, token_type="user")
    toolkit._host.wire.budget = Budget(rate=1e6, burst=10**6)  # the budget waits on purpose; the guards are measured
    yield toolkit
    toolkit.close()


def medians(bare: Callable[[], Any], guarded: Callable[[], Any]) -> tuple[float, float]:
    """Both in turn, so that what the machine does otherwise meets both alike."""
    times: tuple[list[float], list[float]] = ([], [])
    for round_ in range(ROUNDS + 40):
        for call, spent in zip((bare, guarded), times, strict=True):
            start = time.perf_counter()
            call()
            if round_ >= 40:
                spent.append(time.perf_counter() - start)
    return statistics.median(times[0]), statistics.median(times[1])


async def async_medians(
    bare: Callable[[], Awaitable[Any]], guarded: Callable[[], Awaitable[Any]]
) -> tuple[float, float]:
    times: tuple[list[float], list[float]] = ([], [])
    for round_ in range(ROUNDS + 40):
        for call, spent in zip((bare, guarded), times, strict=True):
            start = time.perf_counter()
            await call()
            if round_ >= 40:
                spent.append(time.perf_counter() - start)
    return statistics.median(times[0]), statistics.median(times[1])


def bare_tool(client: httpx.Client, asynchronous: httpx.AsyncClient) -> StructuredTool:
    def read(run_id: str) -> str:
        return json.dumps(client.get(f"/api/v2/runs/{run_id}").json())

    async def aread(run_id: str) -> str:
        return json.dumps((await asynchronous.get(f"/api/v2/runs/{run_id}")).json())

    return StructuredTool.from_function(read, aread, name="bare", description="Read a run.")


def said(kind: str, bare: float, guarded: float) -> float:
    ratio = guarded / bare
    print(f"\n{kind}: bare {bare * 1e6:.0f} µs, guarded {guarded * 1e6:.0f} µs, ratio {ratio:.2f} (bar 1.25)")  # noqa: T201
    return ratio


def test_a_guarded_read_costs_at_most_a_quarter_more_than_a_bare_one(
    address: str, toolkit: TerraformCloudToolkit, benchmark: Any
) -> None:
    guarded = tool_of(toolkit, "get_run")
    with httpx.Client(base_url=address, headers=HEADERS) as client:
        bare = bare_tool(client, httpx.AsyncClient())
        bare_median, guarded_median = medians(
            lambda: bare.invoke({"run_id": RUN}), lambda: guarded.invoke({"run_id": RUN})
        )
    benchmark(guarded.invoke, {"run_id": RUN})
    assert said("invoke", bare_median, guarded_median) <= 1.25


def test_a_guarded_async_read_costs_at_most_a_quarter_more_than_a_bare_one(
    address: str, toolkit: TerraformCloudToolkit
) -> None:
    guarded = tool_of(toolkit, "get_run")

    async def measure() -> tuple[float, float]:
        async with httpx.AsyncClient(base_url=address, headers=HEADERS) as client:
            bare = bare_tool(httpx.Client(), client)
            measured = await async_medians(
                lambda: bare.ainvoke({"run_id": RUN}), lambda: guarded.ainvoke({"run_id": RUN})
            )
        await toolkit.aclose()
        return measured

    assert said("ainvoke", *asyncio.run(measure())) <= 1.25


def test_a_hundred_reads_at_once_share_one_pool_and_stay_in_the_budget(address: str) -> None:
    toolkit = TerraformCloudToolkit(address=address, token=TOKEN, token_type="user")
    tool = tool_of(toolkit, "get_run")

    async def measure() -> tuple[float, int]:
        start = time.perf_counter()
        await asyncio.gather(*(tool.ainvoke({"run_id": RUN}) for _ in range(100)))
        spent = time.perf_counter() - start
        pools = len(toolkit._host.wire._transports._by_loop)
        await toolkit.aclose()
        return spent, pools

    spent, pools = asyncio.run(measure())
    print(f"\n100 at once: {spent:.2f} s, {pools} pool (20 a second after a burst of 10: at least 4.5 s)")  # noqa: T201
    assert pools == 1
    assert spent >= 4.4


def test_all_tools_are_built_in_a_quarter_of_a_second_the_first_time() -> None:
    code = "import time; from tfc_agent_tools import TerraformCloudToolkit; start = time.perf_counter();"
    code += "TerraformCloudToolkit(token='x', token_type='user').get_tools(); print(time.perf_counter() - start)"
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    print(f"\nbuilding all tools: {float(shown.stdout) * 1e3:.0f} ms (bar 250)")  # noqa: T201
    assert float(shown.stdout) <= 0.25


def test_importing_the_toolkit_adds_little_to_langchains_own_base_classes() -> None:
    def seconds(code: str) -> float:
        timed = f"import time; start = time.perf_counter(); {code}; print(time.perf_counter() - start)"
        shown = subprocess.run([sys.executable, "-c", timed], capture_output=True, text=True, check=True)
        return float(shown.stdout)

    codes = {
        "langchain_core.tools": "import langchain_core.tools",
        "with tfc_agent_tools": "import langchain_core.tools, tfc_agent_tools",
        "BaseToolkit": "from langchain_core.tools import BaseToolkit",
        "with TerraformCloudToolkit": "from tfc_agent_tools import TerraformCloudToolkit",
    }
    rounds = [{name: seconds(code) for name, code in codes.items()} for _ in range(7)]
    median = {name: statistics.median(one[name] for one in rounds) for name in codes}
    package = median["with tfc_agent_tools"] / median["langchain_core.tools"]
    toolkit = median["with TerraformCloudToolkit"] / median["BaseToolkit"]
    print(f"\nimport: package {package:.2f}, toolkit class {toolkit:.2f} (bar 1.30 each)")  # noqa: T201
    assert package <= 1.30
    assert toolkit <= 1.30
