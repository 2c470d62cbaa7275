"""`tfc-agent sandbox serve`: the sandbox over HTTP on loopback, for clients in other processes."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Annotated

import typer

from tfc_agent_tools.cli.failures import require
from tfc_agent_tools.errors import ConfigurationError

if TYPE_CHECKING:
    from datetime import datetime

    from tfc_agent_tools.sandbox.serve import Description


def register(app: typer.Typer) -> None:
    """Add the group."""
    group = typer.Typer(help="A local server that speaks the HCP Terraform API.", no_args_is_help=True)
    group.callback()(_group)
    group.command("serve")(serve)
    app.add_typer(group, name="sandbox")


def _group() -> None:
    """A local server that speaks the HCP Terraform API; its workspaces and state are thrown away when it ends."""


def serve(
    port: Annotated[int, typer.Option(help="Port on 127.0.0.1; 0 takes a free one.", min=0, max=65535)] = 0,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print address, organization, engine and tokens as one line of JSON.")
    ] = False,
    rate_limits: Annotated[bool, typer.Option("--rate-limits", help="Answer 429 as the service does.")] = False,
    trust_configurations: Annotated[
        bool,
        typer.Option(
            "--trust-configurations",
            help="Run whatever is uploaded, with its providers, provisioners and network access, as you.",
        ),
    ] = False,
    seed: Annotated[
        str | None,
        typer.Option(metavar="TEXT", help="The same ids and tokens each time. Whoever knows it has the tokens."),
    ] = None,
    clock: Annotated[
        str | None, typer.Option(metavar="TIME", help="What the time always is, such as 2026-01-01T12:00:00Z.")
    ] = None,
    world: Annotated[
        str | None, typer.Option(metavar="FILE", help="What there is at the start; by default four workspaces of acme.")
    ] = None,
) -> None:
    """Serve a sandbox on this machine until Ctrl-C or SIGTERM."""
    require(["starlette", "uvicorn"], command="sandbox serve", extras="cli,sandbox")
    import secrets

    from tfc_agent_tools.sandbox import Sandbox
    from tfc_agent_tools.sandbox import serve as serve_until_stopped
    from tfc_agent_tools.sandbox.world import utc_now

    if trust_configurations:
        typer.echo("SANDBOX: whatever is uploaded runs on this machine, as you and with network access.", err=True)
    if clock is not None and rate_limits:
        msg = "sandbox serve: --rate-limits need time that passes, and with --clock none does; leave one of them out"
        raise ConfigurationError(msg)
    moment = _moment(clock) if clock is not None else None
    with Sandbox(
        seed=secrets.token_hex() if seed is None else seed,
        clock=utc_now if moment is None else lambda: moment,
        world=world,
        rate_limits=rate_limits,
        trust_configurations=trust_configurations,
    ) as sandbox:
        show = partial(_print_json if as_json else _show, guessable=seed is not None)
        try:
            serve_until_stopped(port=port, sandbox=sandbox, on_ready=show)
        except OSError as error:
            msg = f"sandbox serve: port {port} can't be used: {error.strerror or error}"
            raise ConfigurationError(msg) from None


def _moment(given: str) -> datetime:
    """The time that an option gives, in UTC.

    Raises:
        ConfigurationError: It is no time, or names no zone.
    """
    from datetime import UTC, datetime

    try:
        moment = datetime.fromisoformat(given)
        if moment.tzinfo is not None:
            return moment.astimezone(UTC)
        why = "a time without a zone"
    except (ValueError, OverflowError):  # the latter for the first and last hours of the calendar
        why = "no time"
    msg = f"sandbox serve: --clock {given!r} is {why}; write it as 2026-01-01T12:00:00Z"
    raise ConfigurationError(msg)


def _print_json(description: Description, *, guessable: bool) -> None:
    import json
    import sys

    sys.stdout.write(json.dumps({**description, "tokens_are_guessable": guessable}) + "\n")
    sys.stdout.flush()


def _show(description: Description, *, guessable: bool) -> None:
    from tfc_agent_tools.cli.screen import Screen

    screen = Screen("SANDBOX")
    screen.heading("no account, no cloud: state is thrown away when this ends")
    screen.line("address", description["address"])
    screen.line("organization", description["organization"])
    screen.line("engine", engine_line(description["engine"]))
    if guessable:
        screen.line("tokens", "made from the seed: whoever knows it knows them, so give this sandbox nothing private")
    # Whole on their lines whatever the width, so that they can be copied.
    for kind, token in description["tokens"].items():
        screen.console.print(f"{kind + ' token':<20} {token}", soft_wrap=True)
    screen.console.print("\nFor clients of the API, `tfc-agent chat` among them, in another terminal:")
    screen.console.print(f"  export TFE_ADDRESS={description['address']}", soft_wrap=True)
    screen.console.print(f"  export TFE_TOKEN={description['tokens']['user']}", soft_wrap=True)
    screen.console.print("\nCtrl-C ends it.")


def engine_line(engine: str) -> str:
    """What stands behind the sandbox's plans and applies."""
    if engine == "recorded":
        return "no terraform or tofu on PATH: recorded plans are replayed, nothing is planned anew"
    return f"a real {engine} plans and applies"
