"""Organizations: find them, read one, change or delete one.

https://developer.hashicorp.com/terraform/cloud-docs/api-docs/organizations

Left out: `owners-team-saml-role-id` (set where the identity provider is), `q` and `q[email]` (they search by people's
addresses), `include`. Some arguments say in other words what the attribute says: `collaborator_auth` is
`collaborator-auth-policy`, `assess_all_workspaces` is `assessments-enforced`, `admins_delete_used_workspaces` is
`allow-force-delete-workspaces`.
"""

from __future__ import annotations

from typing import Annotated, Any, Final, Literal

from pydantic import Field

from tfc_agent_tools.endpoint import changes, endpoint, exclusive
from tfc_agent_tools.endpoints.pools import ExecutionMode, fits
from tfc_agent_tools.endpoints.previews.words import differences, number_of
from tfc_agent_tools.facts import Preview, Resource
from tfc_agent_tools.guards import confirms, explains, impacts, permission, previews, returns, tokens
from tfc_agent_tools.request import Json, Request
from tfc_agent_tools.types import (
    NOT_GIVEN,
    AgentPoolId,
    Impact,
    OrganizationName,
    PageNumber,
    PageSize,
    Query,
    Risk,
    Search,
    TokenType,
)

Email = Annotated[
    str, Field(max_length=254, pattern=r"^[A-Za-z0-9._%+-]+@[A-Za-z0-9.-]+$", examples=["platform@example.com"])
]
Minutes = Annotated[int, Field(ge=1, le=527_040, description="minutes")]
_EVERY = (TokenType.USER, TokenType.TEAM, TokenType.ORGANIZATION)
_ATTRIBUTES: Final = {
    "new_name": "name",
    "email": "email",
    "session_timeout": "session-timeout",
    "session_remember": "session-remember",
    "collaborator_auth": "collaborator-auth-policy",
    "cost_estimation_enabled": "cost-estimation-enabled",
    "send_passing_statuses": "send-passing-statuses-for-untriggered-speculative-plans",
    "aggregated_commit_status": "aggregated-commit-status-enabled",
    "speculative_plan_management": "speculative-plan-management-enabled",
    "assess_all_workspaces": "assessments-enforced",
    "admins_delete_used_workspaces": "allow-force-delete-workspaces",
    "default_execution_mode": "default-execution-mode",
    "default_agent_pool_id": "default-agent-pool-id",
}


def impacts_of(request: Request) -> frozenset[Impact]:
    """Assessments run in every workspace; a workspace that is deleted with its resources leaves them to nobody."""
    asked = request.body["data"]["attributes"]
    found = {
        Impact.RUNS_CODE: asked.get("assessments-enforced"),
        Impact.DESTROYS: asked.get("allow-force-delete-workspaces"),
    }
    return frozenset(impact for impact, holds in found.items() if holds)


def changed_organization(organization: Resource, arguments: dict[str, Any]) -> Preview:
    """Each setting that changes; an address is somebody's, so the old one is not shown."""
    new = {_ATTRIBUTES[name]: value for name, value in arguments.items() if name in _ATTRIBUTES}
    facts, _ = differences(organization, new, related={"default-agent-pool-id": "default-agent-pool"})
    if "email" in facts:
        facts["email"] = "changes"
    return Preview(facts={"organization": organization.get("name"), **facts})


def end_of_organization(organization: Resource, workspaces: Resource, projects: Resource, teams: Resource) -> Preview:
    """All that goes with it."""
    return Preview(
        facts={
            "organization": organization.get("name"),
            "workspaces": number_of(workspaces),
            "projects": number_of(projects),
            "teams": number_of(teams),
            "can be undone": False,
        },
        typed=organization.text("name") or None,
    )


@returns("organizations")
@tokens(*_EVERY)
@endpoint("GET /organizations", action="organizations.list")
def list_organizations(
    name: Annotated[Search | None, Query("q[name]")] = None,
    page_number: PageNumber = 1,
    page_size: PageSize = 20,
) -> Json:
    """List the organizations that the token can see.

    The page is always asked for: without it the API sends all of them, uncounted.
    """


@returns("organizations")
@tokens(*_EVERY)
@endpoint("GET /organizations/{organization_name}", action="organizations.read")
def get_organization(organization_name: OrganizationName) -> Json:
    """Read one organization and its settings."""


@returns("organizations")
@previews(changed_organization)
@impacts(Impact.WEAKENS_CONTROL, Impact.GRANTS, of=impacts_of)
@explains("explain/update_organization.md.j2")
@confirms(Risk.DESTRUCTIVE)
@permission("admin", organization="can-update")
@tokens(TokenType.USER)
@endpoint("PATCH /organizations/{organization_name}", action="organizations.update")
def update_organization(
    organization_name: OrganizationName,
    new_name: OrganizationName = NOT_GIVEN,
    email: Email = NOT_GIVEN,
    session_timeout: Minutes | None = NOT_GIVEN,
    session_remember: Minutes | None = NOT_GIVEN,
    collaborator_auth: Literal["password", "two_factor_mandatory"] = NOT_GIVEN,
    cost_estimation_enabled: bool = NOT_GIVEN,
    send_passing_statuses: bool = NOT_GIVEN,
    aggregated_commit_status: bool = NOT_GIVEN,
    speculative_plan_management: bool = NOT_GIVEN,
    assess_all_workspaces: bool = NOT_GIVEN,
    admins_delete_used_workspaces: bool = NOT_GIVEN,
    default_execution_mode: ExecutionMode = NOT_GIVEN,
    default_agent_pool_id: AgentPoolId = NOT_GIVEN,
) -> Json:
    """Change settings of a whole organization.

    Only an owner's own user token can. null as a session time means the default. Passing statuses are those of
    speculative plans that nothing triggered; speculative plan management cancels outdated ones.
    """
    exclusive(
        send_passing_statuses=send_passing_statuses is True, aggregated_commit_status=aggregated_commit_status is True
    )
    fits(mode=default_execution_mode, pool=default_agent_pool_id, prefix="default_")
    arguments = locals()
    return changes("organizations", {attribute: arguments[name] for name, attribute in _ATTRIBUTES.items()})


@returns("deleted")
@previews(
    end_of_organization,
    workspaces="/organizations/{organization_name}/workspaces",
    projects="/organizations/{organization_name}/projects",
    teams="/organizations/{organization_name}/teams",
)
@impacts(Impact.DESTROYS, Impact.REWRITES_STATE)
@explains("explain/delete_organization.md.j2")
@confirms(Risk.DESTRUCTIVE)
@permission("admin", organization="can-destroy")
@tokens(TokenType.USER)
@endpoint("DELETE /organizations/{organization_name}", action="organizations.delete")
def delete_organization(organization_name: OrganizationName) -> Json:
    """Delete a whole organization, for good.

    Only an owner's own user token can. 204.
    """
