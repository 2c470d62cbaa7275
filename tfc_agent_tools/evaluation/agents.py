"""Who plays a case. An agent is given its table and returns why it did not come to its end."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from tfc_agent_tools.evaluation.conversation import converse
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

    @property
    def cost(self) -> float | None:
        """US dollars spent on the last case, where that is known."""
        ...

    def work(self, case: Case, table: Table, epoch: int) -> str | None:
        """Play a case. Returns why it did not come to its end, None if it did."""
        ...


@dataclass(frozen=True)
class Scripted:
    """Plays the case's own script: the same each time."""

    name: str = "scripted"
    cost: float | None = None

    def work(self, case: Case, table: Table, epoch: int) -> str | None:
        """Play the script once."""
        del epoch
        return converse(case.prompt, ScriptedChatModel(script=case.script), table)
