"""The folder of one evaluation: each result is kept as it comes, so that a killed run goes on where it was."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from importlib.metadata import version
from typing import TYPE_CHECKING, Final

from tfc_agent_tools.errors import ConfigurationError
from tfc_agent_tools.evaluation.report.jsonl import append, read_results

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from tfc_agent_tools.evaluation.campaign import Job
    from tfc_agent_tools.evaluation.results import Result

RESULTS: Final = "results.jsonl"
_RUN: Final = "run.json"
_DONE: Final = "summary.json"


@dataclass(frozen=True)
class Output:
    """A folder, and what an earlier run of the very same jobs left in it before it was killed."""

    folder: Path
    earlier: tuple[Result, ...] = ()

    @classmethod
    def opened(cls, folder: Path, jobs: Sequence[Job]) -> Output:
        """The folder for these jobs. What another run left in it is replaced.

        Raises:
            ConfigurationError: It can't be written, or what is there can't be read.
        """
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            msg = f"--out {folder}: no folder can be made there ({error.strerror})"
            raise ConfigurationError(msg) from None
        results, run = folder / RESULTS, folder / _RUN
        digest = _digest(jobs)
        is_same = run.exists() and run.read_text(encoding="utf-8") == digest and not (folder / _DONE).exists()
        if is_same and results.exists():
            wanted = {job.key for job in jobs}
            return cls(folder, tuple(one for one in read_results(results).results if one.key in wanted))
        (folder / _DONE).unlink(missing_ok=True)
        results.write_bytes(b"")
        run.write_text(digest, encoding="utf-8")
        return cls(folder)

    def keep(self, result: Result) -> None:
        """Keep one result."""
        append(self.folder / RESULTS, result)

    def left(self, jobs: Sequence[Job]) -> list[Job]:
        """The jobs that have no result yet."""
        done = {result.key for result in self.earlier}
        return [job for job in jobs if job.key not in done]


def _digest(jobs: Sequence[Job]) -> str:
    """What is to be played, and by which version: another content of a case is another run."""
    content = [[*job.key, job.case.model_dump_json()] for job in jobs]
    digest = hashlib.sha256(json.dumps(content).encode()).hexdigest()
    return json.dumps({"tfc-agent-tools": version("tfc-agent-tools"), "jobs": len(jobs), "sha256": digest}) + "\n"
