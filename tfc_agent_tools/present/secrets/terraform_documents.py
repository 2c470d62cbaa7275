"""Terraform's documents masked by its marks: plans and states of `show -json`, and `output -json`.

https://developer.hashicorp.com/terraform/internals/json-format

A member that a later format adds is hidden where it stands on top, and searched like content below.
"""

from __future__ import annotations

from typing import Any, Final

from tfc_agent_tools.narrow import mapping
from tfc_agent_tools.present.secrets.json_kinds import is_object
from tfc_agent_tools.present.secrets.marks import ALL, masked
from tfc_agent_tools.present.secrets.masking import (
    RESOURCE,
    Masked,
    Rule,
    each,
    hidden,
    marked,
    members,
    named,
    own,
    owned,
)
from tfc_agent_tools.present.secrets.walk import Content

_VERSIONS: Final = owned("format_version", "terraform_version", "timestamp", "applyable", "complete", "errored")
_CHANGE: Final = (("before", "before_sensitive"), ("after", "after_sensitive"))


def masked_plan(plan: dict[str, Any]) -> Masked:
    """A plan of `terraform show -json`; defaults of sensitive variables and constants given to them are secrets too."""
    secrets: list[object] = []
    change = marked(_CHANGE, secrets, owned("actions"))
    resource = members(RESOURCE | {"change": change})
    action = marked([("config_values", "config_sensitive")], secrets, RESOURCE)
    values = _values(secrets)
    root = mapping(mapping(plan.get("configuration")).get("root_module"))
    rules: dict[str, Rule] = {
        "variables": lambda value: Content(_variables(value, mapping(root.get("variables")), secrets)),
        "planned_values": values,
        "prior_state": members(_VERSIONS | {"values": values, "checks": own}, hidden),
        "resource_changes": each(resource),
        "resource_drift": each(resource),
        "deferred_changes": each(members({"reason": own, "resource_change": resource})),
        "action_invocations": each(action),
        "deferred_action_invocations": each(members({"reason": own, "action_invocation": action})),
        "output_changes": named(change),
        "configuration": members({"root_module": lambda value: Content(_module(value, secrets))}),
        "relevant_attributes": own,
        "checks": own,
    }
    return Masked(members(_VERSIONS | rules, hidden)(plan), tuple(secrets))


def masked_state(state: dict[str, Any]) -> Masked:
    """A state of `terraform show -json`."""
    secrets: list[object] = []
    rules = _VERSIONS | {"values": _values(secrets), "checks": own}
    return Masked(members(rules, hidden)(state), tuple(secrets))


def masked_outputs(outputs: dict[str, Any]) -> Masked:
    """The outputs of `terraform output -json`."""
    secrets: list[object] = []
    return Masked(Content(_outputs(outputs, secrets)), tuple(secrets))


def _values(secrets: list[object]) -> Rule:
    resource = marked([("values", "sensitive_values")], secrets, RESOURCE)

    def module(value: Any) -> Any:
        return members({"address": own, "resources": each(resource), "child_modules": each(module)})(value)

    return members({"outputs": lambda value: Content(_outputs(value, secrets)), "root_module": module}, hidden)


def _outputs(outputs: Any, secrets: list[object]) -> Any:
    def output(value: Any) -> Any:
        return _masked_member(value, "value", mapping(value).get("sensitive"), secrets)

    return named(output)(outputs)


def _variables(variables: Any, declared: Any, secrets: list[object]) -> Any:
    """The variables of a plan, which say nothing of secrecy: what the configuration does not declare is secret."""
    if not is_object(variables):
        return hidden(variables)
    return {
        name: _masked_member(value, "value", _is_secret(declared.get(name)), secrets)
        for name, value in variables.items()
    }


def _module(module: Any, secrets: list[object]) -> Any:
    """A module of the configuration, with the modules that it calls."""

    def variable(value: Any) -> Any:
        return _masked_member(value, "default", _is_secret(value), secrets)

    def output(value: Any) -> Any:
        is_sensitive = mapping(value).get("sensitive", False)
        rules: dict[str, Rule] = {
            "expression": lambda given: _masked_member(given, "constant_value", is_sensitive, secrets)
        }
        return members(rules, own)(value)

    def call(value: Any) -> Any:
        declared = mapping(mapping(mapping(value).get("module")).get("variables"))
        rules: dict[str, Rule] = {"module": lambda inner: _module(inner, secrets)}
        rules["expressions"] = lambda given: _arguments(given, declared, secrets)
        return members(rules, own)(value)

    rules = {"variables": named(variable), "outputs": named(output), "module_calls": named(call)}
    return members(rules, own)(module)


def _arguments(arguments: Any, declared: Any, secrets: list[object]) -> Any:
    """The arguments of a module call: a constant given to a sensitive variable is secret."""
    if not is_object(arguments):
        return hidden(arguments)
    return {
        name: _masked_member(value, "constant_value", _is_secret(declared.get(name)), secrets)
        for name, value in arguments.items()
    }


def _is_secret(declaration: Any) -> bool:
    """Whether a variable is secret: one that is not declared, or more than plainly neither of both."""
    if not is_object(declaration):
        return True
    return any(declaration.get(mark, False) is not False for mark in ("sensitive", "ephemeral"))


def _masked_member(holder: Any, name: str, mark: Any, secrets: list[object]) -> Any:
    """An object with one member hidden, unless it is marked with a plain false."""
    if not is_object(holder):
        return hidden(holder)
    if name not in holder or mark is False:
        return holder
    return holder | {name: masked(holder[name], ALL, secrets)}
