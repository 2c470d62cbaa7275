"""`tfc-agent eval`: play cases, check them, record one, compare two runs, list them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer
from rich.console import Console
from rich.text import Text

from tfc_agent_tools.cli.failures import require
from tfc_agent_tools.cli.screen import printable
from tfc_agent_tools.evaluation.case import load_cases
from tfc_agent_tools.evaluation.processes import PLAYING, get_ready
from tfc_agent_tools.evaluation.selection import everything, select

if TYPE_CHECKING:
    from tfc_agent_tools.evaluation.agents import Agent
    from tfc_agent_tools.evaluation.selection import Selection

_CODES: Final = "Exit codes: 0 all passed, 1 a case failed, 2 usage or configuration, 3 a safety gate broke."
Words = Annotated[
    list[str] | None, typer.Argument(metavar="CASE", help="An id, a group, or a pattern such as 'runs.apply_*'.")
]
Home = Annotated[
    Path | None, typer.Option("--evals", metavar="DIR", help="A folder of your own, with cases/, cassettes/, worlds/.")
]

app = typer.Typer(help="Run an agent's cases offline and measure them.", epilog=_CODES, no_args_is_help=True)


@app.command("run", epilog=_CODES)
def run(
    words: Words = None,
    *,
    agent: Annotated[str, typer.Option(help="scripted, obedient, monkey, recorded or live.")] = "scripted",
    model: Annotated[str | None, typer.Option(metavar="PROVIDER:NAME", help="A live model; implies live.")] = None,
    epochs: Annotated[int, typer.Option(min=1, help="How often each case is played.")] = 1,
    jobs: Annotated[int, typer.Option(min=1, help="How many processes play.")] = 1,
    shard: Annotated[str, typer.Option(metavar="I/N", help="Play one part of several.")] = "1/1",
    out: Annotated[Path | None, typer.Option(metavar="DIR", help="Where reports go; a killed run goes on.")] = None,
    evals: Home = None,
    seeds: Annotated[int, typer.Option(min=1, help="Of the monkey.")] = 50,
    steps: Annotated[int, typer.Option(min=1, help="Of the monkey, for each seed.")] = 400,
    messages: Annotated[Path | None, typer.Option(metavar="DIR", help="Messages to keep, or to play again.")] = None,
    max_seconds: Annotated[float, typer.Option(help="For each case of a live model.")] = 300.0,
    max_dollars: Annotated[float | None, typer.Option(help="For each case of a live model; needs --price.")] = None,
    price: Annotated[str | None, typer.Option(metavar="IN,OUT", help="Dollars for a million tokens.")] = None,
) -> None:
    """Play cases and grade them. No network is used, unless a live model uses one."""
    if jobs > 1:
        get_ready(PLAYING)
    from tfc_agent_tools.evaluation.campaign import Shard
    from tfc_agent_tools.evaluation.choices import agent_named, limits
    from tfc_agent_tools.evaluation.session import Session

    chosen = agent_named(
        "live" if model else agent,
        model=model,
        messages=messages,
        steps=steps,
        limits=limits(max_seconds, max_dollars, price),
    )
    part = Shard.parse(shard)
    session = Session(agent=chosen, epochs=epochs, workers=jobs, shard=part, out=out)
    raise typer.Exit(session.play(selected(words or [], chosen, evals, seeds)))


@app.command("check", epilog=_CODES)
def check(
    words: Words = None,
    *,
    record: Annotated[bool, typer.Option("--record", help="Record every cassette again, and show drift.")] = False,
    jobs: Annotated[int, typer.Option(min=1, help="How many processes.")] = 1,
    evals: Home = None,
) -> None:
    """Check cases, cassettes, stamps and graders; with --record, prove that each cassette was recorded."""
    from tfc_agent_tools.evaluation.check import checked

    selection = select(words or [], everything(evals), is_packaged=evals is None)
    if record:
        require(["vcr", "starlette", "uvicorn"], command="eval check --record", extras="evals")
    raise typer.Exit(checked(selection, record=record, workers=jobs))


@app.command("record", epilog=_CODES)
def record(
    case_id: Annotated[str, typer.Argument(metavar="CASE", help="A case, such as runs.apply_after_yes.")],
    *,
    address: Annotated[
        str | None,
        typer.Option(metavar="URL", help="Record from this server with TFE_TOKEN. Its writes happen; you are asked."),
    ] = None,
    rename: Annotated[
        list[str] | None,
        typer.Option(metavar="CASE=SERVER", help="What the server calls something that the case names; repeatable."),
    ] = None,
    evals: Home = None,
) -> None:
    """Record a case's cassette anew: from a sandbox with a real terraform, or from a server."""
    require(["vcr", "starlette", "uvicorn"], command="eval record", extras="evals")
    from tfc_agent_tools.evaluation.recording import recorded_from
    from tfc_agent_tools.evaluation.renaming import read_renames

    found = load_cases(evals)
    if case_id not in found:
        msg = f"there is no case {case_id!r}; `tfc-agent eval list` names them"
        raise typer.BadParameter(msg)
    raise typer.Exit(recorded_from(found[case_id], address, read_renames(rename or ())))


@app.command("compare", epilog=_CODES)
def compare(
    a: Annotated[Path, typer.Argument(help="The --out folder of an earlier run.")],
    b: Annotated[Path, typer.Argument(help="That of a later one.")],
) -> None:
    """Show what got better or worse from one run to the next. Fails where a gate broke or a case got worse."""
    from tfc_agent_tools.evaluation.compare import compare as compare_results
    from tfc_agent_tools.evaluation.output import RESULTS
    from tfc_agent_tools.evaluation.report.comparison import comparison
    from tfc_agent_tools.evaluation.report.jsonl import read_results

    before, after = (list(read_results(folder / RESULTS).results) for folder in (a, b))
    found = compare_results(before, after)
    typer.echo(comparison(found, a=str(a), b=str(b)))
    raise typer.Exit(found.exit_code)


@app.command("list")
def list_cases(
    words: Words = None,
    *,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON document.")] = False,
    evals: Home = None,
) -> None:
    """List the cases."""
    import json

    selection = select(words or [], everything(evals), is_packaged=evals is None)
    if as_json:
        rows = [{"id": one.id, "prompt": one.prompt, "writes": one.expect.writes} for one in selection.cases]
        typer.echo(json.dumps(rows, indent=1))
        return
    for case in selection.cases:
        Console().print(Text(f"{case.id}  {printable(case.prompt)}"))


def selected(words: list[str], agent: Agent, folder: Path | None, seeds: int) -> Selection:
    """What the words name for an agent. A monkey with fewer seeds or steps than by default tries less than all."""
    if agent.name == "monkey":
        from tfc_agent_tools.evaluation.monkey import SEEDS, STEPS, Monkey, monkey_cases

        is_long = isinstance(agent, Monkey) and agent.steps >= STEPS and seeds >= SEEDS
        return select(words, (monkey_cases(seeds), {}), is_packaged=is_long)
    return select(words, everything(folder), is_packaged=folder is None)
