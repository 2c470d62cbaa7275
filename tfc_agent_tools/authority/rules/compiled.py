"""A rule ready to be asked: its conditions made, its people expanded."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

from tfc_agent_tools.authority.policy import Effect
from tfc_agent_tools.authority.requirement import Requirement
from tfc_agent_tools.authority.rules.conditions import Condition, conditions_of
from tfc_agent_tools.authority.rules.globs import fits
from tfc_agent_tools.authority.rules.groups import members
from tfc_agent_tools.authority.rules.levels import ONLY_BY_NAME, impacts_of
from tfc_agent_tools.authority.rules.moments import seconds
from tfc_agent_tools.authority.rules.tristate import MAYBE, NO, YES, Tri, every
from tfc_agent_tools.facts import UNKNOWN
from tfc_agent_tools.types import Impact

if TYPE_CHECKING:
    from tfc_agent_tools.authority.rules.document import PolicyDocument, Rule
    from tfc_agent_tools.authority.rules.target import Target

_UNNAMED: Final = ("variables", "targets", "replaces", "debugging", "config_generation", "terraform_version")
"""What an allow rule does not cover unless it names it."""


@dataclass(frozen=True)
class Compiled:
    """A rule ready to be asked."""

    rule: Rule
    conditions: dict[str, Condition]
    actions: frozenset[str]
    requirement: Requirement | None
    seconds: float | None

    @cached_property
    def effect(self) -> Effect:
        """What it says where it matches."""
        return Effect(self.rule.effect)

    @cached_property
    def _denies(self) -> bool:
        return self.effect is Effect.DENY

    @cached_property
    def is_on_trial(self) -> bool:
        """Whether it only says what it would have done."""
        return self.rule.mode == "shadow"

    def is_about(self, agent: str, action: str) -> bool:
        """Whether agent and action are its own, whatever the facts."""
        rule = self.rule
        if not fits(agent, rule.agents):
            return False
        return action in self.actions or (bool(self._globs) and fits(action, self._globs))

    def names(self, action: str) -> bool:
        """Whether it names the action itself."""
        return action in self.actions

    def matches(self, target: Target) -> Tri:
        """Whether it holds for the target."""
        found = YES
        for condition in self._conditions:  # as `every` does, without a generator in the way of every call
            answer = condition(target)
            if answer is NO:
                return answer
            if answer is MAYBE:
                found = answer
        if self._denies:
            return found
        if not self.names(target.action):
            if target.action in ONLY_BY_NAME:
                return NO
            if Impact.GRANTS in impacts_of(target):
                found = every([found, MAYBE if target.impacts is UNKNOWN else NO])
        return every([found, self._covers(target)]) if self.effect is Effect.ALLOW else found

    @cached_property
    def _conditions(self) -> tuple[Condition, ...]:
        return tuple(self.conditions.values())

    @cached_property
    def _globs(self) -> tuple[str, ...]:
        return tuple(action for action in self.rule.actions if "*" in action)

    def _covers(self, target: Target) -> Tri:
        """Whether the call uses nothing that this allow rule does not name."""
        for name in _UNNAMED:
            value: Any = getattr(target, name)
            if name in self.conditions or not (value is UNKNOWN or value):
                continue
            return MAYBE if value is UNKNOWN else NO
        return YES


def compiled(rule: Rule, document: PolicyDocument) -> Compiled:
    """The rule with its conditions made and its groups of people expanded."""
    asked = rule.approvers
    people = members(document, asked.people, asked.groups) if asked else frozenset[str]()
    return Compiled(
        rule=rule,
        conditions=conditions_of(rule.where, rule.when, rule.effect),
        actions=frozenset(action for action in rule.actions if "*" not in action),
        requirement=Requirement(people=people, minimum=asked.min, not_requester=asked.not_requester) if asked else None,
        seconds=seconds(asked.within) if asked and asked.within else None,
    )
