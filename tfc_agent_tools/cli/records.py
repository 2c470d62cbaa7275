"""The audit log on the screen."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tfc_agent_tools.authority.audit import AuditRecord
    from tfc_agent_tools.cli.screen import Screen

_COLOURS: Final = {"read": "dim", "refused": "red", "intent": "yellow", "outcome": "green", "resolved": "cyan"}


def show_records(screen: Screen, records: Sequence[AuditRecord]) -> None:
    """One sentence for each row; rows that follow one another and say the same are one."""
    for (kind, sentence), same in groupby(records, key=lambda record: (record.kind, record.sentence)):
        times = len(list(same))
        screen.line(kind, f"{sentence} ({times} times)" if times > 1 else sentence, label_style=_COLOURS[kind])


def show_timed(screen: Screen, records: Sequence[AuditRecord]) -> None:
    """One sentence for each row, with its time."""
    for record in records:
        moment = record.at[:19].replace("T", " ")
        screen.line(record.kind, f"{moment} {record.sentence}", label_style=_COLOURS[record.kind])
