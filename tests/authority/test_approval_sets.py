"""Sets: one page and one answer for many questions, each of which stays an approval of exactly one call."""

from __future__ import annotations

from dataclasses import replace

import pytest
from support.office import ANA, BY_ANA, ROW, Office, signed

from tfc_agent_tools.authority.approvals import AnswerRefused, State
from tfc_agent_tools.authority.requirement import Demands, Requirement
from tfc_agent_tools.authority.signatures import keypair
from tfc_agent_tools.store import MemoryStore


@pytest.fixture
def office() -> Office:
    return Office(MemoryStore())


def test_120_questions_are_one_answer_and_120_uses(office: Office) -> None:
    opened = [office.open() for _ in range(120)]
    other = office.open()
    asked = office.approvals.sets.open([one.id for one in opened])
    assert asked.page().startswith("120 requests in one answer.")
    assert all(asked.page().count(f"{one.id}\n  2 to add") == 1 for one in opened)
    done = office.approvals.sets.approve(asked, approver="ana")
    assert len(done.answered) == 120
    assert done.dropped == {}
    for one in opened:
        office.approvals.redeem(one, "d", ROW)
        assert office.state(one) is State.USED
    assert office.state(other) is State.PENDING
    assert len(office.store.rows()) == 120


def test_a_set_is_found_again_by_its_id_in_another_process(office: Office) -> None:
    opened = [office.open() for _ in range(3)]
    asked = office.approvals.sets.open([one.id for one in opened])
    people = Office(office.store)
    found = people.approvals.sets.get(asked.id)
    assert found == asked
    assert len(people.approvals.sets.reject(found, approver="ana", reason="no").answered) == 3
    assert {office.state(one) for one in opened} == {State.REJECTED}


def test_what_changed_since_the_page_is_dropped_and_said(office: Office) -> None:
    same, other_text, outdated, revoked, answered = (office.open() for _ in range(5))
    asked = office.approvals.sets.open([one.id for one in (same, other_text, outdated, revoked, answered)])
    office.store.modify(other_text.id, lambda one: replace(one, confirmation=replace(one.confirmation, text="other")))
    office.approvals.outdate(outdated)
    office.approvals.revoke(revoked.id, by="bob")
    office.approvals.reject(answered.id, approver="bob")
    done = office.approvals.sets.approve(asked, approver="ana")
    assert [one.id for one in done.answered] == [same.id]
    assert set(done.dropped) == {other_text.id, outdated.id, revoked.id, answered.id}
    assert "revoked" in done.dropped[revoked.id]
    assert office.state(other_text) is State.PENDING


def test_no_record_joins_a_set_later(office: Office) -> None:
    first, later = office.open(), office.open()
    asked = office.approvals.sets.open([first.id])
    office.approvals.sets.open([later.id])
    assert [one.id for one in office.approvals.sets.get(asked.id).items] == [first.id]


def test_an_answer_to_a_set_meets_no_demand_that_each_alone_would_not(office: Office) -> None:
    opened = [office.open(BY_ANA), office.open(Demands(requirements=(Requirement(minimum=2),)))]
    asked = office.approvals.sets.open([one.id for one in opened])
    office.approvals.sets.approve(asked, approver="ana")
    assert {office.state(one) for one in opened} == {State.PENDING}
    office.approvals.sets.approve(asked, approver=ANA)
    assert [office.state(one) for one in opened] == [State.APPROVED, State.PENDING]


def test_each_question_of_a_set_is_signed_by_itself(office: Office) -> None:
    opened = [office.open(BY_ANA) for _ in range(3)]
    asked = office.approvals.sets.open([one.id for one in opened])
    given = {one.id: signed(one) for one in opened[:2]}
    wrong = signed(opened[1], key=keypair()[0])
    done = office.approvals.sets.approve(asked, approver="ana", signatures={**given, opened[1].id: wrong})
    assert [office.state(one) for one in opened] == [State.APPROVED, State.PENDING, State.PENDING]
    assert "signature" in done.dropped[opened[1].id]


def test_what_asks_for_a_typed_name_or_takes_no_answer_is_in_no_set(office: Office) -> None:
    plain, used = office.open(), office.open()
    typed = office.record()
    typed = office.approvals.open(replace(typed, confirmation=replace(typed.confirmation, typed="app")))
    office.approvals.revoke(used.id, by="ana")
    for wrong, why in ((typed.id, "typed name"), (used.id, "revoked"), ("ap-unknown", "not on file")):
        with pytest.raises(AnswerRefused, match=why):
            office.approvals.sets.open([plain.id, wrong])
    with pytest.raises(AnswerRefused, match="at least one"):
        office.approvals.sets.open([])
    with pytest.raises(AnswerRefused, match="no set"):
        office.approvals.sets.get("as-unknown")
