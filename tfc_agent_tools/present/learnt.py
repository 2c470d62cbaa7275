"""What a plan gives away of a workspace's secrets, so that they can be taken out of its logs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, cast

from tfc_agent_tools.narrow import items, mapping
from tfc_agent_tools.present.redact import plan_secrets

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
    if isinstance(unknown, Mapping) and isinstance(sensitive, Mapping):
        marks = cast("Mapping[str, object]", sensitive)
        return any(_both(inner, marks.get(name)) for name, inner in mapping(cast("object", unknown)).items())
    return any(_both(*pair) for pair in zip(items(unknown), items(sensitive), strict=False))


def _holds_true(marks: Any) -> bool:
    return marks is True or any(map(_holds_true, [*mapping(marks).values(), *items(marks)]))
