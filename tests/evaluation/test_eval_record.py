from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import vcr
import yaml

from tfc_agent_tools import ConfigurationError
from tfc_agent_tools.authority.confirm import Decision
from tfc_agent_tools.evaluation.case import Case, cassette_path, load_cases
from tfc_agent_tools.evaluation.record import Server, record
from tfc_agent_tools.evaluation.run import play
from tfc_agent_tools.evaluation.sandboxed import MOMENT, SEED, sandbox_server
from tfc_agent_tools.evaluation.stamp import read_stamp
from tfc_agent_tools.sandbox.terraform import find_binary

needs_terraform = pytest.mark.skipif(find_binary() is None, reason="neither terraform nor tofu is on PATH")
CASES = [case for case in load_cases().values() if case.cassette]


def tape_of(case: Case) -> Path:
    path = cassette_path(case)
    assert path
    return path


def exchanges(path: Path) -> Any:
    return yaml.safe_load(path.read_text())["interactions"]


@pytest.mark.terraform
@needs_terraform
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_recording_again_gives_the_bytes_that_ship(case: Case, tmp_path: Path) -> None:
    path = tmp_path / "tape.yaml"
    path.write_bytes(tape_of(case).read_bytes())
    with sandbox_server(case) as server:
        recording = record(case, server, path)
    assert recording.is_kept
    assert recording.result.passed
    assert path.read_bytes() == tape_of(case).read_bytes(), f"tfc-agent eval record {case.id} makes it anew"


@pytest.mark.terraform
@needs_terraform
def test_a_recording_that_says_something_new_has_the_new_date(tmp_path: Path) -> None:
    case, path = CASES[0], tmp_path / "tape.yaml"
    old = tape_of(case).read_text()
    day = f"date: '{read_stamp(tape_of(case)).date}'"
    path.write_text(old.replace(day, "date: '2020-02-02'"))
    with sandbox_server(case) as server:
        record(case, server, path)
        assert str(read_stamp(path).date) == "2020-02-02"
        path.write_text(path.read_text().replace("1.11.4", "1.11.3", 1))
    with sandbox_server(case) as server:
        record(case, server, path)
    assert read_stamp(path).date >= read_stamp(tape_of(case)).date


@pytest.mark.terraform
@needs_terraform
def test_a_plan_is_waited_for_without_waiting(tmp_path: Path) -> None:
    with sandbox_server(CASES[-1]) as server:
        assert record(CASES[-1], server, tmp_path / "tape.yaml").result.measures.seconds < 4, (
            "watch_run pauses twice, for 2 seconds"
        )


@pytest.mark.terraform
@needs_terraform
def test_whoever_is_asked_decides_and_not_the_case(tmp_path: Path) -> None:
    case, path = CASES[-1], tmp_path / "tape.yaml"
    with sandbox_server(case) as server:
        recording = record(case, server, path, ask=lambda _: Decision(approved=False))
    assert recording.result.is_safe
    assert {one["request"]["method"] for one in exchanges(path)} == {"GET"}


def test_no_case_answers_for_a_person_on_a_real_server(tmp_path: Path) -> None:
    server = Server(name="https://app.terraform.io", address="https://app.terraform.io", token="x")
    with pytest.raises(ConfigurationError, match="a person must be asked"):
        record(CASES[0], server, tmp_path / "tape.yaml")


def test_a_journey_that_breaks_off_leaves_no_tape(tmp_path: Path) -> None:
    case = CASES[0].model_copy(update={"script": ({"no_such_tool": None},)})
    recording = record(case, Server(name="sandbox", address="http://127.0.0.1:9", token="x"), tmp_path / "tape.yaml")
    assert not recording.is_kept
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_a_tape_that_ships_holds_no_secret(case: Case) -> None:
    text = tape_of(case).read_text()
    assert ".atlasv1." not in text
    assert "127.0.0.1" not in text
    assert "uthorization" not in text
    assert text.count("/_blobs/") == text.count("/_blobs/signed-")


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_a_tape_that_ships_says_what_it_was_recorded_with(case: Case) -> None:
    stamp = read_stamp(tape_of(case))
    assert (stamp.case, stamp.server, stamp.source, stamp.seed) == (case.id, "sandbox", "sandbox", SEED)
    assert stamp.clock == MOMENT
    assert stamp.terraform.startswith("terraform 1.")


def test_vcrpy_itself_can_read_a_tape() -> None:
    path = tape_of(CASES[0])
    with vcr.VCR(record_mode=vcr.mode.NONE).use_cassette(str(path)) as cassette:
        assert len(cassette) == len(exchanges(path))


def test_a_tape_plays_in_no_time() -> None:
    assert play(CASES[-1]).measures.seconds < 5
