"""Notification configurations of a workspace: who is told about its runs. Their URLs and tokens are never shown.

https://developer.hashicorp.com/terraform/cloud-docs/api-docs/notification-configurations

Left out: `email-addresses` (Terraform Enterprise only), a new `destination-type` for one that exists (not documented).
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from tfc_agent_tools.endpoint import changes, document, endpoint, exclusive
from tfc_agent_tools.endpoints.previews.notifications import (
    NOT_FOR,
    changed_notification_of,
    impacts_of_notification,
    new_notification_of,
    notification_as_it_is,
)
from tfc_agent_tools.errors import ArgumentError
from tfc_agent_tools.guards import confirms, explains, impacts, permission, previews, returns, tokens
from tfc_agent_tools.request import Json, Secret
from tfc_agent_tools.types import (
    NOT_GIVEN,
    DisplayName,
    Impact,
    NotificationConfigurationId,
    PageNumber,
    PageSize,
    Risk,
    SecretName,
    TokenType,
    UserId,
    WebUrl,
    WorkspaceRef,
    wrong_with_url,
)

Destination = Literal["generic", "email", "slack", "microsoft-teams"]
Trigger = Literal[
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
]
Triggers = Annotated[list[Trigger], Field(max_length=12)]
UserIds = Annotated[list[UserId], Field(max_length=100)]


@returns("notification-configurations")
@permission("admin")
@tokens(TokenType.USER, TokenType.TEAM, TokenType.ORGANIZATION)
@endpoint("GET /workspaces/{workspace}/notification-configurations", action="notifications.list")
def list_workspace_notification_configurations(
    workspace: WorkspaceRef, page_number: PageNumber = 1, page_size: PageSize = 20
) -> Json:
    """List a workspace's notification configurations without their URLs."""


@returns("notification-configurations")
@permission("admin")
@tokens(TokenType.USER, TokenType.TEAM, TokenType.ORGANIZATION)
@endpoint("GET /notification-configurations/{notification_configuration_id}", action="notifications.read")
def get_notification_configuration(notification_configuration_id: NotificationConfigurationId) -> Json:
    """Read a notification configuration without its URL."""


@returns("notification-configurations")
@previews(new_notification_of)
@impacts(of=impacts_of_notification)
@explains("explain/create_workspace_notification_configuration.md.j2")
@confirms(Risk.WRITE)
@permission("admin")
@tokens(TokenType.USER, TokenType.TEAM, TokenType.ORGANIZATION)
@endpoint("POST /workspaces/{workspace}/notification-configurations", action="notifications.create")
def create_workspace_notification_configuration(
    workspace: WorkspaceRef,
    name: DisplayName,
    destination_type: Destination,
    url: WebUrl | None = None,
    url_from: SecretName | None = None,
    token_from: SecretName | None = None,
    user_ids: UserIds | None = None,
    triggers: Triggers | None = None,
    enabled: bool = False,
) -> Json:
    """Create a notification configuration; a Slack or Teams URL comes by url_from.

    `enabled` is always sent. An enabled one is verified by a request before it is saved; 400 means that it failed. The
    token signs what is sent to a generic destination; users are those of an email one.
    """
    exclusive(url=url, url_from=url_from)
    _fits(destination_type, url=url, url_from=url_from, token_from=token_from, user_ids=user_ids)
    attributes = {
        "destination-type": destination_type,
        "enabled": enabled,
        "name": name,
        "url": Secret(url_from, "url_from", wrong_with_url) if url_from else url,
        "token": Secret(token_from, "token_from") if token_from else None,
        "triggers": triggers or [],
    }
    return _told(document("notification-configurations", attributes), user_ids)


@returns("notification-configurations")
@previews(changed_notification_of)
@impacts(of=impacts_of_notification)
@explains("explain/update_notification_configuration.md.j2")
@confirms(Risk.WRITE)
@permission("admin")
@tokens(TokenType.USER, TokenType.TEAM, TokenType.ORGANIZATION)
@endpoint("PATCH /notification-configurations/{notification_configuration_id}", action="notifications.update")
def update_notification_configuration(
    notification_configuration_id: NotificationConfigurationId,
    name: DisplayName = NOT_GIVEN,
    url: WebUrl = NOT_GIVEN,
    url_from: SecretName = NOT_GIVEN,
    token_from: Annotated[SecretName | None, Field(description="name of a secret; null removes it")] = NOT_GIVEN,
    user_ids: UserIds = NOT_GIVEN,
    triggers: Triggers = NOT_GIVEN,
    enabled: bool = NOT_GIVEN,
) -> Json:
    """Change a notification configuration; triggers and users replace the old ones.

    What is not given stays as it is. An enabled one is verified by a request before it is saved; 400 means that it
    failed.
    """
    exclusive(url=url is not NOT_GIVEN, url_from=url_from is not NOT_GIVEN)
    attributes = {
        "enabled": enabled,
        "name": name,
        "url": url if url_from is NOT_GIVEN else Secret(url_from, "url_from", wrong_with_url),
        "token": Secret(token_from, "token_from") if isinstance(token_from, str) else token_from,
        "triggers": triggers,
    }
    users = None if user_ids is NOT_GIVEN else user_ids
    told = ("users", None if users is None else "")
    body = changes("notification-configurations", attributes, identifier=notification_configuration_id, users=told)
    return _told(body, users)


@returns("notification-configurations")
@previews(notification_as_it_is)
@impacts(Impact.SENDS_OUT)
@explains("explain/verify_notification_configuration.md.j2")
@confirms(Risk.WRITE)
@permission("admin")
@tokens(TokenType.USER, TokenType.TEAM, TokenType.ORGANIZATION)
@endpoint(
    "POST /notification-configurations/{notification_configuration_id}/actions/verify", action="notifications.verify"
)
def verify_notification_configuration(notification_configuration_id: NotificationConfigurationId) -> Json:
    """Send a test request to a notification configuration's destination.

    10 requests a minute. 400 means that the destination did not answer as it should.
    """


@returns("notification-gone")
@previews(notification_as_it_is)
@impacts(Impact.WEAKENS_CONTROL)
@explains("explain/delete_notification_configuration.md.j2")
@confirms(Risk.DESTRUCTIVE)
@permission("admin")
@tokens(TokenType.USER, TokenType.TEAM, TokenType.ORGANIZATION)
@endpoint("DELETE /notification-configurations/{notification_configuration_id}", action="notifications.delete")
def delete_notification_configuration(notification_configuration_id: NotificationConfigurationId) -> Json:
    """Delete a notification configuration; whoever it told about runs is told no more."""


def _fits(kind: Destination, **given: object) -> None:
    """Refuse what the kind of destination does not take.

    Raises:
        ArgumentError: Names the argument and the fix.
    """
    needed = {"email": None, "generic": "url"}.get(kind, "url_from")
    for name in NOT_FOR[kind]:
        if given[name]:
            fix = "Give url_from, a secret's name." if (name, needed) == ("url", "url_from") else "Leave it out."
            raise ArgumentError(name, f"is not for a destination_type of {kind}.", fix)
    if needed and not given["url"] and not given["url_from"]:
        raise ArgumentError(needed, f"is missing; a destination_type of {kind} needs it.", "Give it.")


def _told(body: Json, user_ids: list[str] | None) -> Json:
    """The body with the users of an email destination."""
    if user_ids is not None:
        users = [{"type": "users", "id": user_id} for user_id in user_ids]
        body["data"]["relationships"] = {"users": {"data": users}}
    return body
