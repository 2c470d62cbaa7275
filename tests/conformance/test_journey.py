"""The toolkit against the sandbox: from a directory of code to an applied run, and what is refused on the way."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from langchain_core.messages import ToolMessage
from support.tools import tool_of

from tfc_agent_tools import Confirmation, TerraformCloudToolkit
from tfc_agent_tools.sandbox import Sandbox, serve
from tfc_agent_tools.sandbox.terraform import find_binary

Tool = Callable[..., ToolMessage]
MODES = ["in process, sync", "in process, async", "over loopback, sync", "over loopback, async"]


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(seed="journey") as sandbox:
        yield sandbox


@pytest.fixture
def code(tmp_path: Path) -> Path:
    folder = tmp_path / "code"
    folder.mkdir()
    (folder / "main.tf").write_text('resource "terraform_data" "a" {\n  input = "hello"\n}\n')
    (folder / ".terraformignore").write_text("notes/\n")
    (folder / "notes").mkdir()
    (folder / "notes" / "secret.txt").write_text("not for upload")
    return folder


@pytest.fixture(params=MODES)
def connect(request: pytest.FixtureRequest, sandbox: Sandbox) -> Iterator[Callable[..., Tool]]:
    """Make a toolkit on the sandbox, in each of the four ways, and a function that calls its tools by name."""
    place, _, mode = request.param.partition(", ")
    address: dict[str, str] = {}
    toolkits: list[TerraformCloudToolkit] = []
    stop = threading.Event()
    server = threading.Thread(target=lambda: serve(sandbox=sandbox, on_ready=lambda d: address.update(d), stop=stop))
    runner = asyncio.Runner()

    def make(token: str = "user", **settings: Any) -> Tool:
        where: dict[str, Any] = {"transport": sandbox.transport(), "async_transport": sandbox.async_transport()}
        settings = {"address": sandbox.address, **(where if place == "in process" else {}), **settings}
        if place != "in process":
            settings["address"] = served(address, server)
        toolkit = TerraformCloudToolkit(token=sandbox.tokens[token], **settings)
        toolkits.append(toolkit)

        def call(name: str, /, **arguments: Any) -> ToolMessage:
            wanted = {"type": "tool_call", "id": "1", "name": name, "args": arguments}
            tool = tool_of(toolkit, name)
            return tool.invoke(wanted) if mode == "sync" else runner.run(tool.ainvoke(wanted))

        return call

    yield make
    for toolkit in toolkits:
        runner.run(toolkit.aclose())
    runner.close()
    stop.set()
    if address:
        server.join()


def served(address: dict[str, str], server: threading.Thread) -> str:
    if not address:
        server.start()
        while not address:
            assert server.is_alive()
            server.join(0.01)
    return address["address"]


@pytest.mark.terraform
@pytest.mark.skipif(find_binary() is None, reason="no terraform or tofu on PATH")
def test_from_a_directory_of_code_to_an_applied_run(connect: Callable[..., Tool], code: Path) -> None:
    shown: list[Confirmation] = []

    def yes(confirmation: Confirmation) -> bool:
        shown.append(confirmation)
        return True

    use = connect(confirmer=yes, upload_roots=[code.parent])
    version = use("create_configuration_version", workspace="acme/app-staging").artifact["id"]
    uploaded = use("upload_configuration_files", configuration_version_id=version, directory=str(code))
    assert uploaded.status == "success", uploaded.content
    assert "secret.txt" not in shown[-1].text
    created = use("create_run", workspace="acme/app-staging", configuration_version_id=version)
    run = created.artifact["id"]
    watched = use("watch_run", run_id=run, timeout_seconds=60)
    assert "waits for a person" in str(watched.content), watched.content
    plan = use("get_plan", plan_id=watched.artifact["relationships"]["plan"]["id"])
    assert plan.artifact["attributes"]["resource-additions"] == 1
    applied = use("apply_run", run_id=run, comment="go")
    assert applied.status == "success", applied.content
    assert "1 to add, 0 to change, 0 to destroy" in shown[-1].text
    assert f"{run} is applied; this is final" in str(use("watch_run", run_id=run, timeout_seconds=60).content)
    again = use("apply_run", run_id=run)
    assert "does not wait for confirmation" in str(again.content)
    assert [confirmation.tool for confirmation in shown] == [
        "create_configuration_version",
        "upload_configuration_files",
        "create_run",
        "apply_run",
    ]


def test_locking_unlocking_listing_and_discarding(connect: Callable[..., Tool]) -> None:
    use = connect(confirmer=lambda _: True)
    locked = use("lock_workspace", workspace="acme/app-production", lock_reason="release").artifact
    assert locked["attributes"]["locked"] is True
    assert locked["untrusted"]["locked-reason"] == "release"
    assert "already locked" in str(use("lock_workspace", workspace="acme/app-production").content)
    unlocked = use("unlock_workspace", workspace="acme/app-production").artifact
    assert unlocked["attributes"]["locked"] is False
    found = use("list_workspaces", organization_name="acme", name="app-", page_size=1)
    assert "next page 2" in str(found.content)
    workspace = use("get_workspace_by_name", organization_name="acme", workspace_name="app-staging").artifact["id"]
    run = use("create_run", workspace=workspace).artifact["id"]
    use("watch_run", run_id=run, timeout_seconds=60)
    assert use("discard_run", run_id=run).status == "success"
    assert f"{run} is discarded; this is final" in str(use("watch_run", run_id=run, timeout_seconds=60).content)


@pytest.mark.parametrize("token", ["organization", "audit-trails"])
def test_the_kind_of_a_token_is_found_out_and_what_it_can_never_do_refused(
    token: str, connect: Callable[..., Tool]
) -> None:
    use = connect(token, confirmer=lambda _: True)
    refused = use("create_run", workspace="acme/app-staging")
    assert refused.status == "error"
    assert "needs a token of type team or user" in str(refused.content)


def test_a_workspace_that_is_not_there_is_told_as_the_server_tells_it(connect: Callable[..., Tool]) -> None:
    answer = connect()("get_workspace_by_name", organization_name="acme", workspace_name="nonexistent")
    assert "does not exist, or this token may not see it" in str(answer.content)


def test_a_page_that_is_not_there_is_empty_and_no_error(connect: Callable[..., Tool]) -> None:
    answer = connect()("list_workspaces", organization_name="acme", page_number=99)
    assert answer.status == "success"
    assert answer.artifact["items"] == []
