"""Documents of notification configurations."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tfc_agent_tools.sandbox.documents.base import API, Document, identifier, timestamp

if TYPE_CHECKING:
    from tfc_agent_tools.sandbox.notifications import Notification


def notification_document(notification: Notification) -> Document:
    """Return a notification configuration; its token is never shown."""
    document: Document = {
        "id": notification.id,
        "type": "notification-configurations",
        "attributes": {
            "enabled": notification.enabled,
            "name": notification.name,
            "url": notification.url,
            "destination-type": notification.destination_type,
            "token": None,
            "triggers": list(notification.triggers),
            "delivery-responses": [dict(delivery) for delivery in notification.deliveries],
            "created-at": timestamp(notification.created_at),
            "updated-at": timestamp(notification.updated_at),
        },
        "relationships": {"subscribable": {"data": identifier("workspaces", notification.workspace_id)}},
        "links": {"self": f"{API}/notification-configurations/{notification.id}"},
    }
    if notification.destination_type == "email":
        users = [identifier("users", user_id) for user_id in notification.user_ids]
        document["relationships"]["users"] = {"data": users}
    return document
