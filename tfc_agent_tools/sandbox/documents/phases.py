"""Documents of plans and applies."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tfc_agent_tools.sandbox.documents.base import API, Document, identifier, status_timestamps

if TYPE_CHECKING:
    from tfc_agent_tools.sandbox.models import Apply, Counts, Plan


def plan_document(plan: Plan, log_url: str) -> Document:
    """Return a plan; `log-read-url` is absolute and needs no token."""
    path = f"{API}/plans/{plan.id}"
    return {
        "id": plan.id,
        "type": "plans",
        "attributes": {
            "execution-details": {"mode": "remote"},
            "generated-configuration": False,
            "has-changes": plan.has_changes,
            **_counts(plan.counts),
            "status": plan.status.value,
            "status-timestamps": status_timestamps(plan.timestamps),
            "log-read-url": log_url,
        },
        "relationships": {"state-versions": {"data": []}},
        "links": {"self": path, "json-output": f"{path}/json-output"},
    }


def apply_document(apply: Apply, log_url: str) -> Document:
    """Return an apply with the state versions that it made."""
    made = [identifier("state-versions", row) for row in apply.state_version_ids]
    return {
        "id": apply.id,
        "type": "applies",
        "attributes": {
            "execution-details": {"mode": "remote"},
            "status": apply.status.value,
            "status-timestamps": status_timestamps(apply.timestamps),
            "log-read-url": log_url,
            **_counts(apply.counts),
        },
        "relationships": {"state-versions": {"data": made}},
        "links": {"self": f"{API}/applies/{apply.id}"},
    }


def _counts(counts: Counts) -> Document:
    return {
        "resource-additions": counts.additions,
        "resource-changes": counts.changes,
        "resource-destructions": counts.destructions,
        "resource-imports": counts.imports,
    }
