"""The toolkit's share of the server's rate limit, given out as places in a queue.

The server allows 30 requests a second for each user, whatever the token, so that people and pipelines that
use the same user draw on the same 30. Two endpoints are narrower: a list of runs (30 a minute) and the test
of a notification (10 a minute). See
https://developer.hashicorp.com/terraform/cloud-docs/api-docs#rate-limiting.

The algorithm is GCRA: each bucket holds one number, the time at which the next request would be on schedule
(its theoretical arrival time), and a request may be ahead of schedule by the burst. A reservation therefore
always succeeds, takes microseconds, and answers how long to sleep, which is the same for a thread and for a
coroutine.
"""

import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from threading import Lock
from typing import Final, Protocol, Self

LONGEST_PUSH: Final = 60.0
"""Seconds. The server's longest window is a minute, so a header that asks for more is wrong."""


class Bucket(StrEnum):
    """The limits that the server keeps apart. A request in a narrow one also counts against the default."""

    DEFAULT = "default"
    RUN_LISTS = "run-lists"
    NOTIFICATION_VERIFY = "notification-verify"


class RateBudget(Protocol):
    """What the HTTP client needs of a budget, be it in this process or in a store shared by many."""

    blocks: bool
    """Whether asking may take milliseconds, so that a running loop asks in a thread."""

    def reserve(self, bucket: Bucket = Bucket.DEFAULT) -> float:
        """Take the next place; answers the seconds to sleep before sending."""
        ...

    def push_back(self, bucket: Bucket, seconds: float) -> None:
        """After a 429: no place that is given out from now on starts within these seconds."""
        ...

    def spare(self) -> float:
        """Take a place of the default bucket only if it can start now and half of the burst is left for others.

        Returns:
            0 where it was taken, else the seconds after which to ask again.
        """
        ...

    def learn(self, limit: int) -> None:
        """What the server says its limit is, in requests a second: the default bucket keeps within it."""
        ...

    def belongs_to(self, user_id: str) -> None:
        """The user of the token has become known: the limit is the user's, whatever the token."""
        ...

    def close(self) -> None:
        """Close what it holds open; it opens again when used."""
        ...


@dataclass(frozen=True, slots=True)
class Limit:
    """A sustained rate and what may come at once on top of it.

    Any window of one period sees at most `rate * period + burst` starts, which must not be over the server's
    limit.
    """

    rate: float
    """Requests a second."""
    burst: int

    def __post_init__(self) -> None:
        if not (0 < self.rate < float("inf") and self.burst >= 1):
            msg = f"a limit needs a rate above 0 and a burst from 1, not {self.rate!r} and {self.burst!r}"
            raise ValueError(msg)

    @property
    def interval(self) -> float:
        """Seconds from one place to the next."""
        return 1 / self.rate

    @property
    def tolerance(self) -> float:
        """Seconds that a request may be ahead of schedule."""
        return (self.burst - 1) / self.rate

    @classmethod
    def within(cls, limit: int) -> Self:
        """Two thirds of a server's limit a second spread evenly and one third at once, as go-tfe does."""
        return cls(rate=limit * 2 / 3, burst=max(1, limit // 3))


LARGEST_LIMIT: Final = 1000
"""Requests a second. A header that says more is not believed."""


NARROW: Final = {
    Bucket.RUN_LISTS: Limit(rate=20 / 60, burst=10),
    Bucket.NOTIFICATION_VERIFY: Limit(rate=6 / 60, burst=4),
}
"""In a minute at most 30 and 10, of which two thirds are spread evenly, as go-tfe does."""


class Budget:
    """A rate budget in this process. Safe to use from many threads and from a running event loop.

    Places are given out in the order in which they are asked for. A second sees at most `rate + burst`
    starts, and a narrow bucket with a queue adds at most one of its own.
    """

    blocks = False

    def __init__(self, rate: float = 20.0, burst: int = 10, clock: Callable[[], float] = time.monotonic) -> None:
        limits = {Bucket.DEFAULT: Limit(rate, burst), **NARROW}
        self._steps = {bucket: (limit.interval, limit.tolerance) for bucket, limit in limits.items()}
        self._due = dict.fromkeys(limits, float("-inf"))
        self._clock = clock
        self._last = float("-inf")
        self._lock = Lock()

    def reserve(self, bucket: Bucket = Bucket.DEFAULT) -> float:
        """Take the next place; answers the seconds to sleep before sending."""
        with self._lock:
            now = self._now()
            start = self._take(Bucket.DEFAULT, now)
            if bucket is not Bucket.DEFAULT:
                # Asked for the time at which the default lets it start: a request held up there would
                # otherwise start together with later ones and break the narrow limit.
                start = self._take(bucket, start)
            return start - now

    def push_back(self, bucket: Bucket, seconds: float) -> None:
        """After a 429: no place that is given out from now on starts within these seconds (60 at most)."""
        if not seconds > 0:
            return
        with self._lock:
            _, tolerance = self._steps[bucket]
            due = self._now() + min(seconds, LONGEST_PUSH) + tolerance
            self._due[bucket] = max(self._due[bucket], due)

    def spare(self) -> float:
        """Take a place if it can start now with half of the burst left; otherwise the seconds to ask again after."""
        with self._lock:
            now = self._now()
            interval, tolerance = self._steps[Bucket.DEFAULT]
            wait = self._due[Bucket.DEFAULT] - (tolerance - interval) / 2 - now
            if wait <= 0:
                self._take(Bucket.DEFAULT, now)
            return max(wait, 0.0)

    def learn(self, limit: int) -> None:
        """Keep within what the server says its limit is, in requests a second."""
        if 1 <= limit <= LARGEST_LIMIT:
            told = Limit.within(limit)
            with self._lock:
                self._steps[Bucket.DEFAULT] = (told.interval, told.tolerance)

    def belongs_to(self, user_id: str) -> None:
        """One process, one token: there is nobody to share with."""

    def close(self) -> None:
        """Nothing is open."""

    def _take(self, bucket: Bucket, at: float) -> float:
        interval, tolerance = self._steps[bucket]
        due = self._due[bucket]
        self._due[bucket] = max(at, due) + interval
        return max(at, due - tolerance)

    def _now(self) -> float:
        """The clock. Where it was set back, the schedule moves along: nobody waits for the lost time."""
        now = self._clock()
        if now < self._last:
            for bucket in self._due:
                self._due[bucket] -= self._last - now
        self._last = now
        return now


_RUN_LIST = re.compile(r"/(?:workspaces|organizations)/[^/]+/runs")
_VERIFY = re.compile(r"/notification-configurations/[^/]+/actions/verify")


def bucket_of(method: str, path: str) -> Bucket:
    """The bucket of a request; the path is relative to `/api/v2`, without a query."""
    if method == "GET" and _RUN_LIST.fullmatch(path):
        return Bucket.RUN_LISTS
    if method == "POST" and _VERIFY.fullmatch(path):
        return Bucket.NOTIFICATION_VERIFY
    return Bucket.DEFAULT
