"""Signed URLs: a path outside the API that is good for one thing, for a while, without a token."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tfc_agent_tools.sandbox.world import World

PREFIX = "/_blobs/"
DEFAULT_LIFE = timedelta(hours=25)
PLAN_JSON_LIFE = timedelta(minutes=1)


class BlobKind(StrEnum):
    """What a signed URL gives access to."""

    UPLOAD = "upload"
    PLAN_LOG = "plan-log"
    APPLY_LOG = "apply-log"
    PLAN_JSON = "plan-json"
    STATE = "state"
    STATE_JSON = "state-json"
    STATE_UPLOAD = "state-upload"
    STATE_JSON_UPLOAD = "state-json-upload"


@dataclass(frozen=True, slots=True)
class Grant:
    """What one signed URL opens, and until when."""

    secret: str
    kind: BlobKind
    target: str
    expires_at: datetime


class Blobs:
    """The signed URLs that were given out."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._grants: dict[str, Grant] = {}
        self._standing: dict[tuple[BlobKind, str], str] = {}

    def standing(self, kind: BlobKind, target: str) -> str:
        """Return the path of a target's lasting URL: the same one each time, renewed for 25 hours."""
        key = (kind, target)
        if key not in self._standing:
            self._standing[key] = self._world.ids.derived("blob", f"{kind}/{target}") + self._world.ids.derived(
                "", f"{kind}/{target}"
            )
        return self._grant(self._standing[key], kind, target, DEFAULT_LIFE)

    def fresh(self, kind: BlobKind, target: str, life: timedelta = DEFAULT_LIFE) -> str:
        """Return the path of a new URL."""
        return self._grant(self._world.ids.secret(), kind, target, life)

    def find(self, secret: str) -> Grant | None:
        """Return what a URL opens, None when it is unknown or has expired."""
        grant = self._grants.get(secret)
        return grant if grant is not None and self._world.clock() < grant.expires_at else None

    def use_up(self, secret: str) -> None:
        """Make a URL worthless."""
        self._grants.pop(secret, None)

    def _grant(self, secret: str, kind: BlobKind, target: str, life: timedelta) -> str:
        self._grants[secret] = Grant(secret, kind, target, self._world.clock() + life)
        return PREFIX + secret
