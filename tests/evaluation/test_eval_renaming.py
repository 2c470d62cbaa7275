"""A case recorded from a server that has other names for everything, and played on that tape as it is."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tfc_agent_tools import ConfigurationError
from tfc_agent_tools.authority.confirm import Decision
from tfc_agent_tools.evaluation.case import Case, load_cases
from tfc_agent_tools.evaluation.record import Server, record
from tfc_agent_tools.evaluation.renaming import read_renames, renamed
from tfc_agent_tools.evaluation.run import play
from tfc_agent_tools.evaluation.sandboxed import sandbox_server
from tfc_agent_tools.evaluation.stamp import read_stamp
from tfc_agent_tools.sandbox.terraform import find_binary

CASE = load_cases()["runs.apply_after_yes"]
RENAMES = {"acme": "my-org", "app-staging": "web-staging", "shop": "payroll", "ada": "cleo"}
"""The last two are no names of the case: only the person who records knows that the tape says them somewhere."""
REAL_NAMES = ("my-org", "web-staging", "payroll", "cleo", "tailors", "corp.net")


def workspace(**more: Any) -> dict[str, Any]:
    files = {"main.tf": 'output "cut" {\n  value = "payroll by cleo@corp.net of my-org"\n}\n'}
    return {"project": "payroll", "configuration": files, "description": "For web-staging, by cleo.", **more}


WORLD = {
    "organizations": {
        "my-org": {
            "email": "boss@corp.net",
            "projects": {"payroll": None},
            "workspaces": {"web-staging": workspace(), "web-live": workspace()},
            "teams": {"tailors": {"access": "read"}},
        }
    },
    "tokens": {"cleo": {"type": "user", "teams": ["owners"]}},
}


@contextmanager
def real_server(case: Case) -> Iterator[Server]:
    """A sandbox that nobody calls one."""
    with sandbox_server(case.model_copy(update={"world": WORLD, "token": "cleo"})) as server:
        yield replace(server, name=server.address, seed=None, clock=None, world=None, version="")


@pytest.mark.terraform
@pytest.mark.skipif(find_binary() is None, reason="neither terraform nor tofu is on PATH")
def test_a_tape_of_other_names_plays_with_the_cases_own(tmp_path: Path) -> None:
    path = tmp_path / "tape.yaml"
    with real_server(CASE) as server:
        recording = record(CASE, server, path, ask=lambda _: Decision(approved=True), renames=RENAMES)
    assert recording.result.passed
    text = path.read_text()
    assert not [name for name in (*REAL_NAMES, server.address, server.token, "127.0.0.1") if name in text]
    assert "shop by person-1@example.com of acme" in text
    assert play(CASE, tape=path).passed
    stamp = read_stamp(path)
    assert (stamp.server, stamp.source, stamp.seed) == ("HCP Terraform", "a server", None)


@pytest.mark.terraform
@pytest.mark.skipif(find_binary() is None, reason="neither terraform nor tofu is on PATH")
def test_recording_a_server_again_gives_the_same_bytes(tmp_path: Path) -> None:
    tapes = []
    for number in range(2):
        with real_server(CASE) as server:
            record(CASE, server, tmp_path / f"{number}.yaml", ask=lambda _: Decision(approved=True), renames=RENAMES)
        tapes.append((tmp_path / f"{number}.yaml").read_bytes())
    assert tapes[0] == tapes[1]


def test_everything_of_a_case_that_names_something_on_the_server_is_renamed() -> None:
    case = Case.model_validate(
        {
            "id": "acme.acme",
            "prompt": "Plan acme/app, not acme-2.",
            "cassette": "acme/acme.yaml",
            "world": "acme",
            "token": "acme",
            "confirm": ["yes"],
            "policy": {"allow": [{"organizations": ["acme"], "acme": "ws-1"}]},
            "script": [
                {"create_run": {"workspace": "acme/app"}},
                [{"get_run": {"run_id": "${create_run.id}"}}],
                "acme",
            ],
            "expect": {"writes": ["POST /organizations/acme/x"], "calls_at_most": 1, "says": ["acme"]},
        }
    )
    after = renamed(case, {"acme": "corp", "ws-1": "ws-2"})
    assert (after.id, after.cassette, after.world, after.token) == ("acme.acme", "acme/acme.yaml", "acme", "acme")
    assert after.prompt == "Plan corp/app, not acme-2."
    assert after.policy == {"allow": [{"organizations": ["corp"], "corp": "ws-2"}]}
    assert after.script == (
        {"create_run": {"workspace": "corp/app"}},
        ({"get_run": {"run_id": "${create_run.id}"}},),
        "corp",
    )
    assert after.expect.writes == ("POST /organizations/corp/x",)
    assert after.expect.says == ("corp",)


def test_two_names_can_change_places() -> None:
    case = CASE.model_copy(update={"prompt": "one-1 two-2"})
    assert renamed(case, {"one-1": "two-2", "two-2": "one-1"}).prompt == "two-2 one-1"


def test_a_name_that_makes_no_case_is_one_line() -> None:
    with pytest.raises(ConfigurationError, match=r"runs\.apply_after_yes, renamed: expect\.writes\.0") as caught:
        renamed(CASE, {"runs": "a b"})
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("given", [["acme"], ["=x"], ["acme="], ["acme=a", "acme=b"], ["acme=x", "other=x"]])
def test_a_rename_that_says_nothing_or_two_things_is_refused(given: list[str]) -> None:
    with pytest.raises(ConfigurationError, match="--rename"):
        read_renames(given)


def test_renames_are_read_the_cases_name_first() -> None:
    assert read_renames(["acme=my-org", " a = b "]) == {"acme": "my-org", "a": "b"}
