"""How the toolkit waits. A replay or a test waits by an `InstantClock`: no time passes but its own."""

from __future__ import annotations

import asyncio
import time
from typing import Protocol


class Clock(Protocol):
    """Seconds that only go up, and waiting for some of them."""

    def now(self) -> float:
        """Seconds since some moment."""
        ...

    def sleep(self, seconds: float) -> None:
        """Wait, blocking."""
        ...

    async def asleep(self, seconds: float) -> None:
        """Wait, on the running loop."""
        ...


class RealClock:
    """The machine's own clock."""

    def now(self) -> float:
        """Seconds since some moment."""
        return time.monotonic()

    def sleep(self, seconds: float) -> None:
        """Wait, blocking."""
        time.sleep(seconds)

    async def asleep(self, seconds: float) -> None:
        """Wait, on the running loop."""
        await asyncio.sleep(seconds)


class InstantClock:
    """A clock that moves only when somebody sleeps, and then at once."""

    def __init__(self) -> None:
        self._now = 0.0

    def now(self) -> float:
        """Seconds slept so far."""
        return self._now

    def sleep(self, seconds: float) -> None:
        """Let the time pass."""
        self._now += seconds

    async def asleep(self, seconds: float) -> None:
        """Let the time pass."""
        self._now += seconds
