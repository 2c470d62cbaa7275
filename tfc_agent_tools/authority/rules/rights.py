"""What a token can do beyond its agent's policy, by the API's own flags: what a platform engineer can take from it.

A guard holds against the model only. A token that can do no more than the policy holds against everything else too.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from tfc_agent_tools.authority.policy import Effect
from tfc_agent_tools.authority.rules.globs import fits
from tfc_agent_tools.authority.rules.outlook import outlook

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from tfc_agent_tools.authority.rules.actions import Actions
    from tfc_agent_tools.authority.rules.decide import RulePolicy

IN_WORKSPACE: Final[Mapping[str, tuple[str, ...]]] = {
    "can-read-run": ("runs.read", "runs.list"),
    "can-read-settings": ("workspaces.read", "workspaces.list"),
    "can-read-variable": ("variables.list",),
    "can-read-state-versions": ("state-versions.read", "state-versions.list"),
    "can-read-state-outputs": ("outputs.read",),
    "can-queue-run": ("runs.create",),
    "can-queue-destroy": ("runs.create",),
    "can-queue-apply": ("runs.apply",),
    "can-lock": ("workspaces.lock",),
    "can-unlock": ("workspaces.unlock",),
    "can-update-variable": ("variables.create", "variables.update", "variables.delete"),
    "can-update": ("workspaces.update",),
    "can-manage-tags": ("workspaces.update",),
    "can-destroy": ("workspaces.safe-delete",),
    "can-force-delete": ("workspaces.force-delete",),
    "can-force-unlock": ("workspaces.force-unlock",),
    "can-create-state-versions": ("state-versions.create", "state-versions.upload"),
}
"""Flag of a workspace → the actions that it stands for."""
IN_ORGANIZATION: Final[Mapping[str, tuple[str, ...]]] = {
    "can-update": ("organizations.update",),
    "can-destroy": ("organizations.delete",),
    "can-create-team": ("teams.create",),
    "can-create-project": ("projects.create",),
    "can-create-workspace": ("workspaces.create",),
}
"""Flag of an organization → the actions that it stands for."""
_HARMLESS: Final = ("can-read-", "can-access-", "can-traverse", "can-start-trial")
"""Flags without an action that change nothing."""


@dataclass(frozen=True, kw_only=True)
class Holding:
    """The flags that hold for a token in one place."""

    name: str
    kind: str
    """`workspace` or `organization`."""
    place: Mapping[str, Any]
    flags: frozenset[str]


@dataclass(frozen=True, kw_only=True)
class Excess:
    """A right that the policy never lets the agent use, and where the token has it."""

    kind: str
    flag: str
    actions: tuple[str, ...]
    """Empty where no tool uses it."""
    places: tuple[str, ...]


def excess(policy: RulePolicy, agent: str, actions: Actions, holdings: Iterable[Holding]) -> list[Excess]:
    """Every right beyond the policy, those of the whole organization first."""
    found: dict[tuple[str, str], list[str]] = {}
    for held in holdings:
        for flag in sorted(held.flags):
            if not _is_used(policy, agent, actions, held, flag):
                found.setdefault((held.kind, flag), []).append(held.name)
    rows = [
        Excess(kind=kind, flag=flag, actions=_stands_for(kind, flag), places=tuple(places))
        for (kind, flag), places in found.items()
    ]
    return sorted(rows, key=lambda row: (row.kind, not row.actions, row.flag))


def _stands_for(kind: str, flag: str) -> tuple[str, ...]:
    return (IN_ORGANIZATION if kind == "organization" else IN_WORKSPACE).get(flag, ())


def _is_used(policy: RulePolicy, agent: str, actions: Actions, held: Holding, flag: str) -> bool:
    """Whether the policy may let the agent do one of the things that the right is for."""
    about: Sequence[str] = _stands_for(held.kind, flag)
    if not about:
        return flag.startswith(_HARMLESS)
    ours, organization = policy.document.organizations, held.place.get("organization")
    if ours and isinstance(organization, str) and not fits(organization, ours):
        return False
    outlooks = [outlook(policy, agent, actions.by_name[name], held.place) for name in about]
    return any(found.effects != frozenset({Effect.DENY}) for found in outlooks)
