"""`tfc-agent policy cedar FILE`: the rules for another engine, or for eyes that know Cedar."""

from __future__ import annotations

import typer

from tfc_agent_tools.cli.policy_files import File, policy_in


def register(group: typer.Typer) -> None:
    """Add the command."""
    group.command("cedar")(cedar)


def cedar(file: File) -> None:
    """Print the rules as Cedar policies. Nothing is sent.

    Access levels and what is protected are no rules and are left out, as are rules on trial.
    """
    from tfc_agent_tools.authority.rules.cedar import to_cedar

    typer.echo(to_cedar(policy_in(file).document), nl=False)
