"""Many questions on one page: 120 workspaces are one answer, and still 120 approvals of exactly one call each.

A set is fixed when it opens: its id is noted on each record, and no record joins it later. What was answered, revoked
or outdated since is dropped from it; a record whose facts change after the yes is refused at its own send, by itself.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from tfc_agent_tools.authority.answers import AnswerRefused, takes
from tfc_agent_tools.authority.record import Approval, State

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime

    from tfc_agent_tools.authority.approvals import Approvals
    from tfc_agent_tools.authority.requirement import Approver
    from tfc_agent_tools.store import Store

PREFIX: Final = "as-"


@dataclass(frozen=True, kw_only=True)
class ApprovalSet:
    """The questions of one page."""

    id: str
    items: tuple[Approval, ...]

    @property
    def expires_at(self) -> datetime:
        """When the first of them stops being answerable."""
        return min(one.confirmation.expires_at for one in self.items)

    def page(self) -> str:
        """A line for each, then each as a person would read it alone."""
        head = f"{len(self.items)} requests in one answer. Each is sent at most once, and only as it is shown here."
        lines = [f"{number}. {_line(one)}" for number, one in enumerate(self.items, start=1)]
        pages = [f"Request {number}, {one.id}\n{_set_in(one)}" for number, one in enumerate(self.items, start=1)]
        return "\n\n".join([head, "\n".join(lines), *pages])


@dataclass(frozen=True, kw_only=True)
class SetAnswer:
    """What became of the answer to a set."""

    answered: tuple[Approval, ...]
    dropped: Mapping[str, str]
    """The ids that took no answer, and why."""


class ApprovalSets:
    """The sets of one store: what `toolkit.approvals.sets` is."""

    def __init__(self, approvals: Approvals, store: Store) -> None:
        self._approvals, self._store = approvals, store

    def open(self, ids: Sequence[str]) -> ApprovalSet:
        """Put pending questions on one page.

        Raises:
            AnswerRefused: One is not pending, or demands a typed name and so an answer of its own; or there is none.
        """
        if not ids:
            msg = "a set needs at least one approval; `tfc-agent approvals list` shows what waits"
            raise AnswerRefused(msg)
        for one in dict.fromkeys(ids):
            self._check(one)
        set_id = f"{PREFIX}{secrets.token_hex(12)}"
        for one in dict.fromkeys(ids):
            self._store.modify(one, lambda current: replace(current, part_of=set_id))
        return self.get(set_id)

    def get(self, set_id: str) -> ApprovalSet:
        """What of a set still waits for an answer.

        Raises:
            AnswerRefused: Nothing does.
        """
        items = tuple(one for one in self._approvals.pending() if one.part_of == set_id)
        if not items:
            msg = f"{set_id[:80]!r} is no set of which anything waits for an answer"
            raise AnswerRefused(msg)
        return ApprovalSet(id=set_id, items=items)

    def approve(
        self, shown: ApprovalSet, *, approver: str | Approver, signatures: Mapping[str, str] | None = None
    ) -> SetAnswer:
        """Say yes to the set as it was shown. `signatures` has one for each id: each question is signed by itself."""
        signed = signatures or {}
        return self._each(shown, lambda one: self._approvals.approve(one, approver=approver, signature=signed.get(one)))

    def reject(self, shown: ApprovalSet, *, approver: str | Approver, reason: str | None = None) -> SetAnswer:
        """Say no to all of it."""
        return self._each(shown, lambda one: self._approvals.reject(one, approver=approver, reason=reason))

    def _each(self, shown: ApprovalSet, answer: Callable[[str], Approval]) -> SetAnswer:
        answered, dropped = list[Approval](), dict[str, str]()
        for item in shown.items:
            current = self._approvals.get(item.id)
            if current is None or (current.digest, current.shown) != (item.digest, item.shown):
                dropped[item.id] = f"{item.id} is not what was shown any more"
                continue
            try:
                answered.append(answer(item.id))
            except AnswerRefused as error:
                dropped[item.id] = str(error)
        return SetAnswer(answered=tuple(answered), dropped=dropped)

    def _check(self, approval_id: str) -> None:
        approval = self._approvals.get(approval_id)
        if approval is None:
            msg = f"{approval_id[:80]!r} is not on file and can't be part of a set"
            raise AnswerRefused(msg)
        takes(approval, {State.PENDING}, "can't be part of a set")
        if approval.confirmation.typed:
            msg = f"{approval_id} asks for the typed name {approval.confirmation.typed!r}; answer it by itself"
            raise AnswerRefused(msg)


def _line(approval: Approval) -> str:
    asked = approval.confirmation
    where = f" in {asked.workspace}" if asked.workspace else ""
    plan = f": {asked.plan}" if asked.plan else ""
    return f"{asked.tool}{where}{plan} ({approval.id})"


def _set_in(approval: Approval) -> str:
    return "\n".join(f"  {line}" for line in approval.confirmation.page().splitlines())
