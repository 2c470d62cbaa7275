"""A policy file in use: read again when it changes, whole or not at all.

A file that became broken refuses every write and says why; reads go on by the last state that could be read, and so do
discarding and cancelling a run.
"""

from __future__ import annotations

import time
from threading import Lock
from typing import TYPE_CHECKING, Any, Final

from tfc_agent_tools.authority.policy import Effect, Limit, Policy, Question, Verdict
from tfc_agent_tools.authority.rules.levels import WITHOUT_QUESTION
from tfc_agent_tools.authority.rules.reading import read
from tfc_agent_tools.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tfc_agent_tools.authority.rules.decide import RulePolicy

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
        self._current: Policy = self._good
        self._checked = clock()

    def current(self) -> Policy:
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

    @property
    def digest(self) -> str:
        """SHA-256 of the file."""
        return self.current().digest

    def limit(self, agent: str) -> Limit:
        """How much the agent may do."""
        return self.current().limit(agent)

    def other_names_of(self, person: str) -> frozenset[str]:
        """The names that a person has elsewhere."""
        return self.current().other_names_of(person)

    @property
    def hosts(self) -> tuple[str, ...]:
        """The only servers that it is for."""
        return self.current().hosts

    def requesters_of(self, agent: str) -> tuple[str, ...]:
        """The people for whom the agent may act."""
        return self.current().requesters_of(agent)

    def keys_of(self, person: str) -> tuple[str, ...]:
        """The public keys with which a person signs."""
        return self.current().keys_of(person)

    def offers(self, question: Question) -> bool:
        """Whether the agent could ever do this."""
        return self.current().offers(question)

    def facts_for(self, question: Question) -> frozenset[str]:
        """The facts that decide."""
        return self.current().facts_for(question)

    def at_a_glance(self, question: Question) -> Verdict | None:
        """A denial that no fact could change, or None."""
        return self.current().at_a_glance(question)

    def decide(self, question: Question) -> Verdict:
        """The decision."""
        return self.current().decide(question)


class Broken:
    """A policy whose file can't be read any more."""

    def __init__(self, good: RulePolicy, why: str) -> None:
        self._good, self._why = good, why

    @property
    def digest(self) -> str:
        """Never that of a policy that was read."""
        return f"broken after {self._good.digest}"

    def current(self) -> Broken:
        """This one."""
        return self

    def limit(self, agent: str) -> Limit:
        """As before."""
        return self._good.limit(agent)

    def other_names_of(self, person: str) -> frozenset[str]:
        """As before."""
        return self._good.other_names_of(person)

    @property
    def hosts(self) -> tuple[str, ...]:
        """As before."""
        return self._good.hosts

    def requesters_of(self, agent: str) -> tuple[str, ...]:
        """As before."""
        return self._good.requesters_of(agent)

    def keys_of(self, person: str) -> tuple[str, ...]:
        """None: nobody can approve by a file that can't be read."""
        del person
        return ()

    def offers(self, question: Question) -> bool:
        """As before."""
        return self._good.offers(question)

    def facts_for(self, question: Question) -> frozenset[str]:
        """As before."""
        return self._good.facts_for(question)

    def at_a_glance(self, question: Question) -> Verdict | None:
        """A write is denied whatever the facts."""
        if question.risk != "read" and question.action not in WITHOUT_QUESTION:
            why = f"the policy file changed and can't be used, so no write is let through: {self._why}"
            return Verdict(effect=Effect.DENY, rules=("broken policy",), why=why)
        return self._good.at_a_glance(question)

    def decide(self, question: Question) -> Verdict:
        """As before for reads; a write is denied."""
        return self.at_a_glance(question) or self._good.decide(question)


def _stamp(file: Path) -> Any:
    """What changes when the file is written or replaced; None where it is gone."""
    try:
        found = file.stat()
    except OSError:
        return None
    return (found.st_mtime_ns, found.st_size, found.st_ino)
