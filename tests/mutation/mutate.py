"""Change the guards' code in one place at a time and see whether a test notices.

    python tests/mutation/mutate.py authority/rules/decide.py -- tests/authority/rules tests/test_policy_calls.py

`authority/rules/decide.py:120` is only what stands in that line, `…:120-130` in those. Prints each mutant that no test
noticed. Those that are known stand in `survivors.txt` with the reason why they let nothing through; the exit code is 1
if there are others, or if one of those is noticed after all. `TFC_MUTATION_JOBS` says how many run at a time,
`TFC_MUTATION_CASES` how many cases of a test are enough for a first look. POSIX only: each mutant is a fork of one
process in which everything but this project is imported already.
"""

from __future__ import annotations

import gc
import importlib
import os
import shutil
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import NoReturn

import pytest
from mutants import Mutant, mutants

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "tfc_agent_tools"
KNOWN = Path(__file__).with_name("survivors.txt")
OURS = ("tfc_agent_tools", "support", "conftest", "test_")
NEEDED = ("tests", "prompts", "evals", "docs", "pyproject.toml", "README.md", "CHANGELOG.md", "CONTRIBUTING.md")
PAUSE = 0.02
CASES = int(os.environ.get("TFC_MUTATION_CASES", "1000000"))


class Watch:
    """In a child: runs first what noticed other mutants, then one case of each test, then another of each, and so on.

    Notes which test fails and what was imported.
    """

    def __init__(self, folder: Path, noticed: Counter[str]) -> None:
        self._folder, self._noticed = folder, noticed

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        cases = Counter[str]()
        order: dict[pytest.Item, tuple[int, int]] = {}
        for item in items:
            test = item.nodeid.partition("[")[0]
            cases[test] += 1
            order[item] = (-self._noticed[item.nodeid], cases[test])
        items[:] = sorted((one for one in items if order[one][1] <= CASES), key=order.__getitem__)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.failed:
            (self._folder / "noticed-by").write_text(report.nodeid, encoding="utf-8")

    def pytest_sessionfinish(self) -> None:
        (self._folder / "imported").write_text("\n".join(sys.modules), encoding="utf-8")


class Run:
    """One run of the tests in a child, on a copy of the package with one place changed."""

    def __init__(self, tests: list[str], mutant: Mutant | None, noticed: Counter[str], seconds: float) -> None:
        self.mutant, self.started = mutant, time.monotonic()
        self._kept = tempfile.TemporaryDirectory(prefix="tfc-mutant-")
        self._folder = Path(self._kept.name)
        self._signals = [(self.started + seconds, signal.SIGINT), (self.started + seconds + 30, signal.SIGKILL)]
        for needed in NEEDED:
            (self._folder / needed).symlink_to(ROOT / needed)
        shutil.copytree(PACKAGE, self._folder / PACKAGE.name)  # what is not changed keeps its compiled form
        if mutant:
            (self._folder / PACKAGE.name / mutant.module).write_text(mutant.source, encoding="utf-8")
        sys.stdout.flush()
        self._child = os.fork()
        if not self._child:
            self._test(tests, noticed)

    def _test(self, tests: list[str], noticed: Counter[str]) -> NoReturn:
        code = 99
        try:
            output = os.open(self._folder / "output", os.O_CREAT | os.O_WRONLY, 0o600)
            os.dup2(output, 1)
            os.dup2(output, 2)
            os.chdir(self._folder)
            sys.path[0] = str(self._folder)
            sys.dont_write_bytecode = True
            os.environ |= {"PYTHONDONTWRITEBYTECODE": "1", "HYPOTHESIS_STORAGE_DIRECTORY": str(self._folder)}
            # Asserts stay as they are: pytest would warn of plugins that are imported already.
            words = ["-x", "-q", "--assert=plain", "-p", "no:cacheprovider", *tests]
            code = int(pytest.main(words, plugins=[Watch(self._folder, noticed)]))
        finally:
            os._exit(code)

    def code(self) -> int | None:
        """The exit code of the tests; None while they run. One that does not come to an end is ended."""
        done, status = os.waitpid(self._child, os.WNOHANG)
        if done:
            return os.waitstatus_to_exitcode(status)
        if self._signals and time.monotonic() > self._signals[0][0]:
            os.kill(self._child, self._signals.pop(0)[1])  # the first lets fixtures end what they started
        return None

    def said(self, what: str) -> str:
        """What the child left in a file of this name."""
        file = self._folder / what
        return file.read_text(encoding="utf-8") if file.exists() else ""

    def end(self) -> None:
        """Remove the copy."""
        self._kept.cleanup()


def warm_up(tests: list[str]) -> float:
    """Run the tests with nothing changed, and import what they import of others. How long a mutant's run may take."""
    run = Run(tests, None, Counter(), 3600)
    while (code := run.code()) is None:
        time.sleep(PAUSE)
    if code:
        raise SystemExit(f"the tests fail with nothing changed:\n{run.said('output')[-3000:]}")
    took = time.monotonic() - run.started
    for name in run.said("imported").splitlines():
        if not name.startswith(OURS):
            with suppress(Exception):  # some are made by hand and can't be imported by their names
                importlib.import_module(name)
    run.end()
    gc.freeze()
    return 60 + 4 * took


def not_noticed(every: Iterator[Mutant], tests: list[str], jobs: int) -> Iterator[tuple[Mutant, bool]]:
    """Each mutant, and whether all tests pass with it in place."""
    seconds, noticed, running = warm_up(tests), Counter[str](), list[Run]()
    while True:
        while len(running) < jobs and (mutant := next(every, None)):
            running.append(Run(tests, mutant, noticed, seconds))
        if not running:
            return
        for run in running.copy():
            if (code := run.code()) is not None and run.mutant:
                noticed.update(filter(None, [run.said("noticed-by")]))
                yield run.mutant, code == 0
                run.end()
                running.remove(run)
        time.sleep(PAUSE)


def chosen(word: str) -> Iterator[Mutant]:
    """The mutants of `module`, or those of `module:line`, or of `module:first-last`."""
    module, _, lines = word.partition(":")
    first, _, last = lines.partition("-")
    for mutant in mutants(module, (PACKAGE / module).read_text(encoding="utf-8")):
        if not lines or int(first) <= mutant.line <= int(last or first):
            yield mutant


def main(words: list[str]) -> int:
    modules, tests = words[: words.index("--")], words[words.index("--") + 1 :]
    lines = KNOWN.read_text(encoding="utf-8").splitlines()
    known = {line.partition("  # ")[0] for line in lines if "  # " in line}
    every = [mutant for module in modules for mutant in chosen(module)]
    counts, gone = Counter[str](), known & {mutant.name for mutant in every}
    jobs = int(os.environ.get("TFC_MUTATION_JOBS", "2"))
    for number, (mutant, survives) in enumerate(not_noticed(iter(every), tests, jobs), start=1):
        sys.stderr.write(f"\r{number} of {len(every)} ")
        if survives:
            gone.discard(mutant.name)
            mark = "known" if mutant.name in known else "NEW"
            counts[mark] += 1
            sys.stdout.write(f"{mark:5} line {mutant.line}: {mutant.name}\n")
            sys.stdout.flush()
    sys.stdout.writelines(f"listed, and noticed by these tests: {name}\n" for name in sorted(gone))
    sys.stdout.write(f"{len(every)} mutants, {counts.total()} not noticed, {counts['NEW']} of them new\n")
    return 1 if counts["NEW"] or gone else 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
