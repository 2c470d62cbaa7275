"""The names in a policy file held against the tools there are: a deny rule for `runs.aply` would deny nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tfc_agent_tools.endpoint import Endpoint
from tfc_agent_tools.errors import ConfigurationError

if TYPE_CHECKING:
    from tfc_agent_tools.authority.rules.actions import Actions
    from tfc_agent_tools.authority.rules.decide import RulePolicy
    from tfc_agent_tools.workflow import Workflow


def operations() -> dict[str, Endpoint[Any] | Workflow[Any]]:
    """Every tool by its name."""
    from tfc_agent_tools.endpoints import catalog
    from tfc_agent_tools.workflows import workflows

    return {**catalog(), **workflows()}


def all_actions() -> Actions:
    """The actions of every endpoint and workflow."""
    from tfc_agent_tools.authority.rules.actions import Actions, Operation

    return Actions(
        Operation(
            name=one.name,
            actions=(one.action, *one.also),
            risk=one.risk,
            impacts=one.impacts if isinstance(one, Endpoint) else frozenset(),
        )
        for one in operations().values()
    )


def check_names(policy: RulePolicy) -> None:
    """Refuse a policy that names an agent, action or group that is not there.

    Raises:
        ConfigurationError: Names the first ones; `tfc-agent policy lint` tells all.
    """
    from tfc_agent_tools.authority.rules.findings import Severity
    from tfc_agent_tools.authority.rules.lint_names import names

    found = [one for one in names(policy, all_actions()) if one.severity is Severity.ERROR]
    if found:
        more = f" (and {len(found) - 2} more)" if len(found) > 2 else ""
        said = "; ".join(f"{one.where}: {one.text}" for one in found[:2])
        raise ConfigurationError(f"policy: {said}{more}")
