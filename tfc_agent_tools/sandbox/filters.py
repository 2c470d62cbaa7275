"""What list queries select: workspaces and runs."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING

from tfc_agent_tools.sandbox.models import RunStatus
from tfc_agent_tools.sandbox.problems import invalid
from tfc_agent_tools.sandbox.runs import DISCARDABLE

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from tfc_agent_tools.sandbox.models import Run, Tag, Workspace
    from tfc_agent_tools.sandbox.world import World

_TAGGED = re.compile(r"filter\[tagged\]\[(\d+)\]\[(key|value)\]\Z")
_STATUS_GROUPS: Mapping[str, frozenset[RunStatus]] = {
    "non_final": frozenset(status for status in RunStatus if not status.is_final),
    "final": frozenset(status for status in RunStatus if status.is_final),
    "discardable": DISCARDABLE - {RunStatus.PENDING},
}
_OPERATIONS = ("plan_only", "plan_and_apply", "save_plan", "refresh_only", "destroy", "empty_apply")


def matching_workspaces(world: World, rows: Sequence[Workspace], query: Mapping[str, str]) -> list[Workspace]:
    """Return the workspaces that a list query selects, in its order."""
    found = [row for row in rows if _workspace_matches(world, row, query)]
    return _sorted_workspaces(world, found, query.get("sort", "name"))


def _workspace_matches(world: World, row: Workspace, query: Mapping[str, str]) -> bool:
    names = {tag.key for tag in row.tags}
    project = query.get("filter[project][id]")
    statuses = _words(query, "filter[current-run][status]")
    current = world.runs.get(row.current_run_id)
    return (
        query.get("search[name]", "").lower() in row.name.lower()
        and _wildcard(query.get("search[wildcard-name]") or "*").fullmatch(row.name) is not None
        and names.issuperset(_words(query, "search[tags]"))
        and names.isdisjoint(_words(query, "search[exclude-tags]"))
        and (project is None or row.project_id == project)
        and (not statuses or (current is not None and current.status.value in statuses))
        and _is_tagged(_effective_tags(world, row), query)
    )


def _wildcard(pattern: str) -> re.Pattern[str]:
    """Return a pattern in which `*`, and nothing else, stands for anything."""
    return re.compile(".*".join(re.escape(part) for part in pattern.split("*")))


def _effective_tags(world: World, row: Workspace) -> list[Tag]:
    own = {tag.key for tag in row.tags}
    return [*row.tags, *(tag for tag in world.projects[row.project_id].tags if tag.key not in own)]


def _is_tagged(tags: list[Tag], query: Mapping[str, str]) -> bool:
    """Whether every filter fits one of the tags, inherited ones included; with `tag-union` any filter is enough."""
    fits = [any(_fits(tag, wanted) for tag in tags) for wanted in _tag_filters(query)]
    return not fits or (any(fits) if query.get("filter[tag-union]") == "true" else all(fits))


def _fits(tag: Tag, wanted: Mapping[str, str]) -> bool:
    return tag.key == wanted.get("key", tag.key) and tag.value == wanted.get("value", tag.value)


def _tag_filters(query: Mapping[str, str]) -> list[dict[str, str]]:
    parts: dict[str, dict[str, str]] = {}
    for name, value in query.items():
        match = _TAGGED.match(name)
        if match:
            parts.setdefault(match[1], {})[match[2]] = value
    return list(parts.values())


def _words(query: Mapping[str, str], name: str) -> list[str]:
    return [word.strip() for word in query.get(name, "").split(",") if word.strip()]


def _sorted_workspaces(world: World, rows: list[Workspace], order: str) -> list[Workspace]:
    field = order.removeprefix("-")

    def key(row: Workspace) -> str:
        if field == "name":
            return row.name
        run = world.runs.get(row.current_run_id)
        state = world.state_versions.get(row.current_state_version_id)
        at = (state.created_at if state else row.created_at) if field == "latest-change-at" else None
        at = run.created_at if run and field == "current-run.created-at" else at
        return at.isoformat() if at else ""

    if field not in ("name", "current-run.created-at", "latest-change-at"):
        raise invalid("sort is not one of name, current-run.created-at, latest-change-at")
    return sorted(rows, key=key, reverse=order.startswith("-"))


def matching_runs(world: World, rows: Sequence[Run], query: Mapping[str, str]) -> list[Run]:
    """Return the runs that a list query selects, newest first; plan-only runs only on demand."""
    operations = _words(query, "filter[operation]") or [name for name in _OPERATIONS if name != "plan_only"]
    statuses = _words(query, "filter[status]")
    group = query.get("filter[status_group]")
    sources = _words(query, "filter[source]")
    names = _words(query, "filter[workspace_names]")
    return [
        run
        for run in reversed(rows)
        if _operation(run) in operations
        and (not statuses or run.status.value in statuses)
        and (group is None or run.status in _STATUS_GROUPS.get(group, ()))
        and (not sources or run.options.source in sources)
        and (not names or world.workspaces[run.workspace_id].name in names)
        and not _words(query, "filter[agent_pool_names]")  # the sandbox has no agents
        and _within(run, query.get("filter[timeframe]"), world.clock())
        and _found(world, run, query)
    ]


def _within(run: Run, timeframe: str | None, now: datetime) -> bool:
    """Whether a run was created in a calendar year, or with `year` in the last 365 days."""
    if timeframe is None:
        return True
    if timeframe == "year":
        return run.created_at > now - timedelta(days=365)
    return str(run.created_at.year) == timeframe


def _found(world: World, run: Run, query: Mapping[str, str]) -> bool:
    """Whether a search finds a run; `basic` counts only without the two others, and no run here has a commit."""
    user = query.get("search[user]")
    creator = world.users[run.created_by].username
    if query.get("search[commit]"):
        return False
    if user:
        return user.lower() in creator.lower()
    text = query.get("search[basic]", "").lower()
    return any(text in field.lower() for field in (run.id, run.options.message, creator))


def _operation(run: Run) -> str:
    options = run.options
    kinds = {
        "plan_only": options.plan_only,
        "save_plan": options.save_plan,
        "destroy": options.is_destroy,
        "refresh_only": options.refresh_only,
        "empty_apply": options.allow_empty_apply,
    }
    return next((name for name, holds in kinds.items() if holds), "plan_and_apply")
