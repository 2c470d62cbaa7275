"""`tfc-agent sandbox serve`: the sandbox over HTTP on loopback, for clients in other processes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from tfc_agent_tools.cli.failures import require
from tfc_agent_tools.errors import ConfigurationError

if TYPE_CHECKING:
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
) -> None:
    """Serve a sandbox on this machine until Ctrl-C or SIGTERM."""
    require(["starlette", "uvicorn"], command="sandbox serve", extras="cli,sandbox")
    import secrets

    from tfc_agent_tools.sandbox import Sandbox
    from tfc_agent_tools.sandbox import serve as serve_until_stopped

    if trust_configurations:
        typer.echo("SANDBOX: whatever is uploaded runs on this machine, as you and with network access.", err=True)
    with Sandbox(
        seed=secrets.token_hex(), rate_limits=rate_limits, trust_configurations=trust_configurations
    ) as sandbox:
        try:
            serve_until_stopped(port=port, sandbox=sandbox, on_ready=_print_json if as_json else _show)
        except OSError as error:
            msg = f"sandbox serve: port {port} can't be used: {error.strerror or error}"
            raise ConfigurationError(msg) from None


def _print_json(description: Description) -> None:
    import json
    import sys

    sys.stdout.write(json.dumps(description) + "\n")
    sys.stdout.flush()


def _show(description: Description) -> None:
    from tfc_agent_tools.cli.screen import Screen

    screen = Screen("SANDBOX")
    screen.heading("no account, no cloud: state is thrown away when this ends")
    screen.line("address", description["address"])
    screen.line("organization", description["organization"])
    screen.line("engine", engine_line(description["engine"]))
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
