"""LangChain's agent over a toolkit. LangGraph leaves its types half unknown, so it is `Any` from here on."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

from tfc_agent_tools.cli.narrator import Narrator

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel

    from tfc_agent_tools import TerraformCloudToolkit
    from tfc_agent_tools.cli.screen import Screen

_MOST_STEPS: Final = 100


def build_agent(model: BaseChatModel, toolkit: TerraformCloudToolkit, **settings: Any) -> Any:
    """`langchain.agents.create_agent` with the toolkit's tools and system prompt."""
    create_agent = import_module("langchain.agents").create_agent
    return create_agent(model, toolkit.get_tools(), system_prompt=toolkit.system_prompt(), **settings)


def take_turn(agent: Any, said: str, screen: Screen, **config: Any) -> None:
    """Give the agent a person's words and show what it does with them."""
    message = {"role": "user", "content": said}
    agent.invoke({"messages": [message]}, {"callbacks": [Narrator(screen)], "recursion_limit": _MOST_STEPS, **config})


def without_tracing() -> Any:
    """A context in which LangChain sends no trace anywhere, whatever the environment says."""
    return import_module("langsmith").tracing_context(enabled=False)
