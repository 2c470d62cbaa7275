"""The state of a sandbox: one table for each kind of resource, under one lock."""

from __future__ import annotations

import threading
from collections import defaultdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Generic, Protocol, TypeVar

from tfc_agent_tools.sandbox.ids import IdSource
from tfc_agent_tools.sandbox.logs import Log

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tfc_agent_tools.sandbox.models import (
        Apply,
        ConfigurationVersion,
        Organization,
        Plan,
        Project,
        Run,
        StateVersion,
        Team,
        Token,
        User,
        Workspace,
    )


def utc_now() -> datetime:
    """Return the time, in UTC."""
    return datetime.now(UTC)


class _HasId(Protocol):
    @property
    def id(self) -> str: ...


Row = TypeVar("Row", bound=_HasId)


class Table(Generic[Row]):
    """Records by id, in the order in which they were first put in."""

    def __init__(self) -> None:
        self._rows: dict[str, Row] = {}

    def put(self, row: Row) -> Row:
        """Add a record, or replace the one with its id."""
        self._rows[row.id] = row
        return row

    def get(self, row_id: str | None) -> Row | None:
        """Return a record, or None."""
        return None if row_id is None else self._rows.get(row_id)

    def __getitem__(self, row_id: str) -> Row:
        return self._rows[row_id]

    def remove(self, row_id: str) -> None:
        """Drop a record."""
        del self._rows[row_id]

    def __iter__(self) -> Iterator[Row]:
        return iter(list(self._rows.values()))

    def __len__(self) -> int:
        return len(self._rows)


class World:
    """Everything the sandbox knows.

    Hold `lock` while reading or writing more than one record. Ids repeat for the same `seed` and the same
    order of calls; times come from `clock`, which must return aware datetimes.
    """

    def __init__(self, *, seed: int | str = 0, clock: Callable[[], datetime] = utc_now) -> None:
        self.lock = threading.RLock()
        self.ids = IdSource(seed)
        self.clock = clock
        self.organizations: dict[str, Organization] = {}
        self.tokens: dict[str, Token] = {}
        self.projects: Table[Project] = Table()
        self.teams: Table[Team] = Table()
        self.users: Table[User] = Table()
        self.workspaces: Table[Workspace] = Table()
        self.configuration_versions: Table[ConfigurationVersion] = Table()
        self.runs: Table[Run] = Table()
        self.plans: Table[Plan] = Table()
        self.applies: Table[Apply] = Table()
        self.state_versions: Table[StateVersion] = Table()
        self.logs: defaultdict[str, Log] = defaultdict(Log)

    def workspace_named(self, organization: str, name: str) -> Workspace | None:
        """Return a workspace by its name."""
        found = (row for row in self.workspaces if row.organization == organization and row.name == name)
        return next(found, None)

    def runs_of(self, workspace_id: str) -> list[Run]:
        """Return a workspace's runs, oldest first."""
        return [run for run in self.runs if run.workspace_id == workspace_id]

    def active_run(self, workspace: Workspace) -> Run | None:
        """Return the run that holds the workspace's lock."""
        holder = workspace.locked_by
        return self.runs.get(holder.id) if holder is not None and holder.type == "runs" else None
