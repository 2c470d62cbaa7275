"""Filling an empty world with what a world file says; runs no terraform."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from tfc_agent_tools.errors import ConfigurationError
from tfc_agent_tools.sandbox.assessments import Assessment
from tfc_agent_tools.sandbox.configurations import files_of, pack
from tfc_agent_tools.sandbox.members import Team, User
from tfc_agent_tools.sandbox.models import (
    Commit,
    ConfigurationVersion,
    Organization,
    Project,
    StateVersion,
    Tag,
    Variable,
    Workspace,
)
from tfc_agent_tools.sandbox.notifications import Notification
from tfc_agent_tools.sandbox.permissions import (
    GRANTABLE,
    PROJECT_LEVELS,
    AccessLevel,
    Grants,
    ProjectPermission,
    custom,
    fixed,
)
from tfc_agent_tools.sandbox.problems import Problem
from tfc_agent_tools.sandbox.states import finalize
from tfc_agent_tools.sandbox.world_file import (
    DEFAULT_PROJECT,
    OWNERS,
    CommitSeed,
    OrganizationSeed,
    ProjectSeed,
    TeamSeed,
    VariableSeed,
    WorkspaceSeed,
    WorldFile,
)
from tfc_agent_tools.sandbox.world_tokens import add_tokens, lock_workspaces, service_account

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tfc_agent_tools.sandbox.world import World
    from tfc_agent_tools.sandbox.world_parts import AssessmentSeed, NotificationSeed


def build(world: World, file: WorldFile) -> None:
    """Fill a world.

    Raises:
        ConfigurationError: A configuration or state that the file names can't be used.
    """
    for name, seed in file.organizations.items():
        _Builder(world, file, name, seed or OrganizationSeed()).organization()
    add_tokens(world, file)
    lock_workspaces(world, file)


class _Builder:
    """Fills in one organization."""

    def __init__(self, world: World, file: WorldFile, name: str, seed: OrganizationSeed) -> None:
        self._world, self._file, self._name, self._seed = world, file, name, seed
        self._now = world.clock()

    def organization(self) -> None:
        self._world.organizations[self._name] = Organization(
            name=self._name,
            external_id=self._world.ids.new("org"),
            email=self._seed.email,
            created_at=self._now,
            allow_force_delete_workspaces=self._seed.allow_force_delete_workspaces,
            default_execution_mode=self._seed.default_execution_mode,
        )
        projects = {name: self._project(name, seed or ProjectSeed()) for name, seed in self._projects().items()}
        workspaces = {
            name: self._workspace(name, seed or WorkspaceSeed(), projects)
            for name, seed in self._seed.workspaces.items()
        }
        owners = Team(id=self._world.ids.new("team"), name=OWNERS, organization=self._name, is_owners=True)
        self._world.teams.put(owners)
        for name, seed in self._seed.teams.items():
            self._team(name, seed or TeamSeed(), projects, workspaces)

    def _projects(self) -> dict[str, ProjectSeed | None]:
        return {DEFAULT_PROJECT: None, **self._seed.projects}

    def _project(self, name: str, seed: ProjectSeed) -> str:
        project = Project(
            id=self._world.ids.new("prj"),
            name=name,
            organization=self._name,
            created_at=self._now,
            description=seed.description,
            tags=_tags(seed.tags),
        )
        return self._world.projects.put(project).id

    def _workspace(self, name: str, seed: WorkspaceSeed, projects: Mapping[str, str]) -> str:
        workspace = Workspace(
            id=self._world.ids.new("ws"),
            name=name,
            organization=self._name,
            project_id=projects[seed.project],
            created_at=self._now,
            updated_at=self._now,
            description=seed.description,
            auto_apply=seed.auto_apply,
            execution_mode=seed.execution_mode,
            terraform_version=seed.terraform_version,
            working_directory=seed.working_directory,
            allow_destroy_plan=seed.allow_destroy_plan,
            queue_all_runs=seed.queue_all_runs,
            speculative_enabled=seed.speculative_enabled,
            tags=_tags(seed.tags),
            structured_run_output_enabled=seed.structured_run_output_enabled,
            checks=seed.checks,
            settings=_settings(seed),
        )
        self._world.workspaces.put(workspace)
        for key, variable in seed.variables.items():
            self._variable(workspace, key, variable)
        if seed.configuration is not None:
            add_configuration(self._world, workspace, self._file, seed.configuration, seed.commit)
        if seed.state is not None:
            self._state(workspace, seed.state)
        if seed.assessment is not None:
            self._assessment(workspace, seed.assessment)
        for key, notification in seed.notifications.items():
            self._notification(workspace, key, notification)
        return workspace.id

    def _variable(self, workspace: Workspace, key: str, seed: VariableSeed) -> None:
        self._world.variables.put(
            Variable(
                id=self._world.ids.new("var"),
                workspace_id=workspace.id,
                key=key,
                value=seed.value,
                description=seed.description,
                category=seed.category,
                hcl=seed.hcl,
                sensitive=seed.sensitive,
            )
        )

    def _state(self, workspace: Workspace, seed: str | dict[str, Any]) -> None:
        place = f"{self._place(workspace)}.state"
        try:
            content = (self._file.folder / seed).read_bytes() if isinstance(seed, str) else json.dumps(seed).encode()
            state = json.loads(content)
            version = StateVersion(
                id=self._world.ids.new("sv"),
                workspace_id=workspace.id,
                created_at=self._now,
                created_by=author(self._world, self._name).id,
                serial=state["serial"],
                lineage=state["lineage"],
                terraform_version=state["terraform_version"],
                md5=hashlib.md5(content, usedforsecurity=False).hexdigest(),
            )
            finalize(self._world, version, content)
        except OSError as error:
            raise ConfigurationError(f"world: {place}: {error}") from error
        except (ValueError, KeyError, TypeError, Problem) as error:
            raise ConfigurationError(f"world: {place}: not a state file: {error}") from error

    def _assessment(self, workspace: Workspace, seed: AssessmentSeed) -> None:
        asmtres = self._world.ids.derived("asmtres", workspace.id)
        self._world.assessments.put(
            Assessment(id=asmtres, workspace_id=workspace.id, created_at=self._now, **seed.attributes)
        )

    def _notification(self, workspace: Workspace, name: str, seed: NotificationSeed) -> None:
        self._world.notifications.put(
            Notification(
                id=self._world.ids.new("nc"),
                workspace_id=workspace.id,
                name=name,
                destination_type=seed.type,
                created_at=self._now,
                updated_at=self._now,
                enabled=seed.enabled,
                url=seed.url,
                token=seed.token,
                triggers=tuple(seed.triggers),
            )
        )

    def _team(self, name: str, seed: TeamSeed, projects: Mapping[str, str], workspaces: Mapping[str, str]) -> None:
        grants = {projects[project]: _project_grants(value) for project, value in seed.projects.items()}
        team = Team(
            id=self._world.ids.new("team"),
            name=name,
            organization=self._name,
            access=AccessLevel[seed.access.upper()],
            organization_access=frozenset(seed.organization_access),
            workspace_access={workspaces[key]: _grants(value) for key, value in seed.workspaces.items()},
            project_levels={key: level for key, (level, _) in grants.items()},
            project_access={key: permissions for key, (_, permissions) in grants.items()},
            visibility=seed.visibility,
        )
        self._world.teams.put(team)

    def _place(self, workspace: Workspace) -> str:
        return f"organizations.{self._name}.workspaces.{workspace.name}"


def add_configuration(
    world: World,
    workspace: Workspace,
    file: WorldFile,
    seed: str | dict[str, str],
    commit: CommitSeed | None = None,
) -> ConfigurationVersion:
    """Give a workspace an uploaded configuration version, which is its current one from now on.

    Raises:
        ConfigurationError: The directory can't be used.
    """
    place = f"organizations.{workspace.organization}.workspaces.{workspace.name}"
    try:
        files = files_of(file.folder / seed) if isinstance(seed, str) else seed
    except (OSError, ValueError) as error:
        raise ConfigurationError(f"world: {place}.configuration: {error}") from error
    version = ConfigurationVersion(
        id=world.ids.new("cv"),
        workspace_id=workspace.id,
        created_at=world.clock(),
        created_by=author(world, workspace.organization).id,
        status="uploaded",
        source="github" if commit else "tfe-api",
        commit=Commit(**commit.model_dump()) if commit else None,
        archive=pack(files),
        timestamps={"uploaded-at": world.clock()},
    )
    world.configuration_versions.put(version)
    current = replace(world.workspaces[workspace.id], current_configuration_version_id=version.id)
    world.workspaces.put(current)
    return version


def author(world: World, organization: str) -> User:
    """Return who made what was there at the start."""
    return service_account(world, f"api-org-{organization}")


def _grants(value: str | list[str]) -> Grants:
    if isinstance(value, str):
        return fixed(AccessLevel[value.upper()])
    return custom(GRANTABLE[label] for label in value)


def _project_grants(value: str | list[str]) -> tuple[AccessLevel, frozenset[ProjectPermission]]:
    if isinstance(value, str):
        return PROJECT_LEVELS[value]
    return AccessLevel.NONE, frozenset({ProjectPermission.READ, *(ProjectPermission(name) for name in value)})


def _settings(seed: WorkspaceSeed) -> dict[str, Any]:
    """Return what is shown and has no effect, where it differs from the default."""
    said = {
        "global-remote-state": seed.global_remote_state,
        "assessments-enabled": seed.assessment is not None,
    }
    return {name: value for name, value in said.items() if value}


def _tags(tags: Mapping[str, str]) -> tuple[Tag, ...]:
    return tuple(Tag(key, value) for key, value in tags.items())
