"""The store in memory: each method is one transaction, and what it keeps is bounded."""

import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from tfc_agent_tools.authority.approvals import Approval, State, new_id
from tfc_agent_tools.authority.audit import Audit, AuditRecord
from tfc_agent_tools.authority.confirm import Confirmation
from tfc_agent_tools.store import MemoryStore, Store
from tfc_agent_tools.types import Risk

NOW = datetime(2026, 1, 1, tzinfo=UTC)
LATER = NOW + timedelta(minutes=15)
LIVE = frozenset({State.PENDING, State.APPROVED, State.REJECTED})
ROW = AuditRecord(kind="intent", agent="a", requester=None, tool="apply_run", action="runs.apply")


def approval(
    key: str = "k", *, state: State = State.PENDING, digest: str = "d", expires_at: datetime = LATER
) -> Approval:
    asked = Confirmation(
        id=new_id(),
        tool="apply_run",
        action="runs.apply",
        arguments={},
        text="",
        reason=None,
        risk=Risk.DESTRUCTIVE,
        impacts=frozenset(),
        workspace=None,
        plan=None,
        expires_at=expires_at,
    )
    return Approval(key=key, digest=digest, confirmation=asked, agent="a", state=state)


def test_it_is_a_store() -> None:
    store: Store = MemoryStore(seconds_to_answer=5)
    assert store.seconds_to_answer == 5
    assert store.blocks is False


@pytest.mark.parametrize("state", State)
@pytest.mark.parametrize("expires_at", [LATER, NOW, NOW - timedelta(seconds=1)])
def test_a_key_has_one_live_record(state: State, expires_at: datetime) -> None:
    store = MemoryStore()
    first, second = approval(state=state, expires_at=expires_at), approval()
    store.open(first, NOW, LIVE)
    lives = state in LIVE and expires_at > NOW
    assert store.open(second, NOW, LIVE) == (first if lives else second)
    assert store.latest("k") == (first if lives else second)
    assert store.approvals() == ([first] if lives else [first, second])


def test_another_key_has_a_record_of_its_own() -> None:
    store = MemoryStore()
    first, second = store.open(approval("k"), NOW, LIVE), store.open(approval("l"), NOW, LIVE)
    assert (store.latest("k"), store.latest("l"), store.latest("m")) == (first, second, None)
    assert store.approval(first.id) == first
    assert store.approval("ap-unknown") is None


def test_a_record_is_replaced_by_what_is_made_of_it_as_it_stands() -> None:
    store = MemoryStore()
    kept = store.open(approval(), NOW, LIVE)
    changed = replace(kept, state=State.CHANGED, reason="new")
    assert store.modify(kept.id, lambda current: changed if current == kept else current) == changed
    assert store.approval(kept.id) == changed
    with pytest.raises(KeyError):
        store.modify("ap-unknown", lambda current: current)


@pytest.mark.parametrize("state", State)
@pytest.mark.parametrize("digest", ["d", "other", ""])
@pytest.mark.parametrize("expires_at", [LATER, NOW, NOW - timedelta(seconds=1)])
def test_only_an_approved_record_in_time_and_of_this_digest_is_redeemed(
    state: State, digest: str, expires_at: datetime
) -> None:
    store = MemoryStore()
    kept = store.open(approval(state=state, expires_at=expires_at), NOW, LIVE)
    good = state is State.APPROVED and digest == "d" and expires_at > NOW
    assert store.redeem(kept.id, digest, NOW, ROW) is good
    assert len(store.rows()) == good
    current = store.approval(kept.id)
    assert current
    assert current.state is (State.USED if good else state)
    assert store.redeem(kept.id, digest, NOW, ROW) is False
    assert store.redeem("ap-unknown", digest, NOW, ROW) is False


def test_without_its_row_nothing_is_redeemed() -> None:
    class Full(MemoryStore):
        def append(self, record: AuditRecord) -> None:
            del record
            msg = "the disk is full"
            raise OSError(msg)

    store = Full()
    kept = store.open(approval(state=State.APPROVED), NOW, LIVE)
    with pytest.raises(OSError, match="full"):
        store.redeem(kept.id, "d", NOW, ROW)
    current = store.approval(kept.id)
    assert current
    assert current.state is State.APPROVED


def test_the_newest_ten_thousand_approvals_are_kept() -> None:
    store = MemoryStore()
    opened = [store.open(approval(f"k{number}"), NOW, LIVE) for number in range(10_003)]
    assert len(store.approvals()) == 10_000
    assert store.latest("k2") is store.approval(opened[2].id) is None
    assert store.latest("k3") == opened[3]


def test_forgetting_an_old_record_leaves_the_newer_one_of_its_key() -> None:
    store = MemoryStore()
    store.open(approval("k", state=State.USED), NOW, LIVE)
    newer = store.open(approval("k"), NOW, LIVE)
    for number in range(9_999):
        store.open(approval(f"k{number}"), NOW, LIVE)
    assert store.latest("k") == newer


def test_rows_and_approvals_are_handed_out_as_copies() -> None:
    store = MemoryStore()
    store.append(ROW)
    store.open(approval(), NOW, LIVE)
    store.rows().clear()
    store.approvals().clear()
    assert len(store.rows()) == len(store.approvals()) == 1


def test_rows_of_many_threads_make_one_chain() -> None:
    store, barrier = MemoryStore(), threading.Barrier(8)

    def work() -> None:
        barrier.wait()
        for _ in range(100):
            store.append(ROW)

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(store.rows()) == 800
    assert Audit(store).verify()
