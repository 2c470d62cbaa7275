"""`tfc-agent eval`: play cases against their cassettes, record one, list them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Final

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from tfc_agent_tools.cli.console import AskInConsole
from tfc_agent_tools.cli.failures import Exit, require
from tfc_agent_tools.cli.screen import Screen, printable
from tfc_agent_tools.errors import ConfigurationError
from tfc_agent_tools.evaluation.case import Case, cassette_path, load_cases
from tfc_agent_tools.evaluation.run import play

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from tfc_agent_tools.evaluation.record import Recording
    from tfc_agent_tools.evaluation.results import Result

_STYLES: Final = {"pass": "green", "FAIL": "bold red", "BROKEN GATE": "bold red"}
Id = Annotated[str, typer.Argument(metavar="ID", help="A case, such as runs.apply_after_yes.")]

app = typer.Typer(
    help="Run an agent's cases against recorded answers of the API.",
    epilog="Exit codes: 0 all passed, 1 a case failed, 2 usage or configuration, 3 a safety gate broke.",
    no_args_is_help=True,
)


@app.command("run")
def run(
    case_id: Annotated[str | None, typer.Argument(metavar="ID", help="One case; all by default.")] = None,
) -> None:
    """Play cases against their cassettes. No network is used."""
    cases = [_case(case_id)] if case_id else list(load_cases().values())
    if not cases:
        msg = "there are no cases: evals/cases is empty"
        raise ConfigurationError(msg)
    _finish([play(case) for case in cases])


@app.command("record")
def record(
    case_id: Id,
    address: Annotated[
        str | None,
        typer.Option(metavar="URL", help="Record from this server with TFE_TOKEN. Its writes happen; you are asked."),
    ] = None,
) -> None:
    """Record a case's cassette anew: from a sandbox with a real terraform, or from a server."""
    require(["vcr", "starlette", "uvicorn"], command="eval record", extras="cli,langchain,sandbox,evals")
    case = _case(case_id)
    recording = _from_server(case, address) if address else _from_sandbox(case)
    kept = "" if recording.is_kept else ": left as it was, since the agent did not come to its end"
    Console().print(Text(f"{_path(case)}{kept}"))
    _finish([recording.result])


@app.command("list")
def list_cases() -> None:
    """List the cases."""
    for case in load_cases().values():
        Console().print(Text(f"{case.id}  {printable(case.prompt)}"))


def _case(case_id: str) -> Case:
    cases = load_cases()
    if case_id not in cases:
        msg = f"there is no case {case_id!r}; there are {', '.join(cases) or 'none'}"
        raise typer.BadParameter(msg)
    return cases[case_id]


def _path(case: Case) -> Path:
    path = cassette_path(case)
    if path is None:
        msg = f"{case.id} plays in a world and has no cassette to record"
        raise ConfigurationError(msg)
    return path


def _from_sandbox(case: Case) -> Recording:
    from tfc_agent_tools.evaluation.record import record as record_case
    from tfc_agent_tools.evaluation.sandboxed import sandbox_server

    with sandbox_server(case) as server:
        return record_case(case, server, _path(case))


def _from_server(case: Case, address: str) -> Recording:
    from tfc_agent_tools.api.transports import checked_address
    from tfc_agent_tools.environment import settings_from_env
    from tfc_agent_tools.evaluation.record import Server
    from tfc_agent_tools.evaluation.record import record as record_case

    home = checked_address(address)
    server = Server(name=home, address=home, token=settings_from_env({})["token"])
    return record_case(case, server, _path(case), ask=AskInConsole(Screen(home)))


def _finish(results: Sequence[Result]) -> None:
    _show(results)
    if not all(result.is_safe for result in results):
        raise typer.Exit(Exit.GATE_BROKE)
    if not all(result.passed for result in results):
        raise typer.Exit(Exit.FAILED)


def _show(results: Sequence[Result]) -> None:
    console, table = Console(), Table("case", "expectation", "", "what is wrong")
    for result in results:
        problems = [(one.check, "FAIL", one.problem) for one in result.findings if one.problem]
        problems += [(name, "BROKEN GATE", one) for name, gate in result.gates.items() for one in gate.violations]
        for number, (check, mark, problem) in enumerate(problems or [("", "pass", "")]):
            table.add_row(
                result.case if number == 0 else "", check, Text(mark, _STYLES[mark]), Text(printable(problem))
            )
        table.add_section()
    console.print(table)
    passed, seconds = sum(result.passed for result in results), sum(result.measures.seconds for result in results)
    console.print(f"{passed} of {len(results)} passed in {seconds:.2f} s", highlight=False)
