"""The command runner: time, output, cancellation, and the whole process group."""

from __future__ import annotations

import os
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tfc_agent_tools.sandbox.process import Completed, Ending, Limits, run_command

ENV = {"PATH": os.environ["PATH"]}


def run(
    code: str,
    tmp_path: Path,
    *,
    seconds: float = 10,
    output: int = 10_000,
    grace: float = 5,
    cancel: threading.Event | None = None,
    on_output: Callable[[bytes], None] | None = None,
) -> Completed:
    return run_command(
        [sys.executable, "-c", code],
        cwd=tmp_path,
        env=ENV,
        limits=Limits(seconds=seconds, output=output, grace=grace),
        cancel=cancel or threading.Event(),
        on_output=on_output,
    )


def gone(pid: int) -> bool:
    for _ in range(200):
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return True
        time.sleep(0.01)
    return False


def test_a_command_ends_with_its_code_and_output(tmp_path: Path) -> None:
    done = run("import sys; print('out'); sys.exit(3)", tmp_path)
    assert (done.ending, done.code, done.output) == (Ending.EXITED, 3, b"out\n")
    assert not done.good


def test_a_command_that_takes_too_long_is_killed(tmp_path: Path) -> None:
    started = time.monotonic()
    done = run("import time; print('x', flush=True); time.sleep(60)", tmp_path, seconds=0.5)
    assert done.ending is Ending.TIMED_OUT
    assert time.monotonic() - started < 5


def test_a_command_that_closes_its_output_is_still_timed(tmp_path: Path) -> None:
    done = run("import os, time; os.close(1); os.close(2); time.sleep(60)", tmp_path, seconds=0.5)
    assert done.ending is Ending.TIMED_OUT


def test_a_command_that_writes_too_much_is_killed(tmp_path: Path) -> None:
    done = run("while True: print('x' * 1000)", tmp_path, output=50_000)
    assert done.ending is Ending.TOO_MUCH_OUTPUT
    assert len(done.output) <= 50_000


def test_a_command_may_not_take_all_memory_or_write_large_files(tmp_path: Path) -> None:
    greedy = "import time; time.sleep(0.3); x = bytearray(8 << 30)"
    assert b"MemoryError" in run(greedy, tmp_path).output
    large = "import time; time.sleep(0.3); open('f', 'wb').write(bytes(1 << 29))"
    assert not run(large, tmp_path).good
    assert (tmp_path / "f").stat().st_size <= Limits().file


def test_no_child_outlives_its_command(tmp_path: Path) -> None:
    code = (
        "import subprocess, sys\n"
        "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)'],"
        " stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)\n"
        "print(child.pid)"
    )
    done = run(code, tmp_path)
    assert done.ending is Ending.EXITED
    assert gone(int(done.output))


def test_canceling_interrupts_first(tmp_path: Path) -> None:
    cancel = threading.Event()
    code = (
        "import os, signal, time\n"
        "signal.signal(signal.SIGINT, lambda *a: (os.write(1, b'tidy'), os._exit(0)))\n"
        "os.write(1, b'ready ')\ntime.sleep(60)"
    )
    done = run(code, tmp_path, cancel=cancel, on_output=lambda _: cancel.set())
    assert done.ending is Ending.CANCELED
    assert done.output == b"ready tidy"


def test_a_command_that_ignores_the_interrupt_is_killed(tmp_path: Path) -> None:
    cancel = threading.Event()
    code = (
        "import signal, time\nsignal.signal(signal.SIGINT, signal.SIG_IGN)\nprint('ready', flush=True)\ntime.sleep(60)"
    )
    started = time.monotonic()
    done = run(code, tmp_path, grace=0.3, cancel=cancel, on_output=lambda _: cancel.set())
    assert done.ending is Ending.CANCELED
    assert time.monotonic() - started < 8


def test_a_command_sees_only_the_environment_that_it_is_given(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TFE_TOKEN", "secret")
    done = run("import os; print(os.environ.get('TFE_TOKEN'))", tmp_path)
    assert done.output == b"None\n"
