"""What a call touches and does, as rules see it. None is "there is no such thing here", `UNKNOWN` is "not read".

An organization has no tags, so a rule about tags does not match what is done to one. A workspace whose tags could not
be read may have any.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, TypeAlias, TypeVar

from tfc_agent_tools.facts import UNKNOWN, Unknown
from tfc_agent_tools.types import Impact

if TYPE_CHECKING:
    from datetime import datetime

    from tfc_agent_tools.authority.policy import Question

T = TypeVar("T")
Known: TypeAlias = T | Unknown | None
IN_WORKSPACE: Final = frozenset(
    {
        "workspaces",
        "runs",
        "plans",
        "applies",
        "configuration-versions",
        "state-versions",
        "outputs",
        "variables",
        "notifications",
        "logs",
    }
)
"""Groups whose things belong to one workspace."""
_PLACES: Final = {
    "organization": IN_WORKSPACE | {"projects", "organizations", "teams"},
    "project": IN_WORKSPACE | {"projects"},
    "workspace": IN_WORKSPACE,
    "tags": IN_WORKSPACE,
}
"""The groups whose things have an organization, a project, a workspace and tags."""
_ABOUT_PLAN: Final = frozenset(
    {"destroys", "changes", "adds", "imports", "resource_types", "addresses", "plan_tier", "downstream"}
)
_ABOUT_RUN: Final = frozenset(
    {
        "plan_only",
        "auto_apply",
        "is_destroy",
        "refresh_only",
        "targets",
        "replaces",
        "variables",
        "debugging",
        "config_generation",
        "terraform_version",
        "config_source",
        "branch",
    }
)
PLANNED: Final = frozenset({Impact.APPLIES, Impact.DESTROYS})


@dataclass(frozen=True, kw_only=True)
class Target:
    """One call, or one side of a call that moves something."""

    action: str
    is_read: bool
    impacts: frozenset[Impact] | Unknown = UNKNOWN
    organization: Known[str] = None
    project: Known[str] = None
    workspace: Known[str] = None
    tags: Known[frozenset[str]] = None
    plan_only: Known[bool] = None
    auto_apply: Known[bool] = None
    is_destroy: Known[bool] = None
    refresh_only: Known[bool] = None
    destroys: Known[int] = None
    changes: Known[int] = None
    adds: Known[int] = None
    imports: Known[int] = None
    resource_types: Known[frozenset[str]] = None
    addresses: Known[frozenset[str]] = None
    config_source: Known[str] = None
    branch: Known[str] = None
    targets: Known[frozenset[str]] = None
    replaces: Known[frozenset[str]] = None
    variables: Known[frozenset[str]] = None
    terraform_version: Known[str] = None
    debugging: Known[bool] = None
    config_generation: Known[bool] = None
    plan_tier: Known[str] = None
    downstream: Known[int] = None
    after_untrusted_text: bool = False
    moment: datetime

    @property
    def group(self) -> str:
        """The part of the action before the dot."""
        return self.action.partition(".")[0]


def unread(question: Question, moment: datetime) -> Target:
    """The call before any fact is read: whatever there could be is unknown, but for what the action rules out."""
    return Target(
        action=question.action,
        is_read=question.risk == "read",
        moment=moment,
        after_untrusted_text=question.after_untrusted_text,
        **dict.fromkeys(possible(question), UNKNOWN),
    )


def possible(question: Question) -> set[str]:
    """The fields that can have a value for a call."""
    group = question.action.partition(".")[0]
    found = {name for name, groups in _PLACES.items() if group in groups}
    if group == "runs":
        found |= _ABOUT_RUN
    if group == "runs" or question.impacts & PLANNED:
        found |= _ABOUT_PLAN
    return found
