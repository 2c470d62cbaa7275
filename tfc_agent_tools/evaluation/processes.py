"""Processes to play and to record in. However a run ends, they end with it."""

from __future__ import annotations

import multiprocessing
import signal
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from multiprocessing import forkserver
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Generator, Sequence
    from concurrent.futures import Executor


PLAYING: Final = (
    "tfc_agent_tools.evaluation.run",
    "tfc_agent_tools.evaluation.monkey",
    "tfc_agent_tools.evaluation.obedient",
    "tfc_agent_tools.sandbox",
)
"""What a process needs that plays cases."""
RECORDING: Final = ("tfc_agent_tools.evaluation.record", "tfc_agent_tools.evaluation.sandboxed")
"""What a process needs that records."""


def get_ready(preload: Sequence[str]) -> None:
    """Let the process from which others will start do its imports now, beside this one's own."""
    multiprocessing.get_context("forkserver").set_forkserver_preload(list(preload))
    forkserver.ensure_running()


@contextmanager
def processes(number: int, *, preload: Sequence[str]) -> Generator[Executor]:
    """Processes that start from one which has these imports done. They are no copies of this one, which has threads.

    Whatever ends the run early, be it Ctrl-C, ends them too: nobody waits for what they do.
    """
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(list(preload))
    pool = ProcessPoolExecutor(number, mp_context=context, initializer=_leave_interrupts_to_the_parent)
    try:
        yield pool
        pool.shutdown()
    except BaseException:
        _end(pool)
        raise


def _leave_interrupts_to_the_parent() -> None:
    """Ctrl-C reaches every process of a terminal. One that stops in the middle of a message leaves others waiting."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def _end(pool: ProcessPoolExecutor) -> None:
    """End a pool's processes. Before Python 3.14 only its inside knows them, and forgets them in `shutdown`."""
    running: dict[int, Any] = dict(getattr(pool, "_processes", None) or {})
    answers: Any = getattr(pool, "_result_queue", None)
    pool.shutdown(wait=False, cancel_futures=True)
    for process in running.values():
        process.terminate()
    if writer := getattr(answers, "_writer", None):
        # The pool's thread may be in the middle of an answer whose end won't come. With no writer left it sees the end.
        writer.close()
