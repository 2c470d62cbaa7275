"""Terraform's errors and warnings, as a log tells them, without the source lines and values that it quotes."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final, TypeGuard

from tfc_agent_tools.narrow import mapping
from tfc_agent_tools.present.untrusted import clean, one_line

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

LONGEST_NAME: Final = 500
"""Characters of an address, a file's name, an output's name."""
_LONGEST_SUMMARY: Final = 300
_LONGEST_DETAIL: Final = 2_000
_TOO_MANY: Final = 1_000_000_000
_TITLES: Final = {"error": "Error", "warning": "Warning"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Diagnostic:
    """An error or a warning of Terraform's.

    The quoted source and the values of the expressions in it are left out, since both can hold secrets. The texts
    are cleaned and whole, the summary too: a provider puts the text of any error there.
    """

    severity: str
    """`error`, `warning` or `unknown`."""
    summary: str
    detail: str = ""
    address: str | None = None
    file: str | None = None
    line: int | None = None
    context: str | None = None
    """The block that the place is in, such as `resource "aws_instance" "web"`."""

    def in_words(self) -> list[str]:
        """The lines that tell it, much as Terraform's own do."""
        told = [f"{_TITLES.get(self.severity, 'Note')}: {self.summary}"]
        if self.address:
            told.append(f"  with {self.address}")
        if self.file:
            line = f" line {self.line}" if self.line else ""
            told.append(f"  on {self.file}{line}{f', in {self.context}' if self.context else ''}")
        return "\n".join([*told, *(("", self.detail) if self.detail else ())]).split("\n")

    def scrubbed(self, hide: Callable[[str], str]) -> Diagnostic:
        """With `hide` applied to every text, and each text then cut to size."""
        return replace(
            self,
            summary=one_line(hide(self.summary), _LONGEST_SUMMARY),
            detail=clean(hide(self.detail), _LONGEST_DETAIL),
            address=short_name(self.address, hide),
            file=short_name(self.file, hide),
            context=short_name(self.context, hide),
        )


def short_name(name: str | None, hide: Callable[[str], str]) -> str | None:
    """A name with `hide` applied, and then cut to size; None stays None."""
    return None if name is None else one_line(hide(name), LONGEST_NAME)


def whole(text: object) -> str:
    """The text cleaned and not cut, so that a secret in it can still be found; what is no text becomes empty."""
    return clean(text, len(text)) if isinstance(text, str) else ""


def is_count(value: object) -> TypeGuard[int]:
    """Whether a JSON value is a number of lines or resources."""
    return type(value) is int and 0 <= value < _TOO_MANY


def diagnostic_of(told: Mapping[str, Any]) -> Diagnostic:
    """The `diagnostic` of a structured message.

    https://developer.hashicorp.com/terraform/cli/commands/validate#json
    """
    place, snippet = mapping(told.get("range")), mapping(told.get("snippet"))
    severity, line = told.get("severity"), mapping(place.get("start")).get("line")
    return Diagnostic(
        severity=severity if isinstance(severity, str) and severity in _TITLES else "unknown",
        summary=whole(told.get("summary")),
        detail=whole(told.get("detail")).rstrip(),
        address=whole(told.get("address")) or None,
        file=whole(place.get("filename")) or None,
        line=line if is_count(line) else None,
        context=whole(snippet.get("context")) or None,
    )
