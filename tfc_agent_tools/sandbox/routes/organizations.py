"""Organizations and their entitlement sets."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tfc_agent_tools.sandbox.call import Call, answer, data
from tfc_agent_tools.sandbox.documents.organizations import entitlement_document, organization_document
from tfc_agent_tools.sandbox.includes import included
from tfc_agent_tools.sandbox.problems import not_found
from tfc_agent_tools.sandbox.routes.endpoint import Endpoint

if TYPE_CHECKING:
    from starlette.responses import Response

    from tfc_agent_tools.sandbox.call import Json
    from tfc_agent_tools.sandbox.models import Organization


def list_organizations(call: Call) -> Response:
    """List the token's organizations; in pages only when a page is asked for."""
    if not call.principal.reads_api:
        raise not_found()
    mine = [row for row in call.world.organizations.values() if row.name == call.principal.token.organization]
    paged = "page[number]" in call.query or "page[size]" in call.query
    if paged:
        return call.page(mine, lambda row: organization_document(row, call.principal))
    return answer({"data": [organization_document(row, call.principal) for row in mine]})


def show_organization(call: Call) -> Response:
    """Show an organization."""
    organization = call.organization(call.path("organization"))
    beside = included(call, [organization], {"entitlement_set": _entitlements})
    return data(organization_document(organization, call.principal), included=beside)


def show_entitlements(call: Call) -> Response:
    """Show what an organization's plan includes."""
    return data(entitlement_document(call.organization(call.path("organization"))))


def _entitlements(_call: Call, organization: Organization) -> Json:
    return entitlement_document(organization)


ENDPOINTS = (
    Endpoint("GET", "/organizations", list_organizations),
    Endpoint("GET", "/organizations/{organization}", show_organization),
    Endpoint("GET", "/organizations/{organization}/entitlement-set", show_entitlements),
)
