"""Access levels in the API guide's words: off, read, write, full. They answer where no rule matches.

`off` is more: a ceiling that no rule lifts.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from tfc_agent_tools.authority.policy import REVEALING, Effect
from tfc_agent_tools.facts import Unknown
from tfc_agent_tools.types import Impact

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tfc_agent_tools.authority.rules.document import Level
    from tfc_agent_tools.authority.rules.target import Target

ONLY_BY_NAME: Final = REVEALING | {
    "organizations.delete",
    "organizations.update",
    "projects.delete",
    "teams.create",
    "teams.update",
    "teams.delete",
    "workspaces.force-delete",
    "workspaces.force-unlock",
    "runs.force-cancel",
    "runs.force-execute",
    "state-versions.create",
    "state-versions.upload",
    "state-versions.rollback",
    "policies.override",
    "tokens.create",
    "tokens.delete",
    "team-access.create",
    "team-access.update",
    "team-members.create",
}
"""What no level and no `*` gives: only a rule that names the action."""
WITHOUT_QUESTION: Final = frozenset({"runs.discard", "runs.cancel"})
"""The writes that stop something. A kill switch leaves them on."""


def level_of(access: Mapping[str, Level], action: str) -> Level | None:
    """The level for an action: its own, else its group's, else that of `*`."""
    return access.get(action) or access.get(action.partition(".")[0]) or access.get("*")


def by_level(level: Level | None, target: Target) -> Effect:
    """What a level says at its strictest: unknown impacts count as all of them."""
    if level is None or level == "off" or target.action in ONLY_BY_NAME:
        return Effect.DENY
    if target.is_read:
        return Effect.ALLOW
    if Impact.GRANTS in impacts_of(target):
        return Effect.DENY
    if level == "full" or (level == "write" and not impacts_of(target) & _DESTRUCTIVE):
        return Effect.ASK
    return Effect.DENY


def could_be(level: Level | None, target: Target) -> bool:
    """Whether the level could give anything but a denial, whatever the facts turn out to be."""
    if level is None or level == "off" or target.action in ONLY_BY_NAME:
        return False
    return target.is_read or level in {"write", "full"}


def impacts_of(target: Target) -> frozenset[Impact]:
    """The impacts; all of them where they are not known yet."""
    return frozenset(Impact) if isinstance(target.impacts, Unknown) else target.impacts


_DESTRUCTIVE: Final = frozenset({Impact.DESTROYS, Impact.REWRITES_STATE})
