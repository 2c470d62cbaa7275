"""One command of an untrusted run: own process group, own environment, a time limit and an output limit."""

from __future__ import annotations

import contextlib
import os
import resource
import selectors
import signal
import subprocess
import time
from dataclasses import dataclass
from enum import StrEnum
from typing import IO, TYPE_CHECKING

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

_TICK = 0.05
_CHUNK = 65536


class Ending(StrEnum):
    """Why a command is over."""

    EXITED = "exited"
    TIMED_OUT = "timed out"
    TOO_MUCH_OUTPUT = "too much output"
    CANCELED = "canceled"


@dataclass(frozen=True, slots=True)
class Limits:
    """What one command may use: seconds, seconds to end after an interrupt, and bytes.

    `memory` is address space, of which terraform reserves far more than it uses. `memory` and `file`, the
    largest file that it may write, hold on Linux only.
    """

    seconds: float = 120.0
    grace: float = 3.0
    output: int = 16 * 1024 * 1024
    memory: int = 4 * 1024**3
    file: int = 256 * 1024**2


@dataclass(frozen=True, slots=True)
class Completed:
    """How a command ended. `code` means something only when it exited by itself or was canceled."""

    ending: Ending
    code: int
    output: bytes

    @property
    def good(self) -> bool:
        """Whether it ended by itself with 0."""
        return self.ending is Ending.EXITED and self.code == 0


def run_command(
    argv: Sequence[str],
    *,
    cwd: Path,
    env: Mapping[str, str],
    limits: Limits,
    cancel: threading.Event,
    on_output: Callable[[bytes], None] | None = None,
    merge_stderr: bool = True,
) -> Completed:
    """Run a command to its end and return what it wrote.

    A set `cancel` sends SIGINT, as the service does, and SIGKILL when the grace is over; a limit that is
    reached sends SIGKILL. Both go to the whole process group, so that no child outlives its command.
    """
    process = subprocess.Popen(  # noqa: S603 - argv comes from the engine; no shell
        list(argv),
        cwd=cwd,
        env=dict(env),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT if merge_stderr else subprocess.DEVNULL,
        start_new_session=True,
    )
    _limit(process.pid, limits)
    watch = _Watch(process, limits, cancel, on_output)
    try:
        return watch.finish()
    finally:
        _signal_group(process, signal.SIGKILL)
        process.wait()
        if process.stdout is not None:
            process.stdout.close()


class _Watch:
    def __init__(
        self,
        process: subprocess.Popen[bytes],
        limits: Limits,
        cancel: threading.Event,
        on_output: Callable[[bytes], None] | None,
    ) -> None:
        self._process = process
        self._limits = limits
        self._cancel = cancel
        self._on_output = on_output
        self._output = bytearray()
        self._deadline = time.monotonic() + limits.seconds
        self._interrupted = False

    def finish(self) -> Completed:
        if self._process.stdout is None:
            msg = "the process has no output pipe"
            raise RuntimeError(msg)
        ending = self._read(self._process.stdout)
        if ending is not Ending.EXITED:
            return Completed(ending, -1, bytes(self._output))
        remaining = max(0.0, self._deadline - time.monotonic())
        try:
            code = self._process.wait(remaining)
        except subprocess.TimeoutExpired:
            return Completed(Ending.TIMED_OUT, -1, bytes(self._output))
        return Completed(Ending.CANCELED if self._interrupted else Ending.EXITED, code, bytes(self._output))

    def _read(self, pipe: IO[bytes]) -> Ending:
        with selectors.DefaultSelector() as selector:
            selector.register(pipe, selectors.EVENT_READ)
            while True:
                if time.monotonic() > self._deadline:
                    return Ending.CANCELED if self._interrupted else Ending.TIMED_OUT
                if self._cancel.is_set() and not self._interrupted:
                    self._interrupt()
                if not selector.select(_TICK):
                    continue
                chunk = os.read(pipe.fileno(), _CHUNK)
                if not chunk:
                    return Ending.EXITED
                if len(self._output) + len(chunk) > self._limits.output:
                    return Ending.TOO_MUCH_OUTPUT
                self._output += chunk
                if self._on_output is not None:
                    self._on_output(chunk)

    def _interrupt(self) -> None:
        self._interrupted = True
        self._deadline = min(self._deadline, time.monotonic() + self._limits.grace)
        _signal_group(self._process, signal.SIGINT)


def _limit(pid: int, limits: Limits) -> None:
    # Set from outside: code between fork and exec is unsafe in a process with threads.
    if hasattr(resource, "prlimit"):
        with contextlib.suppress(ProcessLookupError):
            resource.prlimit(pid, resource.RLIMIT_AS, (limits.memory, limits.memory))
            resource.prlimit(pid, resource.RLIMIT_FSIZE, (limits.file, limits.file))


def _signal_group(process: subprocess.Popen[bytes], number: signal.Signals) -> None:
    # start_new_session made the leader's pid the group's id, and the group outlives its leader.
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, number)
