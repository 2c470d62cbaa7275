"""LangChain's own standard tests, for a tool of each group."""

from __future__ import annotations

from typing import Any

import pytest
from langchain_core.tools import BaseTool
from langchain_tests.integration_tests import ToolsIntegrationTests
from langchain_tests.unit_tests import ToolsUnitTests
from support.calls import GOOD
from support.server import ADDRESS, PLAN, RUN, TOKEN, VERSION, WORKSPACE, Server, document, says
from support.tools import tool_of

from tfc_agent_tools import TerraformCloudToolkit
from tfc_agent_tools.endpoints import GROUPS, catalog

PLACES = {
    "list_workspaces": "GET /organizations/acme/workspaces",
    "list_workspace_variables": f"GET /workspaces/{WORKSPACE}/vars",
    "get_current_state_version": f"GET /workspaces/{WORKSPACE}/current-state-version",
    "get_configuration_version": f"GET /configuration-versions/{VERSION}",
    "get_plan": f"GET /plans/{PLAN}",
    "get_project": "GET /projects/.*",
    "get_organization": "GET /organizations/acme",
    "get_team": "GET /teams/.*",
    "get_notification_configuration": "GET /notification-configurations/.*",
    "get_run": f"GET /runs/{RUN}",
    "apply_run": "-",
    "watch_run": "-",
}
"""A tool of each group, a write and a workflow among them, and the request that it makes."""


def made(name: str) -> BaseTool:
    server = Server()
    if name not in {"apply_run", "watch_run"}:
        resource = document("things", "thing-1", {"name": "a", "status": "planned"})
        is_list = name.startswith("list_")
        server.answers[PLACES[name]] = says({"data": [resource["data"]]} if is_list else resource)
    toolkit = TerraformCloudToolkit(
        address=ADDRESS,
        token=TOKEN,
        token_type="user",
        transport=server,
        async_transport=server,
        confirmer=lambda _: True,
    )
    return tool_of(toolkit, name)


@pytest.mark.parametrize("name", PLACES)
class Named:
    """Turns a fixture's parameter into what the standard tests ask for."""

    @pytest.fixture(autouse=True)
    def _remember(self, name: str) -> None:
        self.name = name

    @property
    def tool_constructor(self) -> BaseTool:
        return made(self.name)

    @property
    def tool_invoke_params_example(self) -> dict[str, Any]:
        return GOOD[self.name]


class TestUnit(Named, ToolsUnitTests): ...


class TestIntegration(Named, ToolsIntegrationTests): ...


def test_every_group_has_a_tool_here() -> None:
    tried = {catalog()[name].group for name in PLACES if name in catalog()}
    assert tried == set(GROUPS)
