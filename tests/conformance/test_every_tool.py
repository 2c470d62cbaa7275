"""Each of the tools once well and once refused by the sandbox, blocking and on a loop, over loopback."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from queue import Queue
from typing import Any, NamedTuple

import pytest
from langchain_core.messages import ToolMessage
from support.tools import tool_of

from tfc_agent_tools import TerraformCloudToolkit
from tfc_agent_tools.api.budget import Budget
from tfc_agent_tools.endpoints import catalog
from tfc_agent_tools.sandbox import Sandbox, serve
from tfc_agent_tools.sandbox.models import RunStatus
from tfc_agent_tools.sandbox.serve import Description

ORGANIZATION = {"organization_name": "acme"}


class Served(NamedTuple):
    """A sandbox, its address, and the tokens that it started with."""

    sandbox: Sandbox
    address: str
    tokens: dict[str, str]
    is_async: bool


@pytest.fixture(scope="module", params=["sync", "async"])
def served(request: pytest.FixtureRequest) -> Iterator[Served]:
    """A sandbox that replays recorded plans, on loopback, for calls of one mode."""
    stop, ready = threading.Event(), Queue[Description]()
    with Sandbox(seed="every tool", engine="recorded", force_cancel_after=timedelta(0)) as sandbox:
        settings = {"sandbox": sandbox, "on_ready": ready.put, "stop": stop}
        server = threading.Thread(target=serve, kwargs=settings)
        server.start()
        address = ready.get(timeout=10)["address"]
        yield Served(sandbox, address, dict(sandbox.tokens), is_async=request.param == "async")
        stop.set()
        server.join()


class Story:
    """Calls tools by name, remembers which, and fails at the first that is not well."""

    def __init__(self, toolkit: TerraformCloudToolkit, call: Callable[[Any, dict[str, Any]], ToolMessage]) -> None:
        self._toolkit, self._call = toolkit, call
        self.called: set[str] = set()

    def message(self, name: str, arguments: dict[str, Any]) -> ToolMessage:
        wanted = {"type": "tool_call", "id": "1", "name": name, "args": arguments}
        return self._call(tool_of(self._toolkit, name), wanted)

    def __call__(self, name: str, /, **arguments: Any) -> dict[str, Any]:
        message = self.message(name, arguments)
        assert message.status == "success", f"{name}: {message.text}"
        self.called.add(name)
        json.dumps(message.artifact)
        return message.artifact


@pytest.fixture
def make(served: Served) -> Iterator[Callable[..., Story]]:
    """Make a toolkit on the served sandbox, blocking or on a loop, without a rate budget: the server has none."""
    toolkits: list[TerraformCloudToolkit] = []
    with asyncio.Runner() as runner:

        def story(token: str, **settings: Any) -> Story:
            settings = {"address": served.address, "token": served.tokens[token], **settings}
            toolkits.append(TerraformCloudToolkit(confirmer=lambda _: True, **settings))
            toolkits[-1]._host.wire.budget = Budget(rate=1e6, burst=10**6)
            return Story(toolkits[-1], lambda t, w: runner.run(t.ainvoke(w)) if served.is_async else t.invoke(w))

        yield story
        for toolkit in toolkits:
            runner.run(toolkit.aclose())


MISSING = {
    "organization_name": "nobody",
    "workspace_name": "nothing",
    "workspace": "nobody/nothing",
    "run_id": "run-missing",
    "plan_id": "plan-missing",
    "apply_id": "apply-missing",
    "configuration_version_id": "cv-missing",
    "state_version_id": "sv-missing",
    "variable_id": "var-missing",
    "notification_configuration_id": "nc-missing",
    "project_id": "prj-missing",
    "team_id": "team-missing",
    "name": "anything",
    "new_name": "another",
    "key": "region",
    "category": "env",
    "value": "x",
    "destination_type": "generic",
    "url": "https://example.com/hook",
    "visibility": "secret",
    "description": "x",
    "cost_estimation_enabled": True,
}


@pytest.mark.parametrize("name", catalog())
def test_every_tool_is_refused_by_the_server_where_a_token_sees_nothing(
    name: str, make: Callable[..., Story], tmp_path: Path
) -> None:
    """An audit-trails token that is declared to be a user's: the guards let it by, the server does not."""
    (tmp_path / "main.tf").write_text("")
    (tmp_path / "state").write_text(json.dumps({"version": 4, "serial": 1, "lineage": "l"}))
    fields = catalog()[name].arguments.model_fields
    given = {field: value for field, value in MISSING.items() if field in fields and field != "value_from"}
    given |= {"directory": str(tmp_path)} if "directory" in fields else {}
    given |= {"file": str(tmp_path / "state")} if "file" in fields else {}
    message = make("audit-trails", token_type="user", upload_roots=[tmp_path]).message(name, given)
    assert message.status == "error"
    assert "was answered 40" in message.text or "not in this process" in message.text, message.text


def test_every_tool_once_well(served: Served, make: Callable[..., Story], tmp_path: Path) -> None:
    secrets = {
        "PASSWORD": "hunter2hunter2",
        "HOOK": "https://hooks.example.com/services/T0/B0/XXXXXXXXXXXXXXXXXXXXXXXX",
    }
    use, sandbox = make("user", upload_roots=[tmp_path], secrets=secrets.__getitem__), served.sandbox
    organizations_and_teams(use)
    workspace = workspaces(use)
    configuration_versions_and_runs(use, sandbox, tmp_path)
    variables_and_notifications(use, workspace)
    state(use, workspace, tmp_path)
    endings(use, workspace)
    assert use.called == set(catalog())


def organizations_and_teams(use: Story) -> None:
    use("list_organizations")
    use("get_organization", **ORGANIZATION)
    use("update_organization", **ORGANIZATION, cost_estimation_enabled=True)
    team = use("create_team", **ORGANIZATION, name="builders")["id"]
    use("list_teams", **ORGANIZATION)
    use("get_team", team_id=team)
    use("update_team", team_id=team, visibility="organization")
    use("delete_team", team_id=team)
    project = use("create_project", **ORGANIZATION, name="shop")["id"]
    use("list_projects", **ORGANIZATION)
    use("get_project", project_id=project)
    use("update_project", project_id=project, description="of the shop")
    use("delete_project", project_id=project)


def workspaces(use: Story) -> str:
    name = "new"
    workspace = use("create_workspace", **ORGANIZATION, name=name, tags=["environment=test"])["id"]
    use("list_workspaces", **ORGANIZATION)
    use("get_workspace_by_name", **ORGANIZATION, workspace_name=name)
    use("get_workspace_by_id", workspace=workspace)
    use("update_workspace_by_id", workspace=workspace, description="changed")
    use("update_workspace_by_name", **ORGANIZATION, workspace_name=name, description=None, working_directory="modules")
    use("update_workspace_by_id", workspace=workspace, working_directory=None)
    use("lock_workspace", workspace=workspace)
    use("unlock_workspace", workspace=workspace)
    use("lock_workspace", workspace=workspace)
    use("force_unlock_workspace", workspace=workspace)
    return workspace


def configuration_versions_and_runs(use: Story, sandbox: Sandbox, folder: Path) -> None:
    (folder / "code").mkdir()
    (folder / "code" / "main.tf").write_text('resource "terraform_data" "a" {}\n')
    version = use("create_configuration_version", workspace="acme/app-staging")["id"]
    use("upload_configuration_files", configuration_version_id=version, directory=str(folder / "code"))
    use("get_configuration_version", configuration_version_id=version)
    use("list_configuration_versions", workspace="acme/app-staging")
    for action in ("discard_run", "apply_run"):
        run = use("create_run", workspace="acme/app-staging", configuration_version_id=version)["id"]
        sandbox.settle()
        plan = use("get_run", run_id=run)["relationships"]["plan"]["id"]
        use("get_plan", plan_id=plan)
        use("get_plan_json_output", plan_id=plan)
        use("get_run_plan_json_output", run_id=run)
        use(action, run_id=run)
        sandbox.settle()
    use("list_workspace_runs", workspace="acme/app-staging")
    use("list_organization_runs", **ORGANIZATION)
    runs = use("list_workspace_runs", workspace="acme/app-staging")["items"]
    apply = next(apply for run in runs if (apply := run["relationships"]["apply"]))
    use("get_apply", apply_id=apply["id"])
    cancel_and_force_cancel(use, sandbox)


def cancel_and_force_cancel(use: Story, sandbox: Sandbox) -> None:
    """On a locked workspace a run stays pending. One that has ignored its cancel for an hour is put there by hand."""
    use("lock_workspace", workspace="acme/app-production")
    run = use("create_run", workspace="acme/app-production")["id"]
    use("cancel_run", run_id=run)
    past = datetime.now(UTC) - timedelta(hours=1)
    stuck = replace(
        sandbox.world.runs[run], status=RunStatus.APPLYING, canceled_at=past, force_cancel_available_at=past
    )
    use("force_cancel_run", run_id=sandbox.world.runs.put(stuck).id)
    use("unlock_workspace", workspace="acme/app-production")


def variables_and_notifications(use: Story, workspace: str) -> None:
    use("create_workspace_variable", workspace=workspace, key="region", category="terraform", value="eu")
    secret = use("create_workspace_variable", workspace=workspace, key="pw", category="env", value_from="PASSWORD")[
        "id"
    ]
    use("list_workspace_variables", workspace=workspace)
    use("update_workspace_variable", workspace=workspace, variable_id=secret, value_from="PASSWORD")
    use("delete_workspace_variable", workspace=workspace, variable_id=secret)
    hook = {"name": "hook", "destination_type": "slack", "url_from": "HOOK", "triggers": ["run:errored"]}
    made = use("create_workspace_notification_configuration", workspace=workspace, **hook)["id"]
    use("list_workspace_notification_configurations", workspace=workspace)
    use("get_notification_configuration", notification_configuration_id=made)
    use("update_notification_configuration", notification_configuration_id=made, name="renamed")
    use("verify_notification_configuration", notification_configuration_id=made)
    use("delete_notification_configuration", notification_configuration_id=made)


def state(use: Story, workspace: str, folder: Path) -> None:
    file = folder / "terraform.tfstate"
    file.write_text(
        json.dumps(
            {"version": 4, "terraform_version": "1.11.4", "serial": 1, "lineage": "l", "outputs": {}, "resources": []}
        )
    )
    use("lock_workspace", workspace=workspace)
    version = use("create_state_version", workspace=workspace, file=str(file))["id"]
    use("upload_state_file", state_version_id=version, file=str(file))
    use("unlock_workspace", workspace=workspace)
    use("get_state_version", state_version_id=version)
    use("get_current_state_version", workspace=workspace)
    name = use("get_workspace_by_id", workspace=workspace)["attributes"]["name"]
    use("list_state_versions", **ORGANIZATION, workspace_name=name)


def endings(use: Story, workspace: str) -> None:
    use("safe_delete_workspace_by_id", workspace=workspace)
    for place, tool in enumerate(sorted(name for name in catalog() if "delete_workspace_by" in name)):
        made = use("create_workspace", **ORGANIZATION, name=f"end-{place}")
        by_name = {**ORGANIZATION, "workspace_name": made["attributes"]["name"]}
        use(tool, **(by_name if tool.endswith("by_name") else {"workspace": made["id"]}))
    use("delete_organization", **ORGANIZATION)
