"""Conditions that never hold, or always: contradictions, empty bounds, and facts that an action never has."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from tfc_agent_tools.authority.policy import Question
from tfc_agent_tools.authority.rules.document import Amount
from tfc_agent_tools.authority.rules.findings import Finding, error, warning
from tfc_agent_tools.authority.rules.moments import Hours
from tfc_agent_tools.authority.rules.outlook import MOMENTARY
from tfc_agent_tools.authority.rules.target import possible
from tfc_agent_tools.types import Impact

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tfc_agent_tools.authority.rules.actions import Action, Actions
    from tfc_agent_tools.authority.rules.compiled import Compiled
    from tfc_agent_tools.authority.rules.decide import RulePolicy
    from tfc_agent_tools.authority.rules.document import Rule

_FIELDS: Final = {"require_tag": "tags", "without_tags": "tags"}
"""Conditions that are called otherwise than the fact that they read."""


def conditions(policy: RulePolicy, actions: Actions) -> Iterator[Finding]:
    """What of a rule's conditions can't be meant."""
    for one in policy.rules:
        yield from _amounts(one.rule)
        yield from _tags(one.rule)
        yield from _hours(one.rule)
        yield from _without_facts(one, actions)


def _amounts(rule: Rule) -> Iterator[Finding]:
    for name in type(rule.when).model_fields:
        amount = getattr(rule.when, name)
        if not isinstance(amount, Amount):
            continue
        if amount.at_least is not None and amount.at_most is not None and amount.at_least > amount.at_most:
            yield error(rule.id, f"{name}: no number is at least {amount.at_least} and at most {amount.at_most}")


def _tags(rule: Rule) -> Iterator[Finding]:
    where = rule.where
    if both := sorted({*(where.require_tag or ())} & {*(where.without_tags or ())}):
        yield error(rule.id, f"requires the tag {both[0]} and excludes it, so it never matches; drop one of them")
    if where.tags and where.without_tags and set(where.tags) <= set(where.without_tags):
        yield error(rule.id, "every tag under `tags` is excluded by `without_tags`, so it never matches")


def _hours(rule: Rule) -> Iterator[Finding]:
    if rule.when.hours:
        hours = Hours.parse(rule.when.hours)
        if hours.start == hours.end:
            text = f"hours {rule.when.hours} are the whole day; leave them out, or give another end"
            yield warning(rule.id, text)


def _without_facts(one: Compiled, actions: Actions) -> Iterator[Finding]:
    about = actions.of(one.rule.actions)
    for name in one.conditions:
        lacking = [action.name for action in about if name not in MOMENTARY and not _has(action, name)]
        if about and len(lacking) == len(about):
            text = f"{name} says nothing about {_some(lacking)}: there is no such fact, so it never matches; drop it"
            yield error(one.rule.id, text)


def _has(action: Action, condition: str) -> bool:
    impacts = frozenset[Impact]() if action.is_read else frozenset(Impact)
    question = Question(agent="", tool="", action=action.name, risk=action.risk, impacts=impacts)
    return _FIELDS.get(condition, condition) in possible(question)


def _some(found: list[str]) -> str:
    return ", ".join(found[:3]) + (f" and {len(found) - 3} more" if len(found) > 3 else "")
