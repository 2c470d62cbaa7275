"""Rules that decide nothing: off by a level, beaten by a stricter rule, or meant for what no `*` gives."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from tfc_agent_tools.authority.rules.findings import Finding, error, warning
from tfc_agent_tools.authority.rules.globs import fits
from tfc_agent_tools.authority.rules.levels import ONLY_BY_NAME, level_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tfc_agent_tools.authority.rules.actions import Actions
    from tfc_agent_tools.authority.rules.compiled import Compiled
    from tfc_agent_tools.authority.rules.decide import RulePolicy
    from tfc_agent_tools.authority.rules.document import Rule

Pair = tuple[str, str]
_STRICTNESS: Final = {"deny": 0, "ask": 1, "allow": 2}
_BY_EFFECT: Final = frozenset({"resource_types", "targets", "replaces", "variables", "terraform_version"})
"""Conditions that mean different things in a rule that allows and in one that denies."""


def rules(policy: RulePolicy, actions: Actions) -> Iterator[Finding]:
    """What of the rules is without effect."""
    pairs = {one.rule.id: _pairs(one, policy, actions) for one in policy.rules}
    for one in policy.rules:
        rule = one.rule
        yield from _by_star(rule, actions)
        yield from _asked_reads(rule, actions)
        live = {pair for pair in pairs[rule.id] if not _is_off(policy, pair)}
        if pairs[rule.id] and not live:
            text = "all its actions are off for all its agents, and no rule lifts that; drop it or raise the level"
            yield (warning if rule.effect == "deny" else error)(rule.id, text)
        elif live and rule.effect != "deny":
            yield from _beaten(one, live, policy, pairs)


def _pairs(one: Compiled, policy: RulePolicy, actions: Actions) -> set[Pair]:
    """Every agent and action that the rule decides on."""
    return {
        (agent, name)
        for agent in policy.document.agents
        for name in actions.by_name
        if one.is_about(agent, name) and (one.rule.effect == "deny" or one.names(name) or name not in ONLY_BY_NAME)
    }


def _is_off(policy: RulePolicy, pair: Pair) -> bool:
    return level_of(policy.document.agents[pair[0]].access, pair[1]) == "off"


def _by_star(rule: Rule, actions: Actions) -> Iterator[Finding]:
    if rule.effect == "deny":
        return
    for glob in rule.actions:
        if "*" not in glob or glob == "*":
            continue
        fitting = [action.name for action in actions.of([glob])] or [
            n for n in sorted(ONLY_BY_NAME) if fits(n, (glob,))
        ]
        closed = [name for name in fitting if name in ONLY_BY_NAME and name not in rule.actions]
        if fitting and len(closed) == len(fitting):
            yield error(rule.id, f"{glob!r} gives nothing: {', '.join(closed)} must be named to be opened")
        elif closed:
            yield warning(rule.id, f"{glob!r} does not open {', '.join(closed)}; name them if they are meant")


def _asked_reads(rule: Rule, actions: Actions) -> Iterator[Finding]:
    reads = [action.name for action in actions.of(rule.actions) if action.is_read]
    if rule.effect == "ask" and reads:
        text = f"nobody is asked about a read, so it refuses {', '.join(reads[:3])}{_more(reads)}; name only writes"
        yield warning(rule.id, text)


def _more(names: list[str]) -> str:
    return f" and {len(names) - 3} more reads" if len(names) > 3 else ""


def _beaten(one: Compiled, live: set[Pair], policy: RulePolicy, pairs: dict[str, set[Pair]]) -> Iterator[Finding]:
    stricter = [other for other in policy.rules if _beats(other.rule, one.rule) and not other.is_on_trial]
    used = [other.rule.id for other in stricter if pairs[other.rule.id] & live]
    covered = set[Pair]().union(*(pairs[name] for name in used))
    if live <= covered:
        text = f"always beaten by the stricter {' and '.join(used)}, so it never decides; drop it or narrow that"
        yield error(one.rule.id, text)


def _beats(stricter: Rule, milder: Rule) -> bool:
    """Whether the first is stricter and matches wherever the second does, agents and actions apart."""
    if _STRICTNESS[stricter.effect] >= _STRICTNESS[milder.effect]:
        return False
    wanted, given = _stated(stricter), _stated(milder)
    return all(name in given and _within(name, given[name], globs) for name, globs in wanted.items())


def _stated(rule: Rule) -> dict[str, Any]:
    parts = [rule.where, rule.when]
    return {
        name: value for part in parts for name in type(part).model_fields if (value := getattr(part, name)) is not None
    }


def _within(name: str, narrow: Any, wide: Any) -> bool:
    """Whether whatever meets the first meets the second; only what is plain to see counts."""
    if name in _BY_EFFECT:
        return False
    if narrow == wide:
        return True
    if name in {"organization", "project", "workspace", "branch", "config_source"}:
        return all("*" not in glob and fits(glob, wide) for glob in narrow)
    return False
