"""What a call does: what stands in its run, and what its plan changes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from tfc_agent_tools.authority.rules.target import PLANNED
from tfc_agent_tools.facts import UNKNOWN, Resource, Unknown
from tfc_agent_tools.narrow import items, mapping

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tfc_agent_tools.authority.policy import Question
    from tfc_agent_tools.present.plan import PlanExplanation

_GONE: Final = ("LOSES_DATA", "GONE")


def of_run(question: Question) -> dict[str, Any]:
    """What stands in the run: one that is about to be queued, or one that is there."""
    given, facts = question.arguments, question.facts
    if question.tool == "create_run":
        return _new_run(given, facts)
    run, version = facts.get("run"), facts.get("configuration_version")
    commit = facts.get("commit")
    if run is None or not run.known:
        return {}
    return {
        "plan_only": _flag(run, "plan-only"),
        "auto_apply": _flag(run, "auto-apply"),
        "is_destroy": _flag(run, "is-destroy"),
        "refresh_only": _flag(run, "refresh-only"),
        "targets": _set(run.get("target-addrs")),
        "replaces": _set(run.get("replace-addrs")),
        "variables": _keys(run.get("variables")),
        "debugging": None,  # the API does not say it of a run; it was decided on when the run was queued
        "config_generation": _flag(run, "allow-config-generation"),
        "terraform_version": None,  # the same
        "config_source": version.get("source") if version and version.known else UNKNOWN,
        "branch": _branch(commit),
        "downstream": _downstream(facts.get("triggered")),
    }


def _flag(run: Resource, name: str) -> bool | Unknown:
    """A flag of a run; what is neither true nor false tells nothing."""
    value = run.get(name)
    return value if isinstance(value, bool) else UNKNOWN


def _new_run(given: Mapping[str, Any], facts: Mapping[str, Resource]) -> dict[str, Any]:
    version = facts.get("configuration_version")
    return {
        "plan_only": bool(given.get("plan_only")),
        "auto_apply": bool(given.get("auto_apply")),
        "is_destroy": bool(given.get("is_destroy")),
        "refresh_only": bool(given.get("refresh_only")),
        "targets": _set(given.get("target_addrs")),
        "replaces": _set(given.get("replace_addrs")),
        "variables": frozenset(str(one.key) for one in given.get("variables") or ()),
        "debugging": bool(given.get("debugging_mode")),
        "config_generation": bool(given.get("allow_config_generation")),
        "terraform_version": given.get("terraform_version"),
        "config_source": version.get("source") if version and version.known else UNKNOWN,
    }


def _set(value: Any) -> frozenset[str] | Unknown:
    return UNKNOWN if value is UNKNOWN else frozenset(map(str, items(value)))


def _keys(value: Any) -> frozenset[str] | Unknown:
    return UNKNOWN if value is UNKNOWN else frozenset(str(mapping(one).get("key")) for one in items(value))


def _branch(commit: Resource | None) -> str | Unknown:
    name = commit.get("branch") if commit and commit.known else UNKNOWN
    return name if isinstance(name, str) else UNKNOWN


def _downstream(triggered: Resource | None) -> int | Unknown:
    if triggered is None or not triggered.known:
        return UNKNOWN
    return max(triggered.total or 0, len(triggered.items))


def of_plan(question: Question) -> dict[str, Any]:
    """What the plan does; nothing where the call can neither apply nor destroy."""
    plan = question.plan
    if plan is None:
        harmless = question.impacts and not question.impacts & PLANNED
        nothing = {**dict.fromkeys(("destroys", "changes", "adds", "imports"), 0), "addresses": frozenset[str]()}
        return nothing if harmless else {}
    return {
        "destroys": plan.destroys,
        "changes": plan.changes,
        "adds": plan.adds,
        "imports": plan.imports,
        "resource_types": _types(plan),
        "addresses": _gone(plan),
        "plan_tier": plan.tier.name.lower(),
    }


def _types(plan: PlanExplanation) -> frozenset[str] | Unknown:
    """The types of all resources that the plan changes."""
    is_whole = plan.counts is not None and not plan.more_types
    return frozenset(total.type for total in plan.totals) if is_whole else UNKNOWN


def _gone(plan: PlanExplanation) -> frozenset[str] | Unknown:
    """The addresses of all that the plan destroys, replaces or forgets."""
    listed = [one.address for one in plan.listed if one.danger.name in _GONE]
    total = sum(one.count for one in plan.totals if one.danger.name in _GONE)
    is_whole = plan.counts is not None and not plan.more_types and total == len(listed)
    return frozenset(listed) if is_whole else UNKNOWN
