"""`tfc-agent eval check`: whether cases, cassettes, stamps and graders are what they should be. Nothing is played.

With `--record` each cassette is recorded again from a fresh sandbox: that proves that nobody wrote it by hand.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.console import Console
from rich.text import Text

from tfc_agent_tools.cli.screen import printable
from tfc_agent_tools.errors import ConfigurationError
from tfc_agent_tools.evaluation.case import cassette_path
from tfc_agent_tools.evaluation.graded_traces import grader_problems
from tfc_agent_tools.evaluation.processes import RECORDING, processes
from tfc_agent_tools.evaluation.run import policy_of
from tfc_agent_tools.evaluation.stamp import read_stamp
from tfc_agent_tools.replay import CassetteTransport

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from tfc_agent_tools.evaluation.case import Case
    from tfc_agent_tools.evaluation.drift import Drift
    from tfc_agent_tools.evaluation.selection import Selection


def checked(selection: Selection, *, record: bool, workers: int = 1, console: Console | None = None) -> int:
    """Check and show what is wrong. Returns the exit code: 1 where something is."""
    screen = console or Console(highlight=False)
    problems = 0
    for problem in found(selection):
        problems += 1
        screen.print(Text.assemble(("FAIL ", "bold red"), printable(problem)))
    on_tape = [case for case in selection.cases if case.cassette]
    if record:
        for drift in _drifts(on_tape, workers):
            problems += not drift.is_same
            _show(screen, drift)
    proven = f", {len(on_tape)} cassettes recorded again" if record else ""
    screen.print(f"{len(selection.cases)} cases, {len(on_tape)} cassettes checked{proven}: {problems} problems")
    return 1 if problems else 0


def found(selection: Selection) -> Iterator[str]:
    """What is wrong with the cases, their cassettes and policies, and the graders."""
    yield from selection.broken.values()
    for case in selection.cases:
        try:
            _check(case)
        except ConfigurationError as error:
            yield f"{case.id}: {error}"
    if selection.is_complete:
        yield from _strays(selection.cases)
        yield from grader_problems()


def _check(case: Case) -> None:
    if case.policy is not None:
        policy_of(case)
    path = cassette_path(case)
    if path is not None:
        CassetteTransport(path)
        stamp = read_stamp(path)
        if stamp.case != case.id:
            msg = f"{path}: it was recorded for {stamp.case}"
            raise ConfigurationError(msg)


def _strays(cases: Sequence[Case]) -> Iterator[str]:
    """Cassettes that no case plays, or that two do."""
    named: dict[Path, str] = {}
    for case in cases:
        path = cassette_path(case)
        if path in named:
            yield f"{case.id}: its cassette is {named[path]}'s too"
        elif path is not None:
            named[path] = case.id
    for home in {case.home for case in cases}:
        for path in sorted((home / "cassettes").rglob("*.yaml")):
            if path not in named:
                yield f"{path}: no case plays this cassette"


def _drifts(cases: Sequence[Case], workers: int) -> Iterator[Drift]:
    from tfc_agent_tools.evaluation.drift import drift

    if workers == 1:
        yield from map(drift, cases)
        return
    with processes(workers, preload=RECORDING) as pool:
        yield from pool.map(drift, cases, chunksize=4)


def _show(screen: Console, drift: Drift) -> None:
    if drift.problem is not None:
        screen.print(Text.assemble(("FAIL ", "bold red"), f"{drift.case}: {printable(drift.problem)}"))
    for difference in drift.differences:
        screen.print(Text.assemble(("DRIFT ", "bold red"), f"{drift.case}: {printable(difference)}"))
