"""A policy file's rules as Cedar policies, to be read, checked or decided by another engine.

Cedar knows no asking and no "otherwise". An ask rule is a permit whose `@effect` says so, and the decision is the
strictest effect of the policies that hold; one whose id ends in `?` may hold, and the stricter counts.
Access levels and what is protected are not rules and are left out, as are rules on trial.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tfc_agent_tools.authority.rules.cedar_terms import SETS, either, if_given, like, listed, quoted, terms
from tfc_agent_tools.authority.rules.levels import ONLY_BY_NAME, WITHOUT_QUESTION

if TYPE_CHECKING:
    from tfc_agent_tools.authority.rules.document import PolicyDocument, Rule


def to_cedar(document: PolicyDocument) -> str:
    """The rules that are in force, the organizations that the file is for, and its kill switch.

    Returns:
        Policies over `context` alone, each with the id of its rule. What a call does not have is absent there.
    """
    found = [*_around(document)]
    for rule in document.rules:
        if rule.mode == "enforce":
            found += _policies(rule)
    return "\n".join(found)


def _around(document: PolicyDocument) -> list[str]:
    found: list[str] = []
    if document.kill_switch:
        stopping = f"{listed(sorted(WITHOUT_QUESTION))}.contains(context.action)"
        found.append(_policy("kill_switch", "deny", ["!context.is_read", f"!{stopping}"]))
    if document.organizations:
        outside = if_given("organization", f"!{like('context.organization', document.organizations)}")
        found.append(_policy("organizations", "deny", [outside]))
    return found


def _policies(rule: Rule) -> list[str]:
    about = [like("context.agent", rule.agents), _actions(rule)]
    covered = _covers(rule) if rule.effect == "allow" else []
    found = [_policy(rule.id, rule.effect, [*about, *terms(rule), *covered], why=rule.why)]
    if rule.effect == "ask" and any(getattr(rule.when, name) for name in SETS):
        found.append(_policy(f"{rule.id}?", "ask", [*about, *terms(rule, perhaps=True)], why=rule.why))
    return found


def _policy(name: str, effect: str, conditions: list[str], why: str | None = None) -> str:
    notes = {"id": name, "effect": effect} | ({"why": why} if why else {})
    head = " ".join(f"@{key}({quoted(value)})" for key, value in notes.items())
    verb = "forbid" if effect == "deny" else "permit"
    body = " &&\n  ".join(conditions)
    return f"{head}\n{verb} (principal, action, resource) when {{\n  {body}\n}};\n"


def _actions(rule: Rule) -> str:
    """The actions of the rule. A `*` never allows or asks for what only its name gives, nor for a grant."""
    globs = [action for action in rule.actions if "*" in action]
    exact = [action for action in rule.actions if "*" not in action]
    found = [f"{listed(exact)}.contains(context.action)"] if exact else []  # the validator takes no empty set
    if globs and rule.effect == "deny":
        found.append(like("context.action", globs))
    elif globs:
        kept = f'!{listed(sorted(ONLY_BY_NAME))}.contains(context.action) && !context.impacts.contains("grants")'
        found.append(f"({like('context.action', globs)} && {kept})")
    return either(found)


def _covers(rule: Rule) -> list[str]:
    """What an allow rule does not cover unless it names it."""
    unset = {
        "variables": "context.variables.isEmpty()",
        "targets": "context.targets.isEmpty()",
        "replaces": "context.replaces.isEmpty()",
        "debugging": "!context.debugging",
        "config_generation": "!context.config_generation",
        "terraform_version": 'context.terraform_version == ""',
    }
    return [
        if_given(name, term, otherwise=True) for name, term in unset.items() if getattr(rule.when, name, None) is None
    ]
