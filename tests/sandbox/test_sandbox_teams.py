"""Teams."""

from __future__ import annotations

import httpx
import pytest
from operation_calls import Scene, document
from sandbox_driver import Api, MakeApi

from tfc_agent_tools.sandbox import Sandbox
from tfc_agent_tools.sandbox.permissions import OrganizationPermission

TEAMS = "/organizations/acme/teams"


def create(api: Api, **attributes: object) -> httpx.Response:
    return api.post(TEAMS, document("teams", **attributes))


def names(api: Api, **params: str) -> list[str]:
    return [row["attributes"]["name"] for row in api.get(TEAMS, **params).json()["data"]]


def team(api: Api, name: str) -> str:
    return f"/teams/{next(row['id'] for row in api.data(TEAMS) if row['attributes']['name'] == name)}"


def test_a_team_is_created_secret_and_changed_and_deleted(api: Api) -> None:
    created = create(api, name="support", organization_access={"manage-workspaces": True})
    assert created.status_code == 200
    path = f"/teams/{created.json()['data']['id']}"
    assert created.json()["data"]["attributes"]["visibility"] == "secret"
    changes = {"organization_access": {"read-projects": True}, "allow_member_token_management": False}
    changed = api.client.patch(path, json=document("teams", visibility="organization", **changes)).json()["data"]
    access = changed["attributes"]["organization-access"]
    assert [name for name, granted in access.items() if granted] == ["manage-workspaces", "read-projects"]
    assert changed["attributes"]["allow-member-token-management"] is False
    assert api.client.delete(path).status_code == 204
    assert api.get(path).status_code == 404


@pytest.mark.parametrize(
    "attributes",
    [
        {"name": ""},
        {"name": None},
        {"name": "readers"},
        {"name": "owners"},
        {"name": "new", "visibility": "public"},
        {"name": "new", "organization_access": {"manage-everything": True}},
        {"name": "new", "organization_access": {"manage-workspaces": "yes"}},
        {"name": "new", "organization_access": []},
    ],
)
def test_what_a_team_can_not_be_is_a_422(api: Api, attributes: dict[str, object]) -> None:
    assert create(api, **attributes).status_code == 422


def test_a_secret_team_is_seen_by_owners_and_itself(sandbox: Sandbox, apis: MakeApi, api: Api) -> None:
    path = team(api, "readers")
    api.client.patch(path, json=document("teams", visibility="secret"))
    readers, planners = (apis(sandbox, token=sandbox.team_tokens[name]) for name in ("readers", "planners"))
    assert (readers.get(path).status_code, planners.get(path).status_code) == (200, 404)
    assert names(planners) == ["platform", "planners"]
    assert names(readers) == ["platform", "readers", "planners"]
    assert names(api, **{"filter[names]": "readers,owners"}) == ["readers", "owners"]
    assert names(api, q="PLAN") == ["planners"]
    assert names(apis(sandbox, "organization")) == ["platform", "readers", "planners", "owners"]


def test_the_owners_can_not_be_deleted_or_renamed(api: Api) -> None:
    path = team(api, "owners")
    assert api.client.delete(path).status_code == 403
    assert api.client.patch(path, json=document("teams", name="others")).status_code == 422
    assert api.data(path)["attributes"]["users-count"] == 1


def test_a_deleted_teams_token_is_worth_nothing(sandbox: Sandbox, apis: MakeApi, api: Api) -> None:
    token = sandbox.team_tokens["readers"]
    assert api.client.delete(team(api, "readers")).status_code == 204
    assert apis(sandbox, token=token).get("/organizations").status_code == 401


def test_organization_access_needs_a_permission_of_its_own(sandbox: Sandbox, apis: MakeApi, api: Api) -> None:
    scene = Scene(sandbox, api, lambda token: apis(sandbox, token=token))
    manager = apis(sandbox, token=scene.team_token(frozenset(), frozenset({OrganizationPermission.MANAGE_TEAMS})))
    assert create(manager, name="plain").status_code == 200
    assert create(manager, name="mighty", organization_access={"manage-workspaces": True}).status_code == 404
    assert "mighty" not in names(api)


def test_members_come_along_on_demand(api: Api) -> None:
    body = api.get(team(api, "owners"), include="users").json()
    assert [row["attributes"]["username"] for row in body["included"]] == ["ada"]
