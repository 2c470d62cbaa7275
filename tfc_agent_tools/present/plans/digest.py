"""One digest for what a plan would do, equal for equal plans whatever order and time they were written in."""

from __future__ import annotations

import hashlib
import json
from typing import Any, Final

_encode: Final = json.JSONEncoder(sort_keys=True, separators=(",", ":"), default=str, check_circular=False).encode


class Digest:
    """SHA-256 over the rows of a projection, each bound to what it is about and to its tier.

    The order in which rows are added does not matter. Sensitive values must be out of them already: a digest that
    several processes compare can't be keyed, and one of a guessable value without a key gives it away.
    """

    def __init__(self, tier: str) -> None:
        self._tier = tier
        self._rows = list[bytes]()

    def add(self, about: str, row: Any) -> None:
        """Bind a row of JSON data."""
        self._rows.append(hashlib.sha256(_encode((about, row)).encode()).digest())

    def hex(self) -> str:
        """The digest of all rows added so far."""
        whole = hashlib.sha256(b"tfc-plan-v1\0" + self._tier.encode() + b"\0")
        whole.update(len(self._rows).to_bytes(8, "big"))
        for row in sorted(self._rows):
            whole.update(row)
        return whole.hexdigest()
