"""`tfc-agent approvals`: what waits for a person, and answering it from any machine that reaches the store."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

from tfc_agent_tools.cli.failures import Exit
from tfc_agent_tools.errors import ConfigurationError

if TYPE_CHECKING:
    from tfc_agent_tools.cli.clerk import Clerk

Store = Annotated[
    str | None,
    typer.Option("--store", metavar="URL", envvar="TFC_AGENT_STORE", help="The store that the agent uses."),
]
Ids = Annotated[list[str], typer.Argument(metavar="ID...", help="Approvals `ap-...`, or one set `as-...`.")]
As = Annotated[str | None, typer.Option("--as", metavar="NAME", help="Who answers; not proven without --key.")]
Key = Annotated[
    Path | None, typer.Option("--key", metavar="FILE", help="Sign with this private key, as the person of --as.")
]
Why = Annotated[str | None, typer.Option("--reason", metavar="TEXT", help="Why; the agent is told.")]

commands = typer.Typer(help="List, show and answer what waits for a person.", no_args_is_help=True)


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.add_typer(commands, name="approvals")


@commands.command("list")
def list_(
    store: Store = None,
    everything: Annotated[bool, typer.Option("--all", help="Those that were answered, too.")] = False,
) -> None:
    """List what waits for a person, oldest first."""
    _clerk(store).list(everything=everything)


@commands.command()
def show(ids: Ids, store: Store = None) -> None:
    """Show the page that a person decides on, what is demanded of the answer, and the answers so far."""
    _done(_clerk(store).show(ids))


@commands.command()
def approve(
    ids: Ids,
    store: Store = None,
    name: As = None,
    key: Key = None,
    typed: Annotated[
        str | None, typer.Option("--typed", metavar="NAME", help="The name that the question asks for.")
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Don't ask at the keyboard.")] = False,
) -> None:
    """Show the page, ask, and say yes. Several ids are one question. Without --key the name is not proven."""
    _done(_clerk(store, name, key).approve(ids, typed=typed, is_sure=yes))


@commands.command()
def reject(ids: Ids, store: Store = None, name: As = None, key: Key = None, reason: Why = None) -> None:
    """Say no. One no is enough."""
    _done(_clerk(store, name, key).reject(ids, reason))


@commands.command()
def revoke(ids: Ids, store: Store = None, name: As = None, reason: Why = None) -> None:
    """Take a question or a yes back that was not used yet."""
    _done(_clerk(store, name).revoke(ids, reason))


@commands.command()
def keygen(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Where the private key goes; nothing is overwritten.")],
) -> None:
    """Make a key to sign with. The public key is printed: it goes into the policy, under the person's name."""
    from tfc_agent_tools.authority.signatures import keypair
    from tfc_agent_tools.cli.clerk import write_private

    private, public = keypair()
    write_private(file, private)
    typer.echo(public)


def _clerk(store: str | None, name: str | None = None, key: Path | None = None) -> Clerk:
    from tfc_agent_tools.cli.clerk import Clerk

    if not store:
        msg = "approvals: which store? Give --store or set TFC_AGENT_STORE to the URL that the agent uses"
        raise ConfigurationError(msg)
    if key and not name:
        msg = "approvals: --key signs for a person; say with --as for whom"
        raise ConfigurationError(msg)
    return Clerk.at(store, name, key)


def _done(is_good: bool) -> NoReturn:
    raise typer.Exit(Exit.GOOD if is_good else Exit.FAILED)
