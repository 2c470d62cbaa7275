"""A policy file in use: read again when it changes, whole or not at all.

A file that became broken refuses every write and says why; reads go on by the last state that could be read, and so do
discarding and cancelling a run.
"""

from __future__ import annotations

import time
from threading import Lock
from typing import TYPE_CHECKING, Any, Final

from tfc_agent_tools.authority.rules.decide import RulePolicy
from tfc_agent_tools.authority.rules.levels import WITHOUT_QUESTION
from tfc_agent_tools.authority.rules.reading import read
from tfc_agent_tools.authority.rules.verdicts import no
from tfc_agent_tools.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tfc_agent_tools.authority.policy import Question, Verdict

_SECONDS_UNTIL_CHECKED: Final = 0.2


class PolicyFile:
    """The policy in a file.

    Args:
        file: Where it is.
        check: Raises `ConfigurationError` for a policy that can't be meant; each state of the file passes it.
        clock: By which it is looked for changes.

    Raises:
        ConfigurationError: It can't be read when it is first used.
    """

    def __init__(
        self,
        file: Path,
        *,
        check: Callable[[RulePolicy], None] = lambda _: None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._file, self._check, self._clock, self._lock = file, check, clock, Lock()
        self._stamp = _stamp(file)
        self._good = self._read()
        self._current = self._good
        self._checked = clock()

    def current(self) -> RulePolicy:
        """The policy as the file says it now; looked at again after a fifth of a second at the earliest."""
        with self._lock:
            now = self._clock()
            if now - self._checked >= _SECONDS_UNTIL_CHECKED or now < self._checked:
                self._checked = now
                self._look()
            return self._current

    def _read(self) -> RulePolicy:
        policy = read(self._file)
        self._check(policy)
        return policy

    def _look(self) -> None:
        stamp = _stamp(self._file)
        if stamp == self._stamp:
            return
        try:
            self._current = self._good = self._read()
        except ConfigurationError as error:
            self._current = Broken(self._good, str(error))
        self._stamp = stamp


class Broken(RulePolicy):
    """A policy whose file can't be read any more: as the last good state, without writes and without approvers."""

    def __init__(self, good: RulePolicy, why: str) -> None:
        super().__init__(good.document, f"broken after {good.digest}")
        self._why = why

    def keys_of(self, person: str) -> tuple[str, ...]:
        """None: nobody can approve by a file that can't be read."""
        del person
        return ()

    def at_a_glance(self, question: Question) -> Verdict | None:
        """A write is denied whatever the facts."""
        return self._no_write(question) or super().at_a_glance(question)

    def decide(self, question: Question) -> Verdict:
        """As before for reads; a write is denied."""
        return self._no_write(question) or super().decide(question)

    def _no_write(self, question: Question) -> Verdict | None:
        if question.risk == "read" or question.action in WITHOUT_QUESTION:
            return None
        why = f"the policy file changed and can't be used, so no write is let through: {self._why}"
        return no("broken policy", why)


def _stamp(file: Path) -> Any:
    """What changes when the file is written or replaced; None where it is gone."""
    try:
        found = file.stat()
    except OSError:
        return None
    return (found.st_mtime_ns, found.st_size, found.st_ino)
