"""The store of a case: in memory, and every row is taken down at the moment at which it is written."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tfc_agent_tools.evaluation.trace import Recorded
from tfc_agent_tools.store import MemoryStore

if TYPE_CHECKING:
    from tfc_agent_tools.authority.audit import AuditRecord
    from tfc_agent_tools.evaluation.trace import Notes


class NotingStore(MemoryStore):
    """A store for one process, whose log is taken down."""

    def __init__(self, notes: Notes) -> None:
        super().__init__()
        self._notes = notes

    def append(self, record: AuditRecord) -> None:
        """Chain a row to the log, and take it down once it is there."""
        super().append(record)
        self._notes.add(
            Recorded(
                row=record.kind,
                tool=record.tool,
                action=record.action,
                request=record.request,
                workspace=record.workspace,
                approval=record.approval,
                effect=record.effect,
                result=record.result,
                sentence=record.sentence,
            )
        )
