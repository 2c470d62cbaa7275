"""From what somebody said to an answer on file: who it is from, how that is known, and what it makes of the record."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from tfc_agent_tools.authority.record import Answer, State
from tfc_agent_tools.authority.requirement import Approver, Proof
from tfc_agent_tools.errors import ConfigurationError
from tfc_agent_tools.present.untrusted import one_line

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime

    from tfc_agent_tools.authority.confirm import Decision
    from tfc_agent_tools.authority.record import Approval
    from tfc_agent_tools.authority.requirement import AlsoKnownAs

_LONGEST_NAME: Final = 200
KeysOf = Callable[[str], tuple[str, ...]]
"""The public keys that the policy lists for a person."""


class AnswerRefused(LookupError):  # noqa: N818 - it reads as what happened
    """An answer that was not taken. The record is as it was; the message says why and what to do."""


def takes(approval: Approval, states: Collection[State], what_not: str) -> Approval:
    """The approval, if it is in one of these states.

    Raises:
        AnswerRefused: It is not.
    """
    if approval.state in states:
        return approval
    asked_anew = "" if approval.state is State.REJECTED else "; make the call again to ask anew"
    msg = f"{approval.id} is {approval.state} and {what_not}{asked_anew}"
    raise AnswerRefused(msg)


def answer_from(
    approval: Approval, decision: Decision, now: datetime, keys_of: KeysOf, *, is_strict: bool = True
) -> Answer:
    """The answer in a decision, with its author as far as that is known.

    Args:
        approval: What was asked.
        decision: What was said.
        now: The time.
        keys_of: The keys by which signatures are checked.
        is_strict: Refuse a yes without the demanded typed name; otherwise it is kept, and counts for nothing.

    Raises:
        AnswerRefused: The signature is not right, or a proof was claimed without one.
    """
    given = decision.approver if isinstance(decision.approver, Approver) else Approver(str(decision.approver))
    approver = replace(given, name=one_line(given.name, _LONGEST_NAME))  # it goes into sentences of the audit log
    approved = decision.approved is True
    if decision.signature is not None:
        approver = Approver(approver.name, Proof.SIGNATURE)
        if not _is_signed(approval, approver.name, decision.signature, keys_of, approved=approved):
            msg = (
                f"the signature is not one of {approver.name!r} over this answer to {approval.id}: sign the message of "
                "exactly this question with a key that the policy lists for that name"
            )
            raise AnswerRefused(msg)
    elif approver.proof is Proof.SIGNATURE:
        msg = f"{approver.name!r} is said to have signed, but the answer to {approval.id} has no signature"
        raise AnswerRefused(msg)
    if is_strict and approved and approval.demands.typed not in {None, decision.typed}:
        msg = f"{approval.id} takes a yes only with the typed name {approval.demands.typed!r}"
        raise AnswerRefused(msg)
    return Answer(
        approver=approver,
        approved=approved,
        at=now,
        reason=decision.reason,
        typed=decision.typed,
        signature=decision.signature,
        road=decision.road,
    )


def folded(approval: Approval, answer: Answer, also_known_as: AlsoKnownAs) -> Approval:
    """The record with the answer on it: rejected by any no, approved once all that is demanded is met."""
    held = approval.answered(answer)
    if not answer.approved:
        return replace(held, state=State.REJECTED, approver=answer.approver.name, reason=answer.reason)
    if held.demands.unmet(held.yes, also_known_as) is not None:
        return held
    needs_proof = any(one.needs_verified for one in held.demands.requirements)
    counted = [one.approver for one in held.answers if one.approver in held.yes]
    names = dict.fromkeys(one.name for one in counted if one.is_verified or not needs_proof)
    return replace(held, state=State.APPROVED, approver=", ".join(names), reason=answer.reason)


def proven(approval: Approval, keys_of: KeysOf) -> Approval:
    """The record with every signature checked again: a name whose signature does not hold is not proven any more."""
    return replace(approval, answers=tuple(_proven(approval, answer, keys_of) for answer in approval.answers))


def _proven(approval: Approval, answer: Answer, keys_of: KeysOf) -> Answer:
    name = answer.approver.name
    if answer.approver.proof is not Proof.SIGNATURE:
        return answer
    with suppress(ConfigurationError):  # the library is missing here, so nothing that is signed can count
        if answer.signature and _is_signed(approval, name, answer.signature, keys_of, approved=answer.approved):
            return answer
    return replace(answer, approver=Approver(name))


def _is_signed(approval: Approval, name: str, signature: str, keys_of: KeysOf, *, approved: bool) -> bool:
    from tfc_agent_tools.authority.signatures import is_signed, message

    return is_signed(message(approval, approved=approved, approver=name), signature, keys_of(name))
