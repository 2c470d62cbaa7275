"""The lines of a log that are plain text, as Terraform prints a plan or an apply for people.

The wording is Terraform's (`internal/command/jsonformat/plan.go` in its repository) since version 0.12; no version
promises it. So counts come from summary lines alone, and a heading that is not understood makes the rows incomplete.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from tfc_agent_tools.present.log_reading.events import VERSION
from tfc_agent_tools.present.log_reading.facts import LogCounts, LogRow
from tfc_agent_tools.present.log_reading.text_diagnostics import TextDiagnostics

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tfc_agent_tools.present.log_reading.facts import Findings

# All start in the first column, where neither a value in a plan nor the output of a provisioner can stand.
_MILESTONE: Final = re.compile(
    rf"""
      (?P<drift>    Note:\ Objects\ have\ changed\ outside\ of\ )
    | (?P<plan>     (?:Terraform|OpenTofu)\ (?:will\ perform|planned)\ the\ following\ actions )
    | (?P<changes>  Changes\ to\ Outputs:$ )
    | (?P<summary>  (?:Plan:|(?:Apply|Destroy)\ complete!\ Resources:)\ [0-9] | No\ changes\. )
    | (?P<values>   Outputs:$ )
    | (?P<failure>  Operation\ failed: | Planning\ failed\. )
    | (?:Terraform|OpenTofu)\ v(?P<version> {VERSION} )$
    """,
    re.VERBOSE,
)
_SUMMARY: Final = re.compile(r"(Plan|Apply|Destroy)(?: complete! Resources)?: ([^.]*)\.(?: Actions: ([^.]*)\.)?")
_NUMBER: Final = re.compile(r"([0-9]{1,9}) (?:to )?(import|add|chang|destroy|forg[eo]t|invoke)[a-z]*")
_FIELDS: Final = {"chang": "change", "destroy": "remove", "forgot": "forget", "import": "import_"}

_HEADING: Final = re.compile(r" {1,2}# ")
_DEPOSED: Final = re.compile(r" \(deposed object [0-9a-f]{1,40}\)$")
_OUTPUT: Final = re.compile(r'  ([+~-]) ("[^"]*"|[^\s"]+) += ')
_SIGNS: Final = {"+": "create", "~": "update", "-": "delete"}

_MOVED: Final = " has moved to "
_DRIFTS: Final = {" has changed": ("update", None), " has been deleted": ("delete", None)}
# The first ending that fits counts.
_CHANGES: Final[Mapping[str, tuple[str, str | None]]] = {
    " will be created": ("create", None),
    " will be read during apply": ("read", None),
    " will be updated in-place": ("update", None),
    " will be destroyed": ("delete", None),
    " will be imported": ("import", None),
    " is tainted, so must be replaced": ("replace", "tainted"),
    " must be replaced": ("replace", None),
    " will be replaced, as requested": ("replace", "requested"),
    " will be replaced due to changes in replace_triggered_by": ("replace", "replace_triggered_by"),
    " will no longer be managed by Terraform, but will not be destroyed": ("forget", None),
    " will be removed from Terraform state, but will not be destroyed": ("forget", None),
    " will be removed from the OpenTofu state but will not be destroyed": ("forget", None),
}
_NOTES: Final[Mapping[str, tuple[str, str | tuple[str, ...]]]] = {
    "read_because_config_unknown": ("(config refers to values not yet known", ""),
    "read_because_dependency_pending": ("(depends on a resource or a module with changes pending", ""),
    "read_because_check_nested": ("(config will be reloaded to verify a check block", ""),
    "delete_because_count_index": ("(because index [", "] is out of range for count"),
    "delete_because_each_key": ("(because key [", "] is not in for_each map"),
    "delete_because_wrong_repetition": ("(because resource ", ("uses count or for_each", " count", " for_each")),
    "delete_because_no_move_target": ("(because ", ", which is not in configuration"),
}


class TextReader:
    """Reads plain lines one at a time. After an error no line is read as a fact: Terraform ends with its errors."""

    def __init__(self, findings: Findings) -> None:
        self._findings = findings
        self._diagnostics = TextDiagnostics(findings)
        self._section = ""
        self._is_applied = False
        self.is_over = False
        """Whether only the values of outputs follow: they can say anything, so at most a summary is read in them."""

    def read(self, line: str) -> list[str]:
        """Note what a cleaned line says, and return the lines to show for it."""
        if milestone := _MILESTONE.match(line):
            self._diagnostics.close()
            self._reach(milestone, line)
        elif not self.is_over and (shown := self._diagnostics.read(line)) is not None:
            return shown
        elif self._section and line.startswith(" "):
            self._read_in_section(line)
        return [line]

    def close(self) -> None:
        """End what is still open: the log is over, or a structured line follows."""
        self._diagnostics.close()

    def _reach(self, milestone: re.Match[str], line: str) -> None:
        found, kind = self._findings, milestone.lastgroup or ""
        self._section = "" if found.has_errors or self.is_over else kind
        if kind == "summary" and not found.has_errors:
            found.summaries.append(_summary_in(line))
            self._is_applied |= line.startswith("Apply")
        elif kind == "version" and not found.terraform_version:
            found.terraform_version = milestone["version"]
        elif kind == "failure" and not self.is_over:
            found.note_failure(None)
        elif kind == "values":
            self.is_over |= self._is_applied and not found.is_structured

    def _read_in_section(self, line: str) -> None:
        if self._section == "changes" and (output := _OUTPUT.match(line)):
            self._findings.outputs[output[2].strip('"')] = _SIGNS[output[1]]
        elif self._section in {"plan", "drift"} and (heading := _HEADING.match(line)):
            self._read_heading(line[heading.end() :])

    def _read_heading(self, text: str) -> None:
        rows = self._findings.planned if self._section == "plan" else self._findings.drifted
        if text.startswith("("):
            if rows:
                rows[-1] = _noted(rows[-1], text.removesuffix(")"))
        elif row := _row_in(text, _CHANGES if self._section == "plan" else _DRIFTS):
            rows.append(row)
        elif not text.startswith("Warning: "):
            self._findings.has_unknown_rows = True


def _summary_in(line: str) -> LogCounts | None:
    """The numbers of a summary line, or None where it says anything beyond what is known."""
    if line.startswith("No changes."):
        return LogCounts(operation="plan", add=0, change=0, remove=0)
    found = _SUMMARY.fullmatch(line.rstrip())
    if not found:
        return None
    numbers: dict[str, int] = {}
    for part in [*found[2].split(", "), *(found[3].split(", ") if found[3] else ())]:
        number = _NUMBER.fullmatch(part)
        field = _FIELDS.get(number[2], number[2]) if number else ""
        if not number or field in numbers:
            return None
        numbers[field] = int(number[1])
    operation = found[1].lower()
    missing = {"add", "change", "remove"} - numbers.keys()
    if missing and (operation != "destroy" or "remove" in missing):
        return None
    return LogCounts(operation=operation, **(dict.fromkeys(missing, 0) | numbers))


def _row_in(heading: str, endings: Mapping[str, tuple[str, str | None]]) -> LogRow | None:
    for ending, (action, reason) in endings.items():
        if heading.endswith(ending):
            address = _DEPOSED.sub("", heading.removesuffix(ending))
            return LogRow(address=address, action=action, reason=reason, is_import=action == "import")
    before, moved, after = heading.partition(_MOVED)
    if not moved or _MOVED in after:
        return None
    return LogRow(address=_DEPOSED.sub("", after), action="move", previous_address=before)


def _noted(row: LogRow, note: str) -> LogRow:
    """The row with what the note below its heading adds."""
    if note.startswith("(moved from "):
        return replace(row, previous_address=note.removeprefix("(moved from "))
    if note.startswith(("(imported from ", "(will be imported first")):
        return replace(row, is_import=True)
    for reason, (start, end) in _NOTES.items():
        if note.startswith(start) and note.endswith(end):
            return replace(row, reason=reason)
    return row
