"""What a person is shown before a workspace is locked, unlocked or deleted."""

from __future__ import annotations

from tfc_agent_tools.endpoints.previews.words import is_some, number_of
from tfc_agent_tools.facts import UNKNOWN, Preview, Resource, Scalar
from tfc_agent_tools.types import FINAL_RUN_STATUSES


def workspace_label(workspace: Resource) -> str | None:
    """`organization/name (ws-…)`, as a person knows it; None where nothing of it could be read."""
    if not workspace.known:
        return None
    return f"{workspace.related_id('organization')}/{workspace.get('name')} ({workspace.id})"


def lock_holder(workspace: Resource) -> str:
    """`runs run-…`, `users user-…`, `nobody`, or `unknown`."""
    holder = workspace.related("locked-by")
    if isinstance(holder, tuple):
        return " ".join(holder)
    return "nobody" if holder is None else "unknown"


def lock_of(workspace: Resource) -> Preview:
    """A lock makes every new run of the workspace wait."""
    return Preview(
        workspace=workspace_label(workspace),
        facts={"locked": workspace.get("locked"), "current run": workspace.related_id("current-run")},
        unbound=frozenset({"current run"}),
        impossible="the workspace is already locked" if workspace.get("locked") is True else None,
    )


def unlock_of(workspace: Resource, holder: Resource) -> Preview:
    """Only the holder may unlock, and a run's lock goes with the run."""
    held_by_run = holder.known
    impossible = None
    if workspace.get("locked") is False:
        impossible = "the workspace is not locked"
    elif held_by_run:
        impossible = f"{holder.id} holds the lock and gives it back when it is applied, discarded or canceled"
    return Preview(
        workspace=workspace_label(workspace),
        facts={"locked": workspace.get("locked"), "locked by": lock_holder(workspace)},
        quoted={"reason of the lock": workspace.text("locked-reason")},
        impossible=impossible,
    )


def force_unlock_of(workspace: Resource, holder: Resource) -> Preview:
    """Somebody else's lock, taken from them. A run that still works on the state keeps its lock."""
    held_by = workspace.related("locked-by")
    run = held_by[1] if isinstance(held_by, tuple) and held_by[0] == "runs" else None
    status = holder.get("status")
    impossible = None
    if workspace.get("locked") is False:
        impossible = "the workspace is not locked"
    elif run and str(status) not in FINAL_RUN_STATUSES:
        impossible = f"{run} holds the lock, its status is {status}, and its state may not be saved yet; end it first"
    return Preview(
        workspace=workspace_label(workspace),
        facts={
            "locked": workspace.get("locked"),
            "locked by": lock_holder(workspace),
            "locked since": f"{holder.get('created-at')} or later" if run else UNKNOWN,
            "status of that run": status if run else None,
            "current run": workspace.related_id("current-run"),
        },
        quoted={"reason of the lock": workspace.text("locked-reason")},
        typed=workspace.text("name") or None,
        impossible=impossible,
    )


def force_delete_of(workspace: Resource, consumers: Resource) -> Preview:
    """The real things stay, and nothing tracks them any more."""
    return Preview(
        workspace=workspace_label(workspace),
        facts={"resources nothing will track": workspace.get("resource-count"), **_lost(workspace, consumers)},
        quoted={"description": workspace.text("description")},
        typed=workspace.text("name") or None,
    )


def safe_delete_of(workspace: Resource, consumers: Resource) -> Preview:
    """The API deletes only a workspace that manages nothing and that nobody holds."""
    count = workspace.get("resource-count")
    impossible = None
    if is_some(count):
        impossible = f"it still manages {count} resources; destroy them first"
    elif workspace.get("locked") is True:
        impossible = f"it is locked by {lock_holder(workspace)}; unlock it first"
    return Preview(
        workspace=workspace_label(workspace),
        facts={"resources it manages": count, **_lost(workspace, consumers)},
        quoted={"description": workspace.text("description")},
        typed=workspace.text("name") or None,
        impossible=impossible,
    )


def _lost(workspace: Resource, consumers: Resource) -> dict[str, Scalar]:
    shared = workspace.get("global-remote-state") is True
    return {
        "current state": workspace.related_id("current-state-version"),
        "last change": workspace.get("latest-change-at"),
        "locked": workspace.get("locked"),
        "current run": workspace.related_id("current-run"),
        "workspaces that may read its state": "all of the organization" if shared else number_of(consumers),
    }
