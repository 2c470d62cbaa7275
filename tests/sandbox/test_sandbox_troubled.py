"""The world in which each workspace has another thing wrong, really run and replayed."""

from __future__ import annotations

from typing import Any

import pytest
from sandbox_driver import Api, MakeApi, MakeSandbox

from tfc_agent_tools.sandbox import load_world
from tfc_agent_tools.sandbox.archive import read_archive
from tfc_agent_tools.sandbox.fingerprints import fingerprint
from tfc_agent_tools.sandbox.recordings import load_recordings
from tfc_agent_tools.sandbox.worlds import TROUBLED

ENGINES = [pytest.param("terraform", marks=pytest.mark.terraform), "recorded"]
STATUSES = {
    "checkout": "errored",
    "catalog": "errored",
    "orders": "applied",
    "billing": "errored",
    "search": "policy_override",
    "reports": "errored",
    "warehouse": "applied",
    "landing": "applied",
}


@pytest.fixture(params=ENGINES)
def troubled(request: pytest.FixtureRequest, sandboxes: MakeSandbox, apis: MakeApi) -> Api:
    return apis(sandboxes(engine=request.param, world=TROUBLED))


def last_run(api: Api, name: str) -> dict[str, Any]:
    workspace = api.get(f"/organizations/acme/workspaces/{name}", include="current_run").json()
    (run,) = workspace["included"]
    assert run["id"] == workspace["data"]["relationships"]["latest-run"]["data"]["id"]
    return run


def test_each_workspace_is_in_the_state_that_its_comment_says(troubled: Api) -> None:
    assert {name: last_run(troubled, name)["attributes"]["status"] for name in STATUSES} == STATUSES
    assert "Resource precondition failed" in troubled.log(troubled.plan(last_run(troubled, "checkout")))
    assert "Resource postcondition failed" in troubled.log(troubled.apply(last_run(troubled, "catalog")))
    assert troubled.workspace("catalog")["attributes"]["resource-count"] == 2
    drifted = troubled.workspace("warehouse")["relationships"]["current-assessment-result"]["data"]["id"]
    assert troubled.data(f"/assessment-results/{drifted}")["attributes"]["drifted"] is True
    assert '"@message"' not in troubled.log(troubled.plan(last_run(troubled, "reports")))


def test_what_stopped_a_run_is_where_the_service_has_it(troubled: Api) -> None:
    def beside(name: str) -> dict[str, Any]:
        path = f"/runs/{last_run(troubled, name)['id']}/task-stages"
        (found, *_) = troubled.get(path, include="task_results,policy_evaluations").json()["included"]
        return found["attributes"]

    assert beside("orders")["result-count"]["advisory-failed"] == 1
    assert beside("billing")["result-count"]["mandatory-failed"] == 1
    assert (beside("reports")["task-name"], beside("reports")["status"]) == ("image-scan", "failed")
    check = troubled.data(f"/runs/{last_run(troubled, 'search')['id']}/policy-checks")[0]
    assert check["attributes"]["status"] == "soft_failed"


def test_every_configuration_of_the_world_is_recorded(sandboxes: MakeSandbox) -> None:
    known = {recording.fingerprint for recording in load_recordings()}
    sandbox = sandboxes(world=TROUBLED)
    archives = [version.archive or b"" for version in sandbox.world.configuration_versions]
    assert {fingerprint(read_archive(archive)) for archive in archives} <= known
    assert set(load_world(TROUBLED).organizations["acme"].workspaces) == set(STATUSES)


def test_two_sandboxes_of_the_world_have_the_same_ids(sandboxes: MakeSandbox) -> None:
    first, second = (sandboxes(world=TROUBLED, seed=3).world for _ in range(2))
    for name in ("runs", "run_events", "policy_checks", "task_stages", "policy_set_outcomes", "state_versions"):
        assert [row.id for row in getattr(first, name)] == [row.id for row in getattr(second, name)]
