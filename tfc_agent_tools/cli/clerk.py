"""Shows approvals on the screen and puts answers on file, for one person at the command line."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

from tfc_agent_tools.authority.approval_sets import PREFIX
from tfc_agent_tools.authority.approvals import AnswerRefused, Approval, Approvals, State
from tfc_agent_tools.authority.signatures import message, public_key, sign
from tfc_agent_tools.cli.console import AskInConsole, show, show_page, word_for
from tfc_agent_tools.cli.screen import Screen
from tfc_agent_tools.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from tfc_agent_tools.authority.approval_sets import ApprovalSet

_NOBODY: Final = "command line"


class Clerk:
    """One person's work on the approvals of one store.

    Args:
        approvals: The approvals.
        name: Who answers.
        key: The person's private key as PEM; without it the name is not proven.
    """

    def __init__(self, approvals: Approvals, name: str | None, key: bytes | None, screen: Screen | None = None) -> None:
        self._approvals, self._name, self._key = approvals, name or _NOBODY, key
        self._screen = screen or Screen("approvals")

    @classmethod
    def at(cls, url: str, name: str | None = None, key: Path | None = None) -> Clerk:
        """The clerk for the store at a URL.

        A signature is taken here if it is one by the given key. Whether the policy lists that key for the person is
        looked at when the agent makes the call, by the agent's own policy.

        Raises:
            ConfigurationError: The store or the key is not there, or can't be used.
        """
        from tfc_agent_tools.sql_store import SqlStore

        pem = _read(key) if key else None
        keys = (public_key(pem),) if pem else ()
        return cls(Approvals(SqlStore(_existing(url)), keys_of=lambda _: keys), name, pem)

    def list(self, *, everything: bool) -> None:
        """One line for each."""
        found = self._approvals.all() if everything else self._approvals.pending()
        for one in found:
            asked = one.confirmation
            where = f" in {asked.workspace}" if asked.workspace else ""
            for_whom = f" for {one.origin.requester}" if one.origin.requester else ""
            self._screen.line(one.id, f"{one.state}, {_time_left(one)}: {asked.tool}{where}, {one.agent}{for_whom}")
        if not found:
            self._screen.text("Nothing is on file." if everything else "Nothing waits for a person.")

    def show(self, ids: Sequence[str]) -> bool:
        """The page of each, and where it stands."""
        return self._each(self._members(ids), self._show)

    def approve(self, ids: Sequence[str], *, typed: str | None, is_sure: bool) -> bool:
        """Show the page, ask unless told not to, and say yes."""
        if len(ids) > 1 or ids[0].startswith(PREFIX):
            return self._said(lambda: self._approve_set(ids, is_sure=is_sure))
        return self._said(lambda: self._approve_one(ids[0], typed, is_sure=is_sure))

    def reject(self, ids: Sequence[str], reason: str | None) -> bool:
        """Say no to each."""

        def no(one: Approval) -> None:
            signature = self._signature(one, approved=False)
            self._approvals.reject(one.id, approver=self._name, reason=reason, signature=signature)
            self._screen.line(one.id, "rejected")

        return self._each(self._members(ids), no)

    def revoke(self, ids: Sequence[str], reason: str | None) -> bool:
        """Take each back."""

        def back(one: Approval) -> None:
            self._approvals.revoke(one.id, by=self._name, reason=reason)
            self._screen.line(one.id, "revoked")

        return self._each(self._members(ids), back)

    def _approve_one(self, approval_id: str, typed: str | None, *, is_sure: bool) -> bool:
        approval = self._found(approval_id)
        if is_sure or typed is not None:
            show(self._screen, approval.confirmation)
            if typed not in {None, word_for(approval.confirmation)}:
                msg = f"{approval_id} asks for the typed name {word_for(approval.confirmation)!r}, not {typed!r}"
                raise AnswerRefused(msg)
        elif approval.state is State.PENDING:
            decision = AskInConsole(self._screen)(approval.confirmation)
            typed = decision.typed
            if not decision.approved:
                return False
        signature = self._signature(approval, approved=True)
        answered = self._approvals.approve(approval_id, approver=self._name, typed=typed, signature=signature)
        return self._recorded(answered)

    def _approve_set(self, ids: Sequence[str], *, is_sure: bool) -> bool:
        sets = self._approvals.sets
        asked = sets.get(ids[0]) if ids[0].startswith(PREFIX) else sets.open(ids)
        show_page(self._screen, f"confirm {len(asked.items)} requests ({asked.id})", asked.page())
        if not is_sure and not self._says_yes(asked):
            return False
        signatures = {one.id: sign(self._key, self._message(one)) for one in asked.items} if self._key else None
        done = sets.approve(asked, approver=self._name, signatures=signatures)
        for why in done.dropped.values():
            self._screen.line("dropped", why)
        counts = [self._recorded(one) for one in done.answered]
        return all(counts) and not done.dropped

    def _says_yes(self, asked: ApprovalSet) -> bool:
        return AskInConsole(self._screen).says_yes(f"Say yes to all {len(asked.items)}? [y/N] ")

    def _recorded(self, answered: Approval) -> bool:
        """Say what became of a yes; whether it counts."""
        counts = answered.state is State.APPROVED or self._key is not None
        said = f"{answered.state}; answered by {answered.answered_by}"
        self._screen.line(answered.id, said)
        if answered.state is State.PENDING and (needed := self._approvals.still_needed(answered)):
            self._screen.text(needed if counts else f"This yes is on file and does not count. {needed}")
        return counts

    def _show(self, one: Approval) -> None:
        show(self._screen, one.confirmation)
        self._screen.line("stands at", f"{one.state}, {_time_left(one)}")
        self._screen.line("asked by", f"{one.agent} for {one.origin.requester or 'nobody named'}")
        self._screen.line("server", one.origin.server or "not on record")
        self._screen.line("digest", one.digest)
        for answer in one.answers:
            word = "yes" if answer.approved else "no"
            self._screen.line("answer", f"{word} by {answer.approver} at {answer.at:%Y-%m-%d %H:%M:%S} UTC")
        if one.state is State.PENDING and (needed := self._approvals.still_needed(one)):
            self._screen.text(needed)

    def _members(self, ids: Sequence[str]) -> Sequence[str]:
        if not ids[0].startswith(PREFIX):
            return ids
        found = [one.id for one in self._approvals.all() if one.part_of == ids[0]]
        return found or ids

    def _each(self, ids: Sequence[str], work: Callable[[Approval], None]) -> bool:
        done = [self._one(one, work) for one in ids]
        return all(done)

    def _one(self, approval_id: str, work: Callable[[Approval], None]) -> bool:
        def done() -> bool:
            work(self._found(approval_id))
            return True

        return self._said(done)

    def _said(self, work: Callable[[], bool]) -> bool:
        """Do it; what was wrong with an answer is said in a line."""
        try:
            return work()
        except AnswerRefused as error:
            self._screen.text(f"Not taken: {error}.", style="red")
            return False

    def _found(self, approval_id: str) -> Approval:
        approval = self._approvals.get(approval_id)
        if approval is None:
            msg = f"{approval_id[:80]!r} is not on file in this store; `tfc-agent approvals list` shows what is"
            raise AnswerRefused(msg)
        return approval

    def _signature(self, approval: Approval, *, approved: bool) -> str | None:
        return sign(self._key, self._message(approval, approved=approved)) if self._key else None

    def _message(self, approval: Approval, *, approved: bool = True) -> bytes:
        return message(approval, approved=approved, approver=self._name)


def write_private(file: Path, content: bytes) -> None:
    """Write a new file for its owner only.

    Raises:
        ConfigurationError: It is there already, or can't be written.
    """
    try:
        with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as made:
            made.write(content)
    except OSError as error:
        msg = f"keygen: {file} was not written ({error.strerror}); name a new file"
        raise ConfigurationError(msg) from None


def _read(key: Path) -> bytes:
    try:
        return key.read_bytes()
    except OSError as error:
        msg = f"approvals: the key {key} can't be read ({error.strerror})"
        raise ConfigurationError(msg) from None


def _existing(url: str) -> str:
    """The URL; a SQLite file that is not there would be made, and hold nothing."""
    path = url.removeprefix("sqlite:///").partition("?")[0]
    if url.startswith("sqlite:") and not Path(path).is_file():
        msg = f"approvals: there is no store {path}; give the URL that the agent uses"
        raise ConfigurationError(msg)
    return url


def _time_left(approval: Approval) -> str:
    seconds = (approval.confirmation.expires_at - datetime.now(UTC)).total_seconds()
    return f"{seconds / 60:.0f} minutes left" if seconds > 0 else "time is over"
