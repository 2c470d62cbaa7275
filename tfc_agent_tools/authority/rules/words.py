"""Rules in words: conditions, who is asked, the whole of it in one sentence."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from tfc_agent_tools.authority.rules.document import Amount

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tfc_agent_tools.authority.rules.document import Approvers, Rule

_WHERE: Final = {
    "organization": "in organization {}",
    "project": "in project {}",
    "workspace": "in workspace {}",
    "tags": "tagged {}",
    "without_tags": "not tagged {}",
}
_SEVERAL: Final = {
    "resource_types": "resource types {}",
    "config_source": "configuration from {}",
    "branch": "branch {}",
    "targets": "targets {}",
    "replaces": "replaces {}",
    "variables": "run variables {}",
    "terraform_version": "Terraform {}",
}
_FLAGS: Final = {
    "plan_only": "plan only",
    "auto_apply": "auto-apply",
    "is_destroy": "a destroy run",
    "refresh_only": "refresh only",
    "debugging": "debugging mode",
    "config_generation": "generates configuration",
    "after_untrusted_text": "after text from outside",
}
_AMOUNTS: Final = {"downstream": "starts runs in"}


def conditions_in_words(rule: Rule) -> str:
    """Every condition, joined by commas; empty where there is none."""
    where, when = rule.where, rule.when
    found = [text.format(_or(globs)) for name, text in _WHERE.items() if (globs := getattr(where, name))]
    if where.require_tag:
        found.append(f"tagged {' and '.join(where.require_tag)}")
    found += [
        _amount(name, amount) for name in type(when).model_fields if isinstance(amount := getattr(when, name), Amount)
    ]
    found += [
        text if flag else f"not {text}" for name, text in _FLAGS.items() if (flag := getattr(when, name)) is not None
    ]
    found += [text.format(_or(globs)) for name, text in _SEVERAL.items() if (globs := getattr(when, name))]
    if when.plan_tier:
        found.append(f"plan explained from at least its {when.plan_tier}")
    found += [str(text) for text in (when.hours, when.days) if text]
    return ", ".join(found)


def _or(globs: Iterable[str]) -> str:
    return " or ".join(globs)


def _amount(name: str, amount: Amount) -> str:
    bounds = [("at least", amount.at_least), ("at most", amount.at_most)]
    said = " and ".join(f"{word} {number}" for word, number in bounds if number is not None) or "any number"
    return f"{_AMOUNTS.get(name, name)} {said}"


def approvers_in_words(asked: Approvers | None) -> str:
    """Who must say yes: `2 of platform, not the requester`; empty where anybody may."""
    if asked is None:
        return ""
    who = " or ".join((*asked.groups, *asked.people)) or "anybody"
    rest = [
        *(["not the requester"] if asked.not_requester else []),
        *([f"within {asked.within}"] if asked.within else []),
    ]
    return ", ".join([f"{asked.min} of {who}" if asked.min > 1 or who != "anybody" else who, *rest])


def rule_in_words(rule: Rule) -> str:
    """The whole rule: `ask deployer about runs.apply if tagged env=prod; 2 of platform`."""
    verb: Any = {"deny": "deny", "ask": "ask before", "allow": "allow"}[rule.effect]
    who = "everybody" if rule.agents == ("*",) else " and ".join(rule.agents)
    conditions, approvers = conditions_in_words(rule), approvers_in_words(rule.approvers)
    text = f"{verb} {', '.join(rule.actions)} by {who}" + (f" if {conditions}" if conditions else "")
    text += f"; {approvers} must say yes" if approvers else ""
    text += "; on trial, decides nothing" if rule.mode == "shadow" else ""
    return text + (f". {rule.why}" if rule.why else "")
