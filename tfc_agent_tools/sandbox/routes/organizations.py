"""Organizations and their entitlement sets."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from tfc_agent_tools.sandbox.access import authenticate
from tfc_agent_tools.sandbox.call import Call, data, nothing
from tfc_agent_tools.sandbox.documents.organizations import entitlement_document, organization_document
from tfc_agent_tools.sandbox.includes import included
from tfc_agent_tools.sandbox.members import TokenKind
from tfc_agent_tools.sandbox.problems import invalid, not_found
from tfc_agent_tools.sandbox.routes.endpoint import Endpoint
from tfc_agent_tools.sandbox.settings import changed, choice, flag, number, text

if TYPE_CHECKING:
    from starlette.responses import Response

    from tfc_agent_tools.sandbox.bodies import Attributes
    from tfc_agent_tools.sandbox.call import Json
    from tfc_agent_tools.sandbox.models import Organization

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{2,39}\Z")
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\Z")
_MODES = ("remote", "local", "agent")
_SHOWN_ONLY = {
    "session-timeout": number,
    "session-remember": number,
    "collaborator-auth-policy": choice("password", "two_factor_mandatory"),
    "cost-estimation-enabled": flag(default=False),
    "send-passing-statuses-for-untriggered-speculative-plans": flag(default=False),
    "aggregated-commit-status-enabled": flag(default=True),
    "speculative-plan-management-enabled": flag(default=True),
    "owners-team-saml-role-id": text,
    "assessments-enforced": flag(default=False),
}


def list_organizations(call: Call) -> Response:
    """List the token's organizations; in pages only when a page is asked for."""
    if not call.principal.reads_api:
        raise not_found()
    mine = [row for row in call.world.organizations.values() if row.name in call.principal.organizations]
    mine = [row for row in mine if _is_searched(row, call)]
    return call.pages_on_demand(mine, lambda row: organization_document(row, call.principal), known=_INCLUDED)


def show_organization(call: Call) -> Response:
    """Show an organization."""
    organization = call.organization(call.path("organization"))
    return data(organization_document(organization, call.principal), included=included(call, [organization], _INCLUDED))


def update_organization(call: Call) -> Response:
    """Change what the document names. Owners only, and with a user token only; a new name is a new id."""
    before = _owned(call)
    attributes = call.document("organizations").attributes
    after = replace(
        before,
        name=_name(call, before, attributes),
        email=_email(before, attributes),
        allow_force_delete_workspaces=attributes.flag(
            "allow-force-delete-workspaces", before.allow_force_delete_workspaces
        ),
        default_execution_mode=_mode(before, attributes),
        settings=changed(attributes, _SHOWN_ONLY, before.settings),
    )
    call.world.rename_organization(before.name, after)
    renamed = authenticate(call.world, call.request.headers.get("authorization"))
    return data(organization_document(after, renamed))


def delete_organization(call: Call) -> Response:
    """Delete an organization with everything in it. Owners only, and with a user token only."""
    organization = _owned(call)
    for workspace in call.world.workspaces:
        if workspace.organization == organization.name:
            call.services.runs.forget(workspace)
    call.world.remove_organization(organization.name)
    return nothing()


def show_entitlements(call: Call) -> Response:
    """Show what an organization's plan includes."""
    return data(entitlement_document(call.organization(call.path("organization"))))


def _owned(call: Call) -> Organization:
    organization = call.organization(call.path("organization"))
    if call.principal.token.kind is not TokenKind.USER or not call.principal.owns(organization.name):
        raise not_found()
    return organization


def _is_searched(organization: Organization, call: Call) -> bool:
    name, email = organization.name.lower(), organization.email.lower()
    anything = call.query.get("q", "").lower()
    return (
        (anything in name or anything in email)
        and call.query.get("q[name]", "").lower() in name
        and call.query.get("q[email]", "").lower() in email
    )


def _name(call: Call, before: Organization, attributes: Attributes) -> str:
    name = attributes.text("name") if "name" in attributes else before.name
    pointer = "/data/attributes/name"
    if name == before.name:
        return before.name
    if not _NAME.match(name or ""):
        raise invalid("Name is invalid: 3 to 40 letters, digits, dashes and underscores", pointer)
    if name in call.world.organizations:
        raise invalid("Name has already been taken", pointer)
    return name or ""


def _email(before: Organization, attributes: Attributes) -> str:
    email = attributes.text("email") if "email" in attributes else before.email
    if not _EMAIL.match(email or ""):
        raise invalid("Email is invalid", "/data/attributes/email")
    return email or ""


def _mode(before: Organization, attributes: Attributes) -> str:
    pointer = "/data/attributes/default-execution-mode"
    mode = attributes.choice("default-execution-mode", _MODES)
    if mode == "agent" or attributes.text("default-agent-pool-id") is not None:
        raise invalid("the sandbox has no agent pools", pointer)
    return mode or before.default_execution_mode


def _entitlements(_call: Call, organization: Organization) -> Json:
    return entitlement_document(organization)


_INCLUDED = {"entitlement_set": _entitlements}
ENDPOINTS = (
    Endpoint("GET", "/organizations", list_organizations),
    Endpoint("GET", "/organizations/{organization}", show_organization),
    Endpoint("PATCH", "/organizations/{organization}", update_organization),
    Endpoint("PUT", "/organizations/{organization}", update_organization),
    Endpoint("DELETE", "/organizations/{organization}", delete_organization),
    Endpoint("GET", "/organizations/{organization}/entitlement-set", show_entitlements),
)
