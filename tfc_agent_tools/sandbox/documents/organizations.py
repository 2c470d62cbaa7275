"""Documents of organizations and their entitlement sets."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tfc_agent_tools.sandbox.documents.base import API, Document, linked, timestamp, to_one
from tfc_agent_tools.sandbox.members import TokenKind
from tfc_agent_tools.sandbox.permissions import OrganizationPermission

if TYPE_CHECKING:
    from tfc_agent_tools.sandbox.access import Principal
    from tfc_agent_tools.sandbox.models import Organization

_MANAGED = (
    "can-update",
    "can-destroy",
    "can-create-module",
    "can-create-team",
    "can-manage-users",
    "can-manage-subscription",
    "can-update-oauth",
    "can-update-ssh-keys",
    "can-update-api-token",
    "can-start-trial",
    "can-update-agent-pools",
    "can-manage-tags",
    "can-manage-varsets",
    "can-read-varsets",
    "can-manage-public-modules",
    "can-manage-run-tasks",
    "can-read-run-tasks",
    "can-create-project",
)
_UNAVAILABLE = (
    "can-manage-sso",
    "can-update-sentinel",
    "can-manage-public-providers",
    "can-create-provider",
    "can-manage-custom-providers",
)


def organization_document(organization: Organization, principal: Principal) -> Document:
    """Return an organization; its id is its name."""
    name = organization.name
    attributes: Document = {
        "external-id": organization.external_id,
        "created-at": timestamp(organization.created_at),
        "email": organization.email,
        "session-timeout": None,
        "session-remember": None,
        "collaborator-auth-policy": "password",
        "plan-expired": False,
        "plan-expires-at": None,
        "plan-is-trial": False,
        "plan-is-enterprise": False,
        "plan-identifier": "free",
        "cost-estimation-enabled": False,
        "send-passing-statuses-for-untriggered-speculative-plans": False,
        "aggregated-commit-status-enabled": True,
        "speculative-plan-management-enabled": True,
        "allow-force-delete-workspaces": organization.allow_force_delete_workspaces,
        "name": name,
        "permissions": _permissions(name, principal),
        "fair-run-queuing-enabled": True,
        "saml-enabled": False,
        "owners-team-saml-role-id": None,
        "two-factor-conformant": False,
        "assessments-enforced": False,
        "default-execution-mode": organization.default_execution_mode,
    }
    return {
        "id": name,
        "type": "organizations",
        "attributes": {**attributes, **organization.settings},
        "relationships": {
            "default-agent-pool": {"data": None},
            "oauth-tokens": linked(f"/organizations/{name}/oauth-tokens"),
            "authentication-token": linked(f"/organizations/{name}/authentication-token"),
            "entitlement-set": to_one(
                "entitlement-sets", organization.external_id, f"/organizations/{name}/entitlement-set"
            ),
            "subscription": linked(f"/organizations/{name}/subscription"),
        },
        "links": {"self": f"{API}/organizations/{name}"},
    }


def _permissions(name: str, principal: Principal) -> dict[str, bool]:
    owns = principal.owns(name)
    person = owns and principal.token.kind is TokenKind.USER
    permissions = dict.fromkeys(_MANAGED, owns) | dict.fromkeys(_UNAVAILABLE, False)
    return permissions | {
        "can-update": person,
        "can-destroy": person,
        "can-create-team": principal.manages(name, OrganizationPermission.MANAGE_TEAMS),
        "can-create-project": principal.manages(name, OrganizationPermission.MANAGE_PROJECTS),
        "can-access-via-teams": True,
        "can-create-workspace": principal.creates_workspaces(name),
        "can-traverse": True,
    }


def entitlement_document(organization: Organization) -> Document:
    """Return what an organization's plan includes; `operations` makes the terraform command run remotely."""
    return {
        "id": organization.external_id,
        "type": "entitlement-sets",
        "attributes": {
            "agents": False,
            "audit-logging": True,
            "configuration-designer": True,
            "cost-estimation": False,
            "global-run-tasks": False,
            "module-tests-generation": False,
            "operations": True,
            "policy-enforcement": False,
            "policy-limit": 5,
            "policy-mandatory-enforcement-limit": None,
            "policy-set-limit": 1,
            "private-module-registry": False,
            "private-policy-agents": False,
            "private-run-tasks": False,
            "private-vcs": False,
            "run-task-limit": 1,
            "run-task-mandatory-enforcement-limit": 1,
            "run-task-workspace-limit": 10,
            "run-tasks": False,
            "self-serve-billing": False,
            "sentinel": False,
            "sso": False,
            "state-storage": True,
            "teams": True,
            "usage-reporting": False,
            "user-limit": 5,
            "vcs-integrations": False,
            "versioned-policy-set-limit": None,
        },
        "links": {"self": f"{API}/entitlement-sets/{organization.external_id}"},
    }
