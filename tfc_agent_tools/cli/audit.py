"""`tfc-agent audit`: what agents did, whether the record of it is whole, and where else it goes."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from tfc_agent_tools.cli.failures import Exit, require
from tfc_agent_tools.errors import ConfigurationError

if TYPE_CHECKING:
    from tfc_agent_tools.authority.audit import Audit

Store = Annotated[
    str | None,
    typer.Option("--store", metavar="URL", envvar="TFC_AGENT_STORE", help="The store that the agents use."),
]
Agent = Annotated[str | None, typer.Option(metavar="NAME", help="Only rows of this agent.")]
Tool = Annotated[str | None, typer.Option(metavar="NAME", help="Only rows of this tool.")]
Workspace = Annotated[str | None, typer.Option(metavar="NAME", help="Only rows whose workspace holds this.")]
Kind = Annotated[str | None, typer.Option(metavar="KIND", help="read, refused, intent, outcome or resolved.")]
Since = Annotated[str | None, typer.Option(metavar="TIME", help="Not before this, such as 2026-11-24 or 2h.")]

commands = typer.Typer(help="Read, verify and export the audit log.", no_args_is_help=True)


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.add_typer(commands, name="audit")


@commands.command()
def show(
    store: Store = None,
    agent: Agent = None,
    tool: Tool = None,
    workspace: Workspace = None,
    kind: Kind = None,
    since: Since = None,
    follow: Annotated[bool, typer.Option("--follow", help="Go on with new rows until interrupted.")] = False,
) -> None:
    """Show the rows as sentences, oldest first."""
    from tfc_agent_tools.cli.auditor import Filter, show_rows

    wanted = Filter.of(agent=agent, tool=tool, workspace=workspace, kind=kind, since=since)
    show_rows(_audit(store), wanted, follow=follow)


@commands.command()
def verify(
    store: Store = None,
    checkpoint: Annotated[
        str | None,
        typer.Option(metavar="LINE|FILE", help="A line of `audit checkpoint`, or a file that ends with it."),
    ] = None,
) -> None:
    """Check that every row is as it was written and none is missing. Exit code 1 if not."""
    from tfc_agent_tools.cli.auditor import checkpoint_from, show_findings

    given = checkpoint_from(checkpoint) if checkpoint else None
    raise typer.Exit(Exit.GOOD if show_findings(_audit(store), given) else Exit.FAILED)


@commands.command()
def checkpoint(store: Store = None) -> None:
    """Print one line that shows later whether rows were cut off. Keep it where the agent can't write."""
    typer.echo(str(_audit(store).checkpoint()))


@commands.command()
def export(
    store: Store = None,
    kind: Annotated[Literal["jsonl", "otel"], typer.Option("--format", help="JSON lines, or spans.")] = "jsonl",
    since: Since = None,
) -> None:
    """Write all rows as JSON lines to stdout, or send them as spans by the OpenTelemetry that is set up here."""
    from tfc_agent_tools.authority.audit_export import json_lines, spans
    from tfc_agent_tools.cli.auditor import Filter

    rows = Filter.of(since=since).among(_audit(store).records())
    if kind == "jsonl":
        for line in json_lines(rows):
            typer.echo(line)
        return
    require(["opentelemetry"], command="audit export", extras="cli,otel")
    from opentelemetry import trace

    typer.echo(f"{spans(rows, trace.get_tracer('tfc_agent_tools'))} spans", err=True)


@commands.command()
def resolve(
    send: Annotated[str, typer.Argument(metavar="SEND", help="The id `send-...` that the refusal named.")],
    name: Annotated[str, typer.Option("--as", metavar="NAME", help="Who looked.")],
    note: Annotated[str, typer.Option(metavar="TEXT", help="What became of the write.")],
    store: Store = None,
) -> None:
    """Say what became of a write whose outcome is not on record, after a look at the server."""
    try:
        row = _audit(store).resolve(send, by=name, note=note)
    except LookupError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(Exit.FAILED) from None
    typer.echo(row.sentence)


@commands.command()
def reconcile(
    accessor: Annotated[str, typer.Option(metavar="USER", help="The user-... behind the agent's token.")],
    store: Store = None,
    since: Since = None,
) -> None:
    """Hold HCP Terraform's audit trail against this log. TFE_TOKEN must be an organization or audit-trails token."""
    from tfc_agent_tools.cli.auditor import reconciled

    raise typer.Exit(Exit.GOOD if reconciled(_audit(store), accessor, since) else Exit.FAILED)


def _audit(store: str | None) -> Audit:
    from tfc_agent_tools.authority.audit import Audit
    from tfc_agent_tools.sql_store import SqlStore

    if not store:
        msg = "audit: which store? Give --store or set TFC_AGENT_STORE to the URL that the agents use"
        raise ConfigurationError(msg)
    if store.startswith("sqlite:///") and not Path(store.removeprefix("sqlite:///")).exists():
        msg = f"audit: there is no file {store.removeprefix('sqlite:///')}"
        raise ConfigurationError(msg)
    return Audit(SqlStore(store))
