"""`tfc-agent policy`: look at a policy file before an agent is let loose under it."""

from __future__ import annotations

from importlib import import_module
from typing import Final

import typer

_COMMANDS: Final = ("lint", "test", "explain", "audit", "cedar")


def register(app: typer.Typer) -> None:
    """Add the group."""
    group = typer.Typer(help="Look at a policy file: who may do what.", no_args_is_help=True)
    group.callback()(_group)
    for name in _COMMANDS:
        import_module(f"tfc_agent_tools.cli.policy_{name}").register(group)
    app.add_typer(group, name="policy")


def _group() -> None:
    """Look at a policy file: what is wrong with it, whether its tests pass, who may do what, and why.

    Only `explain` and `audit-token` send anything, and they only read.
    """
