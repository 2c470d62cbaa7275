"""What a look at a policy file as a whole finds."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Severity(StrEnum):
    """How bad it is."""

    ERROR = "error"
    """It says something that can't be meant: a name that leads nowhere, a rule that does nothing."""
    WARNING = "warning"
    """It may be meant, and a reader should know."""


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One sentence about one place in the file, with what to do."""

    severity: Severity
    where: str
    """The rule's id, or the place in the file: `agents.deployer`."""
    text: str


def error(where: str, text: str) -> Finding:
    """It can't be meant."""
    return Finding(severity=Severity.ERROR, where=where, text=text)


def warning(where: str, text: str) -> Finding:
    """It may be meant."""
    return Finding(severity=Severity.WARNING, where=where, text=text)
