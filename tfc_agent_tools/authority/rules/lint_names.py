"""Names that lead nowhere: agents, actions, groups of actions."""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING

from tfc_agent_tools.authority.rules.findings import Finding, error, warning
from tfc_agent_tools.authority.rules.globs import fits
from tfc_agent_tools.authority.rules.levels import ONLY_BY_NAME

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from tfc_agent_tools.authority.rules.actions import Actions
    from tfc_agent_tools.authority.rules.decide import RulePolicy
    from tfc_agent_tools.authority.rules.document import Level, Rule, Test


def names(policy: RulePolicy, actions: Actions) -> Iterator[Finding]:
    """What is named and is not there."""
    document = policy.document
    if not document.agents:
        yield warning("agents", "names no agent, so nobody may do anything; add one with `on_behalf_of` and `access`")
    for name, agent in document.agents.items():
        for key, level in agent.access.items():
            yield from _access(f"agents.{name}", key, level, actions)
    for rule in document.rules:
        yield from _agents(rule, document.agents)
        yield from _actions(rule, actions)
    for number, test in enumerate(document.tests):
        yield from _tested(f"tests.{number}", test, policy, actions)


def _access(where: str, key: str, level: Level, actions: Actions) -> Iterator[Finding]:
    if key == "*" or key in actions.groups:
        return
    if not actions.is_known(key):
        meant = near(key, [*actions.groups, *actions.by_name])
        yield error(where, f"access names {key!r}, which is no action, no group and not `*`{meant}")
    elif key in ONLY_BY_NAME and level != "off":
        yield error(where, f"no access level gives {key}; write a rule that names it, and take it out of `access`")
    elif level in {"write", "full"} and key in actions.by_name and actions.by_name[key].is_read:
        yield warning(where, f"{key} only reads, so {level} means no more than read; write `read`")


def _agents(rule: Rule, agents: Iterable[str]) -> Iterator[Finding]:
    for glob in rule.agents:
        if glob != "*" and not any(fits(agent, (glob,)) for agent in agents):
            yield error(rule.id, f"no agent is called {glob!r}{near(glob, agents)}; add it to `agents` or change this")


def _actions(rule: Rule, actions: Actions) -> Iterator[Finding]:
    for glob in rule.actions:
        if "*" in glob:
            if not any(fits(name, (glob,)) for name in (*actions.by_name, *ONLY_BY_NAME)):
                yield error(rule.id, f"{glob!r} fits no action; `tfc-agent tools` lists them")
        elif not actions.is_known(glob):
            yield error(
                rule.id, f"there is no action {glob!r}{near(glob, actions.by_name)}; `tfc-agent tools` lists them"
            )
        elif glob not in actions.by_name and rule.effect != "deny":
            yield warning(rule.id, f"no tool does {glob}, so this opens nothing yet; take it out until it is needed")


def _tested(where: str, test: Test, policy: RulePolicy, actions: Actions) -> Iterator[Finding]:
    if test.agent not in policy.document.agents:
        yield error(where, f"no agent is called {test.agent!r}{near(test.agent, policy.document.agents)}")
    if test.action not in actions.by_name:
        yield error(where, f"there is no action {test.action!r}{near(test.action, actions.by_name)}")


def near(name: str, known: Iterable[str]) -> str:
    """The name that may have been meant, in brackets; empty where none is like it."""
    found = get_close_matches(name, list(known), n=1)
    return f" (did you mean {found[0]}?)" if found else ""
