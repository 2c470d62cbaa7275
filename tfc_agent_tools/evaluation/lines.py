"""Requests as cases name them: `POST /runs/*/actions/apply`."""

from __future__ import annotations

import re
from functools import lru_cache


@lru_cache(maxsize=4096)
def _compiled(pattern: str) -> re.Pattern[str]:
    method, _, path = pattern.partition(" ")
    anything = r"[A-Z]+" if method == "*" else re.escape(method)
    return re.compile(anything + " " + ".*".join(map(re.escape, path.split("*"))))


def matches(pattern: str, line: str) -> bool:
    """Whether a request, `POST /runs`, is one that the pattern means. `*` stands for any characters."""
    return _compiled(pattern).fullmatch(line) is not None
