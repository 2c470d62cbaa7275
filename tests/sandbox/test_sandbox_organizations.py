"""Organizations."""

from __future__ import annotations

import pytest
from operation_calls import document
from sandbox_driver import Api, MakeApi

from tfc_agent_tools.sandbox import Sandbox

ACME = "/organizations/acme"


def test_an_organizations_settings_change_and_show(api: Api) -> None:
    changes = {"email": "new@acme.example", "session_timeout": 60, "default_execution_mode": "local"}
    changed = api.client.patch(ACME, json=document("organizations", cost_estimation_enabled=True, **changes))
    assert changed.status_code == 200
    attributes = api.data(ACME)["attributes"]
    assert (attributes["email"], attributes["session-timeout"]) == ("new@acme.example", 60)
    assert attributes["cost-estimation-enabled"] is True
    made = api.post(f"{ACME}/workspaces", document("workspaces", name="made")).json()["data"]
    assert made["attributes"]["execution-mode"] == "local"
    api.client.put(ACME, json=document("organizations", session_timeout=None))
    assert api.data(ACME)["attributes"]["session-timeout"] is None


@pytest.mark.parametrize(
    "change",
    [
        {"name": "a"},
        {"name": None},
        {"email": "nobody"},
        {"email": None},
        {"collaborator_auth_policy": "none"},
        {"default_execution_mode": "agent"},
        {"default_agent_pool_id": "apool-1"},
        {"session_timeout": "long"},
    ],
)
def test_what_an_organization_can_not_be_is_a_422(api: Api, change: dict[str, object]) -> None:
    assert api.client.patch(ACME, json=document("organizations", **change)).status_code == 422


def test_a_renamed_organization_keeps_what_it_has(sandbox: Sandbox, apis: MakeApi, api: Api) -> None:
    renamed = api.client.patch(ACME, json=document("organizations", name="umbrella"))
    assert renamed.json()["data"]["id"] == "umbrella"
    assert renamed.json()["data"]["attributes"]["permissions"]["can-update"] is True
    assert api.get(ACME).status_code == 404
    assert len(api.data("/organizations/umbrella/workspaces")) == 4
    assert apis(sandbox, "organization").get("/organizations/umbrella/projects").status_code == 200
    assert apis(sandbox, "team").get("/organizations/umbrella/workspaces/network").status_code == 200


def test_a_deleted_organization_takes_everything_along(sandbox: Sandbox, apis: MakeApi, api: Api) -> None:
    api.run()
    workspace = api.workspace()["id"]
    team = apis(sandbox, "team")
    assert api.client.delete(ACME).status_code == 204
    assert api.data("/organizations") == []
    assert api.get(f"/workspaces/{workspace}").status_code == 404
    assert team.get("/organizations").status_code == 401
    assert sandbox.settle(20)


@pytest.mark.parametrize("kind", ["team", "organization"])
def test_only_a_users_token_changes_an_organization(sandbox: Sandbox, apis: MakeApi, kind: str) -> None:
    api = apis(sandbox, kind)
    assert api.data(ACME)["attributes"]["permissions"]["can-update"] is False
    assert api.client.patch(ACME, json=document("organizations", email="a@b.c")).status_code == 404
    assert api.client.delete(ACME).status_code == 404


@pytest.mark.parametrize(
    ("params", "found"),
    [({"q": "ACM"}, 1), ({"q": "platform@"}, 1), ({"q[name]": "platform"}, 0), ({"q": "nobody"}, 0)],
)
def test_organizations_can_be_searched(api: Api, params: dict[str, str], found: int) -> None:
    assert len(api.get("/organizations", **params).json()["data"]) == found
