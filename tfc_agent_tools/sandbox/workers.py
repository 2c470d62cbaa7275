"""The threads that plan, apply and unpack: few, counted, and joined at the end."""

from __future__ import annotations

import threading
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TYPE_CHECKING, ParamSpec, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

P = ParamSpec("P")
R = TypeVar("R")


class Workers:
    """Two small thread pools that know when they have nothing left to do.

    Quick work has a thread of its own, so that an upload never waits for somebody's long plan.
    """

    def __init__(self, size: int = 3) -> None:
        self._slow = ThreadPoolExecutor(size, thread_name_prefix="tfc-sandbox")
        self._quick = ThreadPoolExecutor(1, thread_name_prefix="tfc-sandbox-quick")
        self._pending = 0
        self._changed = threading.Condition()
        self._is_held = False
        self._gate = threading.Event()
        self._gate.set()

    def hold(self) -> None:
        """Let slow work move on only while somebody waits in `settle`."""
        self._is_held = True
        self._gate.clear()

    def submit(self, work: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> Future[R]:
        """Queue work that may take minutes; what it raises stays in the future."""
        return self._submit(self._slow, self._once_let_through(work), *args, **kwargs)

    def submit_quick(self, work: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> Future[R]:
        """Queue work that takes less than a second."""
        return self._submit(self._quick, work, *args, **kwargs)

    def _submit(self, pool: ThreadPoolExecutor, work: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> Future[R]:
        with self._changed:
            self._pending += 1
        future = pool.submit(work, *args, **kwargs)
        future.add_done_callback(self._done)
        return future

    def _once_let_through(self, work: Callable[P, R]) -> Callable[P, R]:
        def waiting(*args: P.args, **kwargs: P.kwargs) -> R:
            self._gate.wait()
            return work(*args, **kwargs)

        return waiting

    def settle(self, timeout: float) -> bool:
        """Wait until no work is left, work that other work queued included; False when `timeout` s pass."""
        self._gate.set()
        with self._changed:
            is_settled = self._changed.wait_for(lambda: self._pending == 0, timeout)
        if self._is_held:
            self._gate.clear()
        return is_settled

    def close(self) -> None:
        """Drop what has not started, and join the threads."""
        self._is_held = False
        self._gate.set()
        for pool in (self._quick, self._slow):
            pool.shutdown(wait=True, cancel_futures=True)

    def _done(self, _future: Future[R]) -> None:
        with self._changed:
            self._pending -= 1
            self._changed.notify_all()
