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


NO, MAYBE, YES = Tri.NO, Tri.MAYBE, Tri.YES
"""A name in a module is found much faster than a member of an enumeration, and a decision asks for hundreds."""


def every(answers: Iterable[Tri]) -> Tri:
    """Whether all hold. One that certainly does not decides it."""
    found = YES
    for answer in answers:
        if answer is NO:
            return NO
        if answer is MAYBE:
            found = MAYBE
    return found


def some(answers: Iterable[Tri]) -> Tri:
    """Whether one holds. One that certainly does decides it."""
    found = NO
    for answer in answers:
        if answer is YES:
            return YES
        if answer is MAYBE:
            found = MAYBE
    return found


def truth(*, holds: bool) -> Tri:
    """A known answer."""
    return YES if holds else NO
