"""What can be granted: permissions in a workspace, in a project, and in an organization.

https://developer.hashicorp.com/terraform/cloud-docs/users-teams-organizations/permissions
"""

from __future__ import annotations

from enum import Enum, IntEnum, StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


class AccessLevel(IntEnum):
    """A team's fixed permission sets, each holding the ones before it."""

    NONE = 0
    READ = 1
    PLAN = 2
    WRITE = 3
    ADMIN = 4


class Permission(Enum):
    """What can be asked of a workspace: the least fixed set that holds it, and whether an organization token may."""

    READ = ("read runs", AccessLevel.READ, True)
    QUEUE_PLAN = ("queue plans", AccessLevel.PLAN, False)
    APPLY = ("apply runs", AccessLevel.WRITE, False)
    READ_VARIABLES = ("read variables", AccessLevel.READ, True)
    WRITE_VARIABLES = ("write variables", AccessLevel.WRITE, True)
    READ_OUTPUTS = ("read state outputs", AccessLevel.READ, True)
    READ_STATE = ("read state versions", AccessLevel.READ, True)
    WRITE_STATE = ("write state versions", AccessLevel.WRITE, False)
    LOCK = ("lock/unlock", AccessLevel.WRITE, True)
    ADMIN = ("admin", AccessLevel.ADMIN, True)
    # These two come with admin and can't be granted alone. An organization token has admin, and never these.
    READ_PLAN_JSON = ("read the JSON plan", AccessLevel.ADMIN, False)
    FORCE_CANCEL = ("force-cancel runs", AccessLevel.ADMIN, False)

    def __init__(self, label: str, level: AccessLevel, organization_token: bool) -> None:
        self.label = label
        self.level = level
        self.organization_token = organization_token


Grants = frozenset[Permission]
NOTHING: Grants = frozenset()
GRANTABLE: Mapping[str, Permission] = {
    permission.label: permission
    for permission in Permission
    if permission not in (Permission.READ_PLAN_JSON, Permission.FORCE_CANCEL)
}
_IMPLIED: Mapping[Permission, tuple[Permission, ...]] = {
    Permission.QUEUE_PLAN: (Permission.READ,),
    Permission.APPLY: (Permission.QUEUE_PLAN, Permission.READ),
    Permission.WRITE_VARIABLES: (Permission.READ_VARIABLES,),
    Permission.READ_STATE: (Permission.READ_OUTPUTS,),
    Permission.WRITE_STATE: (Permission.READ_STATE, Permission.READ_OUTPUTS),
    Permission.ADMIN: tuple(Permission),
}


def fixed(level: AccessLevel) -> Grants:
    """Return the permissions of a fixed set."""
    return frozenset(permission for permission in Permission if permission.level <= level)


def custom(permissions: Iterable[Permission]) -> Grants:
    """Return chosen permissions and what they imply; a team that has any can read runs."""
    chosen = set(permissions)
    for permission in tuple(chosen):
        chosen.update(_IMPLIED.get(permission, ()))
    return frozenset(chosen | {Permission.READ}) if chosen else NOTHING


class ProjectPermission(StrEnum):
    """What can be asked of a project."""

    READ = "read"
    CREATE_WORKSPACE = "create workspaces"
    UPDATE = "update"
    DELETE = "delete"


PROJECT_LEVELS: Mapping[str, tuple[AccessLevel, frozenset[ProjectPermission]]] = {
    "read": (AccessLevel.READ, frozenset({ProjectPermission.READ})),
    "write": (AccessLevel.WRITE, frozenset({ProjectPermission.READ})),
    "maintain": (AccessLevel.ADMIN, frozenset({ProjectPermission.READ, ProjectPermission.CREATE_WORKSPACE})),
    "admin": (AccessLevel.ADMIN, frozenset(ProjectPermission)),
}


class OrganizationPermission(StrEnum):
    """The names in a team's `organization-access`; the sandbox acts on those that its operations need."""

    MANAGE_POLICIES = "manage-policies"
    MANAGE_POLICY_OVERRIDES = "manage-policy-overrides"
    MANAGE_RUN_TASKS = "manage-run-tasks"
    MANAGE_VCS_SETTINGS = "manage-vcs-settings"
    MANAGE_AGENT_POOLS = "manage-agent-pools"
    MANAGE_WORKSPACES = "manage-workspaces"
    MANAGE_PROVIDERS = "manage-providers"
    MANAGE_MODULES = "manage-modules"
    MANAGE_PROJECTS = "manage-projects"
    READ_PROJECTS = "read-projects"
    READ_WORKSPACES = "read-workspaces"
    MANAGE_MEMBERSHIP = "manage-membership"
    MANAGE_TEAMS = "manage-teams"
    MANAGE_ORGANIZATION_ACCESS = "manage-organization-access"
    ACCESS_SECRET_TEAMS = "access-secret-teams"  # noqa: S105 - the API's name
