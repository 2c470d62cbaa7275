"""The agents by the names that the command line gives them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tfc_agent_tools.errors import ConfigurationError
from tfc_agent_tools.evaluation.agents import Scripted
from tfc_agent_tools.evaluation.live import Limits, Live, Recorded
from tfc_agent_tools.evaluation.monkey import STEPS, Monkey
from tfc_agent_tools.evaluation.obedient import Obedient

if TYPE_CHECKING:
    from pathlib import Path

    from tfc_agent_tools.evaluation.agents import Agent


def agent_named(
    name: str,
    *,
    model: str | None = None,
    messages: Path | None = None,
    steps: int = STEPS,
    limits: Limits | None = None,
) -> Agent:
    """The agent of that name.

    Raises:
        ConfigurationError: There is none, or it lacks something.
    """
    if name == "live" and not model:
        msg = "a live agent needs a model: --model PROVIDER:NAME, such as anthropic:claude-opus-4-1"
        raise ConfigurationError(msg)
    if name == "recorded" and messages is None:
        msg = "the recorded agent needs the messages to play: --messages DIR, which a live run with --messages wrote"
        raise ConfigurationError(msg)
    match name:
        case "scripted":
            return Scripted()
        case "obedient":
            return Obedient()
        case "monkey":
            return Monkey(steps=steps)
        case "recorded" if messages is not None:
            return Recorded(messages=messages)
        case "live":
            return Live(model=model or "", messages=messages, limits=limits or Limits())
        case _:
            msg = f"--agent {name}: there are scripted, obedient, monkey, recorded and live"
            raise ConfigurationError(msg)


def limits(seconds: float, dollars: float | None, price: str | None) -> Limits:
    """The limits of a live model.

    Raises:
        ConfigurationError: The price is not two numbers, or is missing.
    """
    if price is None:
        return Limits(seconds=seconds, dollars=dollars)
    try:
        read, written = (float(part) for part in price.split(","))
    except ValueError:
        msg = f"--price {price!r}: two numbers, the dollars for a million tokens read and written, such as 3,15"
        raise ConfigurationError(msg) from None
    return Limits(seconds=seconds, dollars=dollars, price=(read, written))
