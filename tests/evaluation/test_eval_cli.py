from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from typer.testing import CliRunner

from tfc_agent_tools.evaluation import case as case_module
from tfc_agent_tools.evaluation.case import cassette_path, load_cases
from tfc_agent_tools.evaluation.cli import app

CASE = load_cases()["runs.apply_after_yes"]


@pytest.fixture
def evals(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of cases in place of the packaged one."""
    tape = tmp_path / "cassettes" / CASE.cassette
    tape.parent.mkdir(parents=True)
    tape.write_bytes(cassette_path(CASE).read_bytes())
    monkeypatch.setattr(case_module, "content_dir", lambda _: tmp_path)
    put(tmp_path)
    return tmp_path


def put(folder: Path, **changes: Any) -> None:
    path = folder / "cases" / "runs" / "apply_after_yes.yaml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(yaml.safe_dump({**CASE.model_dump(mode="json"), **changes}))


def run(*arguments: str) -> tuple[int, str]:
    result = CliRunner().invoke(app, list(arguments), env={"COLUMNS": "160"})
    return result.exit_code, result.output


def test_cases_that_pass_exit_with_0() -> None:
    code, shown = run("run")
    assert code == 0
    assert f"{len(load_cases())} of {len(load_cases())} passed" in shown


def test_one_case_is_played_by_its_id() -> None:
    code, shown = run("run", CASE.id)
    assert code == 0
    assert "1 of 1 passed" in shown


def test_a_case_that_fails_exits_with_1_and_says_why(evals: Path) -> None:
    put(evals, expect={"writes": [], "calls_at_most": 9})
    code, shown = run("run")
    assert code == 1
    assert "FAIL" in shown
    assert "expected []" in shown


def test_an_unknown_case_exits_with_2() -> None:
    code, shown = run("run", "runs.none")
    assert code == 2
    assert "there is no case" in shown


def test_a_write_off_the_tape_exits_with_3(evals: Path) -> None:
    put(evals, script=[{"create_run": {"workspace": "acme/app-staging", "is_destroy": True}}, "done"])
    code, shown = run("run")
    assert code == 3
    assert "BROKEN GATE" in shown


def test_no_cases_is_not_a_pass(evals: Path) -> None:
    (evals / "cases" / "runs" / "apply_after_yes.yaml").unlink()
    code, _ = run("run")
    assert code != 0


def test_list_names_every_case() -> None:
    code, shown = run("list")
    assert code == 0
    assert all(case_id in shown for case_id in load_cases())


def test_a_rename_is_for_a_server_and_not_for_a_sandbox() -> None:
    code, shown = run("record", CASE.id, "--rename", "acme=my-org")
    assert code == 2
    assert "--address" in shown


def test_a_case_that_plays_on_no_cassette_is_not_recorded(evals: Path) -> None:
    put(evals, cassette=None)
    result = CliRunner().invoke(app, ["record", CASE.id])
    assert result.exit_code != 0
    assert "there is nothing to record" in str(result.exception)
