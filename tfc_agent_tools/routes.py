"""Where each fact is read.

In a path, `{run_id}` is an argument of the call and `{run.plan}` the id behind a relationship of another fact, which is
then read first. Facts that wait for nothing are read at once.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from tfc_agent_tools.endpoint import fill
from tfc_agent_tools.request import Request

if TYPE_CHECKING:
    from tfc_agent_tools.facts import Resource

Routes = Mapping[str, tuple[str, ...]]

ROUTES: Final[Routes] = {
    "run": ("/runs/{run_id}",),
    "plan": ("/plans/{plan_id}", "/plans/{run.plan}"),
    "workspace": (
        "/workspaces/{workspace}",
        "/organizations/{organization_name}/workspaces/{workspace_name}",
        "/workspaces/{run.workspace}",
        "/workspaces/{state_version.workspace}",
        "/workspaces/{notification.subscribable}",
    ),
    "configuration_version": (
        "/configuration-versions/{configuration_version_id}",
        "/configuration-versions/{run.configuration-version}",
    ),
    "commit": ("/configuration-versions/{run.configuration-version}/ingress-attributes",),
    "policy_checks": ("/runs/{run_id}/policy-checks",),
    "triggered": ("/workspaces/{run.workspace}/run-triggers?filter[run-trigger][type]=outbound&page[size]=100",),
    "holder": ("/runs/{workspace.locked-by}",),
    "state_version": ("/state-versions/{state_version_id}",),
    "variables": ("/workspaces/{workspace}/vars",),
    "notification": ("/notification-configurations/{notification_configuration_id}",),
    "notifications": (
        "/workspaces/{workspace}/notification-configurations",
        "/workspaces/{notification.subscribable}/notification-configurations",
    ),
    "project": ("/projects/{project_id}",),
    "current_project": ("/projects/{workspace.project}",),
    "tags": (
        "/workspaces/{workspace}/effective-tag-bindings",
        "/workspaces/{run.workspace}/effective-tag-bindings",
        "/workspaces/{state_version.workspace}/effective-tag-bindings",
        "/workspaces/{notification.subscribable}/effective-tag-bindings",
    ),
    "team": ("/teams/{team_id}",),
    "organization": ("/organizations/{organization_name}",),
}
"""Fact → the paths it can be read at; the first whose arguments this call has counts."""

_PLACE = re.compile(r"{([\w-]+)(?:\.([\w-]+))?}")


@dataclass(frozen=True, slots=True)
class Source:
    """Where a fact comes from in this call: a request, another fact first, or (both None) nowhere."""

    request: Request | None = None
    waits_for: str | None = None
    is_target: bool = False
    """Named by an argument of the call itself: if this is not there, the call can't succeed."""


def places(arguments: Mapping[str, Any]) -> dict[str, Any]:
    """The arguments as routes know them: a workspace given as `organization/name` becomes those two."""
    named = {name: value for name, value in arguments.items() if value is not None}
    organization, slash, name = str(named.get("workspace", "")).partition("/")
    if slash:
        del named["workspace"]
        named |= {"organization_name": organization, "workspace_name": name}
    return named


def source_of(fact: str, given: Mapping[str, Any], known: Mapping[str, Resource], routes: Routes = ROUTES) -> Source:
    """Where to read a fact, from the call's `places` and the facts known so far."""
    for route in routes[fact]:
        parts = _PLACE.findall(route)
        if ("workspace", "") in parts and fact != "workspace" and "workspace_name" in given:
            # The call names its workspace; the id that this path takes is found first.
            if "workspace" not in known:
                return Source(waits_for="workspace")
            given = {**given, "workspace": known["workspace"].id}
        others = [(name, relationship) for name, relationship in parts if relationship]
        if any(not relationship and name not in given for name, relationship in parts):
            continue
        unread = next((name for name, _ in others if name not in known), None)
        if unread is None:
            return Source(_request(route, given, known), is_target=not others and route.endswith("}"))
        if source_of(unread, given, known, routes) != Source():
            return Source(waits_for=unread)
    return Source()


def ready(
    wanted: Collection[str], given: Mapping[str, Any], known: Mapping[str, Resource], routes: Routes = ROUTES
) -> dict[str, Source]:
    """The wanted facts, and what they wait for, that can be read (or be known as unknown) right now."""
    found: dict[str, Source] = {}
    pending = [fact for fact in wanted if fact not in known]
    while pending:
        fact = pending.pop()
        source = source_of(fact, given, known, routes)
        if source.waits_for:
            pending.append(source.waits_for)
        else:
            found[fact] = source
    return found


def _request(route: str, given: Mapping[str, Any], known: Mapping[str, Resource]) -> Request | None:
    """The GET of a route, or None where a relationship leads nowhere or to another type than the path's."""
    values: dict[str, str] = {}
    for name, relationship in _PLACE.findall(route):
        if not relationship:
            values[name] = str(given[name])
            continue
        found = known[name].related(relationship)
        if not isinstance(found, tuple) or not route.startswith(f"/{found[0]}/"):
            return None
        values[f"{name}_{relationship}".replace("-", "_")] = found[1]
    template = _PLACE.sub(lambda m: "{" + "_".join(filter(None, m.groups())).replace("-", "_") + "}", route)
    path, _, query = template.partition("?")
    pairs = tuple((name, value) for name, _, value in (pair.partition("=") for pair in query.split("&")) if name)
    return Request(method="GET", path=fill(path, values), query=pairs)
