"""`tfc-agent demo`: an agent rolls out a configuration in the sandbox, and every guard refuses something once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from tfc_agent_tools.cli.failures import Exit, require
from tfc_agent_tools.errors import ConfigurationError

if TYPE_CHECKING:
    from tfc_agent_tools.cli.demo.story import Ending
    from tfc_agent_tools.cli.screen import Screen
    from tfc_agent_tools.sandbox import Sandbox


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("demo")(demo)


def demo(
    yes: Annotated[
        bool | None,
        typer.Option(
            "--yes/--no",
            help="Answer every question of the story with yes, or with no. Without either you are asked, "
            "which takes a terminal.",
            show_default=False,
        ),
    ] = None,
) -> None:
    """Watch an agent roll out a configuration, asking you before each write. Sandbox only: no account, no network."""
    import sys

    if yes is None and not sys.stdin.isatty():
        msg = "demo: stdin is not a terminal, so nobody can be asked; add --yes or --no"
        raise ConfigurationError(msg)
    require(
        ["langchain", "langgraph", "starlette", "uvicorn", "cryptography"],
        command="demo",
        extras="cli,langchain,sandbox,signatures",
    )
    from tfc_agent_tools.cli.agents import without_tracing
    from tfc_agent_tools.sandbox import Sandbox

    with Sandbox() as sandbox, without_tracing():
        raise typer.Exit(_all_acts(sandbox, yes=yes))


def _all_acts(sandbox: Sandbox, *, yes: bool | None) -> Exit:
    from tfc_agent_tools.cli.demo.closing import show_audit, show_next
    from tfc_agent_tools.cli.demo.policy import play_policy
    from tfc_agent_tools.cli.demo.refusals import play_all
    from tfc_agent_tools.cli.demo.story import tell
    from tfc_agent_tools.cli.screen import Screen

    screen = Screen("SANDBOX")
    _welcome(screen, sandbox.engine)
    ending = tell(screen, sandbox, yes=yes)
    all_held = play_all(screen, sandbox, ending.applied_run)
    all_held = play_policy(screen, sandbox) and all_held
    show_audit(screen, ending.records, intact=ending.intact)
    show_next(screen)
    return _exit_code(ending, all_held=all_held, must_apply=yes is True)


def _welcome(screen: Screen, engine: str) -> None:
    from tfc_agent_tools.cli.sandbox import engine_line

    screen.heading("tfc-agent demo")
    screen.text(
        "A LangChain agent works on a local stand-in for HCP Terraform, inside this process: no account, no token of "
        "yours, no network. The agent, its tools and their guards are real; its model is a script, so it needs no "
        "provider and does the same each time. The resources it manages exist in Terraform state only."
    )
    screen.line("engine", engine_line(engine))


def _exit_code(ending: Ending, *, all_held: bool, must_apply: bool) -> Exit:
    if ending.changing > ending.yes_count or not all_held:
        return Exit.GATE_BROKE
    return Exit.FAILED if must_apply and ending.applied_run is None else Exit.GOOD
