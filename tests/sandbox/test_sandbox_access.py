"""What each kind of token may do."""

from __future__ import annotations

import httpx
import pytest
from sandbox_driver import Api, MakeApi

from tfc_agent_tools.sandbox import Sandbox


@pytest.mark.parametrize("header", [None, "Bearer nonsense", "Basic abc", "", "Bearer"])
def test_a_missing_or_invalid_token_is_unauthorized(sandbox: Sandbox, header: str | None) -> None:
    headers = {} if header is None else {"Authorization": header}
    with httpx.Client(transport=sandbox.transport(), base_url=f"{sandbox.address}/api/v2") as client:
        answer = client.get("/account/details", headers=headers)
    assert answer.status_code == 401
    assert answer.json() == {"errors": [{"status": "401", "title": "unauthorized"}]}


def test_the_account_tells_the_kind_of_token(sandbox: Sandbox, apis: MakeApi) -> None:
    kinds = {}
    for kind in ("user", "team", "organization"):
        account = apis(sandbox, kind).data("/account/details")
        resource = account["relationships"]["authenticated-resource"]["data"]
        kinds[kind] = (account["attributes"]["is-service-account"], resource["type"])
    assert kinds == {
        "user": (False, "users"),
        "team": (True, "teams"),
        "organization": (True, "organizations"),
    }


PATHS = (
    "/account/details",
    "/organizations",
    "/organizations/acme",
    "/organizations/acme/workspaces",
    "/organizations/acme/projects",
    "/organizations/acme/runs",
    "/organizations/acme/workspaces/app-staging",
)


@pytest.mark.parametrize("path", PATHS)
def test_an_audit_trails_token_finds_nothing(sandbox: Sandbox, apis: MakeApi, path: str) -> None:
    assert apis(sandbox, "audit-trails").get(path).status_code == 404
    assert apis(sandbox, "organization").get(path).status_code == 200


def test_an_organization_token_can_not_run_anything(sandbox: Sandbox, apis: MakeApi) -> None:
    run = apis(sandbox).run()
    api = apis(sandbox, "organization")
    assert api.queue().status_code == 404
    for action in ("apply", "discard", "cancel"):
        assert api.act(run, action).status_code == 404
    assert api.status(run) == "planned"
    body = {"data": {"type": "configuration-versions", "attributes": {}}}
    versions = f"/workspaces/{api.workspace()['id']}/configuration-versions"
    assert api.post(versions, body).status_code == 404
    plan = api.plan(run)
    assert api.get(f"/plans/{plan['id']}/json-output").status_code == 404
    assert api.get(f"/runs/{run['id']}/plan/json-output").status_code == 404


def test_an_organization_token_manages_workspaces(sandbox: Sandbox, apis: MakeApi) -> None:
    api = apis(sandbox, "organization")
    body = {"data": {"type": "workspaces", "attributes": {"name": "made"}}}
    assert api.post("/organizations/acme/workspaces", body).status_code == 201
    path = f"/workspaces/{api.workspace('made')['id']}"
    assert api.post(f"{path}/actions/lock", {}).status_code == 200
    assert api.client.delete(path).status_code == 204


def test_a_reading_team_reads_and_does_nothing_else(sandbox: Sandbox, apis: MakeApi) -> None:
    run = apis(sandbox).run()
    api = apis(sandbox, token=sandbox.team_tokens["readers"])
    assert api.status(run) == "planned"
    permissions = api.workspace()["attributes"]["permissions"]
    assert permissions["can-read-run"] is True
    assert permissions["can-queue-run"] is False
    path = f"/workspaces/{api.workspace()['id']}"
    for action in ("lock", "unlock", "force-unlock"):
        assert api.post(f"{path}/actions/{action}", {}).status_code == 404
    assert api.queue().status_code == 404
    assert api.act(run, "apply").status_code == 404
    assert api.client.delete(path).status_code == 404
    assert api.get(f"/plans/{api.plan(run)['id']}/json-output").status_code == 404


def test_another_organization_is_not_found(api: Api) -> None:
    assert api.get("/organizations/other").status_code == 404
    assert api.get("/organizations/other/workspaces").status_code == 404


def test_only_owners_delete_by_force_what_manages_resources(sandbox: Sandbox, apis: MakeApi) -> None:
    owner, team = apis(sandbox), apis(sandbox, "team")
    owner.act(owner.run(), "apply")
    path = f"/workspaces/{owner.workspace()['id']}"
    assert team.workspace()["attributes"]["permissions"]["can-force-delete"] is False
    assert team.client.delete(path).status_code == 403
    empty = team.workspace("scratch")
    assert empty["attributes"]["permissions"]["can-force-delete"] is True
    assert team.client.delete(f"/workspaces/{empty['id']}").status_code == 204
    allowed = {"data": {"type": "organizations", "attributes": {"allow-force-delete-workspaces": True}}}
    assert owner.client.patch("/organizations/acme", json=allowed).status_code == 200
    assert team.client.delete(path).status_code == 204


def test_a_lock_belongs_to_its_holder(sandbox: Sandbox, apis: MakeApi) -> None:
    user, team = apis(sandbox), apis(sandbox, "team")
    path = f"/workspaces/{user.workspace()['id']}/actions"
    assert team.post(f"{path}/unlock").status_code == 409
    assert team.post(f"{path}/lock", {"reason": "release"}).status_code == 200
    workspace = user.workspace()
    assert workspace["attributes"]["locked-reason"] == "release"
    assert workspace["relationships"]["locked-by"]["data"]["type"] == "teams"
    assert user.post(f"{path}/lock", {}).status_code == 409
    refused = user.post(f"{path}/unlock")
    assert refused.status_code == 409
    assert "is locked by Team platform" in refused.json()["errors"][0]["detail"]
    assert user.post(f"{path}/force-unlock").status_code == 200
    assert user.post(f"{path}/force-unlock").status_code == 409
    assert user.post(f"{path}/lock", {}).status_code == 200
    assert "is locked by User ada" in team.post(f"{path}/unlock").json()["errors"][0]["detail"]


def test_a_forced_lock_does_not_let_a_second_run_in(api: Api) -> None:
    first = api.run()
    api.post(f"/workspaces/{api.workspace()['id']}/actions/force-unlock")
    second = api.run()
    assert [api.status(run) for run in (first, second)] == ["planned", "pending"]
    api.act(first, "discard")
    assert api.status(second) == "planned"
