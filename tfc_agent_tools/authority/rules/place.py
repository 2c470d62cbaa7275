"""Where a call does something: organization, project, workspace and tags, as they are and as the call makes them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from tfc_agent_tools.facts import UNKNOWN, Resource, Unknown
from tfc_agent_tools.narrow import items
from tfc_agent_tools.types import NOT_GIVEN

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tfc_agent_tools.authority.policy import Question
    from tfc_agent_tools.authority.rules.target import Target


def place(question: Question) -> dict[str, Any]:
    """Organization, project, workspace and tags, from arguments and from facts."""
    facts, given = question.facts, question.arguments
    workspace = facts.get("workspace", Resource(type="workspaces", known=False))
    organization = _organization(facts, given)
    if question.tool == "create_workspace":
        return {"organization": organization, **_new_workspace(question)}
    if question.action.startswith("projects."):
        project = question.arguments.get("name", UNKNOWN) if question.tool == "create_project" else UNKNOWN
        return {"organization": organization, "project": project if project != UNKNOWN else _project(facts, "project")}
    name: Any = workspace.get("name")
    if name is UNKNOWN:
        name = given.get("workspace_name") or str(given.get("workspace") or "").partition("/")[2] or UNKNOWN
    return {"organization": organization, "workspace": name, "project": _project(facts), "tags": _tags(facts)}


def _organization(facts: Mapping[str, Resource], given: Mapping[str, Any]) -> str | Unknown:
    named = given.get("organization_name")
    owner, slash, _ = str(given.get("workspace") or "").partition("/")
    if named or slash:
        return str(named or owner)
    for fact in ("workspace", "project", "team", "organization"):
        found = facts.get(fact)
        if found and found.known:
            name = found.id if fact == "organization" else found.related_id("organization")
            if isinstance(name, str):
                return name
    return UNKNOWN


def _project(facts: Mapping[str, Resource], fact: str = "current_project") -> str | Unknown:
    name = facts[fact].get("name") if fact in facts else UNKNOWN
    return name if isinstance(name, str) else UNKNOWN


def _tags(facts: Mapping[str, Resource]) -> frozenset[str] | Unknown:
    """All tags, inherited ones too, as `key=value`; an old-style tag is a key alone."""
    bindings, workspace = facts.get("tags"), facts.get("workspace")
    if bindings is None or workspace is None or not bindings.known or not workspace.known:
        return UNKNOWN
    old_style = workspace.get("tag-names")
    if old_style is UNKNOWN or (bindings.total or 0) > len(bindings.items):
        return UNKNOWN
    bound = {_tag(one.text("key"), one.text("value")) for one in bindings.items}
    return frozenset({*bound, *(str(name).casefold() for name in items(old_style))})


def _tag(key: str, value: str) -> str:
    return f"{key}={value}".casefold() if value else key.casefold()


def _new_workspace(question: Question) -> dict[str, Any]:
    """A workspace that is about to be: it has the name and tags that are given, and may inherit more."""
    given = question.arguments
    project: Any = _project(question.facts, "project")
    if project is UNKNOWN and given and not given.get("project_id"):
        project = "Default Project"
    return {"workspace": given.get("name", UNKNOWN), "project": project, "tags": UNKNOWN}


def after(question: Question, now: Target) -> Target:
    """The target as it is once the call has been made."""
    given = question.arguments
    changed: dict[str, Any] = {}
    if question.tool.startswith("update_workspace"):
        if _is_given(given, "new_name"):
            changed["workspace"] = given["new_name"]
        if _is_given(given, "tags"):
            changed["tags"] = UNKNOWN  # the given ones, and those that its project hands down
        if given.get("project_id"):
            changed |= {"project": _project(question.facts, "project"), "tags": UNKNOWN}
    if question.tool == "update_project" and _is_given(given, "new_name"):
        changed["project"] = given["new_name"]
    return replace(now, **changed)


def _is_given(given: Mapping[str, Any], name: str) -> bool:
    return given.get(name, NOT_GIVEN) is not NOT_GIVEN and given[name] is not None
