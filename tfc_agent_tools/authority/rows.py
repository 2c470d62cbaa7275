"""Approvals as JSON data and back, for a store that outlives the process. Rows of earlier versions still load."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from tfc_agent_tools.authority.confirm import Confirmation
from tfc_agent_tools.authority.record import Answer, Approval, Origin, State
from tfc_agent_tools.authority.requirement import Approver, Demands, Proof, Requirement
from tfc_agent_tools.facts import UNKNOWN, Counts
from tfc_agent_tools.types import Impact, Risk

if TYPE_CHECKING:
    from collections.abc import Mapping

_UNKNOWN: Final = {"unknown": True}


_ASKED: Final = ("id", "tool", "action", "text", "reason", "workspace", "typed")
_ANSWERED: Final = ("key", "digest", "agent", "approver", "reason", "shown_with", "stale_answers", "part_of")
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
    return {name: getattr(approval, name) for name in _ANSWERED} | {
        "state": approval.state.value,
        "confirmation": confirmation,
        "origin": asdict(approval.origin),
        "demands": _demands_row(approval.demands),
        "answers": [_answer_row(answer) for answer in approval.answers],
        "unbound": sorted(approval.unbound),
        "created_at": _written(approval.created_at),
        "redeemed_at": _written(approval.redeemed_at),
    }


def approval_from(row: Mapping[str, Any]) -> Approval:
    """The approval that `row_of` wrote, or an earlier version of it."""
    asked: dict[str, Any] = dict(row["confirmation"])
    plan: dict[str, Any] | None = asked["plan"]
    asked |= {
        "risk": Risk(asked["risk"]),
        "impacts": frozenset(Impact(impact) for impact in asked["impacts"]),
        "expires_at": datetime.fromisoformat(asked["expires_at"]),
        "plan": Counts(**{name: _known(value) for name, value in plan.items()}) if plan else None,
    }
    answered: dict[str, Any] = {
        **row,
        "state": State(row["state"]),
        "confirmation": Confirmation(**asked),
        "origin": _origin(row.get("origin", {})),
        "demands": _demands(row.get("demands", {})),
        "answers": tuple(_answer(answer) for answer in row.get("answers", ())),
        "unbound": frozenset(row.get("unbound", ())),
        "created_at": _read(row.get("created_at")),
        "redeemed_at": _read(row.get("redeemed_at")),
    }
    return Approval(**answered)


def _origin(row: Mapping[str, Any]) -> Origin:
    kept: dict[str, Any] = {name: value for name, value in row.items() if name != "rules"}
    return Origin(rules=tuple(row.get("rules", ())), **kept)


def _demands_row(demands: Demands) -> dict[str, Any]:
    return {
        "requirements": [{**asdict(one), "people": sorted(one.people)} for one in demands.requirements],
        "excluded": sorted(demands.excluded),
        "authors": None if demands.authors is None else sorted(demands.authors),
        "typed": demands.typed,
    }


def _demands(row: Mapping[str, Any]) -> Demands:
    authors = row.get("authors", ())
    return Demands(
        requirements=tuple(_requirement(one) for one in row.get("requirements", ())),
        excluded=frozenset(row.get("excluded", ())),
        authors=None if authors is None else frozenset(authors),
        typed=row.get("typed"),
    )


def _requirement(row: Mapping[str, Any]) -> Requirement:
    kept: dict[str, Any] = {name: value for name, value in row.items() if name != "people"}
    return Requirement(people=frozenset(row["people"]), **kept)


def _answer_row(answer: Answer) -> dict[str, Any]:
    who = {"approver": answer.approver.name, "proof": answer.approver.proof.value}
    kept = {name: getattr(answer, name) for name in ("approved", "reason", "typed", "signature", "road")}
    return {**who, **kept, "at": answer.at.isoformat()}


def _answer(row: Mapping[str, Any]) -> Answer:
    kept: dict[str, Any] = {name: value for name, value in row.items() if name not in {"approver", "proof", "at"}}
    who = Approver(row["approver"], Proof(row["proof"]))
    return Answer(approver=who, at=datetime.fromisoformat(row["at"]), **kept)


def _written(at: datetime | None) -> str | None:
    return at.isoformat() if at else None


def _read(at: str | None) -> datetime | None:
    return datetime.fromisoformat(at) if at else None


def _plain(value: Any) -> Any:
    return _UNKNOWN if value is UNKNOWN else value


def _known(value: Any) -> Any:
    return UNKNOWN if value == _UNKNOWN else value
