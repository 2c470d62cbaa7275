"""What the audit commands do with a log."""

from __future__ import annotations

import re
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Final

from tfc_agent_tools.authority.audit import Audit, AuditRecord, Checkpoint
from tfc_agent_tools.authority.audit_trail import PATH, Event, events_of, unexplained
from tfc_agent_tools.cli.records import show_timed
from tfc_agent_tools.cli.screen import Screen
from tfc_agent_tools.drive import SyncDriver
from tfc_agent_tools.effects import send
from tfc_agent_tools.errors import ConfigurationError
from tfc_agent_tools.request import Request

if TYPE_CHECKING:
    from collections.abc import Sequence

_AGO: Final = re.compile(r"([1-9][0-9]{0,4})([smhd])")
_UNITS: Final = {"s": 1, "m": 60, "h": 3600, "d": 86400}
_SECONDS_BETWEEN_LOOKS: Final = 1.0
_DAYS_IN_TRAIL: Final = 14


@dataclass(frozen=True, kw_only=True)
class Filter:
    """Which rows are wanted."""

    agent: str | None = None
    tool: str | None = None
    workspace: str | None = None
    kind: str | None = None
    since: str = ""

    @classmethod
    def of(
        cls,
        *,
        agent: str | None = None,
        tool: str | None = None,
        workspace: str | None = None,
        kind: str | None = None,
        since: str | None = None,
    ) -> Filter:
        """A filter from what was given at the command line."""
        moment = since_when(since).isoformat() if since else ""
        return cls(agent=agent, tool=tool, workspace=workspace, kind=kind, since=moment)

    def among(self, rows: Sequence[AuditRecord]) -> list[AuditRecord]:
        """The rows that are wanted."""
        return [row for row in rows if self._fits(row)]

    def _fits(self, row: AuditRecord) -> bool:
        return (
            self.agent in {None, row.agent}
            and self.tool in {None, row.tool}
            and self.kind in {None, row.kind}
            and (self.workspace is None or self.workspace in (row.workspace or ""))
            and row.at >= self.since
        )


def since_when(given: str) -> datetime:
    """A moment, or so long ago.

    Raises:
        ConfigurationError: It is neither.
    """
    if found := _AGO.fullmatch(given):
        return datetime.now(UTC) - timedelta(seconds=int(found[1]) * _UNITS[found[2]])
    try:
        moment = datetime.fromisoformat(given)
    except ValueError:
        msg = f"--since: {given!r} is neither a time such as 2026-11-24T08:00 nor a duration such as 2h"
        raise ConfigurationError(msg) from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def show_rows(audit: Audit, wanted: Filter, *, follow: bool) -> None:
    """Show what is there, and go on with what comes."""
    screen, shown = Screen("audit"), 0
    while True:
        if audit.checkpoint().size != shown:
            rows = audit.records()
            show_timed(screen, wanted.among(rows[shown:]))
            shown = len(rows)
        if not follow:
            return
        time.sleep(_SECONDS_BETWEEN_LOOKS)


def checkpoint_from(given: str) -> Checkpoint:
    """A checkpoint from a line, or from the last line of a file.

    Raises:
        ConfigurationError: There is none.
    """
    file = Path(given)
    try:
        line = file.read_text(encoding="utf-8").strip().splitlines()[-1] if file.is_file() else given
        return Checkpoint.parse(line)
    except (ValueError, IndexError, OSError) as error:
        msg = f"--checkpoint: {str(error) or 'the file is empty'}"
        raise ConfigurationError(msg) from None


def show_findings(audit: Audit, checkpoint: Checkpoint | None) -> bool:
    """Say what is wrong with the log; whether nothing is."""
    screen, found = Screen("audit"), audit.findings(checkpoint)
    for one in found:
        screen.line("wrong", one, label_style="red")
    waiting = audit.unresolved()
    for row in waiting:
        screen.line("unresolved", f"{row.id}: {row.request} at {row.at} has no outcome on record", label_style="yellow")
    against = "" if checkpoint else "; without a checkpoint it can't be told whether rows were cut off at the end"
    screen.text(f"{audit.checkpoint().size} rows: {'BROKEN' if found else 'intact'}{against}.")
    return not found


def reconciled(audit: Audit, accessor: str, since: str | None) -> bool:
    """Say which changes in HCP Terraform's trail have no row here; whether there are none."""
    start = since_when(since) if since else datetime.now(UTC) - timedelta(days=_DAYS_IN_TRAIL)
    events, screen = _trail(start), Screen("audit")
    left = unexplained([one for one in events if one.at >= start], audit.records(), accessor)
    for one in left:
        screen.line("no row", str(one), label_style="red")
    screen.text(f"{len(events)} events in the trail, {len(left)} changes by {accessor} without a row here.")
    return not left


def _trail(since: datetime) -> list[Event]:
    """All pages since then."""
    from tfc_agent_tools.api.http import Wire
    from tfc_agent_tools.api.tokens import Token
    from tfc_agent_tools.api.transports import Transports, checked_address
    from tfc_agent_tools.environment import settings_from_env
    from tfc_agent_tools.toolkit import DEFAULT_ADDRESS

    settings = settings_from_env({})
    address = checked_address(settings.get("address", DEFAULT_ADDRESS))
    wire = Wire(address=address, token=Token(settings["token"]), transports=Transports())
    try:
        return pages(SyncDriver(wire), since)
    finally:
        wire.close()


def pages(driver: SyncDriver, since: datetime) -> list[Event]:
    """Every event of the trail since then, page by page."""
    found, number = list[Event](), 1
    while True:
        query = (("since", since.isoformat()), ("page[number]", str(number)), ("page[size]", "1000"))
        page, following = events_of(driver.run(send(Request(method="GET", path=PATH, query=query))).content)
        found += page
        if following is None or following <= number:
            return found
        number = following
