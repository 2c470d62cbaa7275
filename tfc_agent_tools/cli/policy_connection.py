"""The connection of a policy command: the agent's own token, and the hosts that the policy is for."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import typer

from tfc_agent_tools.cli.failures import Exit
from tfc_agent_tools.errors import ConfigurationError, ToolkitError

if TYPE_CHECKING:
    from collections.abc import Generator
    from pathlib import Path

    from tfc_agent_tools.api.http import Wire
    from tfc_agent_tools.authority.rules.decide import RulePolicy
    from tfc_agent_tools.cli.screen import Screen


def connection(file: Path, policy: RulePolicy, agent: str | None, address: str | None) -> Wire:
    """A connection with the token that the agent itself would use.

    Raises:
        ConfigurationError: There is no such token or agent, or the policy is not for this server.
    """
    from tfc_agent_tools.api.http import Wire
    from tfc_agent_tools.api.tokens import Token
    from tfc_agent_tools.api.transports import Transports, checked_address
    from tfc_agent_tools.environment import settings_from_env
    from tfc_agent_tools.toolkit import DEFAULT_ADDRESS

    if agent:
        known_agent(policy, agent)
    settings = settings_from_env({"policy": file, "agent": agent, "address": address})
    server = checked_address(settings.get("address", DEFAULT_ADDRESS))
    if policy.hosts and urlsplit(server).netloc.lower() not in policy.hosts:
        msg = f"policy: it is for {', '.join(policy.hosts)} only, not for {server}; nothing was sent"
        raise ConfigurationError(msg)
    return Wire(address=server, token=Token(settings["token"]), transports=Transports())


@contextmanager
def reported(screen: Screen, wire: Wire | None) -> Generator[None]:
    """Print what the server or a guard says against it, exit 1 then, and close the connection in any case."""
    try:
        yield
    except ConfigurationError:
        raise
    except ToolkitError as error:
        screen.line("stopped", str(error), label_style="red")
        screen.line("", "Nothing but reads was sent.")
        raise typer.Exit(Exit.FAILED) from None
    finally:
        if wire:
            wire.close()


def known_agent(policy: RulePolicy, agent: str) -> None:
    """Check that the policy has the agent.

    Raises:
        ConfigurationError: It has not.
    """
    agents = policy.document.agents
    if agent not in agents:
        msg = f"policy: there is no agent {agent!r} in it; there are {', '.join(agents) or 'none'}"
        raise ConfigurationError(msg)
