"""The secret values of one plan, as many as can be searched for in everything that is shown of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from tfc_agent_tools.errors import Unreadable
from tfc_agent_tools.present.secrets.marks import leaves

if TYPE_CHECKING:
    from collections.abc import Iterable

MOST: Final = 16 * 2**20
"""Characters of all of them together."""


class SecretValues:
    """Text and numbers, each once."""

    def __init__(self, known: Iterable[object] = ()) -> None:
        self.all: set[object] = set()
        self._size = 0
        self.extend(known)

    def extend(self, values: Iterable[object], /) -> None:
        """Take these in.

        Raises:
            Unreadable: There are more than can be searched for.
        """
        for value in values:
            if value in self.all:
                continue
            self.all.add(value)
            self._size += len(value) if isinstance(value, str) else 0
            if self._size > MOST:
                raise Unreadable("plan", "it holds more secret values than can be checked")

    def take(self, value: object) -> None:
        """Take in all text and numbers of a value that is secret as a whole."""
        self.extend(leaves(value))
