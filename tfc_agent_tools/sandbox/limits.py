"""The API's rate limits: 30 requests a second for each user, 30 a minute for lists of runs, 10 verifications.

https://developer.hashicorp.com/terraform/cloud-docs/api-docs#rate-limiting and the page on runs.
"""

from __future__ import annotations

import re
from collections import deque
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

LIMIT = 30


class _Window(NamedTuple):
    """What is counted for one user, over how many seconds, and how often it may happen."""

    what: str
    seconds: float
    limit: int


class RateLimiter:
    """Counts requests in sliding windows of a second and, for what has a limit of its own, of a minute."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self._clock = clock
        self._seen: dict[tuple[str, _Window], deque[float]] = {}

    def wait(self, user: str, method: str, path: str) -> float:
        """Count a request; return 0, or the seconds to wait when it is one too many."""
        windows = [_EVERY, *(window for verb, pattern, window in _MINUTE if verb == method and pattern.match(path))]
        now = self._clock().timestamp()
        waits = [self._remaining(user, window, now) for window in windows]
        if max(waits) > 0:
            return max(waits)
        for window in windows:
            self._seen[user, window].append(now)
        return 0.0

    def _remaining(self, user: str, window: _Window, now: float) -> float:
        seen = self._seen.setdefault((user, window), deque())
        while seen and seen[0] <= now - window.seconds:
            seen.popleft()
        return 0.0 if len(seen) < window.limit else max(0.001, seen[0] + window.seconds - now)


_EVERY = _Window("any request", 1.0, LIMIT)
_MINUTE = (
    (
        "GET",
        re.compile(r"/api/v2/(workspaces/[^/]+|organizations/[^/]+)/runs/?\Z"),
        _Window("lists of runs", 60.0, LIMIT),
    ),
    (
        "POST",
        re.compile(r"/api/v2/notification-configurations/[^/]+/actions/verify/?\Z"),
        _Window("verifications", 60.0, 10),
    ),
)
