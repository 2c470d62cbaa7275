from __future__ import annotations

import json
import os
import re
from pathlib import Path

import pytest

from tfc_agent_tools import ConfigurationError
from tfc_agent_tools.evaluation.case import case_schema, cassette_path, load_cases, load_what_can_be
from tfc_agent_tools.templates import content_dir

CASE = """
id: runs.one
prompt: Read it.
cassette: runs/one.yaml
confirm: "no"
script: [{get_run: {run_id: run-1}}, [{get_run: {run_id: run-1}}, {get_run: {run_id: run-2}}], done]
expect: {writes: [], calls_at_most: 3}
"""


def load(home: Path, text: str, name: str = "runs/one.yaml") -> None:
    path = home / "cases" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    load_cases(home)


def test_a_case_is_found_by_its_id(tmp_path: Path) -> None:
    load(tmp_path, CASE)
    assert load_cases(tmp_path)["runs.one"].expect.calls_at_most == 3


@pytest.mark.parametrize(
    ("before", "after", "words"),
    [
        ("prompt:", "promt:", "prompt"),
        ('"no"', "perhaps", "confirm"),
        ('"no"', "no\nconfirm: yes", "'confirm' stands twice"),
        ("writes: []", "writes: [GET /runs]", "expect.writes.0"),
        ("calls_at_most: 3", "calls_at_most: -1", "calls_at_most"),
        ("runs/one.yaml", "../../one.yaml", "cassette"),
        ("runs.one", "runs.two", "named after its folder and file"),
        ("script: [", "script: {", "one.yaml"),
    ],
)
def test_a_mistake_in_a_case_is_named(tmp_path: Path, before: str, after: str, words: str) -> None:
    with pytest.raises(ConfigurationError, match=words):
        load(tmp_path, CASE.replace(before, after))


@pytest.mark.parametrize(
    ("after", "words"),
    [
        ("prompt: 2026-13-45", "month must be in 1..12"),
        ("prompt: !!map foo", "not enough values"),
        ("prompt: !!bool perhaps", "perhaps"),
        ("prompt: !!timestamp foo", "groupdict"),
        ("prompt: " + "[" * 50_000 + "]" * 50_000, "nested more than 100 deep|flow level"),
        ("prompt: \n  " + "- " * 50_000, "nested more than 100 deep|flow level"),
        ("policy: {rules: !!binary YQ==}\nprompt: x", "policy.rules: not JSON data: a bytes"),
        ("policy: {rules: [2026-01-01]}\nprompt: x", "policy.rules.0: not JSON data: a date"),
        ("policy: {rules: !!set {a}}\nprompt: x", "policy.rules: not JSON data: a set"),
        ("policy: {rules: {1.5: a}}\nprompt: x", "policy.rules: not JSON data: a key"),
        ("world: {a: .nan}\nprompt: x", "world.a: not JSON data: a float"),
        ("world: &a {b: [*a]}\nprompt: x", "world.b.0: not JSON data: it holds itself"),
        (
            "meanwhile: {1: [{send: POST /runs, body: {a: 2026-01-01}}]}\nprompt: x",
            "meanwhile.1.0.body.a: not JSON data",
        ),
    ],
)
def test_a_file_that_breaks_its_reader_fails_alone_and_in_one_line(tmp_path: Path, after: str, words: str) -> None:
    load(tmp_path, CASE)
    bad = CASE.replace("prompt: Read it.", after).replace("runs.one", "runs.two")
    (tmp_path / "cases" / "runs" / "two.yaml").write_text(bad)
    cases, broken = load_what_can_be(tmp_path)
    assert list(cases) == ["runs.one"]
    assert re.search(words, broken["runs.two"])
    assert "\n" not in broken["runs.two"]


def test_anchors_that_multiply_are_refused_before_they_fill_the_memory(tmp_path: Path) -> None:
    lines = ["x0: &x0 [1, 1, 1, 1, 1, 1, 1, 1, 1, 1]"]
    lines += [f"x{n}: &x{n} [{', '.join([f'*x{n - 1}'] * 10)}]" for n in range(1, 9)]
    with pytest.raises(ConfigurationError, match="more than 100,000 values"):
        load(tmp_path, CASE + "world:\n  " + "\n  ".join(lines) + "\n")


def test_a_file_name_that_is_not_utf_8_can_be_told(tmp_path: Path) -> None:
    load(tmp_path, CASE)
    for name in (b"b\xff.yaml", b"b\xfe.yaml"):
        Path(os.fsdecode(os.fsencode(tmp_path / "cases" / "runs") + b"/" + name)).write_text(CASE)
    cases, broken = load_what_can_be(tmp_path)
    assert list(cases) == ["runs.one"]
    assert len(broken) == 2
    assert "runs.b\N{REPLACEMENT CHARACTER}" in broken
    assert all((name + why).encode() for name, why in broken.items())


def test_of_two_files_with_one_id_the_second_is_broken_under_a_name_of_its_own(tmp_path: Path) -> None:
    load(tmp_path, CASE)
    (tmp_path / "cases" / "runs.one.yaml").write_text("{")
    cases, broken = load_what_can_be(tmp_path)
    assert list(cases) == ["runs.one"]
    assert list(broken) == ["runs.one (runs.one.yaml)"]
    assert "its id is taken by" in broken["runs.one (runs.one.yaml)"]
    assert "runs/one.yaml" in broken["runs.one (runs.one.yaml)"]


def test_a_bare_no_is_the_word_no(tmp_path: Path) -> None:
    load(tmp_path, CASE.replace('"no"', "[no, yes]"))
    assert load_cases(tmp_path)["runs.one"].confirm == ("no", "yes")


def test_what_changes_needs_a_world(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="need a case without one"):
        load(tmp_path, CASE + "faults: [{on: POST /runs, then: lost}]\n")


def test_a_file_that_is_no_case_is_named_and_the_others_are_there(tmp_path: Path) -> None:
    load(tmp_path, CASE)
    (tmp_path / "cases" / "runs" / "two.yaml").write_text("id: runs.two\nprompt: x\n")
    cases, broken = load_what_can_be(tmp_path)
    assert list(cases) == ["runs.one"]
    assert "confirm: Field required" in broken["runs.two"]


def test_a_team_s_case_has_its_cassette_in_its_own_folder(tmp_path: Path) -> None:
    load(tmp_path, CASE)
    assert cassette_path(load_cases(tmp_path)["runs.one"]) == tmp_path / "cassettes" / "runs" / "one.yaml"


def test_a_folder_without_cases_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="there is no such folder"):
        load_cases(tmp_path)


def test_the_schema_that_ships_is_that_of_the_code() -> None:
    shipped = json.loads((content_dir("evals") / "case.schema.json").read_text())
    assert shipped == case_schema()


def test_every_cassette_that_ships_belongs_to_one_case() -> None:
    named = [path for case in load_cases().values() if (path := cassette_path(case))]
    assert sorted((content_dir("evals") / "cassettes").rglob("*.yaml")) == sorted(named)


def test_every_case_names_the_schema_for_editors() -> None:
    files = sorted((content_dir("evals") / "cases").rglob("*.yaml"))
    assert files
    for file in files:
        schema = file.read_text().partition("$schema=")[2].partition("\n")[0]
        assert (file.parent / schema).resolve() == (content_dir("evals") / "case.schema.json").resolve(), file
