"""What can be set in a workspace, and what deleting one minds."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from operation_calls import Scene, document
from sandbox_driver import Api, MakeApi

from tfc_agent_tools.sandbox import Sandbox

WORKSPACES = "/organizations/acme/workspaces"
REPOSITORY = {"identifier": "acme/app", "oauth-token-id": "ot-1", "branch": "main"}
ALL: dict[str, Any] = {
    "allow-destroy-plan": False,
    "assessments-enabled": True,
    "auto-apply": True,
    "auto-apply-run-trigger": True,
    "auto-destroy-at": "2027-01-01T00:00:00Z",
    "auto-destroy-activity-duration": "14d",
    "description": "one of each",
    "execution-mode": "local",
    "file-triggers-enabled": False,
    "global-remote-state": True,
    "queue-all-runs": True,
    "source-name": "a test",
    "source-url": "https://test.example",
    "speculative-enabled": False,
    "terraform-version": "~> 1.10",
    "trigger-patterns": ["/modules/**"],
    "trigger-prefixes": ["modules"],
    "vcs-repo": REPOSITORY,
    "working-directory": "infra",
    "setting-overwrites": {"execution-mode": True, "agent-pool": True},
}


def create(api: Api, relationships: dict[str, Any] | None = None, /, **attributes: Any) -> httpx.Response:
    return api.post(WORKSPACES, document("workspaces", relationships, **{"name": "made"} | attributes))


def change(api: Api, relationships: dict[str, Any] | None = None, /, **attributes: Any) -> httpx.Response:
    return api.client.patch(f"{WORKSPACES}/scratch", json=document("workspaces", relationships, **attributes))


def tags(*pairs: tuple[str, str]) -> dict[str, Any]:
    bindings = [{"type": "tag-bindings", "attributes": {"key": key, "value": value}} for key, value in pairs]
    return {"tag-bindings": {"data": bindings}}


def test_a_workspace_is_created_with_all_its_attributes(api: Api) -> None:
    created = create(api, tags(("environment", "test")), **ALL)
    assert created.status_code == 201, created.text
    attributes = api.workspace("made")["attributes"]
    assert {name: attributes[name] for name in ALL} == ALL
    assert attributes["vcs-repo-identifier"] == "acme/app"
    assert attributes["operations"] is False


def test_what_is_absent_stays_and_null_goes_back_to_the_default(api: Api) -> None:
    create(api, **ALL)
    path = f"{WORKSPACES}/made"
    settable = {name for name in ALL if not name.startswith("source") and name != "setting-overwrites"}
    api.client.patch(path, json=document("workspaces", description="kept"))
    kept = api.workspace("made")["attributes"]
    assert {name: kept[name] for name in settable} == {**{name: ALL[name] for name in settable}, "description": "kept"}
    api.client.patch(path, json=document("workspaces", **dict.fromkeys(settable)))
    fresh = create(api, name="fresh").json()["data"]["attributes"]
    reset = api.workspace("made")["attributes"]
    assert reset["trigger-patterns"] == []
    assert {name: reset[name] for name in settable - {"trigger-patterns"}} == {
        name: fresh[name] for name in settable - {"trigger-patterns"}
    }


def test_a_repository_changes_key_by_key_and_goes_with_null(api: Api) -> None:
    assert change(api, vcs_repo={"branch": "main"}).status_code == 422
    assert change(api, vcs_repo=REPOSITORY).status_code == 200
    assert change(api, vcs_repo={"branch": "next"}).json()["data"]["attributes"]["vcs-repo"] == REPOSITORY | {
        "branch": "next"
    }
    gone = change(api, vcs_repo=None).json()["data"]["attributes"]
    assert (gone["vcs-repo"], gone["vcs-repo-identifier"]) == (None, None)


def test_a_github_app_needs_a_users_token(sandbox: Sandbox, apis: MakeApi, api: Api) -> None:
    repository = {"identifier": "acme/app", "github-app-installation-id": "ghain-1"}
    assert change(apis(sandbox, "organization"), vcs_repo=repository).status_code == 422
    assert change(api, vcs_repo=repository).status_code == 200


@pytest.mark.parametrize(
    "attributes",
    [
        {"name": None},
        {"name": "a b"},
        {"name": "network"},
        {"execution_mode": "agent"},
        {"execution_mode": "agent", "agent_pool_id": "apool-1"},
        {"execution_mode": "remote", "agent_pool_id": "apool-1"},
        {"execution_mode": "remote", "operations": True},
        {"execution_mode": "elsewhere"},
        {"auto_destroy_activity_duration": "forever"},
        {"trigger_patterns": "x"},
        {"global_remote_state": 1},
        {"vcs_repo": "acme/app"},
        {"setting_overwrites": {"execution-mode": 1}},
    ],
)
def test_what_a_workspace_can_not_be_is_a_422(api: Api, attributes: dict[str, Any]) -> None:
    before = api.workspace("scratch")
    assert change(api, **attributes).status_code == 422
    assert api.workspace("scratch") == before


def test_an_overwritten_mode_must_be_given_and_one_that_is_not_is_inherited(api: Api) -> None:
    assert create(api, setting_overwrites={"execution-mode": True}).status_code == 422
    api.client.patch("/organizations/acme", json=document("organizations", default_execution_mode="local"))
    assert change(api, description="x").json()["data"]["attributes"]["execution-mode"] == "remote"
    inherited = change(api, setting_overwrites={"execution-mode": False}).json()["data"]["attributes"]
    assert (inherited["execution-mode"], inherited["setting-overwrites"]["execution-mode"]) == ("local", False)


def test_operations_is_the_old_name_of_the_mode(api: Api) -> None:
    assert change(api, operations=False).json()["data"]["attributes"]["execution-mode"] == "local"
    assert change(api, operations=True).json()["data"]["attributes"]["execution-mode"] == "remote"


def test_tags_are_replaced_as_a_whole(api: Api) -> None:
    change(api, tags(("a", "1"), ("b", "2")))
    change(api, description="no tags in here")
    shown = api.data(f"/workspaces/{api.workspace('scratch')['id']}/tag-bindings")
    assert [row["attributes"]["key"] for row in shown] == ["a", "b"]
    change(api, tags(("c", "")))
    assert api.workspace("scratch")["attributes"]["tag-names"] == ["c"]
    change(api, tags())
    assert api.workspace("scratch")["attributes"]["tag-names"] == []


@pytest.mark.parametrize(
    "pairs",
    [
        [(f"k{number}", "") for number in range(11)],
        [("a", "1"), ("a", "2")],
        [("", "1")],
        [("k" * 129, "1")],
        [("k", "v" * 257)],
        [("hc:x", "1")],
        [("hcp:x", "1")],
    ],
)
def test_tags_have_their_limits(api: Api, pairs: list[tuple[str, str]]) -> None:
    assert change(api, tags(*pairs)).status_code == 422


def test_a_workspace_moves_to_a_project_that_the_token_administers(sandbox: Sandbox, apis: MakeApi, api: Api) -> None:
    scene = Scene(sandbox, api, lambda token: apis(sandbox, token=token))
    project = {"project": {"data": {"type": "projects", "id": scene.project().id}}}
    planner = apis(sandbox, token=sandbox.team_tokens["planners"])
    assert change(planner, project).status_code == 404
    assert change(api, {"project": {"data": {"type": "projects", "id": "prj-nothing"}}}).status_code == 404
    moved = change(api, project).json()["data"]
    assert moved["relationships"]["project"]["data"]["id"] == scene.project().id
    assert create(api, project).json()["data"]["relationships"]["project"]["data"]["id"] == scene.project().id


def test_a_locked_workspace_is_not_deleted_safely(api: Api) -> None:
    path = f"/workspaces/{api.workspace('scratch')['id']}/actions"
    api.post(f"{path}/lock", {})
    refused = api.post(f"{path}/safe-delete")
    assert (refused.status_code, "locked" in refused.text) == (409, True)


def test_a_state_that_is_awaited_keeps_the_lock_and_the_workspace(api: Api) -> None:
    workspace = f"/workspaces/{api.workspace('scratch')['id']}"
    api.post(f"{workspace}/actions/lock", {})
    body = document("state-versions", serial=1, md5="0" * 32)
    assert api.post(f"{workspace}/state-versions", body).status_code == 201
    assert api.post(f"{workspace}/actions/unlock").status_code == 503
    assert api.post(f"{workspace}/actions/force-unlock").status_code == 200
    refused = api.post(f"{workspace}/actions/safe-delete")
    assert (refused.status_code, "being processed" in refused.text) == (409, True)


def test_a_bad_include_stops_a_write_before_it_happens(api: Api) -> None:
    body = document("workspaces", name="made")
    assert api.client.post(f"{WORKSPACES}?include=nonsense", json=body).status_code == 400
    assert api.get(f"{WORKSPACES}/made").status_code == 404


def test_an_old_configuration_version_is_archived_and_never_used_again(api: Api) -> None:
    first = api.upload({"main.tf": ""}, auto_queue_runs=False)
    archive = "/configuration-versions/{}/actions/archive"
    assert api.post(archive.format(first["id"])).status_code == 409
    second = api.upload({"main.tf": "# new"}, auto_queue_runs=False)
    assert api.post(archive.format(first["id"])).status_code == 202
    shown = api.data(f"/configuration-versions/{first['id']}")
    assert shown["attributes"]["status"] == "archived"
    assert "download" not in shown["links"]
    assert api.post(archive.format(first["id"])).status_code == 409
    listed = api.data(f"/workspaces/{api.workspace('scratch')['id']}/configuration-versions")
    assert [row["id"] for row in listed] == [second["id"], first["id"]]
