"""Many cases: what comes of them does not depend on who plays them, in which order, or how many at once."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from multiprocessing import active_children

import pytest
from support.playing import Idle, reading_case

from tfc_agent_tools import ConfigurationError
from tfc_agent_tools.evaluation.agents import Scripted
from tfc_agent_tools.evaluation.campaign import Shard, jobs_for, run_jobs, without_times
from tfc_agent_tools.evaluation.results import Result

CASES = [reading_case(f"reads_{number}") for number in range(6)]
JOBS = jobs_for(CASES, Scripted(), epochs=2)


def same(results: list[Result]) -> list[Result]:
    return [without_times(result) for result in results]


EXPECTED = same(run_jobs(JOBS))


def test_every_case_is_played_in_every_epoch() -> None:
    assert [result.key for result in EXPECTED] == sorted((case.id, "scripted", n) for case in CASES for n in (1, 2))
    assert all(result.passed for result in EXPECTED)


def test_processes_give_the_same_results() -> None:
    assert same(run_jobs(JOBS, workers=2)) == EXPECTED


def test_another_order_gives_the_same_results() -> None:
    shuffled = [*JOBS[5:], *JOBS[:5]]
    assert same(run_jobs(shuffled)) == EXPECTED


def test_any_executor_gives_the_same_results() -> None:
    with ThreadPoolExecutor(3) as pool:
        assert same(run_jobs(JOBS, executor=pool)) == EXPECTED


def test_dask_gives_the_same_results() -> None:
    distributed = pytest.importorskip("distributed", reason="the extra dask is not installed")
    settings = {"n_workers": 2, "threads_per_worker": 1, "dashboard_address": None, "processes": True}
    with distributed.LocalCluster(**settings) as cluster, distributed.Client(cluster) as client:
        assert same(run_jobs(JOBS, executor=client.get_executor())) == EXPECTED


def test_every_result_is_told_as_it_comes() -> None:
    told: list[Result] = []
    run_jobs(JOBS, on_result=told.append)
    assert same(told) == EXPECTED


def test_shards_have_every_job_once() -> None:
    parts = [jobs_for(CASES, Scripted(), epochs=2, shard=Shard.parse(f"{n}/3")) for n in (1, 2, 3)]
    assert sorted(job.key for part in parts for job in part) == [job.key for job in JOBS]
    assert sum(bool(part) for part in parts) > 1


@pytest.mark.parametrize("text", ["", "1", "0/2", "3/2", "1/0", "a/b", "-1/2", "1/2/3"])
def test_a_part_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(ConfigurationError, match="1/3"):
        Shard.parse(text)


def test_an_agent_that_breaks_down_fails_its_case_and_no_other() -> None:
    results = run_jobs([*jobs_for(CASES[:1], Idle(breaks=True)), *jobs_for(CASES[1:2], Scripted())])
    assert [result.passed for result in results] == [False, True]
    assert results[0].error == "RuntimeError: it broke at own.reads_0"


def test_an_agent_that_does_nothing_passes_nothing_that_has_a_gold_answer() -> None:
    result = run_jobs(jobs_for(CASES[:1], Idle()))[0]
    assert result.error is None
    assert {one.check for one in result.findings if one.problem} == {"says"}


def test_a_process_that_dies_is_told_in_one_line() -> None:
    with pytest.raises(ConfigurationError, match="the same command goes on"):
        run_jobs(jobs_for(CASES, Idle(dies=True)), workers=2)


@pytest.mark.parametrize("ending", [KeyboardInterrupt, RuntimeError])
def test_whatever_ends_a_run_early_ends_its_processes(ending: type[BaseException]) -> None:
    before = set(active_children())

    def stop(result: Result) -> None:
        raise ending(result.case)

    jobs = [*jobs_for(CASES[:1], Scripted()), *jobs_for(CASES[1:3], Idle(sleeps=60))]
    started = time.monotonic()
    with pytest.raises(ending):
        run_jobs(jobs, workers=2, on_result=stop)
    while set(active_children()) - before:
        assert time.monotonic() - started < 20
        time.sleep(0.05)
