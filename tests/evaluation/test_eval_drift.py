from __future__ import annotations

import pickle
import re
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import pytest
import yaml

from tfc_agent_tools.evaluation.case import cassette_path, load_cases
from tfc_agent_tools.evaluation.differences import exchange_differences
from tfc_agent_tools.evaluation.drift import drift
from tfc_agent_tools.sandbox.terraform import find_binary
from tfc_agent_tools.tape import Interaction

CASE = load_cases()["runs.apply_after_no"]
needs_terraform = pytest.mark.skipif(find_binary() is None, reason="neither terraform nor tofu is on PATH")


def changed(folder: Path, change: Callable[[Any], object]) -> Path:
    """The case's cassette, edited by hand as nobody should."""
    shipped = cassette_path(CASE)
    assert shipped
    tape = yaml.safe_load(shipped.read_text())
    change(tape)
    path = folder / "tape.yaml"
    path.write_text(yaml.safe_dump(tape, sort_keys=False, allow_unicode=True, width=2**20))
    return path


@pytest.mark.terraform
@needs_terraform
def test_what_was_recorded_is_proven_by_processes_of_their_own() -> None:
    cases = [CASE, load_cases()["runs.apply_after_yes"]]
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as pool:
        found = list(pool.map(drift, cases))
    assert [(one.case, one.differences, one.problem) for one in found] == [(case.id, (), None) for case in cases]


@pytest.mark.terraform
@needs_terraform
def test_what_was_edited_by_hand_is_found(tmp_path: Path) -> None:
    def edit(tape: Any) -> None:
        answer = tape["interactions"][0]["response"]["body"]
        answer["string"] = answer["string"].replace('"locked":false', '"locked":true', 1)
        tape["recorded_with"]["terraform"] = "terraform 1.0.0"
        del tape["interactions"][-1]

    path = changed(tmp_path, edit)
    before = path.read_bytes()
    found = drift(CASE, path)
    assert path.read_bytes() == before
    assert not found.is_same
    assert found.differences[0].startswith("recorded_with.terraform: terraform 1.0.0 → terraform ")
    assert "/data/attributes/locked: true → false" in found.differences[1]
    assert found.differences[2].endswith(": new")
    assert pickle.loads(pickle.dumps(found)) == found  # noqa: S301 - our own


@pytest.mark.terraform
@needs_terraform
def test_other_bytes_for_the_same_data_are_a_difference(tmp_path: Path) -> None:
    path = changed(tmp_path, lambda _: None)
    path.write_text(path.read_text() + "\n")
    assert drift(CASE, path).differences == ("the same exchanges, written in another way",)


@pytest.mark.terraform
@needs_terraform
def test_a_case_that_breaks_off_is_a_problem_of_its_own() -> None:
    found = drift(CASE.model_copy(update={"script": ({"no_such_tool": None},)}))
    assert not found.is_same
    assert "does not come to its end any more: ValueError" in str(found.problem)


@pytest.mark.parametrize(
    ("case", "words"),
    [
        (CASE.model_copy(update={"cassette": None}), "has no cassette"),
        (CASE.model_copy(update={"cassette": "runs/none.yaml"}), "no cassette can be read"),
    ],
)
def test_what_can_not_be_compared_is_a_problem_and_not_the_same(case: Any, words: str) -> None:
    found = drift(case)
    assert not found.is_same
    assert words in str(found.problem)


def test_a_tape_of_a_real_server_is_not_recorded_from_a_sandbox(tmp_path: Path) -> None:
    def edit(tape: Any) -> None:
        stamp = tape["recorded_with"]
        stamp |= {"server": "HCP Terraform", "source": "a server"}
        del stamp["seed"], stamp["clock"]

    assert "recorded from a server" in str(drift(CASE, changed(tmp_path, edit)).problem)


def test_a_world_that_is_not_there_is_a_problem() -> None:
    found = drift(CASE.model_copy(update={"world": "none"}))
    assert "world" in str(found.problem)
    assert "\n" not in str(found.problem)


def one(method: str, path: str, answer: str = "", body: str | None = None) -> Interaction:
    return Interaction.model_validate(
        {
            "request": {"method": method, "uri": f"https://app.terraform.io/api/v2{path}", "headers": {}, "body": body},
            "response": {"status": {"code": 200}, "headers": {}, "body": {"string": answer}},
        }
    )


A, B, C = one("GET", "/a"), one("POST", "/b", body='{"x": [1, 2]}'), one("GET", "/c?page%5Bnumber%5D=1")


@pytest.mark.parametrize(
    ("old", "new", "lines"),
    [
        ([A, B], [A, B], []),
        ([A, B], [A, C, B], ["2. GET /c?page[number]=1: new"]),
        ([A, B, C], [A, C], ["2. POST /b: not sent any more"]),
        ([B], [one("POST", "/b", body='{"x": [1, 3]}')], ["1. POST /b: request body /x/1: 2 → 3"]),
        ([B], [one("POST", "/b", body='{"x": [1, 2], "a/b": 1}')], ["1. POST /b: request body /a~1b: none → 1"]),
        ([B], [one("POST", "/b", body='{"x":[1,2]}')], ["1. POST /b: the same data, written in another way"]),
        ([A], [one("GET", "/a", "text")], ['1. GET /a: response body: "" → "text"']),
        (
            [one("GET", "/log", 'x\n{"a": 1}\nz')],
            [one("GET", "/log", 'x\n{"a": true}\nz')],
            ["1. GET /log: response body /1/a: 1 → true"],
        ),
    ],
)
def test_a_difference_is_told_by_its_request_and_its_place(
    old: list[Interaction], new: list[Interaction], lines: list[str]
) -> None:
    assert exchange_differences(old, new) == lines


def test_a_long_value_is_shown_around_the_place_where_it_differs() -> None:
    (line,) = exchange_differences([one("GET", "/a", "x" * 500 + "1")], [one("GET", "/a", "x" * 500 + "2")])
    assert len(line) < 200
    assert 'x1"' in line
    assert 'x2"' in line


@pytest.mark.terraform
@needs_terraform
def test_only_the_first_of_many_differences_are_told(tmp_path: Path) -> None:
    def edit(tape: Any) -> None:
        for number, exchange in enumerate(tape["interactions"]):
            exchange["request"]["uri"] += f"/{number}"

    *told, last = drift(CASE, changed(tmp_path, edit)).differences
    assert len(told) == 12
    assert re.fullmatch(r"and \d+ more", last)
