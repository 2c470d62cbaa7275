"""The conversation of `tfc-agent chat`: one thread with memory, a line from the person, the agent's turn."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from langgraph.checkpoint.memory import InMemorySaver

from tfc_agent_tools import TerraformCloudToolkit
from tfc_agent_tools.cli.agents import build_agent, take_turn
from tfc_agent_tools.cli.console import AskInConsole, ReadLine
from tfc_agent_tools.cli.desk import Desk
from tfc_agent_tools.cli.records import show_records
from tfc_agent_tools.cli.screen import shortened

if TYPE_CHECKING:
    from collections.abc import Mapping

    from langchain_core.language_models import BaseChatModel

    from tfc_agent_tools.cli.screen import Screen


def converse(model: BaseChatModel, settings: Mapping[str, Any], screen: Screen, read_line: ReadLine = input) -> None:
    """Talk until an empty line, the end of input or Ctrl-C, then show what was sent and refused.

    Args:
        model: Any chat model that can call tools.
        settings: The toolkit's, without its confirmer.
        screen: Where to print.
        read_line: Reads both what the person says and their answers to questions.
    """
    desk = Desk(AskInConsole(screen, read_line))
    toolkit = TerraformCloudToolkit(**settings, confirmer=desk.confirmer)
    screen.heading("chat")
    screen.text(f"{len(toolkit.get_tools())} tools. You are asked before each write. An empty line ends the chat.")
    try:
        _talk(build_agent(model, toolkit, checkpointer=InMemorySaver()), desk, screen, read_line)
    except KeyboardInterrupt:
        screen.text("\nInterrupted. A request that was already sent is not taken back.")
    finally:
        toolkit.close()
        _show_what_was_done(screen, toolkit)


def _talk(agent: Any, desk: Desk, screen: Screen, read_line: ReadLine) -> None:
    thread = uuid4().hex
    while said := _line(read_line):
        try:
            desk.run(partial(_turn, agent, said, screen, thread))
        except Exception as error:  # noqa: BLE001 - a provider's error must not end the conversation
            screen.line("failed", f"{type(error).__name__}: {shortened(str(error), 300)}", style="red")
            screen.text("The conversation starts anew, without memory of this one; what was done stays done.")
            thread = uuid4().hex  # the old one may end in a call without a result, which no provider takes


def _turn(agent: Any, said: str, screen: Screen, thread: str) -> None:
    take_turn(agent, said, screen, configurable={"thread_id": thread})


def _line(read_line: ReadLine) -> str:
    try:
        return read_line("\nyou: ").strip()
    except EOFError:
        return ""


def _show_what_was_done(screen: Screen, toolkit: TerraformCloudToolkit) -> None:
    records = toolkit.audit.records()
    writes = [record for record in records if record.kind != "read"]
    screen.heading("what was sent and refused")
    show_records(screen, writes)
    screen.text(f"{len(writes)} rows about writes and refusals, {len(records) - len(writes)} about reads.")
