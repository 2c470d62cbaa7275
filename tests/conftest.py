from __future__ import annotations

import asyncio
from collections.abc import Generator
from typing import Any

import pytest
from langchain_core.messages import ToolMessage
from support import postgres
from support.server import ADDRESS, TOKEN, Server
from support.tools import Asked, MakeToolkit, Use, tool_of

from tfc_agent_tools import TerraformCloudToolkit
from tfc_agent_tools.clock import InstantClock


@pytest.fixture
def server() -> Server:
    return Server()


@pytest.fixture
def make_toolkit(server: Server) -> MakeToolkit:
    """A toolkit for the server, with a user token and a clock that takes no time."""

    def make(**settings: Any) -> TerraformCloudToolkit:
        settings = {"token_type": "user", "address": ADDRESS, "token": TOKEN, **settings}
        toolkit = TerraformCloudToolkit(transport=server, async_transport=server, **settings)
        toolkit.use_clock(InstantClock())
        return toolkit

    return make


@pytest.fixture
def asked() -> Asked:
    return Asked()


@pytest.fixture(params=["sync", "async"])
def use(request: pytest.FixtureRequest) -> Use:
    """Call a tool as an agent does, blocking or on a loop: `use(toolkit, "apply_run", run_id=...)`."""

    def call(toolkit: TerraformCloudToolkit, name: str, /, **arguments: Any) -> ToolMessage:
        tool = tool_of(toolkit, name)
        wanted = {"type": "tool_call", "id": "call-1", "name": name, "args": arguments}
        return tool.invoke(wanted) if request.param == "sync" else asyncio.run(tool.ainvoke(wanted))

    return call


@pytest.fixture(scope="session")
def postgres_server() -> Generator[str]:
    """The URL of a PostgreSQL server that these tests started; without one on the machine they are skipped."""
    if why := postgres.missing():
        pytest.skip(why)
    with postgres.running() as url:
        yield url


@pytest.fixture
def postgres_url(postgres_server: str) -> str:
    """The URL of a database that holds nothing yet."""
    return postgres.new_database(postgres_server)
