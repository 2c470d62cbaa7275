from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from tfc_agent_tools import ConfigurationError
from tfc_agent_tools.evaluation.stamp import Stamp, read_stamp, told_by

SANDBOX = {
    "case": "runs.one",
    "server": "sandbox",
    "server_version": "0.1.0",
    "source": "sandbox",
    "terraform": "terraform 1.11.4",
    "tfc-agent-tools": "0.1.0",
    "date": "2026-01-02",
    "seed": "evals",
    "clock": "2026-01-01T12:00:00Z",
    "world": "0" * 64,
}
REAL = {
    **{name: value for name, value in SANDBOX.items() if name not in ("seed", "clock", "world")},
    "server": "HCP Terraform",
    "source": "a server",
}


def read(folder: Path, text: str) -> Stamp:
    path = folder / "tape.yaml"
    path.write_text(text)
    return read_stamp(path)


@pytest.mark.parametrize("stamp", [SANDBOX, {**SANDBOX, "world": None}, REAL])
def test_a_stamp_is_written_as_it_was_read(stamp: dict[str, Any], tmp_path: Path) -> None:
    known = {name: value for name, value in stamp.items() if value is not None}
    assert read(tmp_path, yaml.safe_dump({"recorded_with": known})).written() == known


@pytest.mark.parametrize(
    ("stamp", "words"),
    [
        ({**SANDBOX, "sever": "x"}, r"recorded_with\.sever: Extra"),
        ({**SANDBOX, "date": "yesterday"}, r"recorded_with\.date"),
        ({**SANDBOX, "server": "tfe.corp.net"}, r"recorded_with\.server"),
        ({**SANDBOX, "source": "https://tfe.corp.net"}, r"recorded_with\.source"),
        ({**SANDBOX, "source": "a server"}, "disagree"),
        ({**SANDBOX, "seed": None}, "seed and clock"),
        ({**REAL, "seed": "evals", "clock": "2026-01-01T12:00:00Z"}, "seed and clock"),
        ({**REAL, "world": "0" * 64}, "only a sandbox has a world"),
        ({**SANDBOX, "world": "abc"}, r"recorded_with\.world"),
        ({**SANDBOX, "terraform": ""}, r"recorded_with\.terraform"),
        (
            {name: value for name, value in SANDBOX.items() if name != "tfc-agent-tools"},
            "tfc-agent-tools: Field required",
        ),
    ],
)
def test_what_is_wrong_with_a_stamp_is_one_line(stamp: dict[str, Any], words: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=words) as caught:
        read(tmp_path, yaml.safe_dump({"recorded_with": stamp}))
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("text", "words"),
    [("interactions: []", "no recorded_with"), ("", "no recorded_with"), ("[]", "no recorded_with"), ("{", "not YAML")],
)
def test_a_tape_without_a_stamp_is_one_line(text: str, words: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=words) as caught:
        read(tmp_path, text)
    assert "\n" not in str(caught.value)


def test_a_tape_that_is_not_there_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="no cassette can be read there"):
        read_stamp(tmp_path / "none.yaml")


@pytest.mark.parametrize(
    ("headers", "told"),
    [
        ({}, ("HCP Terraform", "not told")),
        ({"TFP-API-Version": ["2.6"]}, ("HCP Terraform", "API 2.6")),
        ({"tfp-api-version": ["2.6"], "X-TFE-Version": ["v202401-1"]}, ("Terraform Enterprise", "v202401-1, API 2.6")),
        ({"X-TFE-Version": ["at https://tfe.corp.net"]}, ("Terraform Enterprise", "not told")),
    ],
)
def test_a_servers_answers_say_what_it_is_and_nothing_else_of_them_is_kept(
    headers: dict[str, list[str]], told: tuple[str, str]
) -> None:
    assert told_by([{"date": ["x"]}, headers]) == told
