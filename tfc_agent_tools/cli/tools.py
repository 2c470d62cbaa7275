"""`tfc-agent tools`: every tool with its facts and what its definition costs a model."""

from __future__ import annotations

import json
import warnings
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from collections.abc import Callable

    from tfc_agent_tools.endpoint import Endpoint
    from tfc_agent_tools.workflow import Workflow


@dataclass(frozen=True, kw_only=True)
class Row:
    """One tool."""

    group: str
    tool: str
    method: str | None
    path: str | None
    action: str
    risk: str
    impacts: list[str]
    token_types: list[str]
    permission: str | None
    tokens: int


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("tools")(tools)


def tools(
    group: Annotated[str | None, typer.Option(metavar="GROUP", help="Only the tools of this group.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the rows as JSON.")] = False,
) -> None:
    """List the tools: what each may do, needs, and costs a model. No token is needed and nothing is sent."""
    rows = [row for row in all_rows() if group in {None, row.group}]
    if as_json:
        typer.echo(json.dumps([asdict(row) for row in rows], indent=2))
    else:
        _show(rows)


def all_rows() -> list[Row]:
    """A row for each endpoint and workflow, in the order of the API guide."""
    from tfc_agent_tools import TerraformCloudToolkit
    from tfc_agent_tools.endpoints import catalog
    from tfc_agent_tools.workflows import workflows

    operations: dict[str, Endpoint[Any] | Workflow[Any]] = {**catalog(), **workflows()}
    offered = TerraformCloudToolkit(token="not-used", token_type="user").get_tools()  # noqa: S106 - it is never sent
    count = counter()
    return [_row(operations[tool.name], count(tool)) for tool in offered]


def counter() -> Callable[[Any], int]:
    """Counts what a tool's definition costs in OpenAI's function format, in o200k tokens.

    Where the tokenizer is not installed, a quarter of its characters stands for them.
    """
    from langchain_core.utils.function_calling import convert_to_openai_tool

    def text(tool: Any) -> str:
        return json.dumps(convert_to_openai_tool(tool), separators=(",", ":"))

    try:
        with warnings.catch_warnings(action="ignore"):  # the tokenizer reads its data in a way that Python deprecates
            import bpe_openai

            encoding = bpe_openai.get_encoding("o200k_base")
    except ModuleNotFoundError:
        return lambda tool: len(text(tool)) // 4
    return lambda tool: len(encoding.encode(text(tool)))


def _row(operation: Endpoint[Any] | Workflow[Any], tokens: int) -> Row:
    from tfc_agent_tools.endpoint import Endpoint
    from tfc_agent_tools.schema import metadata_of

    facts = metadata_of(operation)["tfc"]
    impacts = sorted(impact.value for impact in operation.impacts) if isinstance(operation, Endpoint) else []
    return Row(tool=operation.name, impacts=impacts, tokens=tokens, **facts)


def _show(rows: list[Row]) -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table("group", "tool", "method and path", "risk", "impacts", "token types", "permission", "tokens")
    for row in rows:
        route = f"{row.method} {row.path}" if row.method else "several calls"
        facts = (row.risk, ", ".join(row.impacts), ", ".join(row.token_types), row.permission or "none")
        table.add_row(row.group, row.tool, route, *facts, str(row.tokens))
    console = Console(highlight=False)
    console.print(table)
    console.print(f"{len(rows)} tools, {sum(row.tokens for row in rows)} tokens")
