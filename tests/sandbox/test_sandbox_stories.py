"""Runs that were recorded on a certain state with certain variables, and worlds that are made of them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from sandbox_driver import Api, MakeApi, MakeSandbox

from tfc_agent_tools.sandbox import load_world
from tfc_agent_tools.sandbox.archive import read_archive
from tfc_agent_tools.sandbox.configurations import files_of, pack
from tfc_agent_tools.sandbox.fingerprints import fingerprint
from tfc_agent_tools.sandbox.recordings import load_recordings
from tfc_agent_tools.templates import content_dir

HOME = content_dir("evals") / "configurations"
WAREHOUSE: dict[str, Any] = {
    "configuration": str(HOME / "warehouse"),
    "runs": [
        {"auto-apply": True},
        {"auto-apply": True, "variables": {"shelves": "9"}},
        {},
    ],
}
ORDERS: dict[str, Any] = {
    "variables": {"database_password": {"value": "tulip-wagon-4711", "sensitive": True}},
    "runs": [
        {"configuration": str(HOME / "orders_v1"), "auto-apply": True},
        {"configuration": str(HOME / "orders_v2"), "auto-apply": True},
        {"configuration": str(HOME / "orders_v3")},
    ],
}
ENGINES = [pytest.param("terraform", marks=pytest.mark.terraform), "recorded"]


def world(folder: Path, **workspaces: Any) -> Path:
    content = {
        "organizations": {"acme": {"workspaces": workspaces}},
        "tokens": {"ada": {"type": "user", "teams": ["owners"]}},
    }
    path = folder / "world.yaml"
    path.write_text(yaml.safe_dump(content))
    return path


def counts(api: Api, name: str) -> list[str]:
    """Status and counts of each plan, the oldest first."""
    runs = api.data(f"/workspaces/{api.workspace(name)['id']}/runs")
    plans = [(run["attributes"]["status"], api.plan(run)["attributes"]) for run in reversed(runs)]
    return [
        f"{status} +{plan['resource-additions']} ~{plan['resource-changes']} -{plan['resource-destructions']}"
        for status, plan in plans
    ]


@pytest.mark.parametrize("engine", ENGINES)
def test_a_recorded_run_is_the_one_of_its_state_and_variables(
    engine: str, sandboxes: MakeSandbox, apis: MakeApi, tmp_path: Path
) -> None:
    api = apis(sandboxes(engine=engine, world=world(tmp_path, warehouse=WAREHOUSE, orders=ORDERS)))
    assert counts(api, "warehouse") == ["applied +2 ~0 -0", "applied +0 ~1 -0", "planned +0 ~1 -0"]
    assert counts(api, "orders") == ["applied +6 ~0 -0", "applied +2 ~2 -0", "planned +1 ~3 -1"]


def test_a_state_of_which_nothing_is_recorded_ends_the_plan_and_says_so(
    sandboxes: MakeSandbox, apis: MakeApi, tmp_path: Path
) -> None:
    orders = {"configuration": str(HOME / "orders_v3"), "runs": [{}]}
    api = apis(sandboxes(engine="recorded", world=world(tmp_path, orders=orders)))
    (run,) = api.data(f"/workspaces/{api.workspace('orders')['id']}/runs")
    assert run["attributes"]["status"] == "errored"
    assert "no recorded run of orders_v3 fits this state and these variables" in api.log(api.plan(run))


def test_each_folder_that_stories_tell_of_is_recorded_as_it_is() -> None:
    told = {
        part.get("run") or part["destroy"]
        for story in yaml.safe_load((HOME / "stories.yaml").read_text())
        for part in story
    }
    known = {recording.name: recording.fingerprint for recording in load_recordings() if recording.steps}
    assert known == {name: fingerprint(read_archive(pack(files_of(HOME / name)))) for name in sorted(told)}


def test_a_run_may_bring_its_own_configuration(sandboxes: MakeSandbox, apis: MakeApi, tmp_path: Path) -> None:
    api = apis(sandboxes(engine="recorded", world=world(tmp_path, orders=ORDERS)))
    workspace = api.workspace("orders")["id"]
    assert len(api.data(f"/workspaces/{workspace}/configuration-versions")) == 3
    with pytest.raises(Exception, match="runs need a configuration"):
        load_world(world(tmp_path, orders={"runs": [{}, {"configuration": str(HOME / "worker")}]}))


def test_a_world_may_have_notification_configurations(sandboxes: MakeSandbox, apis: MakeApi, tmp_path: Path) -> None:
    hook = {"url": "https://hooks.chat.example/T1", "triggers": ["run:errored"], "token": "made-up"}
    api = apis(sandboxes(engine="recorded", world=world(tmp_path, app={"notifications": {"chat": hook}})))
    (found,) = api.data(f"/workspaces/{api.workspace('app')['id']}/notification-configurations")
    assert (found["attributes"]["name"], found["attributes"]["destination-type"]) == ("chat", "slack")
    assert (found["attributes"]["enabled"], found["attributes"]["triggers"]) == (True, ["run:errored"])
    assert found["attributes"]["token"] is None
