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


def findings(rows: Sequence[AuditRecord], checkpoint: Checkpoint | None, dropped: int) -> list[str]:
    """What is wrong, in the order of the rows; `dropped` rows before them are known to be no longer kept."""
    found = list(_in_chain(rows, dropped))
    if checkpoint is not None:
        found += _against(rows, checkpoint, dropped)
    return found


def _in_chain(rows: Sequence[AuditRecord], dropped: int) -> Iterator[str]:
    before = None if dropped else FIRST
    for number, row in enumerate(rows, start=dropped + 1):
        if row.hash != row.digest():
            yield f"row {number} ({row.at}) is not as it was written"
        if before is not None and row.previous != before:
            what = "the start of the log" if before == FIRST else "the one before it"
            yield f"row {number} ({row.at}) does not follow {what}: rows are missing, new or moved"
        before = row.hash


def _against(rows: Sequence[AuditRecord], checkpoint: Checkpoint, dropped: int) -> list[str]:
    size = dropped + len(rows)
    if size < checkpoint.size:
        return [f"{checkpoint.size - size} rows are missing: there were {checkpoint.size}"]
    if checkpoint.size <= dropped:
        return []  # that row is no longer kept
    seen = rows[checkpoint.size - dropped - 1].hash if checkpoint.size else FIRST
    return [] if seen == checkpoint.head else [f"row {checkpoint.size} is not the one that the checkpoint saw"]
