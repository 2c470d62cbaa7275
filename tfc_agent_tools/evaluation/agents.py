"""Who plays a case."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from tfc_agent_tools.evaluation.conversation import Ended, converse, follow
from tfc_agent_tools.evaluation.scripted import ScriptedChatModel
from tfc_agent_tools.toolkit import TerraformCloudToolkit

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


Build = Callable[[TerraformCloudToolkit], Any]
"""Makes a team's own agent from its tools: a graph with LangGraph's `messages` state, as `create_agent` gives one."""


@dataclass(frozen=True)
class Built:
    """A team's own agent: `Built(lambda toolkit: create_agent(model, toolkit.get_tools()))`.

    To play in other processes the function must be one that can be pickled: of a module, not a lambda.
    """

    build: Build
    name: str = "built"

    def work(self, case: Case, table: Table, epoch: int) -> Ended:
        """Let it do what the case asks."""
        del epoch
        return Ended(follow(case.prompt, self.build(table.toolkit), table))


@dataclass(frozen=True)
class Scripted:
    """Plays the case's own script: the same each time."""

    name: str = "scripted"

    def work(self, case: Case, table: Table, epoch: int) -> Ended:
        """Play the script once."""
        del epoch
        return Ended(converse(case.prompt, ScriptedChatModel(script=case.script), table))
