"""Answers: names with and without proof, signatures, typed names, several people, and what comes after a yes."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from support.office import ANA, BOB, BY_ANA, BY_TWO, OTHER_PUBLIC, PRIVATE, PUBLIC, ROW, START, Office, signed

from tfc_agent_tools.authority.approvals import Answer, AnswerRefused, Approval, Origin, State
from tfc_agent_tools.authority.confirm import Decision
from tfc_agent_tools.authority.requirement import Approver, Demands, Proof, Requirement
from tfc_agent_tools.authority.signatures import is_signed, keypair, message, sign
from tfc_agent_tools.errors import ConfigurationError, ConfirmationRefused
from tfc_agent_tools.sql_store import SqlStore
from tfc_agent_tools.store import MemoryStore


@pytest.fixture(params=["memory", "sqlite", "postgresql"])
def office(request: pytest.FixtureRequest, tmp_path: Any) -> Iterator[Office]:
    if request.param == "memory":
        yield Office(MemoryStore())
        return
    url = f"sqlite:///{tmp_path}/a.db" if request.param == "sqlite" else request.getfixturevalue("postgres_url")
    store = SqlStore(url)
    yield Office(store)
    store.close()


# Names


@pytest.mark.parametrize("demands", [BY_ANA, BY_TWO, Demands(requirements=(Requirement(not_requester=True),))])
def test_a_name_without_proof_is_kept_and_meets_no_demand(demands: Demands, office: Office) -> None:
    approval = office.open(demands)
    for name in ("ana", "bob", "eve"):
        assert office.approvals.approve(approval.id, approver=name).state is State.PENDING
    settled = office.approvals.settle(approval, Decision(approved=True, approver="console"))
    assert settled.state is State.PENDING
    assert settled.answered_by == "ana (unverified), bob (unverified), eve (unverified), console (unverified)"
    assert "Still needed" in str(office.approvals.still_needed(settled))
    assert office.refused(approval) == "pending"


def test_the_hosts_word_for_a_name_is_a_proof(office: Office) -> None:
    approval = office.open(BY_ANA)
    assert office.approvals.approve(approval.id, approver=BOB).state is State.PENDING
    answered = office.approvals.approve(approval.id, approver=ANA)
    assert (answered.state, answered.approver) == (State.APPROVED, "bob, ana")
    office.approvals.redeem(approval, "d", ROW)
    assert office.state(approval) is State.USED


def test_a_confirmer_can_give_the_hosts_word_too(office: Office) -> None:
    approval = office.open(BY_ANA)
    assert office.approvals.settle(approval, Decision(approved=True, approver=ANA)).state is State.APPROVED


def test_several_people_must_be_different_people(office: Office) -> None:
    approval = office.open(BY_TWO)
    for yes in (ANA, ANA, Approver("ANA", Proof.HOST), Approver("bob")):
        assert office.approvals.approve(approval.id, approver=yes).state is State.PENDING
    answered = office.approvals.approve(approval.id, approver=BOB)
    assert answered.state is State.APPROVED


@pytest.mark.parametrize("who", [ANA, BOB, "anybody"])
def test_one_no_ends_it_whoever_says_it(who: Approver | str, office: Office) -> None:
    approval = office.open(BY_TWO)
    office.approvals.approve(approval.id, approver=ANA)
    assert office.approvals.reject(approval.id, approver=who).state is State.REJECTED
    with pytest.raises(AnswerRefused, match="rejected"):
        office.approvals.approve(approval.id, approver=BOB)


def test_answers_at_the_same_time_all_count(office: Office) -> None:
    for _ in range(5):
        approval = office.open(Demands(requirements=(Requirement(minimum=8),)))
        people = [Approver(f"p{number}", Proof.HOST) for number in range(8)]
        ids = [approval.id] * 8
        threads = [
            threading.Thread(target=lambda i, p: office.approvals.approve(i, approver=p), args=pair)
            for pair in zip(ids, people, strict=True)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert office.state(approval) is State.APPROVED


def test_an_answer_is_kept_with_all_that_was_said(office: Office) -> None:
    approval = office.open(Demands(typed="app"))
    office.approvals.approve(approval.id, approver=ANA, typed="app", reason="looked at it")
    kept = office.approvals.get(approval.id)
    assert kept
    (answer,) = kept.answers
    assert (answer.approver, answer.approved, answer.at) == (ANA, True, START)
    assert (answer.reason, answer.typed, answer.road) == ("looked at it", "app", "approvals")


# Signatures


def test_a_signature_proves_a_name(office: Office) -> None:
    approval = office.open(BY_ANA)
    answered = office.approvals.approve(approval.id, approver="ana", signature=signed(approval))
    assert answered.state is State.APPROVED
    assert answered.answers[0].approver == Approver("ana", Proof.SIGNATURE)
    office.approvals.redeem(approval, "d", ROW)


def wrong_signatures(approval: Approval, another: Approval) -> dict[str, str]:
    asked = approval.confirmation
    return {
        "of another name": signed(approval, "bob"),
        "by nobody's key": signed(approval, key=keypair()[0]),
        "of a no": signed(approval, approved=False),
        "of another question": signed(another),
        "of another digest": signed(replace(approval, digest="e")),
        "of another text": signed(replace(approval, confirmation=replace(asked, text="0 to add"))),
        "empty": "",
        "no base64": "ed25519:***",
        "too short": "ed25519:AAAA",
        "another algorithm": signed(approval).replace("ed25519:", "rsa:"),
    }


@pytest.mark.parametrize("which", wrong_signatures(*[Office(MemoryStore()).record()] * 2))
def test_a_wrong_signature_is_no_yes_on_any_road_and_changes_nothing_out_of_band(which: str) -> None:
    office = Office(MemoryStore())
    for demands in (BY_ANA, Demands()):
        approval = office.open(demands)
        wrong = wrong_signatures(approval, office.open())[which]
        with pytest.raises(AnswerRefused, match="signature"):
            office.approvals.approve(approval.id, approver="ana", signature=wrong)
        assert office.state(approval) is State.PENDING
        given = Decision(approved=True, approver="ana", signature=wrong)
        assert office.approvals.settle(approval, given).state is State.REJECTED


def test_a_proof_by_signature_is_not_believed_without_the_signature(office: Office) -> None:
    approval, claimed = office.open(BY_ANA), Approver("ana", Proof.SIGNATURE)
    with pytest.raises(AnswerRefused, match="no signature"):
        office.approvals.approve(approval.id, approver=claimed)
    assert office.approvals.settle(approval, Decision(approved=True, approver=claimed)).state is State.REJECTED


def test_a_signature_is_checked_again_at_the_send(office: Office) -> None:
    approval = office.open(BY_ANA)
    office.approvals.approve(approval.id, approver="ana", signature=signed(approval))
    office.keys["ana"] = (OTHER_PUBLIC,)
    assert office.refused(approval) == "insufficient"
    office.keys["ana"] = (PUBLIC,)
    office.approvals.redeem(approval, "d", ROW)


def test_a_signature_outlives_what_is_not_bound_and_nothing_else(office: Office) -> None:
    def says(text: str, approval: Approval) -> Approval:
        return replace(approval, confirmation=replace(approval.confirmation, text=text), unbound=frozenset({"status"}))

    record = says("Facts:\n  run: run-1\n  status: planned", office.record(BY_ANA))
    approval = office.approvals.open(record)
    office.approvals.approve(approval.id, approver="ana", signature=signed(approval))
    moved = says("Facts:\n  run: run-2\n  status: policy_checked", approval)
    assert office.refused(approval, anew=moved) == "insufficient"
    office.approvals.redeem(approval, "d", ROW, anew=says("Facts:\n  run: run-1\n  status: policy_checked", approval))


@pytest.mark.parametrize("demands", [BY_ANA, Demands()])
def test_a_signature_given_to_another_text_than_the_one_of_the_send_does_not_serve(
    demands: Demands, office: Office
) -> None:
    approval = office.open(demands)
    office.approvals.approve(approval.id, approver="ana", signature=signed(approval))
    true_text = replace(approval, confirmation=replace(approval.confirmation, text="9 to destroy"))
    assert office.refused(approval, anew=true_text) == "insufficient"


def test_a_record_that_was_written_over_in_the_store_does_not_serve(office: Office) -> None:
    approval = office.open(BY_ANA)
    forged = replace(approval, state=State.APPROVED, demands=Demands(), approver="ana")
    office.store.modify(approval.id, lambda _: forged)
    assert office.refused(approval, anew=approval) == "insufficient"


def test_a_proof_by_signature_that_was_written_into_the_store_without_one_does_not_serve(office: Office) -> None:
    approval = office.open(BY_ANA)
    claimed = Answer(approver=Approver("ana", Proof.SIGNATURE), approved=True, at=START)
    office.store.modify(approval.id, lambda one: replace(one, state=State.APPROVED, answers=(claimed,)))
    assert office.refused(approval) == "insufficient"


def test_messages_differ_in_every_part_and_hold_no_two_readings() -> None:
    approval = Office(MemoryStore()).record()
    said = {
        message(one, approved=yes, approver=name)
        for one in (approval, replace(approval, digest="x"))
        for yes in (True, False)
        for name in ("a", 'a","b', 'a\\",\\"b', "a,b")
    }
    assert len(said) == 16


def test_keys_of_another_kind_are_refused_without_a_word_of_them() -> None:
    for wrong in (b"", b"-----BEGIN PRIVATE KEY-----\nc2VjcmV0\n-----END PRIVATE KEY-----\n", PUBLIC.encode()):
        with pytest.raises(ConfigurationError, match="keygen") as caught:
            sign(wrong, b"text")
        assert "c2VjcmV0" not in str(caught.value)
    assert not is_signed(b"text", sign(PRIVATE, b"text"), ["ed25519:AAAA", "", "ssh-ed25519 AAAA"])
    assert is_signed(b"text", sign(PRIVATE, b"text"), ["", PUBLIC])


# Typed names


def test_a_demanded_name_must_be_typed_on_every_road(office: Office) -> None:
    approval = office.open(Demands(typed="app-prod"))
    for typed in (None, "", "app-staging", "APP-PROD", "app-prod "):
        with pytest.raises(AnswerRefused, match="'app-prod'"):
            office.approvals.approve(approval.id, approver="ana", typed=typed)
        given = Decision(approved=True, approver="ana", typed=typed)
        assert office.approvals.settle(approval, given).state is State.PENDING
    assert office.refused(approval) == "pending"
    assert office.approvals.approve(approval.id, approver="ana", typed="app-prod").state is State.APPROVED
    office.approvals.redeem(approval, "d", ROW)


def test_a_no_needs_no_typed_name(office: Office) -> None:
    approval = office.open(Demands(typed="app-prod"))
    assert office.approvals.reject(approval.id, approver="ana").state is State.REJECTED


# Bad input


def test_an_answer_to_what_is_not_there_says_so(office: Office) -> None:
    with pytest.raises(AnswerRefused, match=r"not on file.*approvals list"):
        office.approvals.approve("ap-unknown", approver="ana")
    with pytest.raises(AnswerRefused, match="not on file"):
        office.approvals.revoke("ap-unknown", by="ana")


@pytest.mark.parametrize("state", [State.USED, State.EXPIRED, State.CHANGED, State.REVOKED, State.APPROVED])
def test_an_answer_to_what_has_come_to_its_end_says_so(state: State, office: Office) -> None:
    approval = office.open()
    office.store.modify(approval.id, lambda current: replace(current, state=state))
    with pytest.raises(AnswerRefused, match=f"is {state} and takes no answer; make the call again"):
        office.approvals.approve(approval.id, approver="ana")


@pytest.mark.parametrize("change", [{"agent": "another"}, {"origin": Origin(server="https://tfe.example.com")}])
def test_another_agents_or_servers_yes_does_not_serve(change: dict[str, Any], office: Office) -> None:
    approval = office.open()
    office.approvals.approve(approval.id, approver="ana")
    assert office.refused(approval, anew=replace(approval, **change)) == "foreign"


def test_a_clock_that_jumped_back_serves_nothing(office: Office) -> None:
    waiting, approved = office.open(), office.open()
    office.approvals.approve(approved.id, approver="ana")
    office.time -= timedelta(hours=1)
    with pytest.raises(AnswerRefused, match="clock"):
        office.approvals.approve(waiting.id, approver="ana")
    assert office.approvals.settle(waiting, Decision(approved=True)).state is State.PENDING
    assert office.refused(approved) == "clock"


def test_clocks_of_two_machines_may_differ_a_little(office: Office) -> None:
    approval = office.open()
    office.time -= timedelta(seconds=1)
    office.approvals.approve(approval.id, approver="ana")
    office.approvals.redeem(approval, "d", ROW)


# Revoking, and too many questions


def test_a_question_and_a_yes_can_be_taken_back_until_it_is_used(office: Office) -> None:
    waiting, approved, used = office.open(), office.open(), office.open()
    for one in (approved, used):
        office.approvals.approve(one.id, approver="ana")
    office.approvals.redeem(used, "d", ROW)
    for one in (waiting, approved):
        assert office.approvals.revoke(one.id, by="bob", reason="too early").state is State.REVOKED
        assert office.approvals.find(one.key) is None
        with pytest.raises(ConfirmationRefused) as caught:
            office.approvals.redeem(one, "d", ROW)
        assert caught.value.reason == "revoked"
    with pytest.raises(AnswerRefused, match="used"):
        office.approvals.revoke(used.id, by="bob")


def test_an_agent_can_not_flood_people_with_questions(office: Office) -> None:
    first, _ = office.open(), office.open()
    with pytest.raises(ConfirmationRefused) as caught:
        office.approvals.open(office.record(), at_most=2)
    assert caught.value.reason == "too_many"
    assert len(office.approvals.pending()) == 2
    assert office.approvals.open(office.record(key=first.key), at_most=2).id == first.id
    assert office.approvals.open(office.record(agent="another"), at_most=2).agent == "another"
    office.approvals.reject(first.id, approver="ana")
    office.approvals.open(office.record(), at_most=2)


# Time to answer


@pytest.mark.parametrize(
    ("action", "shorter", "minutes"),
    [
        ("runs.apply", None, 60),
        ("runs.apply", 300, 5),
        ("runs.apply", 24 * 3600, 60),
        ("runs.create", None, 15),
        ("runs.create", 3600, 15),
        ("runs.create", 60, 1),
    ],
)
def test_an_apply_has_an_hour_all_else_a_quarter_and_a_policy_only_shortens(
    action: str, shorter: float | None, minutes: int
) -> None:
    office = Office(MemoryStore())
    assert office.approvals.expires_at(action, shorter) == START + timedelta(minutes=minutes)


def test_a_store_that_was_told_how_long_holds_it_for_every_action() -> None:
    office = Office(MemoryStore(seconds_to_answer=120))
    assert office.approvals.expires_at("runs.apply") == START + timedelta(seconds=120)
