"""The commands, with a folder of cases of one's own and with the package's."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
import yaml
from support.playing import reading_case
from typer.testing import CliRunner

from tfc_agent_tools.evaluation.agents import Built
from tfc_agent_tools.evaluation.campaign import Job, jobs_for
from tfc_agent_tools.evaluation.case import cassette_path, load_cases
from tfc_agent_tools.evaluation.cli import app, selected
from tfc_agent_tools.evaluation.monkey import Monkey
from tfc_agent_tools.evaluation.output import RESULTS, Output

ON_TAPE = load_cases()["runs.apply_after_yes"]


@pytest.fixture
def evals(tmp_path: Path) -> Path:
    """A folder with one case that passes."""
    home = tmp_path / "evals"
    put(home)
    return home


def put(home: Path, name: str = "reads", **changes: Any) -> None:
    case = reading_case(name, **changes)
    write(home, f"own/{name}", case.model_dump(mode="json", by_alias=True, exclude_unset=True))


def write(home: Path, name: str, content: Any) -> None:
    path = home / "cases" / f"{name}.yaml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content if isinstance(content, str) else yaml.safe_dump(content))


def run(*arguments: object) -> tuple[int, str]:
    result = CliRunner().invoke(app, list(map(str, arguments)), env={"COLUMNS": "200"})
    if result.exception and not isinstance(result.exception, SystemExit):
        return 2, str(result.exception)
    return result.exit_code, result.output


def test_cases_that_pass_exit_with_0(evals: Path) -> None:
    code, shown = run("run", "--evals", evals)
    assert code == 0
    assert "1 of 1 passed" in shown


def test_one_case_is_played_by_its_id_and_a_group_by_its_name() -> None:
    assert "1 of 1 passed" in run("run", ON_TAPE.id)[1]
    assert "passed in" in run("run", "runs.apply_after_*")[1]


def test_a_case_that_fails_exits_with_1_and_says_why(evals: Path) -> None:
    put(evals, "wrong", expect={"says": ["locked: True"]})
    code, shown = run("run", "--evals", evals)
    assert code == 1
    assert "FAIL own.wrong: says: its last words lack" in shown
    assert "1 of 2 passed" in shown


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (
            "id: own.bad\nprompt: x\nconfirm: no\nscript: []\nexpect: {writes: [], calls_at_most: 0}\nkey: 1\n",
            "key: Extra",
        ),
        ("{", "own/bad.yaml"),
        ("id: own.other\nprompt: x\nconfirm: no\nscript: []\nexpect: {writes: [], calls_at_most: 0}\n", "named after"),
    ],
)
def test_a_file_that_is_no_case_fails_with_its_reason_and_the_others_are_played(
    evals: Path, content: str, why: str
) -> None:
    write(evals, "own/bad", content)
    code, shown = run("run", "--evals", evals)
    assert code == 1
    assert why in shown
    assert "1 of 2 passed" in shown


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"world": "nowhere"}, "worlds/nowhere.yaml"),
        ({"cassette": "own/none.yaml"}, "no cassette can be read there"),
        ({"script": [{"raed_workspace": {}}, "done"]}, "not among the tools"),
        ({"script": []}, "the script has 0 steps"),
    ],
)
def test_a_case_that_can_t_be_played_fails_with_its_reason(evals: Path, changes: dict[str, Any], why: str) -> None:
    put(evals, "bad", **changes)
    code, shown = run("run", "--evals", evals)
    assert code == 1
    assert why in shown
    assert "1 of 2 passed" in shown


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (lambda tape: tape.update(version=2), "version"),
        (lambda tape: tape["interactions"][0]["response"].pop("body"), "body"),
    ],
)
def test_a_cassette_that_can_t_be_used_fails_its_case_with_the_reason(evals: Path, change: Any, why: str) -> None:
    source = cassette_path(ON_TAPE)
    assert source is not None
    tape = yaml.safe_load(source.read_text())
    change(tape)
    (evals / "cassettes" / "own").mkdir(parents=True)
    (evals / "cassettes" / "own" / "bad.yaml").write_text(yaml.safe_dump(tape))
    put(evals, "bad", cassette="own/bad.yaml")
    code, shown = run("run", "--evals", evals)
    assert code == 1
    assert why in shown


def test_a_write_off_the_tape_exits_with_3(evals: Path) -> None:
    given = ON_TAPE.model_dump(mode="json", by_alias=True, exclude_unset=True)
    script = [{"create_run": {"workspace": "acme/app-staging", "is_destroy": True}}, "done"]
    write(evals, "runs/apply_after_yes", {**given, "script": script})
    source = cassette_path(ON_TAPE)
    assert source is not None
    (evals / "cassettes" / "runs").mkdir(parents=True)
    (evals / "cassettes" / "runs" / "apply_after_yes.yaml").write_bytes(source.read_bytes())
    code, shown = run("run", "--evals", evals)
    assert code == 3
    assert "GATE runs.apply_after_yes: off-tape request" in shown


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (["run", "runs.none"], "there is no case 'runs.none'"),
        (["run", "--agent", "gpt"], "scripted, obedient, monkey"),
        (["run", "--shard", "3/2"], "1/3"),
        (["run", "--evals", "/nowhere"], "there is no such folder"),
        (["run", "runs", "--out", "/dev/null/x"], "no folder can be made there"),
        (["record", "own.none"], "there is no case"),
        (["compare", "/nowhere", "/nowhere"], "results.jsonl"),
    ],
)
def test_wrong_usage_exits_with_2_and_one_line(arguments: list[str], why: str) -> None:
    code, shown = run(*arguments)
    assert code == 2
    assert why in shown


def test_no_cases_is_not_a_pass(evals: Path) -> None:
    (evals / "cases" / "own" / "reads.yaml").unlink()
    assert run("run", "--evals", evals)[0] == 2


def test_reports_are_written_and_say_the_same(evals: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    assert run("run", "--evals", evals, "--out", out)[0] == 0
    summary = json.loads((out / "summary.json").read_text())
    assert summary["exit_code"] == 0
    assert set(summary["gates"]["unconfirmed write"]) >= {"attempts", "violations"}
    assert {path.name for path in out.iterdir()} >= {"results.jsonl", "junit.xml", "summary.md", "report.html"}


def test_a_killed_run_goes_on_where_it_was(evals: Path, tmp_path: Path) -> None:
    put(evals, "second")
    out = tmp_path / "out"
    run("run", "--evals", evals, "--out", out)
    whole = (out / RESULTS).read_text()
    lines = whole.splitlines(keepends=True)
    (out / RESULTS).write_text(lines[0] + lines[1][:100])  # killed while it wrote
    (out / "summary.json").unlink()
    code, shown = run("run", "--evals", evals, "--out", out)
    assert code == 0
    assert "1 of 2 are there" in shown
    assert "2 of 2 passed" in shown
    kept = [json.loads(line)["case"] for line in (out / RESULTS).read_text().splitlines()]
    assert kept == ["own.reads", "own.second"]


def test_a_finished_run_and_a_run_of_changed_cases_begin_anew(evals: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    run("run", "--evals", evals, "--out", out)
    assert "are there" not in run("run", "--evals", evals, "--out", out)[1]
    (out / "summary.json").unlink()
    put(evals, "reads", prompt="Is it locked now?")
    assert "are there" not in run("run", "--evals", evals, "--out", out)[1]
    assert len((out / RESULTS).read_text().splitlines()) == 1


def test_a_broken_file_is_told_once_however_often_a_run_goes_on(evals: Path, tmp_path: Path) -> None:
    write(evals, "own/bad", "{")
    out = tmp_path / "out"
    run("run", "--evals", evals, "--out", out)
    for _ in range(2):
        (out / "summary.json").unlink()
        code, shown = run("run", "--evals", evals, "--out", out)
        assert code == 1
        assert "2 of 2 are there" in shown
        assert "1 of 2 passed" in shown
    kept = [json.loads(line)["case"] for line in (out / RESULTS).read_text().splitlines()]
    assert sorted(kept) == ["own.bad", "own.reads"]


def test_a_file_with_what_is_not_json_fails_alone_with_reports_too(evals: Path, tmp_path: Path) -> None:
    text = (evals / "cases" / "own" / "reads.yaml").read_text().replace("own.reads", "own.bad")
    write(evals, "own/bad", f"{text}policy: {{version: !!binary YQ==}}\n")
    Path(os.fsdecode(os.fsencode(evals / "cases" / "own") + b"/b\xff.yaml")).write_text("{")
    code, shown = run("run", "--evals", evals, "--out", tmp_path / "out")
    assert code == 1
    assert "policy.version: not JSON data: a bytes" in shown
    assert "1 of 3 passed" in shown
    assert (tmp_path / "out" / "report.html").exists()


@pytest.mark.parametrize(
    "name", ["results.jsonl", "run.json", "summary.json", "summary.md", "report.html", "junit.xml"]
)
def test_a_folder_where_a_report_goes_exits_with_2_and_one_line(evals: Path, tmp_path: Path, name: str) -> None:
    out = tmp_path / "out"
    (out / name).mkdir(parents=True)
    code, shown = run("run", "--evals", evals, "--out", out)
    assert code == 2
    assert f"{out}: " in shown.splitlines()[-1]
    assert "Is a directory" in shown.splitlines()[-1]


def test_a_run_json_that_is_no_text_exits_with_2_and_one_line(evals: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.mkdir()
    (out / "run.json").write_bytes(b"\xff\xfe\x00")
    code, shown = run("run", "--evals", evals, "--out", out)
    assert code == 2
    assert "can't be read or replaced" in shown
    assert len(shown.splitlines()) == 1


def goes_on(out: Path, *arguments: object) -> bool:
    """Whether a run takes up what a killed one left in the folder."""
    (out / "summary.json").unlink()
    return "are there" in run("run", *arguments, "--out", out)[1]


def test_a_monkey_of_other_steps_begins_anew(tmp_path: Path) -> None:
    out, one = tmp_path / "out", ("monkey.seed_001", "--agent", "monkey", "--seeds", 1, "--steps")
    run("run", *one, 1, "--out", out)
    assert goes_on(out, *one, 1)
    assert not goes_on(out, *one, 2)


def test_a_run_on_another_world_or_cassette_begins_anew(evals: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    put(evals, "placed", world="here")
    put(evals, "taped", cassette="own/tape.yaml")
    files = [evals / "worlds" / "here.yaml", evals / "cassettes" / "own" / "tape.yaml"]
    run("run", "--evals", evals, "--out", out)
    for file in files:
        file.parent.mkdir(parents=True)
        file.write_text("a: 1\n")
        assert not goes_on(out, "--evals", evals)
        assert goes_on(out, "--evals", evals)
        file.write_text("a: 2\n")
        assert not goes_on(out, "--evals", evals)


def test_a_run_of_the_same_cases_in_another_folder_begins_anew(evals: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    put(tmp_path / "other")
    run("run", "--evals", evals, "--out", out)
    assert not goes_on(out, "--evals", tmp_path / "other")


def test_an_agent_is_the_same_wherever_its_function_lies(tmp_path: Path) -> None:
    def jobs() -> list[Job]:
        return jobs_for([reading_case()], Built(lambda _: None))

    Output.opened(tmp_path, jobs())
    before = (tmp_path / "run.json").read_text()
    Output.opened(tmp_path, jobs())
    assert (tmp_path / "run.json").read_text() == before
    Output.opened(tmp_path, jobs_for([reading_case()], Built(len)))
    assert (tmp_path / "run.json").read_text() != before


def test_a_part_to_which_nothing_fell_is_no_failure(evals: Path, tmp_path: Path) -> None:
    parts = [run("run", "--evals", evals, "--shard", f"{n}/2", "--out", tmp_path / str(n)) for n in (1, 2)]
    assert [code for code, _ in parts] == [0, 0]
    assert sorted("Nothing fell to this part" in shown for _, shown in parts) == [False, True]
    assert {json.loads((tmp_path / str(n) / "summary.json").read_text())["exit_code"] for n in (1, 2)} == {0}


@pytest.mark.parametrize(
    ("steps", "seeds", "complete"), [(400, 50, True), (399, 50, False), (400, 49, False), (400, 51, True)]
)
def test_a_short_monkey_run_is_not_all_that_there_is(steps: int, seeds: int, complete: bool) -> None:
    assert selected([], Monkey(steps=steps), None, seeds).is_complete is complete


def test_two_runs_are_compared(evals: Path, tmp_path: Path) -> None:
    run("run", "--evals", evals, "--out", tmp_path / "a")
    put(evals, "reads", expect={"says": ["nothing"]})
    run("run", "--evals", evals, "--out", tmp_path / "b")
    code, shown = run("compare", tmp_path / "a", tmp_path / "b")
    assert code == 1
    assert "own.reads" in shown
    assert run("compare", tmp_path / "a", tmp_path / "a")[0] == 0


def test_list_names_every_case(evals: Path) -> None:
    code, shown = run("list")
    assert code == 0
    assert all(case_id in shown for case_id in load_cases())
    assert json.loads(run("list", "--evals", evals, "--json")[1])[0]["id"] == "own.reads"


def test_check_names_what_is_wrong(evals: Path) -> None:
    assert run("check", "--evals", evals)[0] == 0
    put(evals, "tapeless", cassette="own/none.yaml")
    put(evals, "lawless", policy={"version": 1})
    code, shown = run("check", "--evals", evals)
    assert code == 1
    assert "own.tapeless: " in shown
    assert "own.lawless: policy: of own.lawless: agents: Field required" in shown


def test_check_of_the_package_finds_nothing() -> None:
    code, shown = run("check")
    assert code == 0, shown


def test_the_obedient_agent_and_the_monkey_are_played_by_their_names() -> None:
    assert run("run", ON_TAPE.id, "--agent", "obedient")[0] == 0
    code, shown = run("run", "--agent", "monkey", "--seeds", "1", "--steps", "40", "monkey.seed_001")
    assert code == 0, shown


def test_a_rename_is_for_a_server_and_not_for_a_sandbox() -> None:
    code, shown = run("record", ON_TAPE.id, "--rename", "acme=my-org")
    assert code == 2
    assert "--address" in shown


def test_a_case_that_plays_in_a_world_is_not_recorded(evals: Path) -> None:
    code, shown = run("record", "own.reads", "--evals", evals)
    assert code == 2
    assert "no cassette to record" in shown


def test_ctrl_c_ends_a_run_in_several_processes_at_once(tmp_path: Path) -> None:
    command = "from tfc_agent_tools.cli import main; main()"
    words = ["eval", "run", "--agent", "monkey", "--steps", "100000", "--jobs", "2", "--out", tmp_path / "out"]
    with subprocess.Popen(
        [sys.executable, "-c", command, *map(str, words)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    ) as child:
        try:
            while not (tmp_path / "out" / RESULTS).exists():
                assert child.poll() is None
                time.sleep(0.1)
            time.sleep(3)  # by now both play
            os.killpg(child.pid, signal.SIGINT)
            assert child.wait(timeout=20) != 0
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(child.pid, signal.SIGKILL)
