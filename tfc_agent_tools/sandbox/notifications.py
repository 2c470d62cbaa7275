"""What the sandbox holds of notification configurations."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Notification:
    """A workspace's notification configuration; `token` signs what is sent and is never shown."""

    id: str
    workspace_id: str
    name: str
    destination_type: str
    created_at: datetime
    updated_at: datetime
    enabled: bool = False
    url: str | None = None
    token: str | None = field(default=None, repr=False)
    triggers: tuple[str, ...] = ()
    user_ids: tuple[str, ...] = ()
    deliveries: tuple[Mapping[str, Any], ...] = ()
