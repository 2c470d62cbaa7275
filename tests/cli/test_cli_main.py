"""The command as a whole: what it says before, and instead of, doing anything."""

from __future__ import annotations

import sys
import time
from types import ModuleType

import pytest
import typer
from cli_process import Terminal, run
from typer.testing import CliRunner

from tfc_agent_tools import ConfigurationError
from tfc_agent_tools.cli.app import app


def test_help_names_every_command_and_the_exit_codes() -> None:
    shown = CliRunner().invoke(app, ["--help"]).output
    assert all(name in shown for name in ("demo", "chat", "sandbox", "eval", "Exit codes"))


def test_help_is_quick_and_imports_no_langchain() -> None:
    start = time.monotonic()
    done = run("--help", without=("langchain", "langchain_core", "langgraph", "httpx", "starlette", "uvicorn"))
    assert (done.returncode, done.stderr) == (0, "")
    assert time.monotonic() - start < 2


def test_version_is_the_installed_distributions() -> None:
    done = CliRunner().invoke(app, ["--version"])
    assert done.exit_code == 0
    assert done.output.startswith("tfc-agent 0.")


@pytest.mark.parametrize(
    ("missing", "arguments", "extra"),
    [
        ("typer", ["--help"], "cli"),
        ("rich", ["demo", "--yes"], "cli"),
        ("langchain", ["demo", "--yes"], "cli,langchain,sandbox,signatures"),
        ("langgraph", ["demo", "--no"], "cli,langchain,sandbox,signatures"),
        ("starlette", ["demo", "--no"], "cli,langchain,sandbox,signatures"),
        ("uvicorn", ["sandbox", "serve"], "cli,sandbox"),
        ("langchain", ["chat", "--model", "a:b"], "cli,langchain"),
        ("starlette", ["chat", "--model", "a:b", "--sandbox"], "cli,langchain,sandbox"),
    ],
)
def test_a_missing_extra_is_one_line_that_installs_it(missing: str, arguments: list[str], extra: str) -> None:
    done = run(*arguments, without=(missing,))
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("tfc-agent: ")
    assert missing in done.stderr
    assert done.stderr.endswith(f"pip install 'tfc-agent-tools[{extra}]'\n")
    assert done.stderr.count("\n") == 1


def test_an_unknown_command_is_a_usage_error() -> None:
    assert run("deploy").returncode == 2


def test_output_that_a_pipe_can_not_encode_is_replaced() -> None:
    done = run("--help", PYTHONIOENCODING="ascii", PYTHONUTF8="0")
    assert (done.returncode, done.stderr) == (0, "")


INTERRUPTED = """
import sys, time
from concurrent.futures import ThreadPoolExecutor
from tfc_agent_tools.cli import main
from tfc_agent_tools.cli.app import app
from tfc_agent_tools.cli.desk import Desk

def wait_in_a_thread_that_python_joins():
    with ThreadPoolExecutor() as pool:
        print("waits", flush=True)
        pool.submit(time.sleep, 60).result()

@app.command()
def hang():
    Desk(lambda _: None).run(wait_in_a_thread_that_python_joins)

sys.argv = ["tfc-agent", "hang"]
main()
"""


def test_ctrl_c_ends_the_command_at_once_although_the_agent_still_waits() -> None:
    terminal = Terminal([sys.executable, "-c", INTERRUPTED])
    terminal.wait_for("waits")
    start = time.monotonic()
    terminal.interrupt()
    assert terminal.end() != 0
    assert time.monotonic() - start < 5


DEFECT = """
import sys
from tfc_agent_tools.cli import main
from tfc_agent_tools.cli.app import app

@app.command()
def fail():
    token = "".join(["se", "cret"])
    raise RuntimeError("a defect")

sys.argv = ["tfc-agent", "fail"]
main()
"""


def test_the_traceback_of_a_defect_shows_no_local_variable() -> None:
    terminal = Terminal([sys.executable, "-c", DEFECT])
    assert terminal.end() == 1
    assert "RuntimeError: a defect" in terminal.seen
    assert "secret" not in terminal.seen


def _eval_module(monkeypatch: pytest.MonkeyPatch) -> None:
    module, group = ModuleType("tfc_agent_tools.evaluation.cli"), typer.Typer()

    @group.callback()
    def about(loud: bool = False) -> None:
        if loud:
            typer.echo("loud")

    @group.command()
    def check(case: str) -> None:
        typer.echo(f"checked {case}")
        raise typer.Exit(3)

    module.app = group  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, module.__name__, module)


def test_eval_hands_its_options_arguments_and_exit_code_to_the_harness(monkeypatch: pytest.MonkeyPatch) -> None:
    _eval_module(monkeypatch)
    done = CliRunner().invoke(app, ["eval", "--loud", "check", "a-case"])
    assert (done.exit_code, done.output) == (3, "loud\nchecked a-case\n")
    assert "check" in CliRunner().invoke(app, ["eval", "--help"]).output


@pytest.mark.parametrize(
    ("absent", "said"),
    [
        ("tfc_agent_tools.evaluation.cli", "has no eval commands"),
        ("vcr", "pip install 'tfc-agent-tools[evals]'"),
    ],
)
def test_eval_that_does_not_import_says_what_is_missing(
    absent: str, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Missing:
        def find_spec(self, name: str, *_: object) -> None:
            if name == "tfc_agent_tools.evaluation.cli":
                raise ModuleNotFoundError(name=absent)

    monkeypatch.delitem(sys.modules, "tfc_agent_tools.evaluation.cli", raising=False)
    monkeypatch.setattr(sys, "meta_path", [Missing(), *sys.meta_path])
    done = CliRunner().invoke(app, ["eval", "check"])
    assert isinstance(done.exception, ConfigurationError)
    assert said in str(done.exception)
    assert CliRunner().invoke(app, ["--help"]).exit_code == 0
