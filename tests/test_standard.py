"""LangChain's own standard tests, for a read and a write tool."""

from __future__ import annotations

from typing import Any

import pytest
from langchain_core.tools import BaseTool
from langchain_tests.integration_tests import ToolsIntegrationTests
from langchain_tests.unit_tests import ToolsUnitTests
from support.server import ADDRESS, RUN, TOKEN, Server
from support.tools import tool_of

from tfc_agent_tools import TerraformCloudToolkit


def made(name: str) -> BaseTool:
    server = Server()
    toolkit = TerraformCloudToolkit(
        address=ADDRESS,
        token=TOKEN,
        token_type="user",
        transport=server,
        async_transport=server,
        confirmer=lambda _: True,
    )
    return tool_of(toolkit, name)


class Read:
    @property
    def tool_constructor(self) -> BaseTool:
        return made("get_run")

    @property
    def tool_invoke_params_example(self) -> dict[str, Any]:
        return {"run_id": RUN}


class Write:
    @property
    def tool_constructor(self) -> BaseTool:
        return made("apply_run")

    @property
    def tool_invoke_params_example(self) -> dict[str, Any]:
        return {"run_id": RUN, "comment": "go"}


class TestReadUnit(Read, ToolsUnitTests): ...


class TestWriteUnit(Write, ToolsUnitTests): ...


class TestRead(Read, ToolsIntegrationTests): ...


class TestWrite(Write, ToolsIntegrationTests): ...


pytestmark = pytest.mark.filterwarnings("default::DeprecationWarning:langchain_tests")
