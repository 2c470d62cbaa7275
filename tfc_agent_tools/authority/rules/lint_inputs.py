"""Agents that can change what their own rules read: names, tags, projects, auto-apply."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from tfc_agent_tools.authority.policy import Effect
from tfc_agent_tools.authority.rules.findings import Finding, warning
from tfc_agent_tools.authority.rules.outlook import outlook

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tfc_agent_tools.authority.rules.actions import Actions
    from tfc_agent_tools.authority.rules.decide import RulePolicy

_TAGS: Final = frozenset({"tags", "require_tag", "without_tags"})
_ON_TOP: Final = frozenset({"targets", "replaces", "is_destroy", "refresh_only", "debugging"})
"""What an environment variable such as `TF_CLI_ARGS_plan` can set behind a run's back."""
CHANGES: Final = {
    "workspaces.update": _TAGS | {"workspace", "project", "auto_apply", "branch", "config_source", "terraform_version"},
    "projects.update": _TAGS | {"project"},
    "variables.create": _ON_TOP,
    "variables.update": _ON_TOP,
}
"""Action → the conditions whose facts it can change."""


def inputs(policy: RulePolicy, actions: Actions) -> Iterator[Finding]:
    """Each agent that can change what its rules read, and by which action."""
    for agent in policy.document.agents:
        for action, conditions in CHANGES.items():
            effects = outlook(policy, agent, actions.by_name[action]).effects
            read = _read(policy, agent, action, conditions)
            if effects == frozenset({Effect.DENY}) or not read:
                continue
            how = "without a question" if Effect.ALLOW in effects else "after a person's yes"
            text = f"may {action} {how}, which can change what {read} go by; deny it, or have others approve it"
            yield warning(f"agents.{agent}", text)


def _read(policy: RulePolicy, agent: str, changer: str, conditions: frozenset[str]) -> str:
    """The agent's rules that read what is changed, with the conditions by which they do."""
    found = [
        f"{one.rule.id} ({', '.join(read)})"
        for one in policy.rules
        if (read := sorted(conditions & set(one.conditions)))
        and any(one.is_about(agent, action) for action in one.rule.actions if action != changer)
    ]
    return " and ".join(found[:3]) + (f" and {len(found) - 3} more rules" if len(found) > 3 else "")
