"""Verdicts of a policy file, and the words that go with them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from tfc_agent_tools.authority.policy import Effect, Verdict
from tfc_agent_tools.authority.rules.levels import impacts_of
from tfc_agent_tools.types import Impact

if TYPE_CHECKING:
    from tfc_agent_tools.authority.policy import Question
    from tfc_agent_tools.authority.rules.compiled import Compiled
    from tfc_agent_tools.authority.rules.target import Target

NOTHING: Final = "nothing allows it"


def guarded(verdict: Verdict, is_protected: bool, target: Target) -> Verdict:
    """What is protected is never let through unasked; that and destruction take a typed name."""
    if target.is_read or verdict.effect is Effect.DENY:
        return verdict
    if is_protected and verdict.effect is Effect.ALLOW:
        rules = (*verdict.rules, "protected")
        verdict = replace(verdict, effect=Effect.ASK, rules=rules, why="what it touches is, or may be, protected")
    typed = verdict.effect is Effect.ASK and (is_protected or Impact.DESTROYS in impacts_of(target))
    return replace(verdict, typed=typed)


def no(rule: str, why: str) -> Verdict:
    """A denial."""
    return Verdict(effect=Effect.DENY, rules=(rule,), why=why)


def nothing_gives(question: Question) -> Verdict:
    """The denial of what nothing allows."""
    return no(NOTHING, f"no rule and no access level lets {question.agent} do {question.action} here")


def denied_by(rules: list[Compiled]) -> Verdict:
    """The denial by these rules."""
    return Verdict(effect=Effect.DENY, rules=ids_of(rules), why=why_of(rules))


def asked_by(rules: list[Compiled]) -> Verdict:
    """Several rules that ask combine: everything that one of them demands is demanded."""
    times = [one.seconds for one in rules if one.seconds is not None]
    return Verdict(
        effect=Effect.ASK,
        rules=ids_of(rules),
        why=why_of(rules),
        approvers=tuple(dict.fromkeys(one.requirement for one in rules if one.requirement)),
        seconds=min(times, default=None),
    )


def ids_of(rules: list[Compiled]) -> tuple[str, ...]:
    """Their ids."""
    return tuple(one.rule.id for one in rules)


def why_of(rules: list[Compiled]) -> str:
    """Their reasons, in one sentence."""
    return "; ".join(f"rule {one.rule.id}" + (f": {one.rule.why}" if one.rule.why else "") for one in rules)
