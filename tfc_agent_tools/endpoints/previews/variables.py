"""What a person is shown before a variable is written: everything about it but its value."""

from __future__ import annotations

from typing import Any, Final

from tfc_agent_tools.endpoints.previews.words import shown
from tfc_agent_tools.endpoints.previews.workspaces import workspace_label
from tfc_agent_tools.facts import UNKNOWN, Preview, Resource, Scalar

_KINDS: Final = ("key", "category", "hcl", "sensitive")
_USED: Final = "every run of the workspace from now on"


def new_variable_of(workspace: Resource, variables: Resource, arguments: dict[str, Any]) -> Preview:
    """A workspace holds one variable of a key and category."""
    key, category = arguments["key"], arguments["category"]
    there = [v.id for v in variables.items if (v.get("key"), v.get("category")) == (key, category)]
    secret = arguments["value_from"]
    taken = f"the workspace has a {category} variable {key} already ({', '.join(there)}); update that one"
    return Preview(
        workspace=workspace_label(workspace),
        facts={
            "key": key,
            "category": category,
            "hcl": arguments["hcl"],
            "sensitive": arguments["sensitive"] or bool(secret),
            "value": _value(arguments),
            "replaces an existing one": bool(there) if variables.known else UNKNOWN,
            "used by": _USED,
        },
        impossible=taken if there else None,
    )


def changed_variable_of(workspace: Resource, variables: Resource, arguments: dict[str, Any]) -> Preview:
    """Of a sensitive variable only the value can change, and a sensitive one stays so."""
    identifier = arguments["variable_id"]
    variable, why = _found(variables, identifier)
    new = {name: arguments[name] for name in (*_KINDS, "description") if name in arguments}
    if arguments.get("value_from"):
        new["sensitive"] = True
    changed = [name for name, value in new.items() if value != variable.get(name)]
    if variable.get("sensitive") is True and changed:
        why = f"{identifier} is sensitive, so only its value can change; delete it and create it again instead"
    elif variable.get("sensitive") is True and "value" in arguments:
        why = f"{identifier} is sensitive; give its value by value_from"
    facts: dict[str, Scalar] = {
        name: f"{shown(variable.get(name))} → {shown(new[name])}" if name in changed else variable.get(name)
        for name in _KINDS
    }
    return Preview(
        workspace=workspace_label(workspace),
        facts={
            "variable": identifier,
            "version": _version(variable),
            **facts,
            "value": _value(arguments),
            "used by": _USED,
        },
        quoted={"description of the variable": variable.text("description")},
        impossible=why,
    )


def end_of_variable(workspace: Resource, variables: Resource, arguments: dict[str, Any]) -> Preview:
    """A value that is deleted can't be read back, a sensitive one from nowhere."""
    variable, why = _found(variables, arguments["variable_id"])
    return Preview(
        workspace=workspace_label(workspace),
        facts={
            "variable": arguments["variable_id"],
            "version": _version(variable),
            **{name: variable.get(name) for name in _KINDS},
            "missed by": _USED,
        },
        quoted={"description of the variable": variable.text("description")},
        impossible=why,
    )


def _found(variables: Resource, identifier: str) -> tuple[Resource, str | None]:
    """The variable of this id in the list, which is whole; unknown where there is no list."""
    for variable in variables.items:
        if variable.id == identifier:
            return variable, None
    gone = f"the workspace has no variable {identifier}; list its variables" if variables.known else None
    return Resource("vars", known=False), gone


def _version(variable: Resource) -> Scalar:
    """What is another one after each change, of the value too. So a yes does not overwrite what came in between."""
    return variable.text("version-id")[:12] or UNKNOWN


def _value(arguments: dict[str, Any]) -> str:
    """Where the value comes from; what it is stands in what is sent, unless it is a secret."""
    if arguments.get("value_from"):
        return f"the secret that the host holds as {arguments['value_from']}"
    return "as given below" if arguments.get("value") is not None else "none given"
