"""The `tests:` of a policy file: each a call with some facts given, and the decision that the file must give.

A fact that a test leaves out is "not read", so that a test which passes holds whatever that fact is.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from tfc_agent_tools.authority.implied import implied
from tfc_agent_tools.authority.policy import Effect, Question, Verdict, strictest
from tfc_agent_tools.authority.rules.target import Target, possible, unread
from tfc_agent_tools.facts import UNKNOWN
from tfc_agent_tools.types import Impact

if TYPE_CHECKING:
    from collections.abc import Callable

    from tfc_agent_tools.authority.rules.actions import Action, Actions
    from tfc_agent_tools.authority.rules.decide import RulePolicy
    from tfc_agent_tools.authority.rules.document import Test

_SETS: Final = ("tags", "resource_types", "addresses", "targets", "replaces", "variables")
_NOT_FACTS: Final = frozenset({"agent", "action", "requester", "at", "expect", "by", "after_untrusted_text"})
_ASKED_FOR: Final = frozenset(
    {"targets", "replaces", "variables", "terraform_version", "debugging", "config_generation"}
)
"""What stands in the call itself: left out of a test, it is left out of the call."""
_APPLY: Final = "runs.apply"
_QUEUE: Final = "runs.create"
_UPLOAD: Final = "configuration-versions.upload"
"""They can let a run go on that somebody else queued, under its own decision."""
_NO_ACTION: Final = "no such action"


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """A test, and what the policy says to it."""

    number: int
    test: Test
    verdict: Verdict
    unread: tuple[str, ...]
    """The facts that the test leaves out and that a rule about this reads."""

    @property
    def is_good(self) -> bool:
        """Whether it is the decision that was expected, by the rule that was. What is no action is never good."""
        if self.verdict.rules == (_NO_ACTION,):
            return False
        expected, by = self.test.expect, self.test.by
        return self.verdict.effect == expected and (by is None or by in self.verdict.rules)


def check(
    policy: RulePolicy, actions: Actions, now: Callable[[], datetime] = lambda: datetime.now(UTC)
) -> list[Outcome]:
    """The outcome of every test in the file."""
    return [_checked(number, test, policy, actions, now) for number, test in enumerate(policy.document.tests, start=1)]


def _checked(number: int, test: Test, policy: RulePolicy, actions: Actions, now: Callable[[], datetime]) -> Outcome:
    action = actions.by_name.get(test.action)
    if action is None:
        why = f"there is no action {test.action!r}; `tfc-agent tools` lists them"
        verdict = Verdict(effect=Effect.DENY, rules=(_NO_ACTION,), why=why)
        return Outcome(number=number, test=test, verdict=verdict, unread=())
    moment = datetime.fromisoformat(test.at) if test.at else now()
    asked = questions_of(test, policy, action)
    pairs = [(question, target_of(test, question, moment)) for question in asked]
    verdict = strictest([policy.decide_on(question, target) for question, target in pairs])
    return Outcome(number=number, test=test, verdict=verdict, unread=_unread(policy, *pairs[0]))


def questions_of(test: Test, policy: RulePolicy, action: Action) -> list[Question]:
    """The call, and what it amounts to: the run that it may queue, the apply where it may apply by itself."""
    agent = policy.document.agents.get(test.agent)
    requester = test.requester or (agent.on_behalf_of[0] if agent else None)
    question = Question(
        agent=test.agent,
        requester=requester,
        tool="",
        action=action.name,
        risk=action.risk,
        impacts=_impacts(test, action),
        after_untrusted_text=test.after_untrusted_text,
    )
    return [question, *implied([question])]


def _impacts(test: Test, action: Action) -> frozenset[Impact]:
    """What the call does: as its tools state, and as the facts of the test allow."""
    found = set(action.impacts)
    if action.name == _UPLOAD:  # the API does not say whose a configuration version is, so it may start any run
        found |= {Impact.RUNS_CODE, Impact.APPLIES}
    if action.name == _QUEUE and test.plan_only is not True and test.auto_apply is not False:
        found |= {Impact.APPLIES, Impact.DESTROYS}
    if action.name == _QUEUE and test.is_destroy is True:
        found.add(Impact.DESTROYS)
    if action.name == _APPLY:
        found |= {Impact.DESTROYS} if test.destroys != 0 else set()
        found |= {Impact.REWRITES_STATE} if test.refresh_only is True else set()
    if action.name == "workspaces.update" and test.auto_apply is True:
        found |= {Impact.APPLIES, Impact.WEAKENS_CONTROL}
    return frozenset(found)


def target_of(test: Test, question: Question, moment: datetime) -> Target:
    """What the test says of the call; what it leaves out is not read."""
    blank = unread(question, moment)
    given: dict[str, Any] = {"impacts": question.impacts}
    for name in type(test).model_fields.keys() - _NOT_FACTS:
        value: Any = getattr(test, name)
        if name not in possible(question) or (value is None and name not in _ASKED_FOR):
            continue
        given[name] = _folded(value or ()) if name in _SETS else value
    return replace(blank, **given)


def _folded(names: tuple[str, ...]) -> frozenset[str]:
    return frozenset(name.casefold() for name in names)


def _unread(policy: RulePolicy, question: Question, target: Target) -> tuple[str, ...]:
    """The conditions of rules about this that the test leaves open."""
    found = dict[str, None]()
    for one in policy.rules:
        if one.is_about(question.agent, question.action):
            fields = {"require_tag": "tags", "without_tags": "tags"}
            found |= {
                name: None
                for condition in one.conditions
                if getattr(target, name := fields.get(condition, condition), None) is UNKNOWN
            }
    return tuple(found)
