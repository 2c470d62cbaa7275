"""What the sandbox holds: frozen records of the API's resources. A change is a new record in its table."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from tfc_agent_tools.sandbox.checks import NO_CHECKS, Checks

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime


class RunStatus(StrEnum):
    """The statuses a sandbox run goes through (the service has more, for queues, fetching and cost)."""

    PENDING = "pending"
    PRE_PLAN_RUNNING = "pre_plan_running"
    PRE_PLAN_COMPLETED = "pre_plan_completed"
    PLANNING = "planning"
    PLANNED = "planned"
    POST_PLAN_RUNNING = "post_plan_running"
    POST_PLAN_COMPLETED = "post_plan_completed"
    POLICY_CHECKING = "policy_checking"
    POLICY_OVERRIDE = "policy_override"
    POLICY_CHECKED = "policy_checked"
    POLICY_SOFT_FAILED = "policy_soft_failed"
    PLANNED_AND_FINISHED = "planned_and_finished"
    PLANNED_AND_SAVED = "planned_and_saved"
    CONFIRMED = "confirmed"
    PRE_APPLY_RUNNING = "pre_apply_running"
    PRE_APPLY_COMPLETED = "pre_apply_completed"
    APPLYING = "applying"
    APPLIED = "applied"
    DISCARDED = "discarded"
    ERRORED = "errored"
    CANCELED = "canceled"
    FORCE_CANCELED = "force_canceled"

    @property
    def is_final(self) -> bool:
        """Whether nothing more can happen to a run in this status."""
        return self in _FINAL


_FINAL = frozenset(
    {
        RunStatus.PLANNED_AND_FINISHED,
        RunStatus.POLICY_SOFT_FAILED,
        RunStatus.APPLIED,
        RunStatus.DISCARDED,
        RunStatus.ERRORED,
        RunStatus.CANCELED,
        RunStatus.FORCE_CANCELED,
    }
)


class PhaseStatus(StrEnum):
    """The statuses of a plan or an apply."""

    PENDING = "pending"
    RUNNING = "running"
    FINISHED = "finished"
    ERRORED = "errored"
    CANCELED = "canceled"
    UNREACHABLE = "unreachable"


@dataclass(frozen=True, slots=True)
class Reference:
    """A JSON:API resource identifier."""

    type: str
    id: str


@dataclass(frozen=True, slots=True)
class Tag:
    """A key/value tag binding; a flat tag has no value."""

    key: str
    value: str = ""


@dataclass(frozen=True, slots=True)
class Counts:
    """What a plan would do, or an apply did, in resources."""

    additions: int = 0
    changes: int = 0
    destructions: int = 0
    imports: int = 0


NO_RESOURCES = Counts()


@dataclass(frozen=True, slots=True, kw_only=True)
class Organization:
    """An organization; its name is its id."""

    name: str
    external_id: str
    email: str
    created_at: datetime
    allow_force_delete_workspaces: bool = False
    default_execution_mode: str = "remote"
    settings: Mapping[str, Any] = field(default_factory=dict[str, Any])
    """What was set, is shown and has no effect, by the API's names."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Project:
    """A project: a folder of workspaces, with tags that they inherit."""

    id: str
    name: str
    organization: str
    created_at: datetime
    description: str | None = None
    tags: tuple[Tag, ...] = ()
    settings: Mapping[str, Any] = field(default_factory=dict[str, Any])


@dataclass(frozen=True, slots=True, kw_only=True)
class Workspace:
    """A workspace: settings, lock, and what is current in it."""

    id: str
    name: str
    organization: str
    project_id: str
    created_at: datetime
    updated_at: datetime
    description: str | None = None
    auto_apply: bool = False
    execution_mode: str = "remote"
    terraform_version: str = "1.11.4"
    working_directory: str | None = None
    allow_destroy_plan: bool = True
    queue_all_runs: bool = False
    speculative_enabled: bool = True
    structured_run_output_enabled: bool = True
    """Whether logs are lines of JSON; else they are what terraform writes for people."""
    checks: Checks = NO_CHECKS
    tags: tuple[Tag, ...] = ()
    settings: Mapping[str, Any] = field(default_factory=dict[str, Any])
    """What was set, is shown and has no effect in the sandbox, by the API's names."""
    locked_by: Reference | None = None
    locked_reason: str | None = None
    current_configuration_version_id: str | None = None
    current_run_id: str | None = None
    latest_run_id: str | None = None
    current_state_version_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Commit:
    """The commit that a configuration version came from: its ingress attributes."""

    message: str
    sha: str
    branch: str = "main"
    sender: str | None = None
    """Who pushed it, by the name at the VCS provider."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfigurationVersion:
    """An uploaded configuration: `archive` is the tar.gz as it came, None until then."""

    id: str
    workspace_id: str
    created_at: datetime
    created_by: str
    creator_applies: bool = True
    status: str = "pending"
    source: str = "tfe-api"
    auto_queue_runs: bool = True
    speculative: bool = False
    provisional: bool = False
    commit: Commit | None = None
    """None for what was uploaded by hand."""
    archive: bytes | None = field(default=None, repr=False)
    error: str | None = None
    error_message: str | None = None
    timestamps: Mapping[str, datetime] = field(default_factory=dict[str, "datetime"])


@dataclass(frozen=True, slots=True, kw_only=True)
class RunOptions:
    """What a run was asked to do."""

    message: str = "Queued manually via the Terraform Enterprise API"
    auto_apply: bool = False
    plan_only: bool = False
    save_plan: bool = False
    allow_empty_apply: bool = False
    allow_config_generation: bool = False
    is_destroy: bool = False
    refresh: bool = True
    refresh_only: bool = False
    target_addrs: tuple[str, ...] = ()
    replace_addrs: tuple[str, ...] = ()
    variables: tuple[tuple[str, str], ...] = ()
    source: str = "tfe-api"
    working_directory: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """A run, and the ids of its plan and apply."""

    id: str
    workspace_id: str
    configuration_version_id: str
    plan_id: str
    apply_id: str
    created_by: str
    created_at: datetime
    options: RunOptions
    checks: Checks = NO_CHECKS
    status: RunStatus = RunStatus.PENDING
    has_changes: bool = False
    canceled_at: datetime | None = None
    force_cancel_available_at: datetime | None = None
    confirmed_by: str | None = None
    input_state_version_id: str | None = None
    timestamps: Mapping[str, datetime] = field(default_factory=dict[str, "datetime"])

    def reached(self, status: RunStatus, at: datetime) -> Run:
        """Return the run in `status`, with the time it got there."""
        key = f"{status.value.replace('_', '-')}-at"
        return replace(self, status=status, timestamps={**self.timestamps, key: at})


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """A plan; `json` is `terraform show -json` of it, byte for byte."""

    id: str
    run_id: str
    status: PhaseStatus = PhaseStatus.PENDING
    has_changes: bool = False
    counts: Counts = NO_RESOURCES
    json: bytes | None = field(default=None, repr=False)
    redacted_json: bytes | None = field(default=None, repr=False)
    timestamps: Mapping[str, datetime] = field(default_factory=dict[str, "datetime"])


@dataclass(frozen=True, slots=True, kw_only=True)
class Apply:
    """An apply and the state versions that it made."""

    id: str
    run_id: str
    status: PhaseStatus = PhaseStatus.PENDING
    counts: Counts = NO_RESOURCES
    state_version_ids: tuple[str, ...] = ()
    timestamps: Mapping[str, datetime] = field(default_factory=dict[str, "datetime"])


@dataclass(frozen=True, slots=True, kw_only=True)
class StateVersion:
    """A state version; `content` is the raw state file, empty while its upload is awaited."""

    id: str
    workspace_id: str
    created_at: datetime
    created_by: str
    serial: int
    lineage: str
    terraform_version: str
    run_id: str | None = None
    status: str = "finalized"
    md5: str | None = None
    content: bytes = field(default=b"", repr=False)
    json_content: bytes | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Variable:
    """A workspace's variable; `terraform` ones are terraform's input variables, `env` ones its environment."""

    id: str
    workspace_id: str
    key: str
    value: str = field(default="", repr=False)
    description: str | None = None
    category: str = "terraform"
    hcl: bool = False
    sensitive: bool = False
