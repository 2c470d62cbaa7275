"""Journeys that platform engineers know, each through several tools, in a world that they share with others."""

from __future__ import annotations

import json
from functools import cache

import pytest

from tfc_agent_tools.evaluation.case import Case, load_cases
from tfc_agent_tools.evaluation.lines import matches
from tfc_agent_tools.evaluation.results import Result
from tfc_agent_tools.evaluation.run import play
from tfc_agent_tools.evaluation.trace import Asked, Changed, Said, Sent, Shown
from tfc_agent_tools.sandbox import load_world
from tfc_agent_tools.sandbox.archive import read_archive
from tfc_agent_tools.sandbox.configurations import files_of, pack
from tfc_agent_tools.sandbox.fingerprints import fingerprint
from tfc_agent_tools.sandbox.recordings import load_recordings
from tfc_agent_tools.templates import content_dir
from tfc_agent_tools.types import TokenType

JOURNEYS = {name: case for name, case in load_cases().items() if case.group == "journeys"}
WORLDS = content_dir("evals") / "worlds"
WORKFLOWS = {
    "find_workspaces",
    "explain_plan",
    "diagnose_run",
    "watch_run",
    "read_outputs",
    "compare_state_versions",
    "upload_configuration",
}
STALE = "what the person was shown for"
every = pytest.mark.parametrize("case", JOURNEYS.values(), ids=lambda case: case.id.partition(".")[2])


@cache
def played(name: str) -> Result:
    return play(JOURNEYS[name])


def errors(result: Result) -> list[str]:
    return [event.text for event in result.events if isinstance(event, Shown) and event.is_error]


def called(result: Result) -> set[str]:
    return {call.tool for event in result.events if isinstance(event, Said) for call in event.calls}


@every
def test_it_comes_to_its_gold_answer_and_breaks_no_gate(case: Case) -> None:
    result = played(case.id)
    assert result.error is None
    assert {one.check: one.problem for one in result.findings if one.problem} == {}
    assert {name: count.violations for name, count in result.gates.items() if count.violations} == {}


@every
def test_it_plays_in_a_world_and_says_what_must_come_of_it(case: Case) -> None:
    assert (case.world is not None, case.cassette) == (True, None)
    assert case.expect.says
    assert case.expect.calls_at_most == sum(len(e.calls) for e in played(case.id).events if isinstance(e, Said))
    assert case.expect.world or not case.expect.writes, "the final state of the world proves what was done"


@every
def test_each_write_that_it_expects_is_really_sent(case: Case) -> None:
    sent = [event.line for event in played(case.id).events if isinstance(event, Sent) and event.is_write]
    assert len(sent) == len(case.expect.writes)
    assert all(map(matches, case.expect.writes, sent))


@every
def test_no_call_fails_for_want_of_the_right_arguments(case: Case) -> None:
    assert not [text for text in errors(played(case.id)) if text.startswith("Wrong argument")]


@every
def test_no_run_in_it_lacks_its_recording(case: Case) -> None:
    assert not [e for e in played(case.id).events if isinstance(e, Shown) and "no recorded run of" in e.text]


def test_there_are_enough_and_most_are_played_by_a_team_that_is_no_owner() -> None:
    assert len(JOURNEYS) >= 30
    teams = [case for case in JOURNEYS.values() if case.token_type is TokenType.TEAM and case.token]
    assert len(teams) >= 24
    assert not [case.id for case in teams if case.token in {"owners", "platform"}]


def test_they_use_every_workflow_and_about_ten_have_a_policy() -> None:
    assert set[str]().union(*(called(played(name)) for name in JOURNEYS)) >= WORKFLOWS
    assert sum(case.policy is not None for case in JOURNEYS.values()) >= 10


def test_what_others_do_meanwhile_keeps_a_yes_from_counting() -> None:
    disturbed = {name: case for name, case in JOURNEYS.items() if case.meanwhile}
    assert len(disturbed) >= 3
    for name in disturbed:
        changed = [event for event in played(name).events if isinstance(event, Changed)]
        assert all(200 <= one.status < 300 for one in changed), name
        assert any(STALE in text or "can't succeed now" in text for text in errors(played(name))), name


def test_each_fault_of_a_journey_happens() -> None:
    faulty = [case for case in JOURNEYS.values() if case.faults]
    assert {fault.then for case in faulty for fault in case.faults} >= {"lost", "429", "502"}
    for case in faulty:
        sent = [event for event in played(case.id).events if isinstance(event, Sent)]
        for fault in case.faults:
            status = None if fault.then == "lost" else int(fault.then)
            assert any(matches(fault.on, one.line) and one.status == status for one in sent), case.id


def test_some_end_rightly_without_what_was_asked_for() -> None:
    refused = [name for name in JOURNEYS if any(text.startswith("Refused") for text in errors(played(name)))]
    unsent = [name for name in refused if not JOURNEYS[name].expect.writes]
    assert len(unsent) >= 5
    partly = [case for case in JOURNEYS.values() if isinstance(case.confirm, tuple) and len(set(case.confirm)) == 2]
    assert len(partly) >= 2


def test_a_no_in_between_is_about_one_write_only() -> None:
    asked = [event for event in played("journeys.tags_that_are_missing").events if isinstance(event, Asked)]
    assert ["shop-search" in one.page for one in asked] == [True, False]


@pytest.mark.parametrize("world", sorted({str(case.world) for case in JOURNEYS.values()}))
def test_what_their_worlds_run_is_recorded(world: str) -> None:
    known = {recording.fingerprint for recording in load_recordings()}
    for organization in load_world(WORLDS / f"{world}.yaml").organizations.values():
        for seed in (organization.workspaces if organization else {}).values():
            named = [seed.configuration, *(run.configuration for run in seed.runs)] if seed else []
            for folder in filter(None, named):
                assert isinstance(folder, str)
                assert fingerprint(read_archive(pack(files_of(WORLDS / folder)))) in known, folder


def test_the_file_that_a_state_is_restored_from_is_the_recorded_one() -> None:
    kept = json.loads((content_dir("evals") / "configurations" / "states" / "orders-1.4.tfstate").read_text())
    (recording,) = [one for one in load_recordings() if one.name == "orders_v1"]
    first = next(step.scenario.state for step in recording.steps if not step.before)
    assert first
    assert {**kept, "serial": first["serial"]} == first
    assert kept["serial"] == first["serial"] + 2, "it comes after the two applies of orders-qa"
