"""The state of a sandbox: one table for each kind of resource, under one lock."""

from __future__ import annotations

import threading
from collections import defaultdict
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Generic, Protocol, TypeVar

from tfc_agent_tools.sandbox.ids import IdSource
from tfc_agent_tools.sandbox.logs import Log
from tfc_agent_tools.sandbox.members import TokenKind

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tfc_agent_tools.sandbox.assessments import Assessment
    from tfc_agent_tools.sandbox.check_results import (
        PolicyCheck,
        PolicyEvaluation,
        PolicySetOutcome,
        TaskResult,
        TaskStage,
    )
    from tfc_agent_tools.sandbox.members import Team, Token, User
    from tfc_agent_tools.sandbox.models import (
        Apply,
        ConfigurationVersion,
        Organization,
        Plan,
        Project,
        Run,
        StateVersion,
        Variable,
        Workspace,
    )
    from tfc_agent_tools.sandbox.notifications import Notification
    from tfc_agent_tools.sandbox.run_events import Comment, RunEvent


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
        self.variables: Table[Variable] = Table()
        self.notifications: Table[Notification] = Table()
        self.assessments: Table[Assessment] = Table()
        self.run_events: Table[RunEvent] = Table()
        self.comments: Table[Comment] = Table()
        self.task_stages: Table[TaskStage] = Table()
        self.task_results: Table[TaskResult] = Table()
        self.policy_evaluations: Table[PolicyEvaluation] = Table()
        self.policy_set_outcomes: Table[PolicySetOutcome] = Table()
        self.policy_checks: Table[PolicyCheck] = Table()
        self.logs: defaultdict[str, Log] = defaultdict(Log)

    def projects_of(self, organization: str) -> list[Project]:
        """Return an organization's projects; the first is the one that new workspaces go to."""
        return [project for project in self.projects if project.organization == organization]

    def teams_of(self, organization: str) -> list[Team]:
        """Return an organization's teams."""
        return [team for team in self.teams if team.organization == organization]

    def workspace_named(self, organization: str, name: str) -> Workspace | None:
        """Return a workspace by its name."""
        found = (row for row in self.workspaces if row.organization == organization and row.name == name)
        return next(found, None)

    def runs_of(self, workspace_id: str) -> list[Run]:
        """Return a workspace's runs, oldest first."""
        return [run for run in self.runs if run.workspace_id == workspace_id]

    def remove_run(self, run: Run) -> None:
        """Drop a run with all that it met."""
        self.runs.remove(run.id)
        for table in (
            self.run_events,
            self.comments,
            self.task_stages,
            self.task_results,
            self.policy_evaluations,
            self.policy_set_outcomes,
            self.policy_checks,
        ):
            for row in table:
                if row.run_id == run.id:
                    table.remove(row.id)

    def assessment_of(self, workspace_id: str) -> Assessment | None:
        """Return a workspace's current assessment."""
        return next((row for row in self.assessments if row.workspace_id == workspace_id), None)

    def variables_of(self, workspace_id: str) -> list[Variable]:
        """Return a workspace's variables, oldest first."""
        return [variable for variable in self.variables if variable.workspace_id == workspace_id]

    def pending_state(self, workspace_id: str) -> StateVersion | None:
        """Return a workspace's state version that waits for its upload."""
        found = (row for row in self.state_versions if row.workspace_id == workspace_id and row.status == "pending")
        return next(found, None)

    def rename_organization(self, before: str, organization: Organization) -> None:
        """Put an organization in its place; with another name, everything that belongs to it moves along."""
        after = organization.name
        if after != before:
            del self.organizations[before]
            for workspace in self.workspaces:
                if workspace.organization == before:
                    self.workspaces.put(replace(workspace, organization=after))
            for project in self.projects_of(before):
                self.projects.put(replace(project, organization=after))
            for team in self.teams_of(before):
                self.teams.put(replace(team, organization=after))
            for token in list(self.tokens.values()):
                if token.organization == before:
                    self.tokens[token.value] = replace(token, organization=after)
        self.organizations[after] = organization

    def remove_organization(self, name: str) -> None:
        """Drop an organization with its projects and teams; its workspaces must be gone."""
        for project in self.projects_of(name):
            self.projects.remove(project.id)
        for team in self.teams_of(name):
            self.remove_team(team)
        for token in list(self.tokens.values()):
            if token.organization == name and token.kind is not TokenKind.USER:
                del self.tokens[token.value]
        del self.organizations[name]

    def remove_team(self, team: Team) -> None:
        """Drop a team and its tokens."""
        for token in list(self.tokens.values()):
            if token.team_id == team.id:
                del self.tokens[token.value]
        self.teams.remove(team.id)

    def active_run(self, workspace: Workspace) -> Run | None:
        """Return the run that holds the workspace's lock."""
        holder = workspace.locked_by
        return self.runs.get(holder.id) if holder is not None and holder.type == "runs" else None
