"""Projects."""

from __future__ import annotations

from dataclasses import replace

import httpx
import pytest
from operation_calls import Scene, document
from sandbox_driver import Api, MakeApi, MakeSandbox

from tfc_agent_tools.sandbox import Sandbox
from tfc_agent_tools.sandbox.permissions import PROJECT_LEVELS, ProjectPermission

PROJECTS = "/organizations/acme/projects"


def create(api: Api, name: object, tags: list[tuple[str, str]] | None = None) -> httpx.Response:
    bindings = [{"type": "tag-bindings", "attributes": {"key": key, "value": value}} for key, value in tags or []]
    return api.post(PROJECTS, document("projects", {"tag-bindings": {"data": bindings}}, name=name))


def test_a_project_is_created_changed_and_deleted(api: Api) -> None:
    created = create(api, "payments", [("team", "money")])
    assert created.status_code == 201
    path = f"/projects/{created.json()['data']['id']}"
    changed = api.client.patch(path, json=document("projects", description="new", auto_destroy_activity_duration="14d"))
    attributes = changed.json()["data"]["attributes"]
    assert (attributes["name"], attributes["description"]) == ("payments", "new")
    assert attributes["auto-destroy-activity-duration"] == "14d"
    assert api.client.delete(path).status_code == 204
    assert api.get(path).status_code == 404


@pytest.mark.parametrize("name", ["ab", "x" * 41, "", None, 7, "platform", "  a "])
def test_a_name_has_3_to_40_characters_and_is_not_taken(api: Api, name: object) -> None:
    assert create(api, name).status_code == 422


@pytest.mark.parametrize("duration", ["0d", "14", "12345h", "14w"])
def test_a_duration_is_four_digits_and_a_unit(api: Api, duration: str) -> None:
    body = document("projects", name="made", auto_destroy_activity_duration=duration)
    assert api.post(PROJECTS, body).status_code == 422


@pytest.mark.parametrize("name", ["platform", "Default Project"])
def test_a_project_with_workspaces_is_not_deleted(api: Api, name: str) -> None:
    project = next(row for row in api.data(PROJECTS) if row["attributes"]["name"] == name)
    refused = api.client.delete(f"/projects/{project['id']}")
    assert refused.status_code == 422
    assert "contains workspaces" in refused.json()["errors"][0]["detail"]


def test_the_default_project_is_not_deleted_when_it_is_empty(api: Api) -> None:
    api.client.delete(f"/workspaces/{api.workspace('scratch')['id']}")
    project = api.data(PROJECTS)[0]
    assert "default project" in api.client.delete(f"/projects/{project['id']}").json()["errors"][0]["detail"]


def test_who_updates_a_project_and_may_not_delete_it_is_told_so(
    sandboxes: MakeSandbox, apis: MakeApi, api: Api
) -> None:
    sandbox = sandboxes()
    scene = Scene(sandbox, apis(sandbox), lambda token: apis(sandbox, token=token))
    token, project = scene.team_token(), scene.project()
    for granted, status in (
        ({ProjectPermission.READ}, 404),
        ({ProjectPermission.READ, ProjectPermission.UPDATE}, 403),
        ({ProjectPermission.READ, ProjectPermission.DELETE}, 204),
    ):
        team = scene.world.teams[scene.world.tokens[token].team_id or ""]
        scene.world.teams.put(replace(team, project_access={project.id: frozenset(granted)}))
        assert apis(sandbox, token=token).client.delete(f"/projects/{project.id}").status_code == status


def test_a_team_that_maintains_a_project_creates_workspaces_in_it_and_nowhere_else(
    sandbox: Sandbox, apis: MakeApi, api: Api
) -> None:
    scene = Scene(sandbox, api, lambda token: apis(sandbox, token=token))
    token, project = scene.team_token(), scene.project()
    level, permissions = PROJECT_LEVELS["maintain"]
    team = scene.world.teams[scene.world.tokens[token].team_id or ""]
    scene.world.teams.put(replace(team, project_levels={project.id: level}, project_access={project.id: permissions}))
    maintainer = apis(sandbox, token=token)
    assert [row["id"] for row in maintainer.data(PROJECTS)] == [project.id]
    path = "/organizations/acme/workspaces"
    inside = {"project": {"data": {"type": "projects", "id": project.id}}}
    assert maintainer.post(path, document("workspaces", name="outside")).status_code == 404
    assert maintainer.post(path, document("workspaces", inside, name="inside")).status_code == 201
    assert [row["attributes"]["name"] for row in maintainer.data(path)] == ["inside"]
    assert maintainer.client.delete(f"/projects/{project.id}").status_code == 404


@pytest.mark.parametrize(
    ("params", "found"),
    [
        ({"q": "FORM"}, ["platform"]),
        ({"filter[names]": "platform,applications"}, ["applications", "platform"]),
        ({"sort": "-name"}, ["platform", "applications", "Default Project"]),
        ({"filter[permissions][update]": "true"}, ["Default Project", "applications", "platform"]),
    ],
)
def test_projects_can_be_searched(api: Api, params: dict[str, str], found: list[str]) -> None:
    rows = api.get(PROJECTS, **params).json()["data"]
    assert [row["attributes"]["name"] for row in rows] == found
