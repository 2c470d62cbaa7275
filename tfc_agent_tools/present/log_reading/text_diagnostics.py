"""Errors and warnings in the plain text of a log, with a box drawn around them or without.

    ╷
    │ Error: Invalid value for variable
    │
    │   with aws_instance.web,
    │   on main.tf line 3, in resource "aws_instance" "web":
    │    3:   password = "hunter2"
    │     ├────────────────
    │     │ var.n is "9"
    │
    │ n must be < 5
    ╵

Without the box, as `-no-color` prints it, nothing marks where one ends, and a text in it can pass for the start
of the next one.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from enum import Enum, auto
from typing import TYPE_CHECKING, Final

from tfc_agent_tools.present.log_reading.diagnostics import Diagnostic

if TYPE_CHECKING:
    from tfc_agent_tools.present.log_reading.facts import Findings

_SIDE: Final = "│"
_START: Final = re.compile(r"(Error|Warning): ")
_WITH: Final = re.compile(r"  with (.+),")
_ON: Final = re.compile(r"  on (.{1,500}?) line ([0-9]{1,9})(?:, in (.*))?:")
_LONGEST_PLACE: Final = 2_000
_NOT_SHOWN: Final = "  (source not shown)"


class _Stage(Enum):
    SUMMARY = auto()
    PLACE = auto()
    SOURCE = auto()
    DETAIL = auto()


@dataclass(slots=True)
class _Open:
    """A diagnostic whose end has not come yet."""

    diagnostic: Diagnostic
    is_boxed: bool
    summary: list[str]
    detail: list[str] = field(default_factory=list[str])
    stage: _Stage = _Stage.SUMMARY

    def take(self, line: str, body: str) -> list[str]:
        """Take its next line in, and return what to show of it."""
        is_blank = not body.strip()
        if self.stage is _Stage.SUMMARY:
            if is_blank:
                self.stage = _Stage.PLACE
            else:
                self.summary.append(body)
        elif self.stage is _Stage.PLACE:
            return self._take_place(line, body)
        elif self.stage is _Stage.SOURCE:
            if not is_blank:
                return []
            self.stage = _Stage.DETAIL
        else:
            self.detail.append(body)
        return [line]

    def _take_place(self, line: str, body: str) -> list[str]:
        place = body if len(body) <= _LONGEST_PLACE else ""
        if found := _WITH.fullmatch(place):
            self.diagnostic = replace(self.diagnostic, address=found[1])
        elif found := _ON.fullmatch(place):
            self.diagnostic = replace(self.diagnostic, file=found[1], line=int(found[2]), context=found[3])
            self.stage = _Stage.SOURCE
            return [line, f"{f'{_SIDE} ' if self.is_boxed else ''}{_NOT_SHOWN}"]
        else:
            self.stage = _Stage.DETAIL
            self.detail.append(body)
        return [line]

    def ended(self) -> Diagnostic:
        """The diagnostic as its lines gave it."""
        return replace(
            self.diagnostic, summary="\n".join(self.summary), detail="\n".join(self.detail).strip("\n").rstrip()
        )


class TextDiagnostics:
    """Takes the lines of diagnostics out of the others, one line at a time."""

    def __init__(self, findings: Findings) -> None:
        self._findings = findings
        self._open: _Open | None = None
        self._follows_blank = True

    def read(self, line: str) -> list[str] | None:
        """What to show of a line that is part of a diagnostic: nothing of the source. None for any other line."""
        is_boxed = line.startswith(_SIDE)
        body = line[1:].removeprefix(" ") if is_boxed else line
        if self._open and self._open.is_boxed != is_boxed:
            self.close()
        follows_blank, self._follows_blank = self._follows_blank, not body.strip()
        if (not self._open or (follows_blank and not is_boxed)) and (start := _START.match(body)):
            self.close()
            diagnostic = Diagnostic(severity=start[1].lower(), summary="")
            self._open = _Open(diagnostic, is_boxed, summary=[body[start.end() :]])
            return [line]
        return self._open.take(line, body) if self._open else None

    def close(self) -> None:
        """End the open diagnostic, if there is one."""
        if self._open:
            self._findings.note(self._open.ended())
            self._open = None
