"""The world that a sandbox starts with, as a YAML file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import yaml
from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    Field,
    PrivateAttr,
    ValidationError,
    model_validator,
)

from tfc_agent_tools.errors import ConfigurationError
from tfc_agent_tools.sandbox.permissions import (
    GRANTABLE,
    PROJECT_LEVELS,
    AccessLevel,
    OrganizationPermission,
    ProjectPermission,
)
from tfc_agent_tools.sandbox.world_parts import (
    STRICT,
    AssessmentSeed,
    ChecksSeed,
    NotificationSeed,
    RunSeed,
    Text,
    text_of,
)

if TYPE_CHECKING:
    from collections.abc import Collection
    from os import PathLike

OWNERS = "owners"
DEFAULT_PROJECT = "Default Project"


def _whole(value: object) -> object:
    """Return a variable that is only a value as one that could have more to it."""
    return VariableSeed(value=str(text_of(value))) if isinstance(value, str | bool | int | float) else value


def _granted(levels: Collection[str], permissions: Collection[str]) -> AfterValidator:
    """Return a validator of a level, or a list of permissions."""

    def check(value: str | list[str]) -> str | list[str]:
        wanted = levels if isinstance(value, str) else permissions
        unknown = [name for name in ([value] if isinstance(value, str) else value) if name not in wanted]
        if unknown:
            msg = f"{', '.join(unknown)} is not one of {', '.join(wanted)}"
            raise ValueError(msg)
        return value

    return AfterValidator(check)


LEVELS = tuple(level.name.lower() for level in AccessLevel)
Access = Annotated[str | list[str], _granted(LEVELS, GRANTABLE)]
ProjectAccess = Annotated[str | list[str], _granted(PROJECT_LEVELS, [name.value for name in ProjectPermission])]
WorkspaceName = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,90}$")]
ProjectName = Annotated[str, Field(min_length=3, max_length=40)]
OrganizationName = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]{2,39}$")]
Key = Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_-]*$")]


class _Strict(BaseModel):
    model_config = STRICT


class VariableSeed(_Strict):
    """A variable with more to it than a value."""

    value: Text = ""
    category: Literal["terraform", "env"] = "terraform"
    hcl: bool = False
    sensitive: bool = False
    description: str | None = None


class CommitSeed(_Strict):
    """The commit that a configuration came from."""

    message: str
    branch: str = "main"
    sha: Annotated[str, Field(pattern=r"^[0-9a-f]{40}$")] = "9f1c4f0b6a7d8e2f3c5b1a0d9e8f7a6b5c4d3e2f"
    sender: str | None = None
    """Who pushed it."""


class WorkspaceSeed(ChecksSeed, _Strict):
    """A workspace, with the checks that its runs meet; `locked` is a reason, or true."""

    project: str = DEFAULT_PROJECT
    tags: dict[str, Text] = {}
    description: str | None = None
    auto_apply: bool = False
    execution_mode: Literal["remote", "local"] = "remote"
    terraform_version: Text = "1.11.4"
    working_directory: str | None = None
    allow_destroy_plan: bool = True
    queue_all_runs: bool = False
    speculative_enabled: bool = True
    global_remote_state: bool = False
    structured_run_output_enabled: bool = True
    variables: dict[Key, Annotated[VariableSeed, BeforeValidator(_whole)]] = {}
    """By name: a value, or more than that."""
    locked: bool | str = False
    locked_by: str | None = None
    """The token that holds the lock; by default the first."""
    configuration: str | dict[str, str] | None = None
    """A directory, or files by name."""
    commit: CommitSeed | None = None
    """Where the configuration came from, if not by an upload."""
    state: str | dict[str, Any] | None = None
    """A state file, or what would be in it."""
    assessment: AssessmentSeed | None = None
    notifications: dict[str, NotificationSeed] = {}
    """By name."""
    runs: list[RunSeed] = []
    """Runs of the configuration, carried out in this order."""

    @model_validator(mode="after")
    def _can_run(self) -> WorkspaceSeed:
        has_code = self.configuration is not None or (self.runs and self.runs[0].configuration is not None)
        if self.runs and (not has_code or self.execution_mode == "local"):
            msg = "runs need a configuration, and another execution mode than local"
            raise ValueError(msg)
        return self


class ProjectSeed(_Strict):
    """A project."""

    description: str | None = None
    tags: dict[str, Text] = {}


class TeamSeed(_Strict):
    """A team: what it has in every workspace, in some, in the workspaces of some projects, and in the organization."""

    access: Annotated[str, _granted(LEVELS, ())] = "none"
    workspaces: dict[str, Access] = {}
    projects: dict[str, ProjectAccess] = {}
    organization_access: list[OrganizationPermission] = []
    visibility: Literal["secret", "organization"] = "secret"


class OrganizationSeed(_Strict):
    """An organization; it always has a default project and a team of owners."""

    email: str = "owners@sandbox.example"
    allow_force_delete_workspaces: bool = False
    default_execution_mode: Literal["remote", "local"] = "remote"
    projects: dict[ProjectName, ProjectSeed | None] = {}
    workspaces: dict[WorkspaceName, WorkspaceSeed | None] = {}
    teams: dict[str, TeamSeed | None] = {}

    @model_validator(mode="after")
    def _names_exist(self) -> OrganizationSeed:
        projects = {DEFAULT_PROJECT, *self.projects}
        for name, workspace in self.workspaces.items():
            if workspace is not None:
                _known(projects, workspace.project, f"workspaces.{name}.project")
        for name, team in self.teams.items():
            if name == OWNERS:
                msg = f"teams.{OWNERS}: every organization has its owners already"
                raise ValueError(msg)
            for workspace_name in team.workspaces if team else ():
                _known(self.workspaces, workspace_name, f"teams.{name}.workspaces")
            for project in team.projects if team else ():
                _known(projects, project, f"teams.{name}.projects")
        return self


class TokenSeed(_Strict):
    """A token; a user's name is the token's, and `teams` are the user's (`owners`, or `organization/owners`)."""

    type: Literal["user", "team", "organization", "audit-trails"]
    teams: list[str] = []
    team: str | None = None
    organization: str | None = None
    """By default the first."""

    @model_validator(mode="after")
    def _fits(self) -> TokenSeed:
        if (self.type == "user") != bool(self.teams):
            msg = "a user token, and no other, has teams"
            raise ValueError(msg)
        if (self.type == "team") != (self.team is not None):
            msg = "a team token, and no other, has a team"
            raise ValueError(msg)
        return self


class WorldFile(_Strict):
    """What there is at the start."""

    organizations: dict[OrganizationName, OrganizationSeed | None] = Field(min_length=1)
    tokens: dict[str, TokenSeed] = Field(min_length=1)
    force_cancel_after: Annotated[float, Field(ge=0)] | None = None
    """Seconds after a cancel until a run can be canceled by force; by default as the sandbox was made."""
    _folder: Path = PrivateAttr(default_factory=Path)

    @property
    def folder(self) -> Path:
        """Where the paths in the file start."""
        return self._folder

    def at(self, folder: Path) -> WorldFile:
        """Let the paths in the file start at a folder."""
        self._folder = folder
        return self

    def team(self, organization: str, name: str) -> tuple[str, str]:
        """Return organization and name of a team that a token names."""
        owner, _, own = name.rpartition("/")
        return owner or organization, own

    @model_validator(mode="after")
    def _tokens_fit(self) -> WorldFile:
        first = next(iter(self.organizations))
        for name, token in self.tokens.items():
            organization = token.organization or first
            _known(self.organizations, organization, f"tokens.{name}.organization")
            for team in [*token.teams, *([token.team] if token.team else [])]:
                owner, own = self.team(organization, team)
                _known(self.organizations, owner, f"tokens.{name}: team {team!r}")
                seed = self.organizations[owner]
                _known({OWNERS, *(seed.teams if seed else ())}, own, f"tokens.{name}: team")
        for organization, seed in self.organizations.items():
            for name, workspace in (seed.workspaces if seed else {}).items():
                place = f"organizations.{organization}.workspaces.{name}"
                if workspace is not None and workspace.locked_by is not None:
                    _known(self.tokens, workspace.locked_by, f"{place}.locked-by")
                for run in workspace.runs if workspace is not None else ():
                    _known(self.tokens, run.by or next(iter(self.tokens)), f"{place}.runs.by")
        return self


def _known(names: Any, name: str, place: str) -> None:
    if name not in names:
        msg = f"{place}: there is no {name!r}"
        raise ValueError(msg)


class _Loader(yaml.SafeLoader):
    """Reads YAML, and refuses a key that is there twice: one of the two would be lost."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        keys = [key.value for key, _ in node.value if key.tag != "tag:yaml.org,2002:merge"]
        twice = next((key for key in keys if keys.count(key) > 1), None)
        if twice is not None:
            raise yaml.MarkedYAMLError(problem=f"{twice!r} is there twice", problem_mark=node.start_mark)
        return super().construct_mapping(node, deep)


def load_world(path: str | PathLike[str]) -> WorldFile:
    """Read a world.

    Raises:
        ConfigurationError: It can't be read, or says what can't be; one line.
    """
    file = Path(path)
    try:
        content = yaml.load(file.read_text(encoding="utf-8"), _Loader)  # noqa: S506 - a safe loader, and stricter
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"world {file}: {error}") from error
    except yaml.YAMLError as error:
        raise ConfigurationError(f"world {file}: not YAML: {' '.join(str(error).split())}") from error
    try:
        world = WorldFile.model_validate(content)
    except ValidationError as error:
        raise ConfigurationError(f"world {file}: {_first(error)}") from None
    return world.at(file.parent)


def _first(error: ValidationError) -> str:
    found = error.errors()[0]
    place = ".".join(str(part) for part in found["loc"])
    message = found["msg"].removeprefix("Value error, ")
    more = f" (and {error.error_count() - 1} more)" if error.error_count() > 1 else ""
    return f"{place}: {message}{more}" if place else f"{message}{more}"
