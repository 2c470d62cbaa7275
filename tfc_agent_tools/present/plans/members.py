"""What a plan holds beside resources: versions, flags, variables, outputs and checks."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final, cast

from tfc_agent_tools.errors import Unreadable
from tfc_agent_tools.narrow import items, mapping
from tfc_agent_tools.present.plans.explanation import Act, CheckResult, OutputChange, Tier
from tfc_agent_tools.present.plans.names import text
from tfc_agent_tools.present.secrets.marks import ALL, masked
from tfc_agent_tools.present.secrets.walk import PLACEHOLDER

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tfc_agent_tools.present.plans.secret_values import SecretValues
    from tfc_agent_tools.present.plans.stream import Plan

_VERSION: Final = re.compile(r"[01]\.\d{1,4}")
"""https://developer.hashicorp.com/terraform/internals/json-format: a new minor version only adds to the format."""
_TERRAFORM: Final = re.compile(r"[0-9A-Za-z.+-]{1,40}")
_OF_A_PLAN: Final = frozenset({"planned_values", "resource_changes", "output_changes", "provider_schemas"})
_OUTPUT_ACTS: Final = {
    "no-op": Act.NO_OP,
    "create": Act.CREATE,
    "update": Act.UPDATE,
    "delete": Act.DESTROY,
    "read": Act.UPDATE,
}
_HOLDS: Final = frozenset({"pass", "unknown"})
_MESSAGES: Final = 3


def tier_of(plan: Plan, given: Tier) -> Tier:
    """The tier of the document, once it is one that can be explained.

    HCP Terraform's redacted form has `plan_format_version` in place of `format_version`.

    Raises:
        Unreadable: It is no plan, or of a format that this version does not know.
    """
    is_redacted = "plan_format_version" in plan.names and "format_version" not in plan.names
    version = plan.member("plan_format_version" if is_redacted else "format_version")
    if not isinstance(version, str):
        raise Unreadable("plan", "it does not say its format version")
    if not _VERSION.fullmatch(version):
        raise Unreadable("plan", "its format version is one that this version does not know")
    if "values" in plan.names or not plan.names & _OF_A_PLAN:
        raise Unreadable("plan", "it is no plan")
    return Tier.REDACTED if is_redacted else given


def terraform_version(plan: Plan, tier: Tier) -> str | None:
    """Which Terraform made the plan; the redacted form does not say."""
    version = plan.member("terraform_version")
    if version is None and tier is Tier.REDACTED:
        return None
    if not isinstance(version, str) or not _TERRAFORM.fullmatch(version):
        raise Unreadable("plan", "it does not say which version of Terraform made it")
    return version


def flag(plan: Plan, name: str) -> bool | None:
    """A flag of the plan; older versions of the format have none."""
    value = plan.member(name)
    if value is None or isinstance(value, bool):
        return value
    raise Unreadable("plan", "a flag of it is neither true nor false")


def variables(plan: Plan, secrets: SecretValues) -> dict[str, Any]:
    """The root module's variables, the secret ones hidden.

    The values carry no marks: the configuration says which are sensitive or ephemeral. One that it does not name is.
    """
    declared: Mapping[str, Any] = {}
    for is_root, of_module in plan.variables():
        declared = mapping(of_module) if is_root else declared
        for one in map(mapping, mapping(of_module).values()):
            if _is_secret(one):
                secrets.take(one.get("default"))
    values = {name: mapping(given).get("value") for name, given in mapping(plan.member("variables")).items()}
    hidden = {name for name in values if name not in declared or _is_secret(mapping(declared[name]))}
    for name in hidden:
        secrets.take(values[name])
    return {name: PLACEHOLDER if name in hidden else value for name, value in values.items()}


def _is_secret(declared: Mapping[str, Any]) -> bool:
    return any(declared.get(mark, False) is not False for mark in ("sensitive", "ephemeral"))


def outputs(plan: Plan, secrets: SecretValues) -> Iterator[tuple[OutputChange, tuple[Any, ...]]]:
    """Each output, changed or not, with its projection."""
    given: object = plan.member("output_changes")
    if given is not None and not isinstance(given, dict):
        raise Unreadable("plan", "its outputs are no object")
    for name, raw in mapping(cast("object", given)).items():
        change = mapping(raw)
        before_mark, after_mark = change.get("before_sensitive", ALL), change.get("after_sensitive", ALL)
        marks = True if before_mark is True else before_mark, True if before_mark is True else after_mark
        sides = [masked(change.get(side), mark, secrets) for side, mark in zip(("before", "after"), marks, strict=True)]
        act = _output_act(change.get("actions"))
        is_revealed = before_mark is True and after_mark is False and act is not Act.DESTROY
        shown = OutputChange(
            text(name, "an output"), act, after_mark is not False or before_mark is not False, is_revealed
        )
        yield shown, (name, change.get("actions"), change.get("after_unknown"), before_mark, after_mark, *sides)


def _output_act(actions: Any) -> Act:
    names = items(actions)
    if names in (["create", "delete"], ["delete", "create"]):
        return Act.REPLACE
    if len(names) == 1 and isinstance(names[0], str) and names[0] in _OUTPUT_ACTS:
        return _OUTPUT_ACTS[names[0]]
    raise Unreadable("plan", "it holds an action on an output that this version does not know")


def failing_checks(plan: Plan) -> Iterator[CheckResult]:
    """The checks, conditions and validations that do not hold, one for each object they were tried on."""
    for check in map(mapping, items(plan.member("checks"))):
        status = text(check.get("status"), "the status of a check")
        if status in _HOLDS:
            continue
        tried = [one for one in map(mapping, items(check.get("instances"))) if not _holds(one)]
        for one in tried or [check]:
            address = mapping(one.get("address")).get("to_display") or mapping(check.get("address")).get("to_display")
            messages = (mapping(problem).get("message") for problem in items(one.get("problems")))
            said = [text(message, "a message") for message in messages if message]
            yield CheckResult(text(address, "the name of a check"), status, tuple(said[:_MESSAGES]))


def _holds(tried: Mapping[str, Any]) -> bool:
    status: object = tried.get("status")
    return isinstance(status, str) and status in _HOLDS
