"""The clock of a case: no time passes, and where something is waited for, its world comes to rest instead."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from tfc_agent_tools.clock import InstantClock

if TYPE_CHECKING:
    from collections.abc import Callable

_LONG: Final = 1.0
"""Seconds. A wait for something that takes its time, and not for a place in the rate budget."""


class RestingClock(InstantClock):
    """Lets the server finish what it does whenever somebody waits, so that the next look finds the end.

    With it the number of polls does not depend on the machine's speed.
    """

    def __init__(self, settle: Callable[[], object]) -> None:
        super().__init__()
        self._settle = settle

    def sleep(self, seconds: float) -> None:
        """Let the time pass, and the server come to rest."""
        super().sleep(seconds)
        if seconds >= _LONG:
            self._settle()

    async def asleep(self, seconds: float) -> None:
        """As `sleep`."""
        self.sleep(seconds)
