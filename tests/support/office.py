"""People at their desk: approvals over a store, with a clock that is moved by hand and the keys of a policy."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tfc_agent_tools.authority.approvals import Approval, Approvals, State, new_id
from tfc_agent_tools.authority.audit import AuditRecord
from tfc_agent_tools.authority.confirm import Confirmation
from tfc_agent_tools.authority.policy import DefaultPolicy, Effect, Question, Verdict
from tfc_agent_tools.authority.requirement import Approver, Demands, Proof, Requirement
from tfc_agent_tools.authority.signatures import keypair, message, sign
from tfc_agent_tools.errors import ConfirmationRefused
from tfc_agent_tools.store import Store
from tfc_agent_tools.types import Risk

START = datetime(2026, 1, 1, tzinfo=UTC)
ANA, BOB = Approver("ana", Proof.HOST), Approver("bob", Proof.HOST)
BY_ANA = Demands(requirements=(Requirement(people=frozenset({"ana"})),))
BY_TWO = Demands(requirements=(Requirement(minimum=2),))
PRIVATE, PUBLIC = keypair()
OTHER_PRIVATE, OTHER_PUBLIC = keypair()
KEYS = {"ana": (OTHER_PUBLIC, PUBLIC), "bob": (OTHER_PUBLIC,)}
ROW = AuditRecord(kind="intent", agent="a", requester=None, tool="apply_run", action="runs.apply")


class Office:
    """Approvals over a store, with a clock that is moved by hand and the keys of a policy."""

    def __init__(self, store: Store) -> None:
        self.time, self.store = START, store
        self.keys: dict[str, tuple[str, ...]] = dict(KEYS)
        self.approvals = Approvals(store, now=lambda: self.time, keys_of=lambda name: self.keys.get(name, ()))

    def record(self, demands: Demands = Demands(), **changes: Any) -> Approval:  # noqa: B008 - it is frozen
        asked = Confirmation(
            id=new_id(),
            tool="apply_run",
            action="runs.apply",
            arguments={},
            text="2 to add",
            reason=None,
            risk=Risk.DESTRUCTIVE,
            impacts=frozenset(),
            workspace=None,
            plan=None,
            expires_at=self.time + timedelta(minutes=15),
        )
        given: dict[str, Any] = {"key": new_id(), "digest": "d", "agent": "a", "created_at": self.time, **changes}
        return Approval(confirmation=asked, demands=demands, **given)

    def open(self, demands: Demands = Demands(), **changes: Any) -> Approval:  # noqa: B008 - it is frozen
        return self.approvals.open(self.record(demands, **changes))

    def state(self, approval: Approval) -> State:
        current = self.approvals.get(approval.id)
        assert current
        return current.state

    def refused(self, approval: Approval, anew: Approval | None = None) -> str:
        with pytest.raises(ConfirmationRefused) as caught:
            self.approvals.redeem(approval, "d", ROW, anew=anew)
        assert self.store.rows() == []
        return caught.value.reason


def signed(approval: Approval, name: str = "ana", key: bytes = PRIVATE, *, approved: bool = True) -> str:
    return sign(key, message(approval, approved=approved, approver=name))


class Demanding(DefaultPolicy):
    """Asks for every write, and demands something of the answer."""

    def __init__(self, **demands: Any) -> None:
        self._demands = demands

    def decide(self, question: Question) -> Verdict:
        if question.risk == "read":
            return super().decide(question)
        return Verdict(effect=Effect.ASK, rules=("r1",), why="asked", **self._demands)
