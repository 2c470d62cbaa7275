"""`tfc-agent chat`: talk to an agent with a real model, and be asked before each of its writes."""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tfc_agent_tools.cli.failures import require
from tfc_agent_tools.errors import ConfigurationError

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("chat")(chat)


def chat(
    model: Annotated[str, typer.Option(metavar="PROVIDER:NAME", help="The model, as LangChain names it.")],
    sandbox: Annotated[
        bool, typer.Option("--sandbox", help="Work on a sandbox in this process instead of TFE_ADDRESS with TFE_TOKEN.")
    ] = False,
    agent: Annotated[str, typer.Option(metavar="NAME", help="The agent's name in approvals and audit.")] = "chat",
    read_only: Annotated[bool, typer.Option("--read-only", help="Offer no tool that changes anything.")] = False,
) -> None:
    """Talk to an agent. It asks you before each write; end with an empty line, Ctrl-D or Ctrl-C."""
    extras = "cli,langchain,sandbox" if sandbox else "cli,langchain"
    optional = ["langchain", "langgraph", *(["starlette", "uvicorn"] if sandbox else [])]
    require(optional, command="chat", extras=extras)
    from tfc_agent_tools.cli.conversation import converse
    from tfc_agent_tools.cli.screen import Screen

    with ExitStack() as stack:
        place, settings = _of_sandbox(stack) if sandbox else _of_environment()
        chosen = _model(model)
        converse(chosen, {**settings, "agent": agent, "read_only": read_only}, Screen(place))


def _of_sandbox(stack: ExitStack) -> tuple[str, dict[str, Any]]:
    from tfc_agent_tools.sandbox import Sandbox

    made = stack.enter_context(Sandbox())
    return "SANDBOX", {"address": made.address, "token": made.tokens["user"], "transport": made.transport()}


def _of_environment() -> tuple[str, dict[str, Any]]:
    from tfc_agent_tools.environment import settings_from_env
    from tfc_agent_tools.toolkit import DEFAULT_ADDRESS

    settings = settings_from_env({})
    return settings.get("address", DEFAULT_ADDRESS), settings


def _model(name: str) -> BaseChatModel:
    """The model, or one line that says what it lacks: the package of its provider, mostly, or a key."""
    from langchain.chat_models import init_chat_model

    from tfc_agent_tools.cli.screen import shortened

    try:
        made: Any = init_chat_model(name)
    except Exception as error:  # noqa: BLE001 - each provider has its own
        msg = f"chat: no model {name!r}: {shortened(str(error), 300) or type(error).__name__}"
        raise ConfigurationError(msg) from None
    return made  # type: ignore[no-any-return]
