"""The demo, as a user starts it."""

from __future__ import annotations

import shutil
from typing import Any

import pytest
from cli_process import Terminal, command, run, run_without_terraform

from tfc_agent_tools.cli.demo import _exit_code
from tfc_agent_tools.cli.demo.closing import SNIPPET
from tfc_agent_tools.cli.demo.outside import Counter
from tfc_agent_tools.cli.demo.story import Ending
from tfc_agent_tools.cli.failures import Exit
from tfc_agent_tools.evaluation.scripted import ScriptedChatModel
from tfc_agent_tools.sandbox import Sandbox

GUARDS = ("arguments", "token type", "permission", "state", "nobody asked", "a person's no", "changed")
needs_terraform = pytest.mark.skipif(not shutil.which("terraform"), reason="there is no terraform on PATH")


def refusals(output: str) -> list[str]:
    """What each scene says was sent."""
    return [line.partition("was sent")[2].strip() for line in output.splitlines() if line.startswith("was sent")]


def check_yes(output: str) -> None:
    assert output.count("--yes answers: yes") == 2
    assert "is applied\ncounted       yes answers: 2; writes that were sent: 2" in output
    assert "The agent applies the same run again." in output
    assert "confirmed by the flag --yes" in " ".join(output.split())
    assert "answered 202" in output


@pytest.mark.terraform
@needs_terraform
def test_yes_ends_with_an_applied_run_of_a_real_terraform() -> None:
    done = run("demo", "--yes")
    assert (done.returncode, done.stderr) == (0, "")
    check_yes(done.stdout)
    assert "a real terraform plans and applies" in done.stdout
    assert "is planning" in done.stdout


def test_without_terraform_the_demo_replays_and_says_so() -> None:
    done = run_without_terraform("demo", "--yes")
    assert (done.returncode, done.stderr) == (0, "")
    check_yes(done.stdout)
    assert "recorded plans are replayed" in done.stdout
    assert "a real" not in done.stdout.replace("changes real", "")


def test_no_ends_with_no_run_and_nothing_sent() -> None:
    done = run_without_terraform("demo", "--no")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.count("--no answers: no") == 1
    assert "no run was made\ncounted       yes answers: 0; writes that were sent: 0" in done.stdout
    assert "I stop here" in done.stdout


@pytest.mark.parametrize("flag", ["--yes", "--no"])
def test_every_guard_refuses_something_once_and_sends_no_write(flag: str) -> None:
    output = run_without_terraform("demo", flag).stdout
    assert all(f"\n{guard} " in output for guard in GUARDS)
    sent = refusals(output.partition("\nSANDBOX  3.")[0])
    assert len(sent) == len(GUARDS)
    assert sent[:2] == ["nothing", "nothing"]
    assert all(said.endswith("no write") for said in sent[2:])


def test_a_policy_refuses_and_a_signed_yes_of_another_process_lets_through() -> None:
    output = run_without_terraform("demo", "--no").stdout
    act = " ".join(output.partition("\nSANDBOX  3.")[2].partition("\nSANDBOX  4.")[0].split())
    assert "network-team-only: the network team rolls out its own" in act
    assert "approved; answered by zoe@acme.io" in act
    assert [one.split(" story ")[0][:8].strip() for one in act.split("was sent ")[1:]][:2] == ["no write", "no write"]
    assert "was sent 1 write" in act
    assert "confirmed by zoe@acme.io" in act
    assert act.endswith("intact.")


@pytest.mark.parametrize("columns", [80, 120])
def test_piped_output_is_plain_fits_the_width_and_names_the_sandbox_on_every_screen(columns: int) -> None:
    output = run("demo", "--no", COLUMNS=str(columns), PATH="").stdout
    assert "\x1b" not in output
    assert "\r" not in output
    assert max(map(len, output.splitlines())) <= columns
    assert output.count("\nSANDBOX  ") == 6
    assert not [line for line in output.splitlines() if line != line.rstrip()]


def test_with_nobody_to_ask_and_no_flag_nothing_is_started() -> None:
    done = run("demo")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "tfc-agent: demo: stdin is not a terminal, so nobody can be asked; add --yes or --no\n"


def at_a_terminal() -> Terminal:
    terminal = Terminal(command("demo"), PATH="")
    terminal.wait_for("[y/N]")
    return terminal


def test_at_a_terminal_the_person_is_asked_and_types_the_name_to_apply() -> None:
    terminal = at_a_terminal()
    terminal.type("y\n")
    terminal.wait_for("Type app-staging to say yes")
    terminal.type("app-staging\n")
    assert terminal.end() == 0
    assert "yes answers: 2; writes that were sent: 2" in terminal.seen
    assert "confirmed by console" in " ".join(terminal.seen.split())


def test_a_yes_to_the_plan_and_a_no_to_the_apply_leave_the_run_planned() -> None:
    terminal = at_a_terminal()
    terminal.type("y\n")
    terminal.wait_for("Type app-staging to say yes")
    terminal.type("yes\n")
    assert terminal.end() == 0
    assert "is planned\r\ncounted       yes answers: 1; writes that were sent: 1" in terminal.seen


def test_ctrl_c_in_a_question_is_a_no_and_the_demo_goes_on() -> None:
    terminal = at_a_terminal()
    terminal.interrupt()
    assert terminal.end() == 0
    assert "yes answers: 0; writes that were sent: 0" in terminal.seen
    assert "5. The same tools" in terminal.seen


@pytest.mark.parametrize(
    ("yes_count", "changing", "runs", "all_held", "must_apply", "code"),
    [
        (2, 2, {"run-1": "applied"}, True, True, Exit.GOOD),
        (2, 2, {"run-1": "errored"}, True, True, Exit.FAILED),
        (1, 1, {"run-1": "planned"}, True, False, Exit.GOOD),
        (0, 0, {}, True, False, Exit.GOOD),
        (0, 1, {"run-1": "planned"}, True, False, Exit.GATE_BROKE),
        (2, 2, {"run-1": "applied"}, False, True, Exit.GATE_BROKE),
    ],
)
def test_the_exit_code_follows_what_the_sandbox_and_the_transport_say(
    yes_count: int, changing: int, runs: dict[str, str], all_held: bool, must_apply: bool, code: Exit
) -> None:
    ending = Ending(runs=runs, yes_count=yes_count, changing=changing, records=[], intact=True)
    assert _exit_code(ending, all_held=all_held, must_apply=must_apply) is code


def test_what_was_sent_is_counted_by_method() -> None:
    import httpx

    with Sandbox(engine="recorded") as sandbox:
        counter = Counter(sandbox)
        assert counter.said == "nothing"
        with httpx.Client(transport=counter, base_url=sandbox.address) as client:
            client.get("/api/v2/ping")
            assert counter.said == "1 read, no write"
            for method in ("POST", "DELETE"):
                client.request(method, "/api/v2/ping")
        assert counter.said == "1 read, 2 writes"


def test_the_lines_for_an_agent_of_ones_own_run_as_they_are_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TFE_TOKEN", "user.atlasv1.not-used")
    names: dict[str, Any] = {"model": ScriptedChatModel(script=["Hello"])}
    exec(SNIPPET, names)  # noqa: S102 - what a reader will do with it
    said = names["agent"].invoke({"messages": [("user", "Hi")]}, {"configurable": {"thread_id": "1"}})
    assert said["messages"][-1].content == "Hello"
