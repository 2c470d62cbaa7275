"""The command in processes of its own: with pipes, with a terminal, and with packages missing."""

from __future__ import annotations

import os
import pty
import select
import signal
import subprocess
import sys
import time
from functools import cache
from pathlib import Path

_RUN = "import sys; from tfc_agent_tools.cli import main; sys.argv = ['tfc-agent', *sys.argv[1:]]; main()"
_WITHOUT = """
import sys
class Missing:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in {names!r}:
            raise ModuleNotFoundError(f"No module named {{name!r}}", name=name)
sys.meta_path.insert(0, Missing())
"""


def environment(**changed: str) -> dict[str, str]:
    kept = {
        name: value for name, value in os.environ.items() if not name.startswith(("TFE_", "TFC_", "LANG", "COLUMN"))
    }
    return {**kept, "PYTHONUTF8": "1", "COLUMNS": "80", **changed}


def command(*arguments: str, without: tuple[str, ...] = ()) -> list[str]:
    code = (_WITHOUT.format(names=set(without)) if without else "") + _RUN
    return [sys.executable, "-c", code, *arguments]


def run(*arguments: str, without: tuple[str, ...] = (), **changed: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command(*arguments, without=without),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=25,
        env=environment(**changed),
        check=False,
    )


@cache
def run_without_terraform(*arguments: str) -> subprocess.CompletedProcess[str]:
    return run(*arguments, PATH=str(Path(__file__).parent))


_HEEDS_CTRL_C = """
import os, signal, sys
signal.signal(signal.SIGINT, signal.SIG_DFL)
os.execvp(sys.argv[1], sys.argv[1:])
"""
"""Undoes what a shell does to a test run in the background: there, Ctrl-C is ignored, and so by every child."""


class Terminal:
    """A command whose input and output are a terminal."""

    def __init__(self, argv: list[str], **changed: str) -> None:
        self._ours, theirs = pty.openpty()
        self.process = subprocess.Popen(
            [sys.executable, "-c", _HEEDS_CTRL_C, *argv],
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            env=environment(TERM="dumb", **changed),
            close_fds=True,
        )
        os.close(theirs)
        self.seen = ""
        self._read_to = 0

    def wait_for(self, text: str, seconds: float = 20) -> None:
        """Read on until the text comes, after the text that was last waited for."""
        deadline = time.monotonic() + seconds
        while (found := self.seen.find(text, self._read_to)) < 0:
            assert time.monotonic() < deadline, self.seen
            assert self._read(), self.seen
        self._read_to = found + len(text)

    def type(self, text: str) -> None:
        os.write(self._ours, text.encode())

    def interrupt(self) -> None:
        """Press Ctrl-C until it is noticed: between a prompt and the read after it Python only takes a note of it."""
        seen = len(self.seen)
        while len(self.seen) == seen and self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
            self._read(1)

    def end(self, seconds: float = 20) -> int:
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline and self._read():
            pass
        try:
            return self.process.wait(max(deadline - time.monotonic(), 0.1))
        finally:
            self.process.kill()
            self.process.wait()
            os.close(self._ours)

    def _read(self, seconds: float = 0.2) -> bool:
        """Read what there is; False at the end of the output."""
        if not select.select([self._ours], [], [], seconds)[0]:
            return self.process.poll() is None
        try:
            data = os.read(self._ours, 65536)
        except OSError:  # Linux says so where the other side is closed
            return False
        self.seen += data.decode()
        return bool(data)
