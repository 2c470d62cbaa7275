"""Who plays a case."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from tfc_agent_tools.evaluation.conversation import Ended, converse
from tfc_agent_tools.evaluation.scripted import ScriptedChatModel

if TYPE_CHECKING:
    from tfc_agent_tools.evaluation.case import Case
    from tfc_agent_tools.evaluation.conversation import Table


class Agent(Protocol):
    """Plays cases. It is sent to other processes, so it can be pickled; what it needs it makes where it works."""

    @property
    def name(self) -> str:
        """As reports name it."""
        ...

    def work(self, case: Case, table: Table, epoch: int) -> Ended:
        """Play a case."""
        ...


@dataclass(frozen=True)
class Scripted:
    """Plays the case's own script: the same each time."""

    name: str = "scripted"

    def work(self, case: Case, table: Table, epoch: int) -> Ended:
        """Play the script once."""
        del epoch
        return Ended(converse(case.prompt, ScriptedChatModel(script=case.script), table))
