"""Documents of runs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tfc_agent_tools.sandbox.access import overrides_policies
from tfc_agent_tools.sandbox.documents.base import (
    API,
    Document,
    identifier,
    linked,
    status_timestamps,
    timestamp,
    to_one,
)
from tfc_agent_tools.sandbox.permissions import Permission
from tfc_agent_tools.sandbox.runs import CANCELABLE, CONFIRMABLE, DISCARDABLE, is_force_cancelable

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tfc_agent_tools.sandbox.access import Principal
    from tfc_agent_tools.sandbox.check_results import PolicyCheck, TaskStage
    from tfc_agent_tools.sandbox.models import Run
    from tfc_agent_tools.sandbox.world import World


def run_document(world: World, run: Run, principal: Principal) -> Document:
    """Return a run; `actions` say what its state allows, `permissions` what the token may do."""
    return {
        "id": run.id,
        "type": "runs",
        "attributes": _attributes(world, run, principal),
        "relationships": _relationships(world, run),
        "links": {"self": f"{API}/runs/{run.id}"},
    }


def _attributes(world: World, run: Run, principal: Principal) -> Document:
    options = run.options
    workspace = world.workspaces[run.workspace_id]
    applies = principal.may(Permission.APPLY, workspace)
    attributes = {
        "actions": {
            "is-cancelable": run.status in CANCELABLE and run.canceled_at is None,
            "is-confirmable": run.status in CONFIRMABLE,
            "is-discardable": run.status in DISCARDABLE,
            "is-force-cancelable": is_force_cancelable(run, world.clock()),
        },
        "canceled-at": timestamp(run.canceled_at),
        "created-at": timestamp(run.created_at),
        "has-changes": run.has_changes,
        "auto-apply": options.auto_apply,
        "allow-empty-apply": options.allow_empty_apply,
        "allow-config-generation": options.allow_config_generation,
        "is-destroy": options.is_destroy,
        "message": options.message,
        "plan-only": options.plan_only,
        "source": options.source,
        "status-timestamps": status_timestamps(run.timestamps),
        "status": run.status.value,
        "trigger-reason": "manual",
        "target-addrs": list(options.target_addrs) or None,
        "permissions": {
            "can-apply": applies,
            "can-cancel": applies,
            "can-comment": principal.may(Permission.READ, workspace),
            "can-discard": applies,
            "can-force-execute": applies,
            "can-force-cancel": principal.may(Permission.FORCE_CANCEL, workspace),
            "can-override-policy-check": bool(run.checks.policy_checks) and overrides_policies(principal, workspace),
        },
        "refresh": options.refresh,
        "refresh-only": options.refresh_only,
        "replace-addrs": list(options.replace_addrs) or None,
        "save-plan": options.save_plan,
        "variables": [{"key": key, "value": value} for key, value in options.variables],
    }
    if run.force_cancel_available_at is not None:
        attributes["force-cancel-available-at"] = timestamp(run.force_cancel_available_at)
    return attributes


def _relationships(world: World, run: Run) -> Document:
    path = f"/runs/{run.id}"
    version_id = run.configuration_version_id
    state_id = run.input_state_version_id
    return {
        "apply": to_one("applies", run.apply_id, f"{path}/apply"),
        # Comments and events are only in their own lists, so that answers recorded before there were any stay the same.
        "comments": {"data": [], **linked(f"{path}/comments")},
        "configuration-version": to_one("configuration-versions", version_id, f"/configuration-versions/{version_id}"),
        "cost-estimate": {"data": None},
        "created-by": to_one("users", run.created_by, f"{path}/created-by"),
        "input-state-version": to_one("state-versions", state_id, f"/state-versions/{state_id}"),
        "plan": to_one("plans", run.plan_id, f"{path}/plan"),
        "run-events": {"data": [], **linked(f"{path}/run-events")},
        "policy-checks": {
            "data": _ids("policy-checks", world.policy_checks, run),
            **linked(f"{path}/policy-checks"),
        },
        "task-stages": {"data": _ids("task-stages", world.task_stages, run), **linked(f"{path}/task-stages")},
        "workspace": to_one("workspaces", run.workspace_id, f"/workspaces/{run.workspace_id}"),
        "workspace-run-alerts": {"data": [], **linked(f"{path}/workspace-run-alerts")},
    }


def _ids(resource: str, rows: Iterable[PolicyCheck | TaskStage], run: Run) -> list[Document | None]:
    return [identifier(resource, row.id) for row in rows if row.run_id == run.id]
