"""What a person is shown before a notification configuration changes: who gets to know what, and who no longer."""

from __future__ import annotations

from typing import Any, Final, cast

from pydantic import HttpUrl, ValidationError

from tfc_agent_tools.endpoints.previews.words import shown
from tfc_agent_tools.endpoints.previews.workspaces import workspace_label
from tfc_agent_tools.facts import UNKNOWN, Preview, Resource, Scalar
from tfc_agent_tools.request import Request
from tfc_agent_tools.types import Impact

_MOST: Final = 20
NOT_FOR: Final = {
    "email": ("url", "url_from", "token_from"),
    "slack": ("url", "token_from", "user_ids"),
    "microsoft-teams": ("url", "token_from", "user_ids"),
    "generic": ("user_ids",),
}
"""Destination → the arguments that are not for it. A Slack or Teams URL is a key, so a literal one is not either."""


def new_notification_of(workspace: Resource, notifications: Resource, arguments: dict[str, Any]) -> Preview:
    """An enabled one is verified by a request that goes out before it is saved."""
    full = len(notifications.items) >= _MOST
    return Preview(
        workspace=workspace_label(workspace),
        facts={
            "destination": arguments["destination_type"],
            **_target(arguments, notifications),
            "triggers": shown(arguments["triggers"] or []),
            "enabled": arguments["enabled"],
            "sent at once": _first_request(enabled=arguments["enabled"]),
        },
        impossible=f"the workspace has {_MOST} notification configurations, which is the most" if full else None,
    )


def changed_notification_of(
    notification: Resource, workspace: Resource, notifications: Resource, arguments: dict[str, Any]
) -> Preview:
    """What it is now and what it is then."""
    kind, was_on, fires = (notification.get(name) for name in ("destination-type", "enabled", "triggers"))
    on: Scalar = arguments.get("enabled", was_on)
    wrong = next((name for name in NOT_FOR.get(str(kind), ()) if arguments.get(name) is not None), None)
    hint = "; give url_from" if wrong == "url" and kind != "email" else ""
    fewer = "triggers" in arguments and not _all_in(fires, arguments["triggers"])
    elsewhere = not {"url", "url_from", "user_ids"}.isdisjoint(arguments)  # whoever was told before is not any more
    quieter = fewer or elsewhere or (on is False and was_on is not False) or arguments.get("token_from", "") is None
    found = {Impact.SENDS_OUT: on is not False, Impact.WEAKENS_CONTROL: quieter}
    return Preview(
        workspace=workspace_label(workspace),
        facts={
            "destination": kind,
            "sends to now": _origin(notification.get("url")),
            **_target(arguments, notifications),
            "triggers now": shown(fires),
            "triggers then": shown(arguments["triggers"]) if "triggers" in arguments else "the same",
            "enabled now": was_on,
            "enabled then": on,
            "sent at once": _first_request(enabled=on),
        },
        quoted={"name of the configuration": notification.text("name")},
        impacts=frozenset(impact for impact, holds in found.items() if holds),
        impossible=f"{notification.id} is of type {kind}, which {wrong} is not for{hint}" if wrong else None,
    )


def notification_as_it_is(notification: Resource, workspace: Resource) -> Preview:
    """Where it sends to, by host: the path of a URL can be a key."""
    return Preview(
        workspace=workspace_label(workspace),
        facts={
            "notification configuration": notification.id,
            "destination": notification.get("destination-type"),
            "sends to": _origin(notification.get("url")),
            "triggers": shown(notification.get("triggers")),
            "enabled": notification.get("enabled"),
        },
        quoted={"name of the configuration": notification.text("name")},
    )


def impacts_of_notification(request: Request) -> frozenset[Impact]:
    """A destination that is named or switched on gets to know of runs."""
    asked = request.body["data"]["attributes"]
    return frozenset({Impact.SENDS_OUT}) if "url" in asked or asked.get("enabled") else frozenset()


def _target(arguments: dict[str, Any], others: Resource) -> dict[str, Scalar]:
    """The destination that the call names, and whether this workspace knows its host already."""
    users, signed = arguments.get("user_ids"), arguments.get("token_from", "")
    facts: dict[str, Scalar] = {
        "users": shown(users) if users else None,
        "signed": "no longer" if signed is None else f"with the secret {signed}" if signed else None,
    }
    if name := arguments.get("url_from"):
        return {**facts, "will send to": f"the URL that the host holds as the secret {name}", "that host": UNKNOWN}
    if url := arguments.get("url"):
        known = _origin(url) in {_origin(other.get("url")) for other in others.items}
        here = "known to this workspace" if known else "NEW to this workspace"
        facts |= {"will send to": _origin(url), "that host": here if others.known else UNKNOWN}
    return facts


def _origin(url: Any) -> Scalar:
    """Scheme and host of a URL."""
    if not isinstance(url, str):
        return UNKNOWN if url is UNKNOWN else None
    try:
        parts = HttpUrl(url)
    except ValidationError:
        return UNKNOWN
    return f"{parts.scheme}://{parts.host}"


def _first_request(*, enabled: Scalar) -> str:
    return "nothing" if enabled is False else "a verification request, before it is saved"


def _all_in(now: object, then: list[str]) -> bool:
    return isinstance(now, list) and all(trigger in then for trigger in cast("list[object]", now))
