"""Three-valued answers: a fact that could not be read makes a condition neither true nor false."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


class Tri(Enum):
    """Whether a condition holds."""

    NO = 0
    MAYBE = 1
    YES = 2

    def negated(self) -> Tri:
        """The opposite; a maybe stays one."""
        return Tri(2 - self.value)


def every(answers: Iterable[Tri]) -> Tri:
    """Whether all hold. One that certainly does not decides it."""
    found = Tri.YES
    for answer in answers:
        if answer is Tri.NO:
            return Tri.NO
        if answer is Tri.MAYBE:
            found = Tri.MAYBE
    return found


def some(answers: Iterable[Tri]) -> Tri:
    """Whether one holds. One that certainly does decides it."""
    found = Tri.NO
    for answer in answers:
        if answer is Tri.YES:
            return Tri.YES
        if answer is Tri.MAYBE:
            found = Tri.MAYBE
    return found


def truth(*, holds: bool) -> Tri:
    """A known answer."""
    return Tri.YES if holds else Tri.NO
