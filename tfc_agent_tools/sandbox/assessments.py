"""Health assessments: what a world says that the last look at a workspace found. None is ever carried out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Assessment:
    """A workspace's current assessment; the counts are of resources and of checks."""

    id: str
    workspace_id: str
    created_at: datetime
    succeeded: bool = True
    drifted: bool = False
    error_message: str | None = None
    resources_drifted: int = 0
    resources_undrifted: int = 0
    checks_passed: int = 0
    checks_failed: int = 0
    checks_errored: int = 0
    checks_unknown: int = 0

    @property
    def all_checks_succeeded(self) -> bool:
        """Whether the assessment came to an end and no check did otherwise than pass."""
        return self.succeeded and not (self.checks_failed or self.checks_errored or self.checks_unknown)
