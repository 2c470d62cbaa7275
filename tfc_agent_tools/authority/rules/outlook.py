"""What a policy can say to an agent about an action, before anything is known of the call."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

from tfc_agent_tools.authority.policy import Effect, Question
from tfc_agent_tools.authority.rules.levels import ONLY_BY_NAME, level_of
from tfc_agent_tools.authority.rules.target import possible, unread
from tfc_agent_tools.authority.rules.tristate import Tri
from tfc_agent_tools.types import Impact

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tfc_agent_tools.authority.rules.actions import Action
    from tfc_agent_tools.authority.rules.compiled import Compiled
    from tfc_agent_tools.authority.rules.decide import RulePolicy
    from tfc_agent_tools.authority.rules.document import Level

MOMENTARY: Final = frozenset({"hours", "days", "after_untrusted_text"})
"""Conditions that hold at some times and not at others."""
_DESTRUCTIVE: Final = frozenset({Impact.DESTROYS, Impact.REWRITES_STATE})


@dataclass(frozen=True, kw_only=True)
class Outlook:
    """The rules that can decide, apart by whether they surely match, and what is said where none does."""

    level: Level | None
    certain: tuple[Compiled, ...] = ()
    """They match whatever the facts."""
    possible: tuple[Compiled, ...] = ()
    """They match if the facts are such."""
    rest: Effect = Effect.DENY
    """What the level says, at its mildest."""
    only_if_harmless: bool = False
    """Whether the level says it only to what destroys nothing and rewrites no state."""

    @property
    def is_off(self) -> bool:
        """Whether nothing opens it."""
        return self.level == "off"

    def surely(self, effect: Effect) -> tuple[Compiled, ...]:
        """The rules of this effect that match whatever the facts."""
        return tuple(one for one in self.certain if one.effect is effect)

    def perhaps(self, effect: Effect) -> tuple[Compiled, ...]:
        """The rules of this effect that match if the facts are such."""
        return tuple(one for one in self.possible if one.effect is effect)

    @property
    def effects(self) -> frozenset[Effect]:
        """Every decision that there can be."""
        if self.is_off or self.surely(Effect.DENY):
            return frozenset({Effect.DENY})
        found = {one.effect for one in (*self.certain, *self.possible)}
        if not self.certain:
            found |= {self.rest} | ({Effect.DENY} if self.only_if_harmless else set())
        return frozenset(found - {Effect.ALLOW}) if self.surely(Effect.ASK) else frozenset(found)


def outlook(policy: RulePolicy, agent: str, action: Action, place: Mapping[str, Any] = MappingProxyType({})) -> Outlook:
    """What the policy can say to the agent about the action. Rules on trial decide nothing, so they are left out.

    Args:
        policy: The policy.
        agent: One of its agents.
        action: What it may or may not do.
        place: Where, as fields of a `Target`; what is not given is not known.
    """
    document = policy.document
    level = level_of(document.agents[agent].access, action.name)
    if level == "off":
        return Outlook(level=level)
    found = [(one, _match(one, agent, action, place)) for one in policy.rules if not one.is_on_trial]
    rest, only_if_harmless = _by_level(level, action)
    return Outlook(
        level=level,
        certain=tuple(one for one, match in found if match is Tri.YES),
        possible=tuple(one for one, match in found if match is Tri.MAYBE),
        rest=rest,
        only_if_harmless=only_if_harmless,
    )


def _match(rule: Compiled, agent: str, action: Action, place: Mapping[str, Any]) -> Tri:
    if not rule.is_about(agent, action.name):
        return Tri.NO
    question = Question(agent=agent, tool="", action=action.name, risk=action.risk, impacts=_worst(action))
    given = {name: value for name, value in place.items() if name in possible(question)}
    target = replace(unread(question, datetime.now(UTC)), impacts=action.impacts, **given)
    timeless = {name: holds for name, holds in rule.conditions.items() if name not in MOMENTARY}
    found = replace(rule, conditions=timeless).matches(target)
    return Tri.MAYBE if found is Tri.YES and len(timeless) < len(rule.conditions) else found


def _worst(action: Action) -> frozenset[Impact]:
    """What a call can do at worst; it says which facts there can be about it."""
    return frozenset() if action.is_read else frozenset(Impact)


def _by_level(level: Level | None, action: Action) -> tuple[Effect, bool]:
    if level is None or action.name in ONLY_BY_NAME:
        return Effect.DENY, False
    if action.is_read:
        return Effect.ALLOW, False
    if level == "read" or Impact.GRANTS in action.impacts:
        return Effect.DENY, False
    if level == "full":
        return Effect.ASK, False
    return (Effect.DENY, False) if action.impacts & _DESTRUCTIVE else (Effect.ASK, True)
