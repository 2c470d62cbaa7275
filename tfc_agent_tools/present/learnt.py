"""What a plan gives away of a workspace's secrets, so that they can be taken out of its logs."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tfc_agent_tools.narrow import items, mapping
from tfc_agent_tools.present.redact import plan_secrets
from tfc_agent_tools.present.secrets.json_kinds import is_array, is_object

if TYPE_CHECKING:
    from tfc_agent_tools.present.scrubber import Scrubber


@dataclass(frozen=True, slots=True)
class Learnt:
    """The secrets of a plan. `has_unknown`: an apply makes more of them, such as a generated password."""

    hide: Scrubber = field(repr=False)
    has_unknown: bool


def learn(plan: object, known: Scrubber) -> Learnt:
    """Learn the secrets of `terraform show -json` of a plan.

    Raises:
        Unreadable: Its format is not known, or it is nested too deep.
    """
    hide = known.and_also(plan_secrets(plan))
    members = mapping(plan)
    changes = [mapping(mapping(one).get("change")) for one in items(members.get("resource_changes"))]
    changes += [mapping(change) for change in mapping(members.get("output_changes")).values()]
    pairs = ((change.get("after_unknown", True), change.get("after_sensitive", True)) for change in changes)
    return Learnt(hide, any(_both(*pair) for pair in pairs))


def _both(unknown: object, sensitive: object) -> bool:
    """Whether anything is marked in both trees. Marks are true, or have the form of what they are about."""
    if unknown is True:
        return _holds_true(sensitive)
    if sensitive is True:
        return _holds_true(unknown)
    if is_object(unknown) and is_object(sensitive):
        return any(_both(inner, sensitive.get(name)) for name, inner in unknown.items())
    if is_array(unknown) and is_array(sensitive):
        return any(_both(*pair) for pair in zip(unknown, sensitive, strict=False))
    return False


def _holds_true(marks: Any) -> bool:
    return marks is True or any(map(_holds_true, [*mapping(marks).values(), *items(marks)]))
