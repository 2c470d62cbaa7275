"""One rate budget for every process of a machine, or of several: the places are given out by a table.

Where the table can't be reached, a process goes on with a small share of its own: a read is never refused for that.
"""

from __future__ import annotations

import hashlib
import logging
import os
import time
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any, Final

from tfc_agent_tools.api.budget import LARGEST_LIMIT, LONGEST_PUSH, NARROW, Bucket, Budget, Limit
from tfc_agent_tools.api.rate_rows import BELONGS, CARRY, LEARN, PUSH, SPARE, TAKE, PostgresRows, SqliteRows

if TYPE_CHECKING:
    from collections.abc import Callable

    from tfc_agent_tools.api.budget import RateBudget
    from tfc_agent_tools.api.rate_rows import Rows

_log = logging.getLogger(__name__)
SECONDS_TO_TRY_AGAIN: Final = 5.0
"""How long a process goes on alone before it looks for the table again."""
SHARE_ALONE: Final = 4
"""Without the table a process takes a quarter: others of the same user may be as alone as this one."""
LEAST_WAIT: Final = 1e-4
"""Seconds. Less than this is no wait but the time between two looks at the clock."""
_LONGEST_QUEUE: Final = {Bucket.DEFAULT: LONGEST_PUSH, Bucket.RUN_LISTS: 600.0, Bucket.NOTIFICATION_VERIFY: 600.0}
"""Seconds. A place that is further ahead comes from a clock that jumped, not from a queue; a narrow one is slow."""


class SharedBudget:
    """A rate budget in a database. Safe to use from many threads, processes and, with PostgreSQL, machines.

    Args:
        url: `sqlite:///file.db`, for which a file `file.db.rate` is kept beside it, or `postgresql+psycopg://host/name`.
        address: The server whose limit it is.
        identity: The fingerprint of the token, by which places are counted until its user is known.
        rate: Requests a second, until the server says what its limit is.
        burst: What may come at once on top.
        clock: By which this process waits.
        shared_clock: By which all processes of a machine count; with PostgreSQL the server's clock is.

    Raises:
        ValueError: The URL is of no database that can be shared.
    """

    def __init__(
        self,
        url: str,
        *,
        address: str,
        identity: str,
        rate: float = 20.0,
        burst: int = 10,
        clock: Callable[[], float] = time.monotonic,
        shared_clock: Callable[[], float] = time.time,
    ) -> None:
        self._open, self.blocks = _opener(url, shared_clock)
        self._limits = {Bucket.DEFAULT: Limit(rate, burst), **NARROW}
        self._address = address
        self._token = _digest(address, "token", identity)
        self._alone = Budget(rate / SHARE_ALONE, max(1, burst // SHARE_ALONE), clock)
        self._clock, self._again = clock, float("-inf")
        self._rows: Rows | None = None
        self._told: int | None = None
        self._user: str | None = None
        self._process, self._lock = os.getpid(), Lock()

    def __repr__(self) -> str:
        return f"SharedBudget({self._address})"

    def reserve(self, bucket: Bucket = Bucket.DEFAULT) -> float:
        """Take the next place; answers the seconds to sleep before sending."""
        wait = self._ask(TAKE, Bucket.DEFAULT, after=0.0)
        if wait is not None and bucket is not Bucket.DEFAULT:
            wait = self._ask(TAKE, bucket, after=wait)
        return self._alone.reserve(bucket) if wait is None else _rounded(wait)

    def spare(self) -> float:
        """Take a place only if it can start now and half of the burst is left for others; 0 where it was taken."""
        wait = self._ask(SPARE, Bucket.DEFAULT)
        return self._alone.spare() if wait is None else _rounded(wait)

    def push_back(self, bucket: Bucket, seconds: float) -> None:
        """After a 429: no place that any process gets from now on starts within these seconds (60 at most)."""
        if seconds > 0:
            self._ask(PUSH, bucket, seconds=float(min(seconds, LONGEST_PUSH)))
            self._alone.push_back(bucket, seconds)

    def learn(self, limit: int) -> None:
        """What the server says its limit is: every process keeps within it."""
        if limit == self._told or not 1 <= limit <= LARGEST_LIMIT:
            return
        told = Limit.within(limit)
        self._alone.learn(max(1, limit // SHARE_ALONE))
        values = {"pace": told.interval, "ahead": told.tolerance}
        if self._ask(LEARN, Bucket.DEFAULT, **values) is not None:
            self._told = limit

    def belongs_to(self, user_id: str) -> None:
        """Count by the user from now on, here and wherever else the same token is used."""
        owner = _digest(self._address, "user", user_id)
        if owner == self._user:
            return
        self._ask(CARRY, Bucket.DEFAULT, owner=owner)
        if self._ask(BELONGS, Bucket.DEFAULT, owner=owner) is not None:
            self._user, self._told = owner, None

    def close(self) -> None:
        """Close the connection; it is opened again when used."""
        with self._lock:
            self._drop()

    def _ask(self, statement: str, bucket: Bucket, **values: Any) -> float | None:
        """What the table answers, or None where it can't be asked."""
        if self._process != os.getpid():  # a fork: neither its lock nor its connection is of use here
            self._process, self._lock, self._rows = os.getpid(), Lock(), None
        limit = self._limits[bucket]
        longest = _LONGEST_QUEUE[bucket] + limit.tolerance
        known = {"bucket": bucket.value, "pace": limit.interval, "ahead": limit.tolerance, "longest": longest}
        with self._lock:
            if self._rows is None and self._clock() < self._again:
                return None
            try:
                self._rows = self._rows or self._open()
                return float(self._rows.ask(statement, {"token": self._token, **known, **values}) or 0)
            except Exception as error:  # noqa: BLE001 - whatever the driver says, reads go on without the table
                self._gave_up(error)
                return None

    def _gave_up(self, error: Exception) -> None:
        self._again = self._clock() + SECONDS_TO_TRY_AGAIN
        self._drop()
        _log.warning(
            "the shared rate budget can't be reached (%s): this process goes on with a quarter of the rate, and looks "
            "again in %d seconds",
            type(error).__name__,
            SECONDS_TO_TRY_AGAIN,
        )

    def _drop(self) -> None:
        rows, self._rows = self._rows, None
        if rows:
            rows.close()


def budget_for(store_url: str, address: str, identity: str, clock: Callable[[], float] = time.monotonic) -> RateBudget:
    """The budget that goes with a store: shared where the store is, in this process where nobody else can see it."""
    try:
        return SharedBudget(store_url, address=address, identity=identity, clock=clock)
    except ValueError:
        return Budget(clock=clock)


def _opener(url: str, clock: Callable[[], float]) -> tuple[Callable[[], Rows], bool]:
    """What opens the table of a URL, and whether asking it takes so long that a loop should not wait."""
    kind, _, rest = url.partition("://")
    file = rest.partition("?")[0].removeprefix("/")
    if kind.partition("+")[0] == "sqlite" and file and file != ":memory:" and not file.startswith("file:"):
        return (lambda: SqliteRows(Path(f"{file}.rate"), clock)), False
    if kind.partition("+")[0] == "postgresql":
        return (lambda: PostgresRows(url)), True
    msg = "the rate budget can be shared in a SQLite file or in PostgreSQL"
    raise ValueError(msg)


def _digest(*parts: str) -> str:
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()


def _rounded(wait: float) -> float:
    return wait if wait > LEAST_WAIT else 0.0
