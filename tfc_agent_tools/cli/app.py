"""The typer app. A command is a module here with a `register(app)`, named once in `_COMMANDS`.

The modules import nothing heavy at their top: `--help` and `--version` stay quick.
"""

from __future__ import annotations

from importlib import import_module
from typing import Annotated, Final

import typer

_COMMANDS: Final = ("demo", "chat", "tools", "call", "policy", "approvals", "audit", "sandbox", "evaluation")

app = typer.Typer(
    name="tfc-agent",
    help="LangChain tools for the HCP Terraform API that can't write without a human.",
    epilog="Exit codes: 0 good, 1 what was asked for failed, 2 usage or configuration, 3 a safety gate broke.",
    no_args_is_help=True,
    add_completion=False,
    # Its tracebacks show local variables, and one of those can be a token.
    pretty_exceptions_enable=False,
)


def _show_version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        typer.echo(f"tfc-agent {version('tfc-agent-tools')}")
        raise typer.Exit


@app.callback()
def options(
    version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    """LangChain tools for the HCP Terraform API that can't write without a human."""
    del version  # its callback has answered


for _name in _COMMANDS:
    import_module(f"tfc_agent_tools.cli.{_name}").register(app)
