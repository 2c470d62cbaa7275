"""The chain of audit rows, and the one line that shows when rows were cut off at its end.

Each row holds the SHA-256 of the one before it. Whoever can write to the store can still drop the newest rows, or write
the whole chain anew; a checkpoint that was sent elsewhere before shows both.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tfc_agent_tools.authority.audit import AuditRecord

FIRST: Final = "0" * 64
"""What stands before the first row."""
_LINE: Final = re.compile(r"tfc-agent-audit 1 ([0-9]+) ([0-9a-f]{64})")


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """The number of rows and the hash of the last one, at some time. `str()` of it is one line."""

    size: int
    head: str

    def __str__(self) -> str:
        return f"tfc-agent-audit 1 {self.size} {self.head}"

    @classmethod
    def parse(cls, line: str) -> Checkpoint:
        """Read the line.

        Raises:
            ValueError: It is none.
        """
        found = _LINE.fullmatch(line.strip())
        if not found:
            msg = "that is no checkpoint; one looks like: tfc-agent-audit 1 1042 9f86d0…"
            raise ValueError(msg)
        return cls(int(found[1]), found[2])


def checkpoint_of(rows: Sequence[AuditRecord]) -> Checkpoint:
    """The checkpoint of these rows."""
    return Checkpoint(len(rows), rows[-1].hash if rows else FIRST)


def findings(rows: Sequence[AuditRecord], checkpoint: Checkpoint | None) -> list[str]:
    """What is wrong, in the order of the rows."""
    found = list(_in_chain(rows))
    if checkpoint is not None:
        found += _against(rows, checkpoint)
    return found


def _in_chain(rows: Sequence[AuditRecord]) -> Iterator[str]:
    for number, row in enumerate(rows, start=1):
        if row.hash != row.digest():
            yield f"row {number} ({row.at}) is not as it was written"
        if number > 1 and row.previous != rows[number - 2].hash:
            yield f"row {number} ({row.at}) does not follow the one before it: rows are missing, new or out of order"


def _against(rows: Sequence[AuditRecord], checkpoint: Checkpoint) -> list[str]:
    if len(rows) < checkpoint.size:
        return [f"{checkpoint.size - len(rows)} rows are missing at the end: there were {checkpoint.size}"]
    head = rows[checkpoint.size - 1].hash if checkpoint.size else FIRST
    return [] if head == checkpoint.head else [f"row {checkpoint.size} is not the one that the checkpoint saw"]
