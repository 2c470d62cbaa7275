"""Policies for tests: short ones, read as a file is."""

from __future__ import annotations

from tfc_agent_tools.authority.rules.actions import Actions
from tfc_agent_tools.authority.rules.decide import RulePolicy
from tfc_agent_tools.authority.rules.reading import parse
from tfc_agent_tools.policy_names import all_actions

AGENT = """
version: 1
agents:
  deployer: {on_behalf_of: ana@acme.io, access: {"*": read}}
"""


def policy_of(rules: str = "", *, head: str = AGENT) -> RulePolicy:
    """A policy with one agent that may read, and these rules (or other parts of the file)."""
    return parse((head + rules).encode(), "policy.yaml")


def actions() -> Actions:
    """All that there are."""
    return all_actions()
