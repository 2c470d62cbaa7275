"""What a log says that a plan or an apply does: rows of changes, and the counts of its own summary."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

from tfc_agent_tools.present.log_reading.diagnostics import short_name

if TYPE_CHECKING:
    from collections.abc import Callable

    from tfc_agent_tools.present.log_reading.diagnostics import Diagnostic

ACTIONS: Final = frozenset(
    {"no-op", "create", "read", "update", "replace", "delete", "forget", "move", "import", "open", "renew", "close"}
)
OTHER: Final = "other"
"""The action of a row whose own word for it is not known here."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LogRow:
    """A change to one resource instance that a log announces, or a drift that it reports."""

    address: str
    action: str
    """One of `ACTIONS`, or `other`. What the structured log calls `remove` is `forget`, as in a plan's JSON."""
    reason: str | None = None
    """The structured log's word, such as `tainted`. A plain log tells fewer of them."""
    previous_address: str | None = None
    is_import: bool = False

    def scrubbed(self, hide: Callable[[str], str]) -> LogRow:
        """With `hide` applied to the addresses."""
        return replace(
            self,
            address=short_name(self.address, hide) or "",
            previous_address=short_name(self.previous_address, hide),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class LogCounts:
    """The numbers of a summary line, in resources. A replacement counts as one to add and one to remove."""

    operation: str
    """`plan`: what would be done; `apply` or `destroy`: what was done."""
    add: int
    change: int
    remove: int
    import_: int = 0
    forget: int | None = None
    """None where the summary does not say: Terraform counts none of them, OpenTofu says it when there are some."""
    invoke: int | None = None
    """Actions of providers, since Terraform 1.14; None where the summary does not say."""


@dataclass(slots=True)
class Findings:
    """What was found so far, by the reader of structured lines and by that of plain ones."""

    diagnostics: list[Diagnostic] = field(default_factory=list["Diagnostic"])
    planned: list[LogRow] = field(default_factory=list[LogRow])
    drifted: list[LogRow] = field(default_factory=list[LogRow])
    summaries: list[LogCounts | None] = field(default_factory=list["LogCounts | None"])
    """None stands for a summary that was not understood."""
    outputs: dict[str, str | None] = field(default_factory=dict[str, "str | None"])
    failed: dict[str, None] = field(default_factory=dict[str, None])
    """Addresses, each once."""
    terraform_version: str | None = None
    is_structured: bool = False
    has_errors: bool = False
    has_unknown_rows: bool = False

    def note(self, diagnostic: Diagnostic) -> None:
        """Add a diagnostic; the resource that an error is about has failed."""
        self.diagnostics.append(diagnostic)
        if diagnostic.severity == "error":
            self.note_failure(diagnostic.address)

    def note_failure(self, address: str | None) -> None:
        """Note that something failed, and at which resource if that is known."""
        self.has_errors = True
        if address:
            self.failed[address] = None

    def counts(self) -> LogCounts | None:
        """Those of what was done, or else of what would be; None where two such summaries disagree."""
        was_done = any(summary and summary.operation != "plan" for summary in self.summaries)
        return self._sole("apply", "destroy") if was_done else self._sole("plan")

    def rows_are_complete(self) -> bool:
        """Whether the planned rows add up to the summary: the plan's where there is one."""
        was_planned = any(summary and summary.operation == "plan" for summary in self.summaries)
        summary = self._sole("plan") if was_planned else self.counts()
        if summary is None or self.has_unknown_rows:
            return False
        rows = Counter(row.action for row in self.planned)
        summed = replace(
            summary,
            add=rows["create"] + rows["replace"],
            change=rows["update"],
            remove=rows["delete"] + rows["replace"],
            import_=sum(row.is_import for row in self.planned),
            forget=None if summary.forget is None else rows["forget"],
        )
        return summed == summary

    def _sole(self, *operations: str) -> LogCounts | None:
        told = {summary for summary in self.summaries if summary is None or summary.operation in operations}
        return told.pop() if len(told) == 1 else None
