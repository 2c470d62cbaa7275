"""What a handler has to wait for before it can answer: done without the world's lock."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from starlette.responses import Response


@dataclass(frozen=True, slots=True)
class Errand:
    """`work` runs without the lock; `then` gets what came of it, holds the lock again and answers."""

    work: Callable[[], Awaitable[Any]]
    then: Callable[[Any], Response]
