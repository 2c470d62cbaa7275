"""One name for the content of a configuration, however it was packed."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tfc_agent_tools.sandbox.archive import Member


def fingerprint(members: Sequence[Member]) -> str:
    """Return a digest of the paths and contents of a configuration's files."""
    digest = hashlib.sha256()
    for member in sorted(members, key=lambda member: str(member.path)):
        digest.update(f"{member.path}\0{len(member.content)}\0".encode() + member.content)
    return digest.hexdigest()


def state_fingerprint(state: bytes | None) -> str:
    """Return a digest of what a state file holds, the same for each of its serials; empty where it holds nothing."""
    resources = json.loads(state).get("resources") if state else None
    if not resources:
        return ""
    return hashlib.sha256(json.dumps(resources, sort_keys=True).encode()).hexdigest()
