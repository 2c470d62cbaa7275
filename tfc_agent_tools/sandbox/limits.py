"""The API's rate limits: 30 requests a second for each user, 30 a minute for lists of runs.

https://developer.hashicorp.com/terraform/cloud-docs/api-docs#rate-limiting and the page on runs.
"""

from __future__ import annotations

import re
from collections import deque
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

LIMIT = 30
_RUN_LISTS = re.compile(r"/api/v2/(workspaces/[^/]+|organizations/[^/]+)/runs/?\Z")


class RateLimiter:
    """Counts requests in sliding windows of a second and, for run lists, of a minute."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self._clock = clock
        self._seen: dict[tuple[str, float], deque[float]] = {}

    def wait(self, user: str, method: str, path: str) -> float:
        """Count a request; return 0, or the seconds to wait when it is one too many."""
        windows = [1.0]
        if method == "GET" and _RUN_LISTS.match(path):
            windows.append(60.0)
        now = self._clock().timestamp()
        waits = [self._remaining((user, window), now) for window in windows]
        if max(waits) > 0:
            return max(waits)
        for window in windows:
            self._seen[user, window].append(now)
        return 0.0

    def _remaining(self, key: tuple[str, float], now: float) -> float:
        seen = self._seen.setdefault(key, deque())
        window = key[1]
        while seen and seen[0] <= now - window:
            seen.popleft()
        return 0.0 if len(seen) < LIMIT else max(0.001, seen[0] + window - now)
