"""When: durations (`10m`), hours of a day in a time zone (`08:00-18:00 Europe/Berlin`), days of a week (`mon-fri`)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, time
from typing import Final
from zoneinfo import ZoneInfo

_DURATION: Final = re.compile(r"([1-9][0-9]{0,3})([smh])")
_SECONDS: Final = {"s": 1, "m": 60, "h": 3600}
_HOURS: Final = re.compile(r"([0-2][0-9]:[0-5][0-9])-([0-2][0-9]:[0-5][0-9]) ([A-Za-z0-9_+/-]+)")
_DAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def seconds(text: str) -> float:
    """The seconds of a duration such as `90s`, `10m` or `1h`.

    Raises:
        ValueError: It is none.
    """
    found = _DURATION.fullmatch(text)
    if not found:
        msg = f"{text!r} is no duration such as 90s, 10m or 1h"
        raise ValueError(msg)
    return float(found[1]) * _SECONDS[found[2]]


@dataclass(frozen=True, slots=True)
class Hours:
    """A part of every day, in one time zone. It can lie around midnight; its end is not in it."""

    start: time
    end: time
    zone: ZoneInfo

    @classmethod
    def parse(cls, text: str) -> Hours:
        """Read `08:00-18:00 Europe/Berlin`.

        Raises:
            ValueError: It is not written so, or there is no such time or time zone.
        """
        found = _HOURS.fullmatch(text)
        if not found:
            msg = f"{text!r} is not written as 08:00-18:00 Europe/Berlin"
            raise ValueError(msg)
        try:
            zone = ZoneInfo(found[3])
        except (LookupError, ValueError, OSError):
            msg = f"there is no time zone {found[3]!r}; a name such as Europe/Berlin or UTC is needed"
            raise ValueError(msg) from None
        return cls(time.fromisoformat(found[1]), time.fromisoformat(found[2]), zone)

    def hold(self, moment: datetime) -> bool:
        """Whether the moment is within them."""
        now = moment.astimezone(self.zone).time()
        if self.start < self.end:
            return self.start <= now < self.end
        return now >= self.start or now < self.end


def days(text: str) -> frozenset[int]:
    """The weekdays (Monday is 0) in `mon-fri` or `sat,sun`.

    Raises:
        ValueError: A word is no day of the week.
    """
    found = set[int]()
    for part in text.lower().replace(" ", "").split(","):
        first, _, last = part.partition("-")
        if first not in _DAYS or (last and last not in _DAYS):
            msg = f"{part!r} is no day or range of days such as mon-fri"
            raise ValueError(msg)
        start, end = _DAYS.index(first), _DAYS.index(last or first)
        found |= {number % 7 for number in range(start, end + 1 if end >= start else end + 8)}
    return frozenset(found)
