"""The log of a plan or an apply: its lines made safe to show, and what Terraform says in it.

HCP Terraform serves a log as text between STX and ETX. Where the workspace has structured run output, most of its
lines are JSON messages; else it is what Terraform prints for people, in colour. Both are read here, mixed too.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

from tfc_agent_tools.errors import Unreadable
from tfc_agent_tools.present.log_reading.diagnostics import Diagnostic, short_name, whole
from tfc_agent_tools.present.log_reading.events import event_in, read_event
from tfc_agent_tools.present.log_reading.facts import Findings, LogCounts, LogRow
from tfc_agent_tools.present.log_reading.text import TextReader
from tfc_agent_tools.present.untrusted import clean

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

LONGEST_LINE: Final = 500
_STX: Final = b"\x02"
_ETX: Final = b"\x03"
_CUT_CHARACTER: Final = 3
"""Undecodable bytes that the end of a growing log can have."""
_UNFINISHED: Final = "(this line has not ended yet)"


@dataclass(frozen=True, slots=True, kw_only=True)
class RunLog:
    """A log as it was read. Its texts are cleaned, but they are whole until `scrubbed` cuts them to size.

    A secret that is cut in two could not be found, so the order is: read, scrub, show.
    """

    lines: tuple[str, ...] = ()
    """Plain lines. Of a structured message its sentence, of a diagnostic all but the quoted source and values."""
    is_complete: bool = False
    """Whether the log has its end; without it the plan or apply still runs, or its worker died."""
    is_structured: bool = False
    terraform_version: str | None = None
    diagnostics: tuple[Diagnostic, ...] = ()
    planned: tuple[LogRow, ...] = ()
    drifted: tuple[LogRow, ...] = ()
    rows_are_complete: bool = False
    """Whether the planned rows add up to the log's own summary; false too where it has none."""
    counts: LogCounts | None = None
    """From the summary line alone; None where there is none, or where two disagree."""
    outputs: Mapping[str, str | None] = field(default_factory=dict[str, "str | None"])
    """Name → action; None where only values are told, as after an apply. A plain log tells the changed ones."""
    failed: tuple[str, ...] = ()
    """Addresses that could not be applied, or that an error names."""
    is_errored: bool = False
    withheld: int | None = None
    """How many lines `facts_only` took out; None where it did not."""

    def scrubbed(self, hide: Callable[[str], str]) -> RunLog:
        """With `hide` applied to every text, and each text then cut to size.

        `hide` is called once with all lines, so that it also finds a secret of several lines. It has to know every
        secret the first time: what is cut now can't be found later.
        """
        lines = hide("\n".join(self.lines)).split("\n") if self.lines else []
        return replace(
            self,
            lines=tuple(cut(line) for line in lines),
            diagnostics=tuple(diagnostic.scrubbed(hide) for diagnostic in self.diagnostics),
            planned=tuple(row.scrubbed(hide) for row in self.planned),
            drifted=tuple(row.scrubbed(hide) for row in self.drifted),
            outputs={short_name(name, hide) or "": action for name, action in self.outputs.items()},
            failed=tuple(short_name(address, hide) or "" for address in self.failed),
        )


def read_log(content: bytes) -> RunLog:
    """Read a log, or as much of it as there is.

    Raises:
        Unreadable: It is no text. Nothing else is refused: what is not understood is a line.
    """
    text, is_complete = _decoded(content)
    findings = Findings()
    lines = tuple(_lines(text, findings, is_complete=is_complete))
    return RunLog(
        lines=lines,
        is_complete=is_complete,
        is_structured=findings.is_structured,
        terraform_version=findings.terraform_version,
        diagnostics=tuple(findings.diagnostics),
        planned=tuple(findings.planned),
        drifted=tuple(findings.drifted),
        rows_are_complete=findings.rows_are_complete(),
        counts=findings.counts(),
        outputs=findings.outputs,
        failed=tuple(findings.failed),
        is_errored=findings.has_errors,
    )


def facts_only(log: RunLog) -> RunLog:
    """The log without its lines and without the details of diagnostics, where secrets can't be scrubbed.

    What stays can be told by the configuration alone, but for a diagnostic's summary: it is cut short, and a
    provider may have put any text there.
    """
    diagnostics = tuple(replace(diagnostic, detail="") for diagnostic in log.diagnostics)
    facts = replace(log, lines=(), diagnostics=diagnostics, withheld=len(log.lines))
    return facts.scrubbed(str)


def cut(line: str) -> str:
    """The line cut to size; a line that was cut before stays as it is."""
    return line if len(line) <= LONGEST_LINE else clean(line, LONGEST_LINE)


def _decoded(content: bytes) -> tuple[str, bool]:
    """The text between the marks, and whether the second one is there. A third one inside is none."""
    content = content.removeprefix(_STX)
    ended = content.rstrip(b"\r\n")
    is_complete = ended.endswith(_ETX)
    text = (ended[:-1] if is_complete else content).decode(errors="replace")
    if text.count("\ufffd") + text.count("\0") > _CUT_CHARACTER + len(text) / 10:
        raise Unreadable("log", "it is not text")
    return text.removesuffix("\n"), is_complete


def _lines(text: str, findings: Findings, *, is_complete: bool) -> Iterator[str]:
    """The lines to show. A message is parsed before it is cleaned, which could take a quotation mark out of it."""
    if not text:
        return
    reader = TextReader(findings)
    raw_lines = text.split("\n")
    for number, (raw, line) in enumerate(zip(raw_lines, whole(text).split("\n"), strict=True), start=1):
        if not reader.is_over and (event := event_in(raw)):
            reader.close()
            yield from read_event(event, findings)
        elif number == len(raw_lines) and not is_complete and raw.startswith("{"):
            yield _UNFINISHED
        else:
            yield from reader.read(line)
    reader.close()
