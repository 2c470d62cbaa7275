"""The tools made of several calls against a sandbox in which something is wrong with most workspaces."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from langchain_core.messages import ToolMessage
from support.tools import tool_of

from tfc_agent_tools import TerraformCloudToolkit
from tfc_agent_tools.sandbox import Sandbox
from tfc_agent_tools.sandbox.worlds import TROUBLED

Tool = Callable[..., ToolMessage]


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(world=TROUBLED, seed="workflows") as sandbox:
        yield sandbox


@pytest.fixture(params=["sync", "async"])
def connect(request: pytest.FixtureRequest, sandbox: Sandbox) -> Iterator[Callable[..., Tool]]:
    with asyncio.Runner() as runner:

        def make(token: str = "user", **settings: Any) -> Tool:
            where: dict[str, Any] = {"transport": sandbox.transport(), "async_transport": sandbox.async_transport()}
            settings = {"address": sandbox.address, "token": sandbox.tokens[token], **where, **settings}
            toolkit = TerraformCloudToolkit(**settings)

            def call(name: str, /, **arguments: Any) -> ToolMessage:
                wanted = {"type": "tool_call", "id": "1", "name": name, "args": arguments}
                tool = tool_of(toolkit, name)
                return tool.invoke(wanted) if request.param == "sync" else runner.run(tool.ainvoke(wanted))

            return call

        yield make


def last_run(use: Tool, workspace: str) -> str:
    (first, *_) = use("list_workspace_runs", workspace=f"acme/{workspace}").artifact["items"]
    return str(first["id"])


@pytest.mark.parametrize(
    ("workspace", "said"),
    [
        ("checkout", ["is errored; what stopped it: plan", "main.tf line"]),
        ("catalog", ["is errored; what stopped it: apply", 'in resource "terraform_data" "alias"']),
        ("billing", ["is errored; what stopped it: policy set", "(mandatory)"]),
        ("search", ["policy_override", "Sentinel policy check"]),
        ("reports", ["mandatory run task", "message of the run task"]),
        ("orders", ["nothing in it failed", "advisory"]),
        ("landing", ["is applied; nothing in it failed"]),
    ],
)
def test_a_run_is_diagnosed_in_one_call(workspace: str, said: list[str], connect: Callable[..., Tool]) -> None:
    use = connect()
    message = use("diagnose_run", run_id=last_run(use, workspace))
    assert message.status == "success", message.text
    for part in [*said, "queued by: "]:
        assert part in message.text


@pytest.mark.parametrize("workspace", ["checkout", "reports"])
@pytest.mark.parametrize("show", ["errors", "tail", "page"])
def test_a_plans_log_is_read_structured_and_plain(workspace: str, show: str, connect: Callable[..., Tool]) -> None:
    use = connect()
    message = use("read_plan_log", run_id=last_run(use, workspace), show=show)
    assert message.status == "success", message.text
    assert message.text.startswith("Log of plan-")
    assert "\x02" not in message.text
    assert "\x1b" not in message.text
    lines = message.text.splitlines()
    assert [line for line in lines if line.startswith("| ")] or "No line to show." in lines
    assert not [line for line in lines[3:] if not line.startswith("|")]


def test_an_applys_log_is_read(connect: Callable[..., Tool]) -> None:
    use = connect()
    message = use("read_apply_log", run_id=last_run(use, "catalog"))
    assert message.status == "success", message.text
    assert "it ended in an error" in message.text


@pytest.mark.parametrize(
    ("token", "tier"),
    [("user", "full plan JSON of"), ("team", "redacted plan JSON,"), ("organization", "redacted plan JSON,")],
)
def test_a_plan_is_explained_for_each_kind_of_token(token: str, tier: str, connect: Callable[..., Tool]) -> None:
    run = last_run(connect(), "orders")
    message = connect(token)("explain_plan", run_id=run)
    assert message.status == "success", message.text
    assert f"Rests on the {tier}" in message.text
    assert "ATTENTION" not in message.text


def test_drifted_workspaces_are_found(connect: Callable[..., Tool]) -> None:
    message = connect()("find_workspaces", organization_name="acme", drifted=True)
    assert [one["attributes"]["name"] for one in message.artifact["items"]] == ["warehouse"]
    assert "warehouse" in message.text


@pytest.mark.parametrize("token", ["user", "team", "organization"])
def test_a_token_says_who_it_is(token: str, connect: Callable[..., Tool]) -> None:
    message = connect(token)("whoami")
    assert f"Token of type {token}" in message.text
    assert "organization acme" in message.text


def test_a_directory_becomes_a_planned_run_in_one_confirmation(
    connect: Callable[..., Tool], sandbox: Sandbox, tmp_path: Path
) -> None:
    (tmp_path / "main.tf").write_text('resource "terraform_data" "x" {}\n')
    asked: list[Any] = []
    use = connect(confirmer=lambda confirmation: not asked.append(confirmation), upload_roots=[tmp_path])
    message = use("upload_configuration", workspace="acme/landing", directory=str(tmp_path))
    assert len(asked) == 1
    assert message.status == "success", message.text
    assert message.artifact["type"] == "runs"
    sandbox.settle()


def test_states_and_outputs_are_read_without_values(connect: Callable[..., Tool]) -> None:
    use = connect()
    versions = use("list_state_versions", organization_name="acme", workspace_name="catalog").artifact["items"]
    same = use("compare_state_versions", older=versions[-1]["id"], newer=versions[0]["id"])
    assert same.status == "success", same.text
    assert use("read_outputs", workspace="acme/landing").status == "success"
