"""A policy file looked at as a whole: names that lead nowhere, rules that decide nothing, people who can't be met.

Each finding is a sentence for whoever wrote the file. An error is something that can't be meant.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tfc_agent_tools.authority.rules.findings import Severity
from tfc_agent_tools.authority.rules.lint_conditions import conditions
from tfc_agent_tools.authority.rules.lint_inputs import inputs
from tfc_agent_tools.authority.rules.lint_names import names
from tfc_agent_tools.authority.rules.lint_people import people
from tfc_agent_tools.authority.rules.lint_places import places
from tfc_agent_tools.authority.rules.lint_rules import rules

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tfc_agent_tools.authority.rules.actions import Actions
    from tfc_agent_tools.authority.rules.coverage import Seen
    from tfc_agent_tools.authority.rules.decide import RulePolicy
    from tfc_agent_tools.authority.rules.findings import Finding


def lint(policy: RulePolicy, actions: Actions, workspaces: Sequence[Seen] | None = None) -> list[Finding]:
    """Everything that is found, errors first. Given the workspaces there are, what fits none of them too."""
    found = [finding for look in (names, conditions, rules, people, inputs) for finding in look(policy, actions)]
    found += places(policy, workspaces) if workspaces is not None else []
    return sorted(found, key=lambda finding: finding.severity is not Severity.ERROR)
