"""The decision of a policy file: rules that match decide, deny before ask before allow; then the level; then deny.

Conditions are three-valued, and the decision is the strictest that any value of an unknown fact could give.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from tfc_agent_tools.authority.policy import Effect, Limit, Verdict, strictest
from tfc_agent_tools.authority.rules.compiled import Compiled, compiled
from tfc_agent_tools.authority.rules.globs import fits
from tfc_agent_tools.authority.rules.levels import (
    WITHOUT_QUESTION,
    by_level,
    could_be,
    level_of,
)
from tfc_agent_tools.authority.rules.target import Target, unread
from tfc_agent_tools.authority.rules.targets import targets
from tfc_agent_tools.authority.rules.tristate import NO, YES, Tri
from tfc_agent_tools.authority.rules.verdicts import (
    NOTHING,
    asked_by,
    denied_by,
    guarded,
    ids_of,
    no,
    nothing_gives,
    why_of,
)
from tfc_agent_tools.facts import UNKNOWN
from tfc_agent_tools.types import Impact

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from tfc_agent_tools.authority.policy import Question
    from tfc_agent_tools.authority.rules.document import PolicyDocument

_FACTS: Final = {
    "organization": ("workspace", "project", "team"),
    "project": ("workspace", "current_project", "project"),
    "workspace": ("workspace",),
    "tags": ("workspace", "tags"),
    "require_tag": ("workspace", "tags"),
    "without_tags": ("workspace", "tags"),
    "branch": ("commit",),
    "config_source": ("configuration_version",),
    "downstream": ("triggered",),
}
"""Condition → the facts it is answered from, beside those that a preview reads anyway."""


_AUTHORS: Final = ("run", "configuration_version", "commit")
"""The facts that say whose run and commit it is, for rules under which those people don't count."""


class RulePolicy:
    """One state of a policy file. It never changes; a changed file makes another one."""

    def __init__(
        self, document: PolicyDocument, digest: str, now: Callable[[], datetime] = lambda: datetime.now(UTC)
    ) -> None:
        self.document, self._digest, self._now = document, digest, now
        self.rules = tuple(compiled(rule, document) for rule in document.rules)
        self._plain: dict[tuple[str, str], Verdict] = {}
        self._about: dict[tuple[str, str], tuple[Compiled, ...]] = {}

    @property
    def digest(self) -> str:
        """SHA-256 of the file."""
        return self._digest

    def current(self) -> RulePolicy:
        """This one."""
        return self

    def limit(self, agent: str) -> Limit:
        """How much the agent may do."""
        del agent
        limits = self.document.limits
        return Limit(
            writes_per_hour=limits.writes_per_hour,
            runs_per_hour=limits.runs_per_hour,
            pending_approvals=limits.pending_approvals,
        )

    @property
    def hosts(self) -> tuple[str, ...]:
        """The only servers that it is for."""
        return tuple(host.lower() for host in self.document.hosts)

    def requesters_of(self, agent: str) -> tuple[str, ...]:
        """The people for whom the agent may act."""
        found = self.document.agents.get(agent)
        return found.on_behalf_of if found else ()

    def keys_of(self, person: str) -> tuple[str, ...]:
        """The public keys with which a person signs."""
        found = self.document.people.get(person)
        return found.keys if found else ()

    def other_names_of(self, person: str) -> frozenset[str]:
        """The names that a person has elsewhere."""
        found = self.document.people.get(person)
        return frozenset(found.also_known_as) if found else frozenset()

    def facts_for(self, question: Question) -> frozenset[str]:
        """The facts that decide: those of the conditions of every rule about this, and of what is protected."""
        found = set[str]()
        for one in self._rules_about(question):
            for condition in one.conditions:
                found.update(_FACTS.get(condition, ()))
            if one.requirement and one.requirement.not_requester and question.action.startswith("runs."):
                found.update(_AUTHORS)
        if self.document.organizations:
            found.update(_FACTS["organization"])
        if question.risk != "read" and self.document.protected.workspaces:
            found.add("workspace")
        return frozenset(found)

    def offers(self, question: Question) -> bool:
        """Whether the agent could ever do this. A kill switch is thrown back some day, so it hides nothing."""
        return (self._outright(question) or self._glance(question)) is None

    def at_a_glance(self, question: Question) -> Verdict | None:
        """A denial that no fact could change, or None."""
        return self._outright(question) or self._killed(question) or self._glance(question)

    def _glance(self, question: Question) -> Verdict | None:
        if plain := self._plain_read(question):
            return plain if plain.effect is Effect.DENY else None
        target = unread(replace(question, impacts=frozenset(Impact)), self._now())  # none is ruled out yet
        matches = [(one, one.matches(target)) for one in self._rules_about(question) if not one.is_on_trial]
        certain = [one for one, found in matches if one.effect is Effect.DENY and found is YES]
        if certain:
            return denied_by(certain)
        if any(one.effect is not Effect.DENY and found is not NO for one, found in matches):
            return None
        if could_be(self._level(question), target) or self._on_trial_opens(question, target):
            return None
        return nothing_gives(question)

    def decide(self, question: Question) -> Verdict:
        """The decision. Of a call that moves something, the stricter one of before and after."""
        if denied := self._outright(question) or self._killed(question):
            return denied
        if plain := self._plain_read(question):
            return plain
        return strictest([self._of(question, target) for target in targets(question, self._now())])

    def decide_on(self, question: Question, target: Target) -> Verdict:
        """The decision about a target that was not read from the API: for the tests in a policy file."""
        return self._outright(question) or self._of(question, target)

    def _plain_read(self, question: Question) -> Verdict | None:
        """The decision about a read that no rule is about, so that no fact matters; most reads are such."""
        if question.risk != "read" or self.document.organizations or self._rules_about(question):
            return None
        key = (question.agent, question.action)
        if key not in self._plain:
            self._plain[key] = self._by_level(question, unread(question, self._now()))
        return self._plain[key]

    def _rules_about(self, question: Question) -> tuple[Compiled, ...]:
        key = (question.agent, question.action)
        if key not in self._about:
            self._about[key] = tuple(one for one in self.rules if one.is_about(*key))
        return self._about[key]

    def _level(self, question: Question) -> Any:
        return level_of(self.document.agents[question.agent].access, question.action)

    def _outright(self, question: Question) -> Verdict | None:
        """What is denied before any rule is looked at."""
        agent = self.document.agents.get(question.agent)
        if agent is None:
            return no("agents", f"the policy does not name an agent {question.agent[:80]!r}")
        if question.requester not in agent.on_behalf_of:
            return no(
                "on_behalf_of", f"{question.agent} may not act for {question.requester or 'nobody in particular'}"
            )
        if self._level(question) == "off":
            return no("access: off", f"{question.action} is off for {question.agent}")
        return None

    def _killed(self, question: Question) -> Verdict | None:
        if self.document.kill_switch and question.risk != "read" and question.action not in WITHOUT_QUESTION:
            return no("kill_switch", "the policy's kill switch is on: no write but discarding and cancelling runs")
        return None

    def _of(self, question: Question, target: Target) -> Verdict:
        if denied := self._outside(target):
            return denied
        rules = self._rules_about(question)
        holding = [(one, match) for one in rules if (match := one.matches(target)) is not NO]
        found = self._by_rules(question, target, [pair for pair in holding if not pair[0].is_on_trial])
        on_trial = [pair for pair in holding if pair[0].is_on_trial]
        return guarded(self._tried(found, on_trial, target), self._is_protected(target), target)

    def _by_rules(self, question: Question, target: Target, matches: list[tuple[Compiled, Tri]]) -> Verdict:
        """The decision by the rules that hold or may hold."""
        denying = [one for one, _ in matches if one.effect is Effect.DENY]
        if denying:
            return denied_by(denying)
        asking = [one for one, _ in matches if one.effect is Effect.ASK]
        certain = [one for one, match in matches if match is YES]
        rest = None if certain else self._by_level(question, target)
        if rest is not None and rest.effect is Effect.DENY:
            return rest
        if asking:
            return asked_by(asking)
        return rest or Verdict(effect=Effect.ALLOW, rules=ids_of(certain), why=why_of(certain))

    def _by_level(self, question: Question, target: Target) -> Verdict:
        level = self._level(question)
        effect = by_level(level, target)
        if effect is Effect.DENY:
            return nothing_gives(question)
        rule = f"access: {level}"
        return Verdict(effect=effect, rules=(rule,), why=f"{question.agent} has {level} access to {target.group}")

    def _outside(self, target: Target) -> Verdict | None:
        """A policy that names its organizations is for no other."""
        ours, organization = self.document.organizations, target.organization
        if ours is None or organization is None:
            return None
        if organization is UNKNOWN:
            return no(
                "organizations", "it can't be told which organization this is in, and the policy is for some only"
            )
        return None if fits(str(organization), ours) else no("organizations", "the policy is not for this organization")

    def _is_protected(self, target: Target) -> bool:
        """Whether the target is, or may be, one of those to which no write passes without a question."""
        protected = self.document.protected
        if protected.workspaces and target.workspace is not None:
            is_known = isinstance(target.workspace, str)
            if not is_known or fits(str(target.workspace), protected.workspaces):
                return True
        if not protected.addresses or target.addresses is None:
            return False
        known = target.addresses if isinstance(target.addresses, frozenset) else None
        return known is None or any(fits(address, protected.addresses) for address in known)

    def _on_trial_opens(self, question: Question, target: Target) -> bool:
        trials = [one for one in self._rules_about(question) if one.is_on_trial and one.effect is not Effect.DENY]
        return not target.is_read and any(one.matches(target) is not NO for one in trials)

    def _tried(self, verdict: Verdict, on_trial: Sequence[tuple[Compiled, Tri]], target: Target) -> Verdict:
        """The verdict with what rules on trial would have said. A write that one of them matches still asks.

        One that only may match opens nothing: were the fact known, it might not match, and the write be denied.
        """
        if not on_trial:
            return verdict
        trials = [one for one, _ in on_trial]
        notes = tuple(f"{one.rule.id}: {one.effect}" for one in trials)
        verdict = replace(verdict, shadow=notes)
        could_open = any(one.effect is not Effect.DENY and match is YES for one, match in on_trial)
        opens = could_open and verdict.rules == (NOTHING,)
        if target.is_read or not (opens or verdict.effect is Effect.ALLOW):
            return verdict
        why = f"rules on trial match ({', '.join(notes)}), and a write still asks"
        return replace(verdict, effect=Effect.ASK, rules=ids_of(trials), why=why)
