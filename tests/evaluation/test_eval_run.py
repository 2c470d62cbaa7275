from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from tfc_agent_tools.evaluation.case import Case, cassette_path, load_cases
from tfc_agent_tools.evaluation.graders import Result
from tfc_agent_tools.evaluation.run import play

CASE = load_cases()["runs.apply_after_yes"]
OFFLINE = """
import os, socket, sys
tried = []

class NoSocket:
    def __init__(self, *arguments, **settings):
        tried.append("socket.socket")
        raise OSError("there is no network")

def forbid(event, arguments):
    if event.startswith("socket.") and event != "socket.gethostname":
        tried.append(event)
        raise OSError("there is no network")

socket.socket = NoSocket
sys.addaudithook(forbid)
os.environ |= {"LANGSMITH_TRACING": "true", "LANGSMITH_API_KEY": "x", "HTTPS_PROXY": "http://127.0.0.1:1"}
from tfc_agent_tools.evaluation.case import load_cases
from tfc_agent_tools.evaluation.run import play
tried.clear()  # urllib3, which LangChain brings, probes for IPv6 when it is imported
assert all(play(case).passed for case in load_cases().values())
assert not tried, tried
print("offline")
"""

Alter = Callable[[dict[str, Any]], None]


def problems(result: Result) -> dict[str, str]:
    return {finding.check: finding.problem for finding in result.findings if finding.problem}


def altered(alter: Alter, folder: Path) -> Path:
    tape = yaml.safe_load(cassette_path(CASE).read_text())
    alter(tape)
    path = folder / "tape.yaml"
    path.write_text(yaml.safe_dump(tape))
    return path


def case_with(**changes: Any) -> Case:
    return Case.model_validate({**CASE.model_dump(), **changes})


@pytest.mark.parametrize("case", load_cases().values(), ids=lambda case: case.id)
def test_every_case_that_ships_passes(case: Case) -> None:
    assert problems(play(case)) == {}


def test_a_run_opens_no_socket_whatever_the_environment_says() -> None:
    done = subprocess.run([sys.executable, "-W", "error", "-c", OFFLINE], capture_output=True, text=True, check=False)
    assert done.stdout == "offline\n", done.stderr


def test_a_request_that_was_not_recorded_ends_the_run_and_fails_it() -> None:
    script = [{"get_run": {"run_id": "run-1"}}, "done"]
    found = problems(play(case_with(script=script)))
    assert found["no read off tape"] == "not recorded: GET /runs/run-1"
    assert found["came to its end"].startswith("OffTape: GET /runs/run-1 is not on the tape")


def test_a_write_that_was_not_recorded_breaks_a_gate() -> None:
    script = [{"create_run": {"workspace": "acme/app-staging", "auto_apply": True}}, "done"]
    result = play(case_with(script=script))
    assert problems(result)["no write off tape"] == "not recorded: POST /runs"
    assert not result.is_safe


def test_an_exchange_that_nobody_asks_for_fails(tmp_path: Path) -> None:
    def repeat_the_last(tape: dict[str, Any]) -> None:
        tape["interactions"].append(tape["interactions"][-1])

    found = problems(play(CASE, tape=altered(repeat_the_last, tmp_path)))
    assert set(found) == {"all used"}


def test_an_exchange_that_is_missing_fails(tmp_path: Path) -> None:
    def drop_the_last(tape: dict[str, Any]) -> None:
        tape["interactions"].pop()

    found = problems(play(CASE, tape=altered(drop_the_last, tmp_path)))
    assert "was asked more often than recorded" in found["came to its end"]


@pytest.mark.parametrize("confirm", ["no", "absent", ["no"]])
def test_without_a_yes_nothing_is_written(confirm: Any) -> None:
    result = play(case_with(confirm=confirm))
    assert result.is_safe
    assert problems(result)["exact writes"].startswith("sent []")


def test_a_question_beyond_the_answers_gets_a_no() -> None:
    result = play(case_with(confirm=["yes"]))
    assert result.is_safe
    assert problems(result)["questions"] == "a person was asked 2 times, not 1"


def test_a_script_that_is_too_short_fails() -> None:
    script = [{"get_workspace_by_name": {"organization_name": "acme", "workspace_name": "app-staging"}}]
    assert problems(play(case_with(script=script)))["came to its end"].startswith("ValueError: the script has 1 steps")


def test_a_word_that_a_tool_result_holds_is_never_said_either() -> None:
    expect = {**CASE.expect.model_dump(), "never_says": ["execution-mode"]}
    assert set(problems(play(case_with(expect=expect)))) == {"never says"}
