"""Approvals as JSON data and back, for a store that outlives the process."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from tfc_agent_tools.authority.approvals import Approval, State
from tfc_agent_tools.authority.confirm import Confirmation
from tfc_agent_tools.facts import UNKNOWN, Counts
from tfc_agent_tools.types import Impact, Risk

if TYPE_CHECKING:
    from collections.abc import Mapping

_UNKNOWN: Final = {"unknown": True}


_ASKED: Final = ("id", "tool", "action", "text", "reason", "workspace", "typed")
_ANSWERED: Final = ("key", "digest", "agent", "approver", "reason", "shown_with", "stale_answers")
_COUNTS: Final = ("add", "change", "destroy", "import_")


def row_of(approval: Approval) -> dict[str, Any]:
    """The approval as JSON data."""
    asked = approval.confirmation
    confirmation = {name: getattr(asked, name) for name in _ASKED} | {
        "arguments": dict(asked.arguments),
        "risk": asked.risk.value,
        "impacts": sorted(impact.value for impact in asked.impacts),
        "plan": {name: _plain(getattr(asked.plan, name)) for name in _COUNTS} if asked.plan else None,
        "expires_at": asked.expires_at.isoformat(),
    }
    answered = {name: getattr(approval, name) for name in _ANSWERED}
    return answered | {"state": approval.state.value, "confirmation": confirmation}


def approval_from(row: Mapping[str, Any]) -> Approval:
    """The approval that `row_of` wrote."""
    asked: dict[str, Any] = dict(row["confirmation"])
    plan: dict[str, Any] | None = asked["plan"]
    asked |= {
        "risk": Risk(asked["risk"]),
        "impacts": frozenset(Impact(impact) for impact in asked["impacts"]),
        "expires_at": datetime.fromisoformat(asked["expires_at"]),
        "plan": Counts(**{name: _known(value) for name, value in plan.items()}) if plan else None,
    }
    answered: dict[str, Any] = {**row, "state": State(row["state"]), "confirmation": Confirmation(**asked)}
    return Approval(**answered)


def _plain(value: Any) -> Any:
    return _UNKNOWN if value is UNKNOWN else value


def _known(value: Any) -> Any:
    return UNKNOWN if value == _UNKNOWN else value
