"""An agent at work on a case: the conversation, taken down as it happens."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from langchain.agents import create_agent  # pyright: ignore[reportUnknownVariableType] - its generics are open
from langchain_core.messages import AIMessage, BaseMessage, HumanMessage, ToolMessage
from langgraph.errors import GraphRecursionError
from langsmith import tracing_context  # pyright: ignore[reportUnknownVariableType] - likewise

from tfc_agent_tools.evaluation.trace import Said, Shown, ToolCall

if TYPE_CHECKING:
    from collections.abc import Sequence

    from langchain_core.callbacks import BaseCallbackHandler
    from langchain_core.language_models import BaseChatModel

    from tfc_agent_tools.evaluation.environment import Environment
    from tfc_agent_tools.evaluation.trace import Notes
    from tfc_agent_tools.toolkit import TerraformCloudToolkit

LONGEST: Final = 60
"""Turns after which an agent counts as one that loops for ever."""


@dataclass(frozen=True, kw_only=True)
class Table:
    """Where an agent sits down to work: its tools, what answers them, and what is taken down."""

    toolkit: TerraformCloudToolkit
    environment: Environment
    notes: Notes


class Ended(NamedTuple):
    """How an agent's work came to an end."""

    error: str | None = None
    """Why it did not come to its own end."""
    dollars: float | None = None
    """What a live model cost, where its price is known."""


def converse(
    prompt: str,
    model: BaseChatModel,
    table: Table,
    *,
    turns: int = LONGEST,
    callbacks: Sequence[BaseCallbackHandler] = (),
) -> str | None:
    """Let a model do what the prompt asks. Returns why it did not come to its end, None if it did."""
    agent: Any = create_agent(  # pyright: ignore[reportUnknownVariableType] - likewise
        model, table.toolkit.get_tools(), system_prompt=table.toolkit.system_prompt()
    )
    return follow(prompt, agent, table, turns=turns, callbacks=callbacks)


def follow(
    prompt: str,
    graph: Any,
    table: Table,
    *,
    turns: int = LONGEST,
    callbacks: Sequence[BaseCallbackHandler] = (),
) -> str | None:
    """Let a graph with LangGraph's `messages` state do what the prompt asks, and take down what it does.

    Whatever it raises ends its conversation and no other.
    """
    messages: list[BaseMessage] = [HumanMessage(prompt)]
    # The calls of one turn go one after the other, so that the same case leaves the same trace.
    settings: dict[str, Any] = {"callbacks": list(callbacks), "recursion_limit": 2 * turns + 1, "max_concurrency": 1}
    seen = 1
    try:
        with tracing_context(enabled=False):
            for state in graph.stream({"messages": messages}, settings, stream_mode="values"):
                messages = state["messages"]
                _take_down(messages[seen:], table.notes)
                seen = max(seen, len(messages))
    except GraphRecursionError:
        return f"it did not come to an end within {turns} turns"
    except Exception as raised:  # noqa: BLE001 - whatever an agent raises, its case has failed and the others go on
        return f"{type(raised).__name__}: {raised}"
    return None


def _take_down(messages: list[BaseMessage], notes: Notes) -> None:
    for message in messages:
        if isinstance(message, AIMessage):
            notes.add(said(message))
        elif isinstance(message, ToolMessage):
            notes.add(shown(message))


def said(message: AIMessage) -> Said:
    """A message of the agent as an event."""
    calls = (
        ToolCall(id=call.get("id") or "", tool=call["name"], arguments=dict(call["args"]))
        for call in message.tool_calls
    )
    return Said(text=message.text, calls=tuple(calls))


def shown(message: ToolMessage) -> Shown:
    """A tool's result as an event."""
    is_error = message.status == "error"
    return Shown(tool=message.name or "", call=message.tool_call_id, is_error=is_error, text=message.text)
