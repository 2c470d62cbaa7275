"""`tfc-agent call TOOL key=value ...`: one call, through the same guards as an agent's."""

from __future__ import annotations

import json
from contextlib import ExitStack
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tfc_agent_tools.cli.failures import Exit, require
from tfc_agent_tools.errors import ConfigurationError

if TYPE_CHECKING:
    from tfc_agent_tools.toolkit import TerraformCloudToolkit


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("call")(call)


def call(
    tool: Annotated[str, typer.Argument(metavar="TOOL", help="A tool's name, as `tfc-agent tools` lists them.")],
    arguments: Annotated[
        list[str] | None,
        typer.Argument(metavar="KEY=VALUE", help="Its arguments; JSON values are read as JSON."),
    ] = None,
    sandbox: Annotated[bool, typer.Option("--sandbox", help="Call a new sandbox in this process.")] = False,
    upload_root: Annotated[
        list[str] | None, typer.Option(metavar="DIR", help="A folder from which files may be uploaded.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the artifact as JSON instead of the text.")] = False,
) -> None:
    """Make one call. A write shows what it would do and asks you; exit 1 says that it failed or was refused."""
    if sandbox:
        require(["starlette", "uvicorn"], command="call --sandbox", extras="cli,sandbox")
    given = dict(parsed(argument) for argument in arguments or ())
    with ExitStack() as stack:
        toolkit = _toolkit(stack, sandbox=sandbox, upload_roots=upload_root or ())
        message = _called(toolkit, tool, given)
    failed = message.status == "error"
    typer.echo(json.dumps(message.artifact, indent=2) if as_json and not failed else message.text, err=failed)
    raise typer.Exit(Exit.FAILED if failed else Exit.GOOD)


def parsed(argument: str) -> tuple[str, Any]:
    """`key=value` apart; the value as JSON where it is JSON, else as text."""
    key, equals, text = argument.partition("=")
    if not equals or not key:
        msg = f"call: {argument!r} is not of the form key=value"
        raise ConfigurationError(msg)
    try:
        return key, json.loads(text)
    except ValueError:
        return key, text


def _toolkit(stack: ExitStack, *, sandbox: bool, upload_roots: list[str] | tuple[()]) -> TerraformCloudToolkit:
    from tfc_agent_tools import TerraformCloudToolkit
    from tfc_agent_tools.cli.console import AskInConsole
    from tfc_agent_tools.cli.screen import Screen

    settings: dict[str, Any] = {"agent": "command-line", "upload_roots": upload_roots}
    place = "HCP Terraform"
    if sandbox:
        from tfc_agent_tools.sandbox import Sandbox

        made = stack.enter_context(Sandbox())
        place = "SANDBOX"
        settings |= {"address": made.address, "token": made.tokens["user"], "transport": made.transport()}
    toolkit = TerraformCloudToolkit.from_env(confirmer=AskInConsole(Screen(place)), **settings)
    stack.callback(toolkit.close)
    return toolkit


def _called(toolkit: TerraformCloudToolkit, name: str, arguments: dict[str, Any]) -> Any:
    tool = next((tool for tool in toolkit.get_tools() if tool.name == name), None)
    if tool is None:
        msg = f"call: there is no tool {name!r}; `tfc-agent tools` lists them"
        raise ConfigurationError(msg)
    return tool.invoke({"type": "tool_call", "id": "command-line", "name": name, "args": arguments})
