"""Why a call is decided so: each rule about it, whether it matches, and which condition makes it so."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tfc_agent_tools.authority.rules.targets import targets
from tfc_agent_tools.authority.rules.tristate import Tri
from tfc_agent_tools.authority.rules.words import rule_in_words

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from tfc_agent_tools.authority.policy import Question
    from tfc_agent_tools.authority.rules.compiled import Compiled
    from tfc_agent_tools.authority.rules.decide import RulePolicy
    from tfc_agent_tools.authority.rules.target import Target

ANSWERS = {Tri.NO: "no", Tri.MAYBE: "maybe", Tri.YES: "yes"}


@dataclass(frozen=True, kw_only=True)
class Reason:
    """One rule about the call."""

    rule: str
    words: str
    match: Tri
    conditions: Mapping[str, Tri]

    @property
    def because(self) -> str:
        """The conditions that keep it from matching, or that are unknown; else what beside them does."""
        open_ = [f"{name}: {ANSWERS[found]}" for name, found in self.conditions.items() if found is not Tri.YES]
        if open_ or self.match is Tri.YES:
            return ", ".join(open_)
        return "the call uses, or may use, what the rule does not name"


@dataclass(frozen=True, kw_only=True)
class Side:
    """The call as it is, or as what it touches will be, with every rule about it."""

    action: str
    target: Target
    reasons: tuple[Reason, ...]


def sides(policy: RulePolicy, question: Question, moment: datetime) -> list[Side]:
    """Every side of a call that is decided."""
    about = [one for one in policy.rules if one.is_about(question.agent, question.action)]
    return [
        Side(action=question.action, target=target, reasons=tuple(_reason(one, target) for one in about))
        for target in targets(question, moment)
    ]


def _reason(one: Compiled, target: Target) -> Reason:
    return Reason(
        rule=one.rule.id,
        words=rule_in_words(one.rule),
        match=one.matches(target),
        conditions={name: holds(target) for name, holds in one.conditions.items()},
    )
