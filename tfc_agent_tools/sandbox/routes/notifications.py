"""Notification configurations of workspaces. What is enabled must answer a verification first."""

from __future__ import annotations

from dataclasses import replace
from http import HTTPStatus
from typing import TYPE_CHECKING

from tfc_agent_tools.sandbox.call import Call, data, nothing
from tfc_agent_tools.sandbox.deliveries import Delivery, deliver, destination, verification
from tfc_agent_tools.sandbox.documents.notifications import notification_document
from tfc_agent_tools.sandbox.errands import Errand
from tfc_agent_tools.sandbox.notifications import Notification
from tfc_agent_tools.sandbox.permissions import Permission
from tfc_agent_tools.sandbox.problems import bad_request, invalid, not_found
from tfc_agent_tools.sandbox.routes.endpoint import Endpoint

if TYPE_CHECKING:
    from starlette.responses import Response

    from tfc_agent_tools.sandbox.bodies import Attributes, Document
    from tfc_agent_tools.sandbox.models import Workspace

_TYPES = ("notification-configurations", "notification-configuration")
_DESTINATIONS = ("generic", "email", "slack", "microsoft-teams")
_TRIGGERS = frozenset(
    {
        "run:created",
        "run:planning",
        "run:needs_attention",
        "run:applying",
        "run:completed",
        "run:errored",
        "assessment:drifted",
        "assessment:check_failure",
        "assessment:failed",
        "workspace:auto_destroy_reminder",
        "workspace:auto_destroy_run_results",
        "workspace:deleted",
    }
)
_MOST = 20


def list_notifications(call: Call) -> Response:
    """List a workspace's notification configurations; in pages only when a page is asked for."""
    workspace = call.workspace_at("workspace", Permission.ADMIN)
    return call.pages_on_demand(_of(call, workspace.id), notification_document)


def create_notification(call: Call) -> Response | Errand:
    """Create a notification configuration; an enabled one is verified first, and a 400 saves nothing."""
    workspace = call.workspace_at("workspace", Permission.ADMIN)
    document = call.document(*_TYPES)
    kind = document.attributes.choice("destination-type", _DESTINATIONS)
    if kind is None:
        raise invalid("Destination type can't be blank", "/data/attributes/destination-type")
    _check_room(call, workspace)
    now = call.world.clock()
    notification = Notification(
        id=call.world.ids.new("nc"),
        workspace_id=workspace.id,
        name="",
        destination_type=kind,
        created_at=now,
        updated_at=now,
    )
    return _saved(call, _changed(call, notification, document), HTTPStatus.CREATED)


def show_notification(call: Call) -> Response:
    """Show a notification configuration."""
    return data(notification_document(_find(call)))


def update_notification(call: Call) -> Response | Errand:
    """Change what the document names; what is enabled then is verified first, and a 400 saves nothing."""
    notification = _changed(call, _find(call), call.document(*_TYPES))
    return _saved(call, replace(notification, updated_at=call.world.clock()), HTTPStatus.OK)


def delete_notification(call: Call) -> Response:
    """Delete a notification configuration."""
    call.world.notifications.remove(_find(call).id)
    return nothing()


def verify_notification(call: Call) -> Response | Errand:
    """Send the verification, whether the configuration is enabled or not; 400 when it is not taken."""
    return _verified(call, _find(call), HTTPStatus.OK, keep_failure=True)


def _find(call: Call) -> Notification:
    notification = call.world.notifications.get(call.path("notification"))
    if notification is None:
        raise not_found()
    call.workspace(call.world.workspaces.get(notification.workspace_id), Permission.ADMIN)
    return notification


def _of(call: Call, workspace_id: str) -> list[Notification]:
    return [row for row in call.world.notifications if row.workspace_id == workspace_id]


def _check_room(call: Call, workspace: Workspace) -> None:
    if len(_of(call, workspace.id)) >= _MOST:
        raise invalid(f"A workspace can have {_MOST} notification configurations at most")


def _saved(call: Call, notification: Notification, status: HTTPStatus) -> Response | Errand:
    if notification.enabled:
        return _verified(call, notification, status, keep_failure=False)
    return data(notification_document(call.world.notifications.put(notification)), status)


def _verified(call: Call, notification: Notification, status: HTTPStatus, *, keep_failure: bool) -> Response | Errand:
    if notification.destination_type == "email":  # no mail is ever sent from here
        return data(notification_document(call.world.notifications.put(notification)), status)
    now = call.world.clock()

    def then(delivery: Delivery) -> Response:
        workspace = call.workspace(call.world.workspaces.get(notification.workspace_id), Permission.ADMIN)
        if call.world.notifications.get(notification.id) is None:
            if status is HTTPStatus.OK:
                raise not_found()  # deleted in the meantime
            _check_room(call, workspace)
        current = call.world.notifications.get(notification.id)
        delivered = replace(current if keep_failure and current else notification, deliveries=(delivery.response,))
        if delivery.good or keep_failure:
            call.world.notifications.put(delivered)
        if not delivery.good:
            answered = delivery.response["code"] or delivery.response["body"]
            raise bad_request(f"Unable to complete the verification request: {answered}")
        return data(notification_document(delivered), status)

    return Errand(lambda: deliver(notification, verification(notification), now), then)


def _changed(call: Call, notification: Notification, document: Document) -> Notification:
    attributes = document.attributes
    if attributes.choice("destination-type", _DESTINATIONS) not in (None, notification.destination_type):
        raise invalid("Destination type can't be changed", "/data/attributes/destination-type")
    name = attributes.text("name") if "name" in attributes else notification.name
    if not name:
        raise invalid("Name can't be blank", "/data/attributes/name")
    return replace(
        notification,
        name=name,
        enabled=attributes.flag("enabled", notification.enabled),
        url=_url(notification, attributes),
        token=attributes.text("token") if "token" in attributes else notification.token,
        triggers=_triggers(notification, attributes),
        user_ids=_users(call, notification, document),
    )


def _url(notification: Notification, attributes: Attributes) -> str | None:
    url = attributes.text("url") if "url" in attributes else notification.url
    if notification.destination_type == "email":
        return None
    if destination(url) is None:
        raise invalid("Url is invalid" if url else "Url can't be blank", "/data/attributes/url")
    return url


def _triggers(notification: Notification, attributes: Attributes) -> tuple[str, ...]:
    if "triggers" not in attributes:
        return notification.triggers
    triggers = attributes.texts("triggers")
    unknown = [trigger for trigger in triggers if trigger not in _TRIGGERS]
    if unknown:
        raise invalid(f"Triggers do not include {', '.join(unknown)}", "/data/attributes/triggers")
    return tuple(dict.fromkeys(triggers))


def _users(call: Call, notification: Notification, document: Document) -> tuple[str, ...]:
    if "users" not in document.relationships:
        return notification.user_ids
    ids = document.related_ids("users")
    pointer = "/data/relationships/users"
    if notification.destination_type != "email":
        raise invalid("Users are for the destination type email", pointer)
    if any(call.world.users.get(user_id) is None for user_id in ids):
        raise invalid("Users must exist", pointer)
    return ids


ENDPOINTS = (
    Endpoint("GET", "/workspaces/{workspace}/notification-configurations", list_notifications),
    Endpoint("POST", "/workspaces/{workspace}/notification-configurations", create_notification),
    Endpoint("GET", "/notification-configurations/{notification}", show_notification),
    Endpoint("PATCH", "/notification-configurations/{notification}", update_notification),
    Endpoint("DELETE", "/notification-configurations/{notification}", delete_notification),
    Endpoint("POST", "/notification-configurations/{notification}/actions/verify", verify_notification),
)
