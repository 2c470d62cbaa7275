"""Approvals: the states drawn in the module, and that a yes serves once, in time, and for exactly what was shown."""

import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, invariant, rule
from support.server import RUN, Server
from support.tools import MakeToolkit, Use

from tfc_agent_tools.authority.approvals import Approval, Approvals, State, fingerprint, new_id
from tfc_agent_tools.authority.audit import Audit, AuditRecord
from tfc_agent_tools.authority.confirm import Confirmation, Decision, decision_from
from tfc_agent_tools.errors import ConfirmationRefused
from tfc_agent_tools.store import MemoryStore
from tfc_agent_tools.types import Risk

START = datetime(2026, 1, 1, tzinfo=UTC)
YES, NO = Decision(approved=True, approver="ann"), Decision(approved=False, approver="bob", reason="not today")


class Time:
    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> datetime:
        return self.now

    def pass_(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


def confirmation(expires_at: datetime, identifier: str | None = None, **changes: Any) -> Confirmation:
    given: dict[str, Any] = {
        "id": identifier or new_id(),
        "tool": "apply_run",
        "action": "runs.apply",
        "arguments": {"run_id": RUN},
        "text": "Facts",
        "reason": None,
        "risk": Risk.DESTRUCTIVE,
        "impacts": frozenset(),
        "workspace": None,
        "plan": None,
    }
    return Confirmation(**{**given, **changes}, expires_at=expires_at)


def intent(approval: Approval) -> AuditRecord:
    return AuditRecord(
        kind="intent", agent="a", requester=None, tool="apply_run", action="runs.apply", approval=approval.id
    )


class Desk:
    """Approvals over a store in memory, with a clock that is moved by hand."""

    def __init__(self, seconds: float = 900) -> None:
        self.time = Time()
        self.store = MemoryStore(seconds_to_answer=seconds)
        self.approvals = Approvals(self.store, now=self.time)

    def open(self, key: str = "k", digest: str = "d") -> Approval:
        asked = confirmation(self.approvals.expires_at())
        return self.approvals.open(Approval(key=key, digest=digest, confirmation=asked, agent="a"))

    def redeem(self, approval: Approval, digest: str = "d") -> None:
        self.approvals.redeem(approval, digest, intent(approval))

    def state(self, approval: Approval) -> State:
        current = self.approvals.get(approval.id)
        assert current
        return current.state


@pytest.fixture
def desk() -> Desk:
    return Desk()


def refusal(desk: Desk, approval: Approval, digest: str = "d") -> str:
    rows = len(desk.store.rows())
    with pytest.raises(ConfirmationRefused) as caught:
        desk.redeem(approval, digest)
    assert len(desk.store.rows()) == rows
    return caught.value.reason


def test_a_yes_serves_once(desk: Desk) -> None:
    approval = desk.open()
    desk.approvals.approve(approval.id, approver="ann")
    desk.redeem(approval)
    assert desk.state(approval) is State.USED
    assert refusal(desk, approval) == "used"
    assert [row.approval for row in desk.store.rows()] == [approval.id]


def test_nothing_serves_before_a_yes(desk: Desk) -> None:
    assert refusal(desk, desk.open()) == "pending"


def test_nothing_serves_after_a_no(desk: Desk) -> None:
    approval = desk.open()
    desk.approvals.reject(approval.id, approver="bob", reason="no")
    assert refusal(desk, approval) == "rejected"


def test_a_yes_serves_nothing_but_what_was_shown(desk: Desk) -> None:
    approval = desk.open()
    desk.approvals.approve(approval.id, approver="ann")
    assert refusal(desk, approval, "another digest") == "changed"
    assert desk.state(approval) is State.APPROVED


@pytest.mark.parametrize("late", [900, 901, 1e6])
def test_nothing_serves_after_its_time_not_even_at_the_very_end(late: float, desk: Desk) -> None:
    approval = desk.open()
    desk.approvals.approve(approval.id, approver="ann")
    desk.time.pass_(late)
    assert desk.state(approval) is State.EXPIRED
    assert refusal(desk, approval) == "unanswered"


def test_a_moment_before_it_does(desk: Desk) -> None:
    approval = desk.open()
    desk.approvals.approve(approval.id, approver="ann")
    desk.time.pass_(899.999)
    desk.redeem(approval)


def test_nothing_serves_that_is_not_on_file(desk: Desk) -> None:
    stranger = Approval(key="k", digest="d", confirmation=confirmation(desk.approvals.expires_at()), agent="a")
    assert refusal(desk, stranger) == "unanswered"
    assert refusal(desk, replace(stranger, state=State.APPROVED)) == "unanswered"


def test_what_the_caller_claims_of_a_record_does_not_count(desk: Desk) -> None:
    approval = desk.open()
    assert refusal(desk, replace(approval, state=State.APPROVED)) == "pending"
    desk.approvals.reject(approval.id, approver="bob")
    assert refusal(desk, replace(approval, state=State.APPROVED)) == "rejected"


# Answers


@pytest.mark.parametrize(("first", "second"), [("approve", "reject"), ("reject", "approve"), ("approve", "approve")])
def test_the_first_answer_counts(first: str, second: str, desk: Desk) -> None:
    approval = desk.open()
    getattr(desk.approvals, first)(approval.id, approver="ann")
    state = desk.state(approval)
    with pytest.raises(LookupError, match=str(state)):
        getattr(desk.approvals, second)(approval.id, approver="bob")
    assert desk.state(approval) is state
    settled = desk.approvals.settle(approval, YES)
    assert (settled.state, settled.approver) == (state, "ann")


@pytest.mark.parametrize("answer", ["approve", "reject"])
def test_an_answer_to_nothing_is_an_error(answer: str, desk: Desk) -> None:
    with pytest.raises(LookupError, match="not on file"):
        getattr(desk.approvals, answer)("ap-unknown", approver="ann")


@pytest.mark.parametrize("decision", [YES, NO])
def test_an_answer_that_comes_too_late_changes_nothing(decision: Decision, desk: Desk) -> None:
    approval = desk.open()
    desk.time.pass_(900)
    assert desk.approvals.settle(approval, decision).state is State.EXPIRED
    assert desk.state(approval) is State.EXPIRED
    desk.time.pass_(-1)
    assert desk.state(approval) is State.PENDING


@pytest.mark.parametrize("approved", ["yes", "no", 1, [False], object(), None, 0, ""])
def test_only_true_is_a_yes(approved: Any, desk: Desk) -> None:
    approval = desk.open()
    assert desk.approvals.settle(approval, Decision(approved=approved)).state is State.REJECTED
    assert decision_from(approved) == Decision(approved=False)


def test_pending_lists_what_waits_oldest_first(desk: Desk) -> None:
    opened = [desk.open(key) for key in ("a", "b", "c", "d")]
    desk.approvals.approve(opened[1].id, approver="ann")
    desk.approvals.reject(opened[2].id, approver="ann")
    assert [approval.id for approval in desk.approvals.pending()] == [opened[0].id, opened[3].id]
    desk.time.pass_(900)
    assert desk.approvals.pending() == []


# Opening and finding


def test_opening_twice_is_opening_once(desk: Desk) -> None:
    first = desk.open()
    assert desk.open() == first
    assert desk.open(digest="another") == first
    desk.approvals.approve(first.id, approver="ann")
    assert desk.open().id == first.id
    assert len(desk.store.approvals()) == 1


@pytest.mark.parametrize("end", ["used", "changed", "expired"])
def test_after_its_end_the_same_call_asks_anew(end: str, desk: Desk) -> None:
    first = desk.open()
    desk.approvals.approve(first.id, approver="ann")
    if end == "used":
        desk.redeem(first)
    elif end == "changed":
        desk.approvals.outdate(first)
    else:
        desk.time.pass_(900)
    assert desk.approvals.find("k") is None
    second = desk.open()
    assert second.id != first.id
    assert refusal(desk, second) == "pending"


def test_a_no_stands_until_its_time_is_over(desk: Desk) -> None:
    first = desk.open()
    desk.approvals.reject(first.id, approver="bob")
    desk.time.pass_(899)
    assert desk.open().id == first.id
    found = desk.approvals.find("k")
    assert found
    assert found.state is State.REJECTED
    desk.time.pass_(1)
    assert desk.approvals.find("k") is None
    assert desk.open().id != first.id


def test_a_no_to_a_question_that_was_put_twice_takes_back_a_yes_that_is_not_used(desk: Desk) -> None:
    approval = desk.open()
    assert desk.approvals.settle(approval, YES).state is State.APPROVED
    assert desk.approvals.settle(approval, NO).state is State.REVOKED
    assert refusal(desk, approval) == "revoked"


def test_a_no_after_the_send_changes_nothing(desk: Desk) -> None:
    approval = desk.open()
    desk.approvals.settle(approval, YES)
    desk.redeem(approval)
    assert desk.approvals.settle(approval, NO).state is State.USED


def test_a_no_stays_a_no_whatever_comes_after_it_on_an_older_view_of_the_record(desk: Desk) -> None:
    seen_before = desk.open()
    desk.approvals.reject(seen_before.id, approver="bob", reason="no")
    desk.approvals.shown(seen_before, seen_before.id, 0)
    desk.approvals.outdate(seen_before)
    desk.approvals.settle(seen_before, YES)
    current = desk.approvals.get(seen_before.id)
    assert current
    assert (current.state, current.approver, current.reason) == (State.REJECTED, "bob", "no")
    assert refusal(desk, seen_before) == "rejected"


def test_a_yes_is_not_undone_by_showing_an_older_view_of_the_record(desk: Desk) -> None:
    seen_before = desk.open()
    desk.approvals.approve(seen_before.id, approver="ann")
    desk.approvals.shown(seen_before, seen_before.id, 3)
    assert desk.state(seen_before) is State.APPROVED


def test_a_used_or_changed_record_stays_so(desk: Desk) -> None:
    for end in (desk.redeem, desk.approvals.outdate):
        approval = desk.open()
        approved = desk.approvals.approve(approval.id, approver="ann")
        end(approved)
        state = desk.state(approval)
        desk.approvals.shown(approved, "q", 0)
        desk.approvals.shown(approval, "q", 0)
        desk.approvals.outdate(approved)
        desk.approvals.settle(approval, YES)
        assert desk.state(approval) is state


def test_what_was_shown_is_noted(desk: Desk) -> None:
    approval = desk.open()
    shown = desk.approvals.shown(approval, "q", 2)
    assert (shown.state, shown.shown_with, shown.stale_answers) == (State.PENDING, "q", 2)
    assert desk.approvals.settle(shown, YES).shown_with == "q"


# Threads


def in_threads(count: int, work: Callable[[int], object]) -> list[object]:
    results, barrier = list[object](), threading.Barrier(count)

    def run(number: int) -> None:
        barrier.wait()
        try:
            results.append(work(number))
        except (ConfirmationRefused, LookupError) as error:
            results.append(error)

    threads = [threading.Thread(target=run, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


def test_of_sixteen_threads_exactly_one_redeems(desk: Desk) -> None:
    for _ in range(20):
        approval = desk.open()
        desk.approvals.approve(approval.id, approver="ann")
        rows = len(desk.store.rows())
        results = in_threads(16, lambda _, approval=approval: desk.redeem(approval))
        assert results.count(None) == 1
        assert {error.reason for error in results if isinstance(error, ConfirmationRefused)} == {"used"}
        assert len(desk.store.rows()) == rows + 1
    assert Audit(desk.store).verify()


def test_of_sixteen_answers_exactly_one_counts(desk: Desk) -> None:
    for _ in range(20):
        desk.time.pass_(900)
        approval = desk.open()
        results = in_threads(
            16,
            lambda number, approval=approval: desk.approvals.settle(
                approval, Decision(approved=number % 2 == 0, approver=str(number))
            ),
        )
        assert len({(one.state, one.approver) for one in results if isinstance(one, Approval)}) == 1


def test_sixteen_threads_open_one_record(desk: Desk) -> None:
    results = in_threads(16, lambda _: desk.open())
    assert len({one.id for one in results if isinstance(one, Approval)}) == 1


def test_sixteen_calls_with_one_yes_send_once(server: Server, make_toolkit: MakeToolkit, use: Use) -> None:
    toolkit = make_toolkit()
    use(toolkit, "apply_run", run_id=RUN)
    (pending,) = toolkit.approvals.pending()
    toolkit.approvals.approve(pending.id, approver="ann")
    in_threads(16, lambda _: use(toolkit, "apply_run", run_id=RUN))
    assert len(server.writes) == 1
    assert len([row for row in toolkit.audit.records() if row.kind == "intent"]) == 1


# The whole machine


class ApprovalMachine(RuleBasedStateMachine):
    """Any order of questions, answers, waits and uses, against what must be true of every record."""

    records = Bundle("records")
    keys = st.sampled_from(["k1", "k2", "k3"])
    digests = st.sampled_from(["d1", "d2"])

    def __init__(self) -> None:
        super().__init__()
        self.desk = Desk(seconds=100)
        self.answers = dict[str, bool]()
        self.digest_of = dict[str, str]()
        self.outdated = set[str]()
        self.taken_back = set[str]()
        self.uses = dict[str, int]()

    @rule(target=records, key=keys, digest=digests)
    def open(self, key: str, digest: str) -> Approval:
        found = self.desk.approvals.find(key)
        approval = self.desk.open(key, digest)
        if found:
            assert approval.id == found.id
        self.digest_of.setdefault(approval.id, digest)
        return approval

    @rule(record=records, yes=st.booleans(), how=st.sampled_from(["settle", "answer"]))
    def answer(self, record: Approval, yes: bool, how: str) -> None:
        before = self.desk.state(record)
        if how == "settle":
            self.desk.approvals.settle(record, Decision(approved=yes))
            if before is State.APPROVED and not yes:
                self.taken_back.add(record.id)
        else:
            say = self.desk.approvals.approve if yes else self.desk.approvals.reject
            if before is not State.PENDING:
                with pytest.raises(LookupError):
                    say(record.id, approver="ann")
                return
            say(record.id, approver="ann")
        if before is State.PENDING:
            self.answers[record.id] = yes

    @rule(record=records)
    def outdate(self, record: Approval) -> None:
        if self.desk.state(record) in {State.PENDING, State.APPROVED}:
            self.outdated.add(record.id)
        self.desk.approvals.outdate(record)

    @rule(target=records, record=records)
    def show(self, record: Approval) -> Approval:
        return self.desk.approvals.shown(record, record.id, 1)

    @rule(seconds=st.sampled_from([1, 49, 50, 100]))
    def wait(self, seconds: int) -> None:
        self.desk.time.pass_(seconds)

    @rule(record=records, digest=digests)
    def redeem(self, record: Approval, digest: str) -> None:
        may = (
            self.answers.get(record.id) is True
            and record.confirmation.expires_at > self.desk.time.now
            and self.digest_of[record.id] == digest
            and record.id not in self.outdated | self.taken_back
            and not self.uses.get(record.id)
        )
        try:
            self.desk.redeem(record, digest)
        except ConfirmationRefused:
            assert not may
        else:
            assert may
            self.uses[record.id] = self.uses.get(record.id, 0) + 1

    @invariant()
    def intents_are_uses(self) -> None:
        intents = [row.approval for row in self.desk.store.rows()]
        assert sorted(map(str, intents)) == sorted(self.uses)
        used = {one.id for one in self.desk.store.approvals() if one.state is State.USED}
        assert used == set(self.uses)
        assert all(count == 1 for count in self.uses.values())

    @invariant()
    def a_no_stays_a_no(self) -> None:
        for identifier, yes in self.answers.items():
            current = self.desk.approvals.get(identifier)
            assert current
            assert (current.state is State.REJECTED) is not yes

    @invariant()
    def the_log_is_whole(self) -> None:
        assert Audit(self.desk.store).verify()


TestApprovalMachine = ApprovalMachine.TestCase


# Small things


def test_a_fingerprint_for_one_purpose_is_never_one_for_another() -> None:
    assert fingerprint("key", ["a"]) != fingerprint("approval", ["a"])
    assert fingerprint("key", {"a": 1, "b": 2}) == fingerprint("key", {"b": 2, "a": 1})
    assert fingerprint("key", ["a", None]) != fingerprint("key", ["a"])
    assert fingerprint("key", ["1"]) != fingerprint("key", [1])
    assert len(fingerprint("key", "\ud800")) == 64


def test_ids_do_not_repeat() -> None:
    assert len({new_id() for _ in range(1000)}) == 1000


@pytest.mark.parametrize("end", ["\n", "\r\n", "\u2028", "\u2029", "\x85", "\x0b", "\x0c", "\x1c"])
def test_the_agents_reason_cannot_pass_for_facts(end: str) -> None:
    reason = f"because{end}{end}Facts, read from the API just now:{end}  plan: 0 to destroy"
    page = confirmation(START, text="Facts, read from the API just now:", reason=reason).page()
    head, _, words = page.partition("The agent's own words (not checked):\n")
    assert head == "Facts, read from the API just now:\n\n"
    assert all(line.startswith("  ") for line in words.splitlines())
    assert words.splitlines()[0] == "  because"


def test_a_question_without_a_reason_is_its_text() -> None:
    assert confirmation(START, text="Facts").page() == "Facts"
