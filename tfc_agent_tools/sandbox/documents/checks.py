"""Documents of what a run met: task stages, task results, policy evaluations and their outcomes, policy checks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tfc_agent_tools.sandbox.access import overrides_policies
from tfc_agent_tools.sandbox.checks import ADVISORY, HARD_MANDATORY, SOFT_MANDATORY, CheckStatus, Verdict
from tfc_agent_tools.sandbox.documents.base import API, Document, identifier, linked, status_timestamps, timestamp
from tfc_agent_tools.sandbox.models import RunStatus

if TYPE_CHECKING:
    from datetime import datetime

    from tfc_agent_tools.sandbox.access import Principal
    from tfc_agent_tools.sandbox.check_results import (
        PolicyCheck,
        PolicyEvaluation,
        PolicySetOutcome,
        TaskResult,
        TaskStage,
    )
    from tfc_agent_tools.sandbox.checks import Policy
    from tfc_agent_tools.sandbox.world import World

_TOOL_VERSIONS = {"opa": "0.54.0", "sentinel": "0.26.0"}


def task_stage_document(world: World, stage: TaskStage) -> Document:
    """Return a task stage with the ids of all that it holds; one that its run never reached is unreachable."""
    unheld = "unreachable" if world.runs[stage.run_id].status.is_final else "pending"
    results = [identifier("task-results", row.id) for row in world.task_results if row.stage_id == stage.id]
    evaluations = [
        identifier("policy-evaluations", row.id) for row in world.policy_evaluations if row.stage_id == stage.id
    ]
    return {
        "id": stage.id,
        "type": "task-stages",
        "attributes": {
            "status": stage.verdict.value if stage.verdict else unheld,
            "stage": stage.stage.value,
            "status-timestamps": _status_times(stage.verdict, stage.at),
            "created-at": timestamp(stage.created_at),
            "updated-at": timestamp(stage.at or stage.created_at),
        },
        "relationships": {
            "run": {"data": identifier("runs", stage.run_id)},
            "task-results": {"data": results},
            "policy-evaluations": {"data": evaluations},
        },
        "links": {"self": f"{API}/task-stages/{stage.id}"},
    }


def task_result_document(world: World, result: TaskResult) -> Document:
    """Return what a run task answered."""
    run, task = world.runs[result.run_id], result.task
    place = f"{run.workspace_id}/{task.name}"
    task_id = world.ids.derived("task", place)
    return {
        "id": result.id,
        "type": "task-results",
        "attributes": {
            "message": task.message,
            "status": task.verdict.value,
            "url": task.url,
            **_times(task.verdict, result.at),
            "task-id": task_id,
            "task-name": task.name,
            "task-url": f"https://tasks.sandbox.example/{task_id}",
            "stage": task.stage.value,
            "is-speculative": run.options.plan_only,
            "workspace-task-id": world.ids.derived("wstask", place),
            "workspace-task-enforcement-level": task.enforcement,
        },
        "relationships": {"task-stage": {"data": identifier("task-stages", result.stage_id)}},
        "links": {"self": f"{API}/task-results/{result.id}"},
    }


def policy_evaluation_document(evaluation: PolicyEvaluation) -> Document:
    """Return the evaluation of the policy sets of one kind."""
    path = f"/policy-evaluations/{evaluation.id}"
    return {
        "id": evaluation.id,
        "type": "policy-evaluations",
        "attributes": {
            "status": evaluation.verdict.value,
            "policy-kind": evaluation.kind,
            "policy-tool-version": _TOOL_VERSIONS[evaluation.kind],
            "result-count": evaluation.counts,
            **_times(evaluation.verdict, evaluation.at),
        },
        "relationships": {
            "policy-attachable": {"data": identifier("task-stages", evaluation.stage_id)},
            "policy-set-outcomes": linked(f"{path}/policy-set-outcomes"),
        },
        "links": {"self": API + path},
    }


def policy_set_outcome_document(outcome: PolicySetOutcome) -> Document:
    """Return what became of a policy set; its policies have underscores in their names, as the service's have."""
    policy_set = outcome.policy_set
    errors = [policy.output for policy in policy_set.policies if policy.verdict is Verdict.ERRORED]
    return {
        "id": outcome.id,
        "type": "policy-set-outcomes",
        "attributes": {
            "outcomes": [_policy(policy_set.kind, policy) for policy in policy_set.policies],
            "error": "\n".join(errors),
            "overridable": False,
            "policy-set-name": policy_set.name,
            "policy-set-description": policy_set.description,
            "result-count": policy_set.counts,
            "policy-tool-version": _TOOL_VERSIONS[policy_set.kind],
        },
        "relationships": {"policy-evaluation": {"data": identifier("policy-evaluations", outcome.evaluation_id)}},
    }


def policy_check_document(world: World, check: PolicyCheck, principal: Principal) -> Document:
    """Return a policy check; what its policies printed is behind its link only."""
    checked, run = check.checked, world.runs[check.run_id]
    status = checked.status
    failed = {name: checked.count(name) for name in (HARD_MANDATORY, SOFT_MANDATORY, ADVISORY)}
    ended = f"{status.value.replace('_', '-')}-at"
    return {
        "id": check.id,
        "type": "policy-checks",
        "attributes": {
            "result": {
                "result": status is CheckStatus.PASSED,
                "passed": checked.passed,
                "total-failed": sum(failed.values()),
                "hard-failed": failed[HARD_MANDATORY],
                "soft-failed": failed[SOFT_MANDATORY],
                "advisory-failed": failed[ADVISORY],
                "duration-ms": 0,
                "sentinel": {},
            },
            "scope": checked.scope,
            "status": status.value,
            "status-timestamps": status_timestamps({"queued-at": check.at, ended: check.at}),
            "actions": {
                "is-overridable": status is CheckStatus.SOFT_FAILED and run.status is RunStatus.POLICY_OVERRIDE
            },
            "permissions": {"can-override": overrides_policies(principal, world.workspaces[run.workspace_id])},
        },
        "relationships": {"run": {"data": identifier("runs", check.run_id)}},
        "links": {"output": f"{API}/policy-checks/{check.id}/output"},
    }


def policy_check_output(check: PolicyCheck) -> str:
    """Return what Sentinel would have written: a verdict, then each policy with what it printed."""
    checked = check.checked
    passed = checked.status is CheckStatus.PASSED
    parts = [f"SANDBOX: no policy was evaluated\n\nSentinel Result: {_sentinel(passed)}\n"]
    parts += [f"{len(checked.policies)} policies evaluated.\n"]
    parts += [_printed(number, policy) for number, policy in enumerate(checked.policies, start=1)]
    return "\n".join(parts)


def _printed(number: int, policy: Policy) -> str:
    result = "error" if policy.verdict is Verdict.ERRORED else _sentinel(policy.verdict is Verdict.PASSED)
    description = f"Description:\n  {policy.description}\n\n" if policy.description else ""
    output = f"\n{policy.output}\n" if policy.output else ""
    return f"## Policy {number}: {policy.name} ({policy.enforcement})\n\nResult: {result}\n{description}{output}"


def _sentinel(value: bool) -> str:
    return "true" if value else "false"


def _policy(kind: str, policy: Policy) -> Document:
    errored = policy.verdict is Verdict.ERRORED
    shown: Document = {
        # A policy that could not be evaluated has no enforcement level (policy evaluations of the API).
        "enforcement_level": None if errored else policy.enforcement,
        "query": f"data.terraform.policies.{policy.name}.deny" if kind == "opa" else None,
        "status": policy.verdict.value,
        "policy_name": policy.name,
        "description": policy.description,
    }
    return shown | {"output": [{"print": policy.output}]} if policy.output else shown


def _status_times(verdict: Verdict | None, at: datetime | None) -> dict[str, str]:
    return status_timestamps({"running-at": at, f"{verdict}-at": at}) if at else {}


def _times(verdict: Verdict, at: datetime) -> Document:
    return {
        "status-timestamps": _status_times(verdict, at),
        "created-at": timestamp(at),
        "updated-at": timestamp(at),
    }
