"""Approvals: records bound to what a person was shown, answered by people and used for one send.

    pending ──enough say yes──▶ approved ──redeem──▶ used
       │  ╲                       │
       │   ╲── revoke ──▶ revoked │── what was shown is no longer true ──▶ changed
       ├── anybody's no ──▶ rejected
       └── time runs out ──▶ expired (pending and approved alike; approved ones can be revoked, too)

A record is found again by its key: the server, token, agent, requester, tool and arguments, and inside a graph the
thread and tool call.
Its digest, over the request, the facts, the policy and the text, is fixed when it opens; opening twice is opening once.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

from tfc_agent_tools.authority.answers import AnswerRefused, answer_from, folded, proven, takes
from tfc_agent_tools.authority.audit import log
from tfc_agent_tools.authority.confirm import Decision
from tfc_agent_tools.authority.record import Answer, Approval, Origin, State, fingerprint, new_id
from tfc_agent_tools.authority.requirement import AlsoKnownAs, no_other_names
from tfc_agent_tools.errors import ConfigurationError, ConfirmationRefused

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tfc_agent_tools.authority.answers import KeysOf
    from tfc_agent_tools.authority.approval_sets import ApprovalSets
    from tfc_agent_tools.authority.audit import AuditRecord
    from tfc_agent_tools.authority.requirement import Approver
    from tfc_agent_tools.store import Store

__all__ = [
    "REFUSED_AS", "Answer", "AnswerRefused", "Approval", "Approvals", "Origin", "State", "fingerprint", "new_id",
]  # fmt: skip
_USUAL_SECONDS: Final = 15 * 60
_SECONDS_WHERE_PINNED: Final[Mapping[str, float]] = {"runs.apply": 60 * 60}
"""Actions on something that can't change while people think: a plan is applied as it is, or not at all."""
_CLOCKS_DIFFER_BY: Final = timedelta(seconds=2)
"""How far the clocks of two machines that share a store may stand apart."""


def _no_keys(name: str) -> tuple[str, ...]:
    del name
    return ()


class Approvals:
    """The approvals of one store: what `toolkit.approvals` is, for the host and its people.

    Args:
        store: Where they are kept.
        now: The time, by this machine.
        keys_of: The public keys `ed25519:<base64>` that the policy lists for a person. Nobody's by default.
        also_known_as: A person's names at HCP Terraform and where the commits come from, for `not_requester`.
        at_most: How many questions of one agent may wait; one that people are flooded with gets a yes unread.
    """

    def __init__(
        self,
        store: Store,
        *,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        keys_of: KeysOf = _no_keys,
        also_known_as: AlsoKnownAs = no_other_names,
        at_most: int = 200,
    ) -> None:
        self._store, self._now, self._at_most = store, now, at_most
        self._keys_of, self._also_known_as = keys_of, also_known_as

    @property
    def sets(self) -> ApprovalSets:
        """Many questions on one page: `open(ids)`, `get(id)`, `approve(set, approver=...)`, `reject(...)`."""
        from tfc_agent_tools.authority.approval_sets import ApprovalSets

        return ApprovalSets(self, self._store)

    def all(self) -> list[Approval]:
        """Every approval as it stands now, oldest first."""
        return [self._as_of_now(one) for one in self._store.approvals()]

    def pending(self) -> list[Approval]:
        """The questions that wait for a person, oldest first."""
        return [one for one in self._store.waiting() if self._as_of_now(one).state is State.PENDING]

    def get(self, approval_id: str) -> Approval | None:
        """An approval as it stands now."""
        approval = self._store.approval(approval_id)
        return self._as_of_now(approval) if approval else None

    def approve(
        self,
        approval_id: str,
        *,
        approver: str | Approver,
        typed: str | None = None,
        signature: str | None = None,
        reason: str | None = None,
    ) -> Approval:
        """Say yes. The call itself must then be made (again).

        A name alone is not proven and is recorded so; where the policy demands more, the record then stays pending
        (`still_needed`). `Approver(name, Proof.HOST)` is the host application's word for the name, and `signature` is
        one over `signatures.message` by a key of the person's.

        Raises:
            AnswerRefused: There is no pending approval of this id, the signature is not right, or the typed name isn't.
        """
        given = Decision(approved=True, approver=approver, reason=reason, typed=typed, signature=signature)
        return self._answered(approval_id, given)

    def reject(
        self, approval_id: str, *, approver: str | Approver, reason: str | None = None, signature: str | None = None
    ) -> Approval:
        """Say no. One no is enough, whoever says it.

        Raises:
            AnswerRefused: There is no pending approval of this id, or the signature is not right.
        """
        given = Decision(approved=False, approver=approver, reason=reason, signature=signature)
        return self._answered(approval_id, given)

    def revoke(self, approval_id: str, *, by: str, reason: str | None = None) -> Approval:
        """Take a question or a yes back, before it was used.

        Raises:
            AnswerRefused: It is on file neither as pending nor as approved.
        """

        def revoked(current: Approval) -> Approval:
            live = takes(self._as_of_now(current), {State.PENDING, State.APPROVED}, "can't be revoked")
            return replace(live, state=State.REVOKED, approver=by, reason=reason)

        return self._modify(approval_id, revoked, "can't be revoked")

    def still_needed(self, approval: Approval) -> str | None:
        """What a pending approval waits for, and how it is given; None where any clear yes will do."""
        return approval.demands.unmet(approval.yes, self._also_known_as)

    def seconds_for(self, action: str, shorter: float | None = None) -> float:
        """How long a question of this action may be answered and its yes used. A policy can only shorten it.

        A store that was told how long holds it for every action.
        """
        told = self._store.seconds_to_answer
        usual = _SECONDS_WHERE_PINNED.get(action, told) if told == _USUAL_SECONDS else told
        return usual if shorter is None else min(usual, shorter)

    def now(self) -> datetime:
        """The time by which questions are opened, answered and used."""
        return self._now()

    def expires_at(self, action: str = "", shorter: float | None = None) -> datetime:
        """When a question that is asked now stops being answerable."""
        return self._now() + timedelta(seconds=self.seconds_for(action, shorter))

    def find(self, key: str) -> Approval | None:
        """The record that answers for this call: pending, approved or rejected. A no stands until it expires, too."""
        approval = self._store.latest(key)
        in_time = approval is not None and approval.confirmation.expires_at > self._now()
        return approval if approval and in_time and approval.state in _LIVE else None

    def open(self, approval: Approval, *, at_most: int | None = None) -> Approval:
        """Put a new record on file, unless its key has a live one: then that one.

        Raises:
            ConfirmationRefused: So many questions of this agent wait already. Nothing was put on file.
        """
        limit = self._at_most if at_most is None else at_most
        if sum(one.agent == approval.agent for one in self.pending()) >= limit and not self.find(approval.key):
            raise ConfirmationRefused(approval.confirmation.tool, "too_many")
        return self._store.open(approval, self._now(), _LIVE)

    def settle(self, approval: Approval, decision: Decision) -> Approval:
        """Put an answer on a pending record. What is answered already, or came to its end, stays as it is.

        A yes that is not what is demanded is on file and the record still pending; a wrong signature is a no.
        """
        return self._as_of_now(self._store.modify(approval.id, lambda current: self._with(current, decision)))

    def shown(self, approval: Approval, question: str, stale_answers: int) -> Approval:
        """Note the question that a graph is stopped with, and how many answers it holds that are not to this one.

        A record that was answered meanwhile keeps its answer.
        """

        def noted(current: Approval) -> Approval:
            is_live = current.state in _LIVE & {approval.state}
            return replace(current, shown_with=question, stale_answers=stale_answers) if is_live else current

        return self._store.modify(approval.id, noted)

    def outdate(self, approval: Approval) -> None:
        """What was shown is no longer true: the record can't be used any more. A no stays a no."""

        def outdated(current: Approval) -> Approval:
            is_live = current.state in _LIVE - {State.REJECTED}
            return replace(current, state=State.CHANGED) if is_live else current

        self._store.modify(approval.id, outdated)

    def redeem(self, approval: Approval, digest: str, intent: AuditRecord, *, anew: Approval | None = None) -> None:
        """Use the approval and write the audit row that says so, both or neither.

        Args:
            approval: The record, by its id; what the caller has of it counts for nothing.
            digest: What is about to be sent.
            intent: The audit row.
            anew: The record as it would open now. Its demands count, not those on file, and its text is what a
                signature must have been given to.

        Raises:
            ConfirmationRefused: It is not approved, has expired, was used, or was given to something else.
        """
        current = self.get(approval.id)
        if current and current.state is State.APPROVED:
            self._check(current, anew or current)
        used = self._store.redeem(approval.id, digest, self._now(), intent)
        if not used:
            current = self.get(approval.id)
            reason = REFUSED_AS[current.state if current else State.EXPIRED]
            raise ConfirmationRefused(approval.confirmation.tool, reason, approval.id)
        log(intent)

    def _check(self, current: Approval, anew: Approval) -> None:
        """Whether what is on file serves the call that is about to be sent.

        Raises:
            ConfirmationRefused: It is another agent's or server's, from a later time, or not enough.
        """
        tool = anew.confirmation.tool
        if (current.agent, current.origin.server) != (anew.agent, anew.origin.server):
            raise ConfirmationRefused(tool, "foreign", current.id)
        if self._is_ahead(current):
            raise ConfirmationRefused(tool, "clock", current.id)
        asked = replace(current.confirmation, text=anew.confirmation.text)
        on_file = replace(current, demands=anew.demands, unbound=anew.unbound, confirmation=asked)
        checked = proven(on_file, self._keys_of)
        needed = checked.demands.unmet(checked.yes, self._also_known_as)
        if needed or checked.answers != current.answers:
            raise ConfirmationRefused(tool, "insufficient", current.id, needed)

    def _answered(self, approval_id: str, given: Decision) -> Approval:
        """An answer out of band: what is wrong with it is said, and changes nothing."""

        def answered(current: Approval) -> Approval:
            live = takes(self._as_of_now(current), {State.PENDING}, "takes no answer")
            if self._is_ahead(live):
                msg = f"{live.id} was opened at a later time than this machine's clock shows; set the clock right"
                raise AnswerRefused(msg)
            answer = answer_from(live, replace(given, road="approvals"), self._now(), self._keys_of)
            return folded(live, answer, self._also_known_as)

        return self._modify(approval_id, answered, "takes no answer")

    def _with(self, current: Approval, decision: Decision) -> Approval:
        if self._as_of_now(current).state is not State.PENDING or self._is_ahead(current):
            return current
        try:
            answer = answer_from(current, decision, self._now(), self._keys_of, is_strict=False)
        except (AnswerRefused, ConfigurationError) as error:
            name = getattr(decision.approver, "name", str(decision.approver))
            refused = Decision(approved=False, approver=name, reason=str(error), road=decision.road)
            answer = answer_from(current, refused, self._now(), self._keys_of)
        return folded(current, answer, self._also_known_as)

    def _modify(self, approval_id: str, change: Callable[[Approval], Approval], what_not: str) -> Approval:
        if self._store.approval(approval_id) is None:
            msg = f"{approval_id[:80]!r} is not on file and {what_not}; `tfc-agent approvals list` shows what is"
            raise AnswerRefused(msg)
        return self._store.modify(approval_id, change)

    def _is_ahead(self, approval: Approval) -> bool:
        return approval.created_at is not None and approval.created_at - _CLOCKS_DIFFER_BY > self._now()

    def _as_of_now(self, approval: Approval) -> Approval:
        late = approval.confirmation.expires_at <= self._now()
        expires = approval.state in {State.PENDING, State.APPROVED} and late
        return replace(approval, state=State.EXPIRED) if expires else approval


_LIVE: Final = frozenset({State.PENDING, State.APPROVED, State.REJECTED})
REFUSED_AS: Final[Mapping[State, str]] = {
    State.PENDING: "pending",
    State.APPROVED: "changed",
    State.REJECTED: "rejected",
    State.CHANGED: "changed",
    State.REVOKED: "revoked",
    State.EXPIRED: "unanswered",
    State.USED: "used",
}
"""The reason of a `ConfirmationRefused` for an approval in each state."""
