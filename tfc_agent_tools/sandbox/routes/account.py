"""GET /ping and /account/details."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tfc_agent_tools.sandbox.call import Call, data, nothing
from tfc_agent_tools.sandbox.documents.accounts import account_document
from tfc_agent_tools.sandbox.problems import not_found
from tfc_agent_tools.sandbox.routes.endpoint import Endpoint

if TYPE_CHECKING:
    from starlette.responses import Response


def ping(_call: Call) -> Response:
    """Answer with what clients look for: the API's version and the rate limit."""
    response = nothing()
    response.headers["TFP-API-Version"] = "2.6"
    response.headers["TFP-AppName"] = "HCP Terraform"
    response.headers["X-RateLimit-Limit"] = "30"
    return response


def show_account(call: Call) -> Response:
    """Show the account behind the token. What an audit-trails token gets is undocumented; here a 404."""
    if not call.principal.reads_api:
        raise not_found()
    return data(account_document(call.principal))


ENDPOINTS = (
    Endpoint("GET", "/ping", ping),
    Endpoint("GET", "/account/details", show_account),
)
