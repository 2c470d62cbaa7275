"""Who may do what: each action and agent with what the policy can say, in few words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tfc_agent_tools.authority.policy import Effect
from tfc_agent_tools.authority.rules.outlook import Outlook, outlook
from tfc_agent_tools.authority.rules.words import approvers_in_words

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tfc_agent_tools.authority.rules.actions import Action, Actions
    from tfc_agent_tools.authority.rules.compiled import Compiled
    from tfc_agent_tools.authority.rules.decide import RulePolicy


@dataclass(frozen=True, kw_only=True)
class Row:
    """Actions of one group that every agent may do alike."""

    group: str
    actions: tuple[str, ...]
    is_whole: bool
    """Whether they are all actions of the group."""
    cells: tuple[str, ...]
    """One for each agent."""

    @property
    def name(self) -> str:
        """`runs.*`, `runs.apply`, or `runs: create, apply`."""
        if len(self.actions) == 1:
            return self.actions[0]
        verbs = ", ".join(action.partition(".")[2] for action in self.actions)
        return f"{self.group}.*" if self.is_whole else f"{self.group}: {verbs}"


def table(policy: RulePolicy, actions: Actions, agents: Sequence[str]) -> list[Row]:
    """The rows, in the order of the tools, those of a group beside each other."""
    groups: dict[str, dict[tuple[str, ...], list[str]]] = {}
    for action in actions.by_name.values():
        cells = tuple(cell(policy, agent, action) for agent in agents)
        groups.setdefault(action.group, {}).setdefault(cells, []).append(action.name)
    return [
        Row(group=group, actions=tuple(names), is_whole=len(rows) == 1, cells=cells)
        for group, rows in groups.items()
        for cells, names in rows.items()
    ]


def cell(policy: RulePolicy, agent: str, action: Action) -> str:
    """What the policy can say, the strictest first: `deny if no-loss; ask (2 of platform) if prod; else read`."""
    found = outlook(policy, agent, action)
    if found.is_off:
        return "off"
    if denying := found.surely(Effect.DENY):
        return f"deny by {_ids(denying)}"
    if found.effects == frozenset({Effect.DENY}):
        return "deny"
    parts = _conditional(found)
    sure = found.surely(Effect.ASK) or found.surely(Effect.ALLOW)
    rest = _by_rule(sure) if sure else _by_level(found, action)
    return "; ".join([*parts, f"else {rest}" if parts else rest])


def _conditional(found: Outlook) -> list[str]:
    parts = [f"deny if {_ids(denying)}"] if (denying := found.perhaps(Effect.DENY)) else []
    parts += [f"{_asks(one)} if {one.rule.id}" for one in found.perhaps(Effect.ASK)]
    allowing = found.perhaps(Effect.ALLOW)
    return parts + ([f"allow if {_ids(allowing)}"] if allowing and not found.surely(Effect.ASK) else [])


def _by_rule(sure: Sequence[Compiled]) -> str:
    asking = any(one.effect is Effect.ASK for one in sure)
    return " and ".join(f"{_asks(one)} by {one.rule.id}" for one in sure) if asking else f"allow by {_ids(sure)}"


def _by_level(found: Outlook, action: Action) -> str:
    if found.rest is Effect.DENY:
        return "deny"
    if action.is_read:
        return "read"
    return "ask unless it destroys, then deny" if found.only_if_harmless else "ask"


def _asks(one: Compiled) -> str:
    who = approvers_in_words(one.rule.approvers)
    return f"ask ({who})" if who else "ask"


def _ids(rules: Sequence[Compiled]) -> str:
    return " or ".join(one.rule.id for one in rules)
