"""Sending notifications. Only loopback addresses are really called: nothing leaves the machine.

https://developer.hashicorp.com/terraform/cloud-docs/api-docs/notification-configurations#notification-verification-and-delivery-responses
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import ipaddress
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import httpx

if TYPE_CHECKING:
    from datetime import datetime

    from tfc_agent_tools.sandbox.notifications import Notification

SECONDS = 5.0
_SHOWN = 1024
_LAST_PORT = 65535
_NOT_SENT = "SANDBOX: not sent, the sandbox calls loopback addresses only"


@dataclass(frozen=True, slots=True)
class Delivery:
    """How sending went; `response` is what `delivery-responses` shows."""

    good: bool
    response: dict[str, Any]


def destination(url: str | None) -> str | None:
    """Return an http or https URL that names a host, None for anything else."""
    try:
        parts = httpx.URL(url or "")
    except httpx.InvalidURL:
        return None
    is_good = parts.scheme in ("http", "https") and bool(parts.host) and 0 < (parts.port or 80) <= _LAST_PORT
    return url if is_good else None


def is_loopback(url: str) -> bool:
    """Whether a URL certainly stays on this machine; a name other than localhost could lead anywhere."""
    host = httpx.URL(url).host  # as read by what sends it
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def verification(notification: Notification) -> bytes:
    """Return the body of the request that verifies a configuration."""
    nothing = ("run_url", "run_id", "run_message", "run_created_at", "run_created_by")
    nowhere = ("workspace_id", "workspace_name", "organization_name")
    message = {
        "message": f"Verification of {notification.name}",
        "trigger": "verification",
        "run_status": None,
        "run_updated_at": None,
        "run_updated_by": None,
    }
    return json.dumps(
        {
            "payload_version": 1,
            "notification_configuration_id": notification.id,
            **dict.fromkeys((*nothing, *nowhere)),
            "notifications": [message],
        }
    ).encode()


async def deliver(notification: Notification, body: bytes, at: datetime, *, seconds: float = SECONDS) -> Delivery:
    """Post a body to a configuration's URL, signed where it has a token; redirects are not followed."""
    url = notification.url or ""
    if not is_loopback(url):
        return _delivery(url, at, code=200, body=_NOT_SENT, headers={"x-sandbox": ["not sent"]})
    headers = {"Content-Type": "application/json", "User-Agent": "SANDBOX"}
    if notification.token and notification.destination_type == "generic":
        signature = hmac.new(notification.token.encode(), body, hashlib.sha512).hexdigest()
        headers["X-TFE-Notification-Signature"] = signature
    try:
        # Proxies of the environment would take the request elsewhere.
        async with (
            asyncio.timeout(seconds),
            httpx.AsyncClient(trust_env=False, timeout=seconds, follow_redirects=False) as client,
            client.stream("POST", _address(url), content=body, headers=headers) as response,
        ):
            return _delivery(
                url,
                at,
                code=response.status_code,
                body=await _beginning(response),
                headers={name: response.headers.get_list(name) for name in response.headers},
            )
    except (httpx.HTTPError, TimeoutError) as error:
        return _delivery(url, at, code=None, body=f"{type(error).__name__}: {error}", headers={})


def _address(url: str) -> httpx.URL:
    """Return the URL with localhost as an address, so that no resolver has a say in where it leads."""
    parts = httpx.URL(url)
    return parts.copy_with(host="127.0.0.1") if parts.host == "localhost" else parts


async def _beginning(response: httpx.Response) -> str:
    read = bytearray()
    async for chunk in response.aiter_bytes():
        read += chunk
        if len(read) >= _SHOWN:
            break
    return bytes(read[:_SHOWN]).decode(errors="replace")


def _delivery(url: str, at: datetime, *, code: int | None, body: str, headers: dict[str, list[str]]) -> Delivery:
    good = code is not None and 200 <= code < 300
    # `successful` is a string in the documented answers, though their table calls it a bool.
    shown: dict[str, Any] = {
        "url": url,
        "body": body,
        "code": None if code is None else str(code),
        "headers": headers,
        "sent-at": at.strftime("%Y-%m-%d %H:%M:%S UTC"),
        "successful": str(good).lower(),
    }
    return Delivery(good, shown)
