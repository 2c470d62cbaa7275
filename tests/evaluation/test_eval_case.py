from __future__ import annotations

from pathlib import Path

import pytest

from tfc_agent_tools import ConfigurationError
from tfc_agent_tools.evaluation.case import cassette_path, load_cases

CASE = """
id: runs.one
prompt: Read it.
cassette: runs/one.yaml
confirm: "no"
script: [{get_run: {run_id: run-1}}, [{get_run: {run_id: run-1}}, {get_run: {run_id: run-2}}], done]
expect: {writes: [], calls_at_most: 3}
"""


def load(folder: Path, text: str, name: str = "runs/one.yaml") -> None:
    path = folder / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(text)
    load_cases(folder)


def test_a_case_is_found_by_its_id(tmp_path: Path) -> None:
    load(tmp_path, CASE)
    assert load_cases(tmp_path)["runs.one"].expect.calls_at_most == 3


@pytest.mark.parametrize(
    ("before", "after", "words"),
    [
        ("prompt:", "promt:", "prompt"),
        ('"no"', "no", '"yes" and "no" stand in quotes'),
        ('"no"', "[yes]", '"yes" and "no" stand in quotes'),
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


def test_every_case_that_ships_has_a_cassette_of_its_own() -> None:
    cases = load_cases().values()
    assert cases
    assert all(cassette_path(case).is_file() for case in cases)
    assert len({case.cassette for case in cases}) == len(cases)


def test_every_cassette_that_ships_belongs_to_a_case() -> None:
    named = {cassette_path(case) for case in load_cases().values()}
    folder = cassette_path(next(iter(load_cases().values()))).parents[1]
    assert set(folder.rglob("*.yaml")) == named
