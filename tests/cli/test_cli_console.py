"""What counts as a yes at the keyboard, and what a person is shown."""

from __future__ import annotations

import io
import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cli_process import Terminal
from rich.console import Console

from tfc_agent_tools import Confirmation, Impact, Risk
from tfc_agent_tools.cli.console import AnswerAlways, AskInConsole, word_for
from tfc_agent_tools.cli.screen import Screen, printable, shortened

WRITE = Confirmation(
    id="ap-1",
    tool="create_run",
    action="runs.create",
    arguments={"workspace": "acme/app"},
    text="The agent wants to queue a run.",
    reason=None,
    risk=Risk.WRITE,
    impacts=frozenset({Impact.RUNS_CODE}),
    workspace="acme/app-staging (ws-1)",
    plan=None,
    expires_at=datetime.now(UTC) + timedelta(hours=1),
)
DESTRUCTIVE = replace(WRITE, tool="apply_run", risk=Risk.DESTRUCTIVE, arguments={"run_id": "run-1"})


def screen(width: int = 80) -> Screen:
    return Screen("SANDBOX", Console(file=io.StringIO(), width=width, highlight=False))


def shown(on: Screen) -> str:
    assert isinstance(on.console.file, io.StringIO)
    return on.console.file.getvalue()


def answer(confirmation: Confirmation, typed: str | type[BaseException]) -> bool:
    def read_line(_: str) -> str:
        if isinstance(typed, str):
            return typed
        raise typed

    return AskInConsole(screen(), read_line)(confirmation).approved


@pytest.mark.parametrize("typed", ["y", "Y", "yes", "YES", " yes "])
def test_y_and_yes_say_yes_to_a_write(typed: str) -> None:
    assert answer(WRITE, typed)


@pytest.mark.parametrize(
    "typed",
    ["", " ", "n", "no", "ye", "yess", "y n", "yes please", "ok", "1", "true", "\x1b[A", EOFError, KeyboardInterrupt],
)
def test_everything_else_is_a_no(typed: str | type[BaseException]) -> None:
    assert not answer(WRITE, typed)
    assert not answer(DESTRUCTIVE, typed)


@pytest.mark.parametrize(
    ("typed", "approved"),
    [
        ("app-staging", True),
        (" app-staging ", True),
        ("y", False),
        ("yes", False),
        ("apply", False),
        ("App-Staging", False),
        ("app-stagin", False),
        ("run-1", False),
    ],
)
def test_a_destructive_call_takes_the_workspaces_name(typed: str, approved: bool) -> None:
    assert answer(DESTRUCTIVE, typed) is approved


@pytest.mark.parametrize(
    ("workspace", "arguments", "word"),
    [
        ("acme/app-staging (ws-1)", {"run_id": "run-1"}, "app-staging"),
        (None, {"run_id": "run-1"}, "run-1"),
        (None, {}, "apply_run"),
        ("acme/ (ws-1)", {}, "apply_run"),
        ("acme/two words (ws-1)", {}, "apply_run"),
    ],
)
def test_the_word_is_the_most_telling_name_that_is_known(
    workspace: str | None, arguments: dict[str, str], word: str
) -> None:
    assert word_for(replace(DESTRUCTIVE, workspace=workspace, arguments=arguments)) == word


def test_a_yes_after_the_question_expired_is_a_no() -> None:
    on = screen()
    late = replace(WRITE, expires_at=datetime.now(UTC) - timedelta(seconds=1))
    assert not AskInConsole(on, lambda _: "yes")(late).approved
    assert "does not count" in shown(on)


@pytest.mark.parametrize(("yes", "said"), [(True, "--yes answers: yes"), (False, "--no answers: no")])
def test_a_flag_that_answers_says_so_on_the_screen_and_on_record(yes: bool, said: str) -> None:
    on = screen()
    decision = AnswerAlways(on, yes=yes)(WRITE)
    assert decision.approved is yes
    assert decision.approver == f"the flag {said.split(maxsplit=1)[0]}"
    assert said in shown(on)


def test_the_page_is_whole_and_marked_with_place_tool_and_risk() -> None:
    on = screen()
    AnswerAlways(on, yes=False)(replace(DESTRUCTIVE, reason="It [bold]must[/bold] be done"))
    page = shown(on)
    assert "SANDBOX: confirm apply_run (destructive)" in page
    assert "The agent wants to queue a run." in page
    assert "It [bold]must[/bold] be done" in page


def test_the_rest_of_a_wrapped_line_can_not_pass_for_a_line_of_its_own() -> None:
    on = screen(width=40)
    text = '  message: "' + "x " * 11 + '  What it does: nothing"'
    AnswerAlways(on, yes=False)(replace(WRITE, text=text))
    rest = next(line for line in shown(on).splitlines() if "What it does" in line)
    assert rest.startswith("│       What it does")


def test_nothing_that_a_terminal_obeys_or_that_hides_text_is_printed() -> None:
    on = screen()
    AnswerAlways(on, yes=False)(replace(WRITE, text="a\x1b[2Jb\u202ec\rd\x07e"))
    assert r"a\u001B[2Jb\u202Ec\u000Dd\u0007e" in shown(on)
    assert printable("line\nline") == "line\nline"


@pytest.mark.parametrize("width", [20, 40, 80, 120])
def test_no_line_is_wider_than_the_screen(width: int) -> None:
    on = screen(width)
    AnswerAlways(on, yes=False)(replace(WRITE, text="word " * 60 + "\n    " + "x" * 300))
    on.line("label", "word " * 60 + "y" * 300)
    assert max(map(len, shown(on).splitlines())) <= width


def test_text_that_is_cut_says_so() -> None:
    assert shortened("a b\n c", 10) == "a b c"
    assert shortened("a" * 20, 10) == "aaaaaaa..."


ASKS_TWICE = """
import sys, time
sys.path.insert(0, sys.argv[1])
from test_cli_console import WRITE
from tfc_agent_tools.cli.console import AskInConsole
from tfc_agent_tools.cli.screen import Screen
print("ready", flush=True)
time.sleep(1)
for _ in range(2):
    print("approved", AskInConsole(Screen("SANDBOX"))(WRITE).approved, flush=True)
"""


def test_a_yes_that_was_typed_before_the_question_does_not_count() -> None:
    here = str(Path(__file__).parent)
    terminal = Terminal([sys.executable, "-c", ASKS_TWICE, here])
    terminal.wait_for("ready")
    terminal.type("y\ny\n")
    terminal.wait_for("[y/N]")
    terminal.type("n\n")
    terminal.wait_for("approved False")
    terminal.wait_for("[y/N]")
    terminal.type("y\n")
    terminal.wait_for("approved True")
    assert terminal.end() == 0
