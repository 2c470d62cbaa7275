"""The folder of one evaluation: each result is kept as it comes, so that a killed run goes on where it was."""

from __future__ import annotations

import hashlib
import json
import re
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import version
from typing import TYPE_CHECKING, Final

from tfc_agent_tools.errors import ConfigurationError
from tfc_agent_tools.evaluation.case import cassette_path, world_path
from tfc_agent_tools.evaluation.report.jsonl import append, read_results

if TYPE_CHECKING:
    from collections.abc import Generator, Sequence
    from pathlib import Path

    from tfc_agent_tools.evaluation.agents import Agent
    from tfc_agent_tools.evaluation.campaign import Job
    from tfc_agent_tools.evaluation.results import Result

RESULTS: Final = "results.jsonl"
_RUN: Final = "run.json"
_DONE: Final = "summary.json"
_ADDRESS: Final = re.compile(r" at 0x[0-9a-fA-F]+")
"""Of a function or an object in this process's memory: no agent's setting."""


@dataclass(frozen=True)
class Output:
    """A folder, and what an earlier run of the very same jobs left in it before it was killed."""

    folder: Path
    earlier: tuple[Result, ...] = ()

    @classmethod
    def opened(cls, folder: Path, jobs: Sequence[Job], unplayable: Sequence[Result] = ()) -> Output:
        """The folder for these jobs and for the results of files that are no cases. What another run left is replaced.

        Raises:
            ConfigurationError: It can't be written, or what is there can't be read.
        """
        with _writable(f"--out {folder}: no folder can be made there"):
            folder.mkdir(parents=True, exist_ok=True)
        digest = _digest(jobs, unplayable)
        wanted = {job.key for job in jobs} | {result.key for result in unplayable}
        with _writable(f"--out {folder}: what is there can't be read or replaced; name another folder"):
            return cls(folder, cls._left_by_the_same(folder, digest, wanted))

    @staticmethod
    def _left_by_the_same(folder: Path, digest: str, wanted: set[tuple[str, str, int]]) -> tuple[Result, ...]:
        """The results that an earlier run of the same left; what another one left goes."""
        results, run = folder / RESULTS, folder / _RUN
        is_same = run.exists() and run.read_text(encoding="utf-8") == digest and not (folder / _DONE).exists()
        if is_same and results.exists():
            return tuple(one for one in read_results(results).results if one.key in wanted)
        (folder / _DONE).unlink(missing_ok=True)
        results.write_bytes(b"")
        run.write_text(digest, encoding="utf-8")
        return ()

    def keep(self, result: Result) -> None:
        """Keep one result.

        Raises:
            ConfigurationError: It can't be written.
        """
        with _writable(f"--out {self.folder}: a result can't be written"):
            append(self.folder / RESULTS, result)

    def left(self, jobs: Sequence[Job]) -> list[Job]:
        """The jobs that have no result yet."""
        done = {result.key for result in self.earlier}
        return [job for job in jobs if job.key not in done]


@contextmanager
def _writable(what: str) -> Generator[None]:
    try:
        yield
    except (OSError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) else " ".join(str(error).split())
        msg = f"{what} ({why})"
        raise ConfigurationError(msg) from None


def _digest(jobs: Sequence[Job], unplayable: Sequence[Result]) -> str:
    """What is to be played, by whom, on what, and by which version: another content of a case is another run."""
    files = {path: _sha256(path) for job in jobs for path in _files(job)}
    content = [
        [
            *job.key,
            _agent(job.agent),
            job.case.model_dump_json(),
            str(job.case.home.resolve()),
            *(files[path] for path in _files(job)),
        ]
        for job in jobs
    ]
    broken = [[*result.key, result.error] for result in unplayable]
    digest = hashlib.sha256(json.dumps([content, broken]).encode()).hexdigest()
    return json.dumps({"tfc-agent-tools": version("tfc-agent-tools"), "jobs": len(jobs), "sha256": digest}) + "\n"


def _agent(agent: Agent) -> str:
    """An agent with its settings. A function in it counts by its name alone."""
    return _ADDRESS.sub("", repr(agent))


def _files(job: Job) -> tuple[Path, ...]:
    """What a case plays on."""
    return tuple(path for path in (world_path(job.case), cassette_path(job.case)) if path)


def _sha256(path: Path) -> str | None:
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError:
        return None  # its case will say why
