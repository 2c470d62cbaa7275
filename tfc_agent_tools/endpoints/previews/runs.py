"""What a person is shown before a run is started, applied, discarded or stopped."""

from __future__ import annotations

from typing import Any, Final

from tfc_agent_tools.endpoints.previews.workspaces import workspace_label
from tfc_agent_tools.facts import UNKNOWN, Counts, Preview, Resource, Scalar
from tfc_agent_tools.request import Request
from tfc_agent_tools.types import Impact

_NOT_READY: Final = ("pending", "fetching", "errored")
_GONE: Final = "the run's workspace answers 404: it was deleted, or this token may not see it"
_FAILED: Final = ("soft_failed", "hard_failed", "errored", "overridden")
_BEFORE_APPLY: Final = (
    "pending",
    "fetching",
    "fetching_completed",
    "pre_plan_running",
    "pre_plan_completed",
    "queuing",
    "plan_queued",
    "planning",
)


def counts_of(plan: Resource) -> Counts:
    """The four numbers of a plan, unknown where they could not be read."""
    return Counts(
        add=plan.get("resource-additions"),
        change=plan.get("resource-changes"),
        destroy=plan.get("resource-destructions"),
        import_=plan.get("resource-imports"),
    )


def plan_of_run(
    run: Resource,
    plan: Resource,
    workspace: Resource,
    configuration_version: Resource,
    commit: Resource,
    policy_checks: Resource,
    triggered: Resource,
) -> Preview:
    """What an apply rests on. A plan that can't be read may destroy anything, so it counts as destroying."""
    counts = counts_of(plan)
    failed = [one.get("status") for one in policy_checks.items if one.get("status") in _FAILED]
    return Preview(
        workspace=workspace_label(workspace),
        plan=counts,
        facts={
            "run": run.id,
            "status": run.get("status"),
            "plan id": plan.id or run.related_id("plan"),
            "plan status": plan.get("status"),
            "destroys everything": run.get("is-destroy"),
            "only these": _listed(run.get("target-addrs")),
            "replaces": _listed(run.get("replace-addrs")),
            "policy checks that failed": len(failed) if policy_checks.known else UNKNOWN,
            "policy evaluations": UNKNOWN,
            "only refreshes the state": run.get("refresh-only"),
            "starts runs in": _started(triggered),
            "queued by": run.related_id("created-by"),
            "configuration version": run.related_id("configuration-version"),
            "commit": _commit(configuration_version, commit),
        },
        quoted={
            "message of the run": run.text("message"),
            "author of the commit": commit.text("sender-username"),
            "message of the commit": commit.text("commit-message"),
        },
        impacts=_of_plan(run, counts, triggered),
        unbound=frozenset({"status"}),  # the plan is what is approved; whether it waits is looked at again below
        impossible=_GONE if workspace.is_missing else _unless(run, "is-confirmable", "does not wait for confirmation"),
    )


def _started(triggered: Resource) -> Scalar:
    """The workspaces that runs start in after an apply; the list may have more pages than were read."""
    if not triggered.known:
        return UNKNOWN
    names = [one.text("workspace-name") for one in triggered.items]
    more = (triggered.total or 0) - len(names)
    return ", ".join([*names, *([f"and {more} more"] if more > 0 else [])]) or "no other workspace"


def _of_plan(run: Resource, counts: Counts, triggered: Resource) -> frozenset[Impact]:
    """What applying it does beside applying; what can't be read may hold anything."""
    starts_runs = not triggered.known or bool(triggered.items)
    found = {
        Impact.DESTROYS: counts.destroy != 0,
        Impact.REWRITES_STATE: run.get("refresh-only") is True,
        Impact.RUNS_CODE: starts_runs,
    }
    return frozenset(impact for impact, holds in found.items() if holds)


def _commit(configuration_version: Resource, commit: Resource) -> Scalar:
    """`1e1c1018d1bb on main`; none for code that was uploaded."""
    if commit.known:
        return f"{commit.text('commit-sha')[:12]} on {commit.text('branch')}"
    return "none" if configuration_version.related("ingress-attributes") is None else UNKNOWN


def end_of_run(run: Resource, workspace: Resource) -> Preview:
    """What is given up by discarding."""
    return Preview(
        workspace=workspace_label(workspace),
        facts={"run": run.id, "status": run.get("status"), "has changes": run.get("has-changes")},
        unbound=frozenset({"status"}),
        quoted={"message of the run": run.text("message")},
        impossible=_unless(run, "is-discardable", "can't be discarded any more"),
    )


def stop_of_run(run: Resource, workspace: Resource) -> Preview:
    """Terraform is interrupted as by ctrl+c: it ends the step it is at and writes its state."""
    return _stopped(run, workspace, _unless(run, "is-cancelable", "can't be canceled any more"))


def forced_stop_of_run(run: Resource, workspace: Resource) -> Preview:
    """Terraform is killed, which takes a cancel before it and some time to have passed since."""
    at = run.get("force-cancel-available-at")
    after = f"can only be stopped by force after {at}" if isinstance(at, str) else "can't be stopped by force"
    hint = "" if isinstance(at, str) else "; cancel it first and wait"
    return _stopped(
        run, workspace, _unless(run, "is-force-cancelable", f"{after}{hint}"), {"by force possible from": at}
    )


def start_of_run(workspace: Resource, configuration_version: Resource, arguments: dict[str, Any]) -> Preview:
    """No plan exists yet: what is approved is that code runs, and whether it applies by itself."""
    chosen = arguments["configuration_version_id"]
    status = configuration_version.get("status")
    return Preview(
        workspace=workspace_label(workspace),
        facts={
            "configuration": chosen or "the latest of the workspace",
            "configuration status": status if chosen else None,
            "configuration source": configuration_version.get("source") if chosen else None,
            "applies by itself": arguments["auto_apply"] or arguments["allow_empty_apply"],
            "destroys everything": arguments["is_destroy"],
            "only plans": bool(arguments["plan_only"]),
            "only these": _listed(arguments["target_addrs"]),
            "replaces": _listed(arguments["replace_addrs"]),
            "variables": ", ".join(v.key for v in arguments["variables"] or ()) or None,
            "verbose logs": arguments["debugging_mode"],
            "workspace locked": workspace.get("locked"),
        },
        impossible=f"{chosen} is {status}, and only an uploaded one can be run" if status in _NOT_READY else None,
    )


def impacts_of_new_run(request: Request) -> frozenset[Impact]:
    """What the options of a new run ask for."""
    asked = request.body["data"]["attributes"]
    applies = asked["auto-apply"] or asked["allow-empty-apply"]  # an empty apply always applies by itself
    found = {
        Impact.APPLIES: applies,
        Impact.DESTROYS: asked["is-destroy"] or asked["auto-apply"],  # a plan that nobody has seen may destroy
        Impact.REVEALS: asked["debugging-mode"],
    }
    return frozenset(impact for impact, holds in found.items() if holds)


def _stopped(
    run: Resource, workspace: Resource, impossible: str | None, more: dict[str, Scalar] | None = None
) -> Preview:
    status = run.get("status")
    done = "nothing, it only plans" if status in _BEFORE_APPLY else "what is done by then stays done"
    return Preview(
        workspace=workspace_label(workspace),
        facts={
            "run": run.id,
            "status": status,
            "done when it stops": done,
            "destroys everything": run.get("is-destroy"),
            **(more or {}),
        },
        quoted={"message of the run": run.text("message")},
        impacts=frozenset() if status in _BEFORE_APPLY else frozenset({Impact.REWRITES_STATE}),
        impossible=impossible,
    )


def _listed(addresses: Scalar | list[str]) -> Scalar:
    """Addresses on one line; None for none of them, which is what `[]` and null both mean to the API."""
    return (", ".join(map(str, addresses)) or None) if isinstance(addresses, list) else addresses


def _unless(run: Resource, action: str, otherwise: str) -> str | None:
    return f"{run.id} is {run.get('status')} and {otherwise}" if run.get(f"actions.{action}") is False else None
