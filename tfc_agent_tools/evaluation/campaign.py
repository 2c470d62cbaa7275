"""Many cases: in this process, in others, or wherever an executor works. What comes of it is always the same."""

from __future__ import annotations

import hashlib
from concurrent.futures import BrokenExecutor, as_completed
from contextlib import closing, nullcontext
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from tfc_agent_tools.errors import ConfigurationError
from tfc_agent_tools.evaluation.processes import PLAYING, processes
from tfc_agent_tools.evaluation.run import play

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable, Sequence
    from concurrent.futures import Executor, Future

    from tfc_agent_tools.evaluation.agents import Agent
    from tfc_agent_tools.evaluation.case import Case
    from tfc_agent_tools.evaluation.results import Result

_MOST_AT_ONCE: Final = 8
"""Cases that a worker is handed at a time: more would make the last worker wait for nobody, fewer cost more handing."""


@dataclass(frozen=True, kw_only=True)
class Job:
    """One playing of one case."""

    case: Case
    agent: Agent
    epoch: int = 1

    @property
    def key(self) -> tuple[str, str, int]:
        """What its result will have as its key."""
        return self.case.id, self.agent.name, self.epoch

    def play(self) -> Result:
        """Play it."""
        return play(self.case, self.agent, epoch=self.epoch)


@dataclass(frozen=True, slots=True)
class Shard:
    """One part of several, so that machines can share a run: `1/3` is the first of three."""

    number: int = 1
    of: int = 1

    @classmethod
    def parse(cls, text: str) -> Shard:
        """Read `1/3`.

        Raises:
            ConfigurationError: It is not such a part.
        """
        number, slash, of = text.partition("/")
        if not (slash and number.isdecimal() and of.isdecimal() and 1 <= int(number) <= int(of)):
            msg = f"--shard {text!r}: a part of several is written as 1/3, the first of three"
            raise ConfigurationError(msg)
        return cls(int(number), int(of))

    def has(self, job: Job) -> bool:
        """Whether a job belongs to this part. It depends on the job's name alone, so that parts never overlap."""
        digest = hashlib.sha256("/".join(map(str, job.key)).encode()).digest()
        return int.from_bytes(digest[:8], "big") % self.of == self.number - 1


def jobs_for(cases: Iterable[Case], agent: Agent, *, epochs: int = 1, shard: Shard | None = None) -> list[Job]:
    """Every playing of every case, in the order of their names."""
    every = (Job(case=case, agent=agent, epoch=epoch) for case in cases for epoch in range(1, epochs + 1))
    part = shard or Shard()
    return sorted(filter(part.has, every), key=lambda job: job.key)


def run_jobs(
    jobs: Sequence[Job],
    *,
    workers: int = 1,
    executor: Executor | None = None,
    on_result: Callable[[Result], object] = lambda _: None,
) -> list[Result]:
    """Play all jobs. The results come in the order of their keys, however they came about.

    Args:
        jobs: What to play.
        workers: How many processes; with one, everything happens in this process.
        executor: Plays in its own way instead: any executor of `concurrent.futures`, or one that behaves so, such as
            Dask's (`Client.get_executor()`). Jobs and results are pickled for it.
        on_result: Called with each result as it comes.

    Raises:
        ConfigurationError: A process that played died.
    """
    results: list[Result] = []
    with closing(_results(jobs, workers, executor)) as coming:
        for result in coming:
            results.append(result)
            on_result(result)
    return sorted(results, key=lambda result: result.key)


def _results(jobs: Sequence[Job], workers: int, executor: Executor | None) -> Generator[Result]:
    if executor is None and (workers == 1 or len(jobs) <= 1):
        yield from (job.play() for job in jobs)
        return
    with processes(workers, preload=PLAYING) if executor is None else nullcontext(executor) as pool:
        waiting = [pool.submit(play_all, some) for some in _chunks(jobs, workers)]
        try:
            for done in as_completed(waiting):
                yield from done.result()
        except BrokenExecutor:
            _drop(waiting)
            msg = "a process that played cases died, perhaps for want of memory; with --out the same command goes on"
            raise ConfigurationError(msg) from None
        except BaseException:
            _drop(waiting)
            raise


def play_all(jobs: Sequence[Job]) -> list[Result]:
    """Play some jobs, one after the other. Executors are handed this."""
    return [job.play() for job in jobs]


def without_times(result: Result) -> Result:
    """A result without what depends on the machine."""
    return result.model_copy(update={"measures": result.measures.model_copy(update={"seconds": 0.0})})


def _chunks(jobs: Sequence[Job], workers: int) -> list[Sequence[Job]]:
    size = max(1, min(_MOST_AT_ONCE, len(jobs) // (8 * workers)))
    return [jobs[start : start + size] for start in range(0, len(jobs), size)]


def _drop(waiting: Iterable[Future[list[Result]]]) -> None:
    for future in waiting:
        future.cancel()
