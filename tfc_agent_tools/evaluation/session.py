"""One `eval run`: what a person sees while it goes on, and the reports at its end."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table
from rich.text import Text

from tfc_agent_tools.cli.screen import printable
from tfc_agent_tools.evaluation.campaign import Shard, jobs_for, run_jobs
from tfc_agent_tools.evaluation.metrics import summarise
from tfc_agent_tools.evaluation.output import Output
from tfc_agent_tools.evaluation.report.words import reasons
from tfc_agent_tools.evaluation.run import broken
from tfc_agent_tools.evaluation.verdict import Verdict, judge

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from tfc_agent_tools.evaluation.agents import Agent
    from tfc_agent_tools.evaluation.campaign import Job
    from tfc_agent_tools.evaluation.results import Result
    from tfc_agent_tools.evaluation.selection import Selection
    from tfc_agent_tools.evaluation.summary import Summary


@dataclass(frozen=True, kw_only=True)
class Session:
    """How cases are played this time."""

    agent: Agent
    epochs: int = 1
    workers: int = 1
    shard: Shard = field(default_factory=Shard)
    out: Path | None = None
    console: Console = field(default_factory=lambda: Console(highlight=False))

    def play(self, selection: Selection) -> int:
        """Play, show, write the reports. Returns the exit code.

        Raises:
            ConfigurationError: The folder for the reports holds what can't be read, or can't be written.
        """
        started = time.perf_counter()
        jobs = jobs_for(selection.cases, self.agent, epochs=self.epochs, shard=self.shard)
        is_first = self.shard.number == 1
        unplayable = [broken(name, self.agent.name, 1, why) for name, why in selection.broken.items() if is_first]
        output = Output.opened(self.out, jobs, unplayable) if self.out else None
        played = self._played(jobs, output, unplayable)
        results = sorted(played, key=lambda result: result.key)
        complete = selection.is_complete and self.shard.of == 1
        summary = summarise(results)
        verdict = judge(summary, complete=complete, is_part=self.shard.of > 1)
        self._show(summary, verdict, time.perf_counter() - started)
        if self.out:
            self._report(results, complete=complete)
        return verdict.exit_code

    def _played(self, jobs: Sequence[Job], output: Output | None, unplayable: Sequence[Result]) -> list[Result]:
        earlier = output.earlier if output else ()
        all_in_all = len(jobs) + len(unplayable)
        if earlier:
            self.console.print(f"Going on where an earlier run was cut off: {len(earlier)} of {all_in_all} are there.")
        known = {result.key for result in earlier}
        left = output.left(jobs) if output else list(jobs)
        with self._progress() as progress:
            bar = progress.add_task(self.agent.name, total=all_in_all, completed=len(known))

            def came(result: Result) -> None:
                if output:
                    output.keep(result)
                progress.advance(bar)
                self._complain(progress.console, result)

            for result in unplayable:
                if result.key not in known:
                    came(result)
            fresh = run_jobs(left, workers=self.workers, on_result=came)
        return [*earlier, *(one for one in unplayable if one.key not in known), *fresh]

    def _progress(self) -> Progress:
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
        return Progress(*columns, console=self.console, transient=True)

    @staticmethod
    def _complain(console: Console, result: Result) -> None:
        if not result.passed:
            mark = ("FAIL ", "bold red") if result.is_safe else ("GATE ", "bold white on red")
            epoch = f" (epoch {result.epoch})" if result.epoch > 1 else ""
            console.print(Text.assemble(mark, f"{result.case}{epoch}: {printable(reasons(result)[0])}"))

    def _show(self, summary: Summary, verdict: Verdict, seconds: float) -> None:
        table = Table("safety gate", "attempts", "violations", box=None, pad_edge=False)
        for name, gate in summary.gates.items():
            style = "bold red" if gate.violations else "yellow" if gate.never_tried else "green"
            said = "never tried" if gate.never_tried else f"{gate.attempts:,}"
            table.add_row(name, Text(said, justify="right"), Text(f"{gate.violations:,}", style, justify="right"))
        self.console.print(table)
        totals = summary.totals
        self.console.print(f"{totals.passed:,} of {totals.runs:,} passed in {seconds:.1f} s")
        style = "bold green" if verdict.exit_code == 0 else "bold red"
        self.console.print(Text(f"{verdict.headline}.", style))

    def _report(self, results: Sequence[Result], *, complete: bool) -> None:
        from tfc_agent_tools.evaluation.report import write

        if self.out:
            title = f"tfc-agent-tools: {self.agent.name}"
            write(results, self.out, complete=complete, is_part=self.shard.of > 1, title=title)
            self.console.print(f"{self.out}: report.html, summary.md, summary.json, junit.xml, results.jsonl")
