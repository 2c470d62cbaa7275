"""How requests are read: content types, bodies, pages, includes, filters, limits."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import httpx
import pytest
from sandbox_driver import Api, MakeApi, MakeSandbox

from tfc_agent_tools.sandbox import Sandbox

WORKSPACES = "/organizations/acme/workspaces"


def names(response: httpx.Response) -> list[str]:
    return [row["attributes"]["name"] for row in response.json()["data"]]


@pytest.mark.parametrize("content_type", ["application/json", "text/plain", ""])
@pytest.mark.parametrize("method", ["POST", "PATCH", "DELETE"])
def test_a_write_needs_the_json_api_content_type(api: Api, method: str, content_type: str) -> None:
    path = f"/workspaces/{api.workspace()['id']}" + ("/actions/lock" if method == "POST" else "")
    answer = api.client.request(method, path, content=b"{}", headers={"Content-Type": content_type})
    assert answer.status_code == 415
    assert answer.json()["errors"][0]["status"] == "415"


def test_every_answer_is_marked(api: Api, sandbox: Sandbox) -> None:
    for path in ("/ping", "/organizations", "/nowhere"):
        assert api.get(path).headers["x-sandbox"] == "SANDBOX"
    assert api.plain.get(f"{sandbox.address}/").headers["x-sandbox"] == "SANDBOX"


def test_ping_says_what_clients_look_for(api: Api) -> None:
    answer = api.get("/ping")
    assert answer.status_code == 204
    assert answer.headers["TFP-API-Version"] == "2.6"
    assert answer.headers["TFP-AppName"] == "HCP Terraform"
    assert answer.headers["X-RateLimit-Limit"] == "30"


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b"[]",
        b'{"data": []}',
        b'{"data": {"type": "teams"}}',
        b'{"data": {"type": "workspaces", "attributes": []}}',
        b'{"data": {"type": "workspaces", "attributes": {}}}',
        b'{"data": {"type": "workspaces", "attributes": {"name": 1}}}',
        b'{"data": {"type": "workspaces", "attributes": {"name": "a b"}}}',
        b'{"data": {"type": "workspaces", "attributes": {"name": "app-staging"}}}',
        b'{"data": {"type": "workspaces", "attributes": {"name": "x", "auto-apply": "yes"}}}',
        b'{"data": {"type": "workspaces", "attributes": {"name": "x", "execution-mode": "agent"}}}',
    ],
)
def test_a_document_that_can_not_be_accepted_is_a_422(api: Api, body: bytes) -> None:
    answer = api.client.post(WORKSPACES, content=body)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["status"] == "422"


def test_a_taken_name_points_at_itself(api: Api) -> None:
    body = {"data": {"type": "workspaces", "attributes": {"name": "network"}}}
    error = api.post(WORKSPACES, body).json()["errors"][0]
    assert error["source"] == {"pointer": "/data/attributes/name"}


def test_lists_come_in_pages(api: Api) -> None:
    first = api.get(WORKSPACES, **{"page[size]": "3"}).json()
    assert len(first["data"]) == 3
    assert first["meta"]["pagination"] == {
        "current-page": 1,
        "page-size": 3,
        "prev-page": None,
        "next-page": 2,
        "total-pages": 2,
        "total-count": 4,
    }
    second = api.client.get(first["links"]["next"]).json()
    assert len(second["data"]) == 1
    assert second["links"]["next"] is None
    assert api.get(WORKSPACES, **{"page[number]": "9"}).json()["data"] == []


@pytest.mark.parametrize(
    "params", [{"page[size]": "0"}, {"page[size]": "101"}, {"page[size]": "x"}, {"page[number]": "0"}]
)
def test_an_impossible_page_is_a_422(api: Api, params: dict[str, str]) -> None:
    assert api.get(WORKSPACES, **params).status_code == 422


def test_organization_runs_have_no_totals(api: Api) -> None:
    api.run()
    body = api.get("/organizations/acme/runs").json()
    assert len(body["data"]) == 1
    assert set(body["meta"]["pagination"]) == {"current-page", "page-size", "prev-page", "next-page"}
    assert set(body["links"]) == {"self", "prev", "next"}


def test_organizations_are_in_pages_only_on_demand(api: Api) -> None:
    assert "meta" not in api.get("/organizations").json()
    assert api.get("/organizations", **{"page[size]": "5"}).json()["meta"]["pagination"]["total-count"] == 1


@pytest.mark.parametrize(
    ("params", "found"),
    [
        ({"search[name]": "PROD"}, ["app-production"]),
        ({"search[wildcard-name]": "app-*"}, ["app-production", "app-staging"]),
        ({"search[wildcard-name]": "*-prod*"}, ["app-production"]),
        ({"search[wildcard-name]": "*t*w*"}, ["network"]),
        ({"search[wildcard-name]": "app"}, []),
        ({"search[wildcard-name]": "n?twork"}, []),
        ({"search[wildcard-name]": "[n]etwork"}, []),
        ({"search[tags]": "app"}, ["app-production", "app-staging"]),
        ({"search[tags]": "app,nothing"}, []),
        ({"search[exclude-tags]": "app"}, ["network", "scratch"]),
        ({"filter[tagged][0][key]": "environment"}, ["app-production", "app-staging", "network"]),
        (
            {"filter[tagged][0][key]": "environment", "filter[tagged][0][value]": "production"},
            ["app-production", "network"],
        ),
        ({"filter[tagged][0][key]": "department"}, ["app-production", "app-staging", "network"]),
        ({"filter[tagged][0][value]": "web"}, ["app-production", "app-staging"]),
        (
            {"filter[tagged][0][value]": "web", "filter[tagged][1][value]": "production"},
            ["app-production"],
        ),
        (
            {
                "filter[tagged][0][value]": "staging",
                "filter[tagged][1][value]": "platform",
                "filter[tag-union]": "true",
            },
            ["app-staging", "network"],
        ),
        ({"filter[tagged][0][key]": "nothing"}, []),
        ({"sort": "-name"}, ["scratch", "network", "app-staging", "app-production"]),
        ({"filter[current-run][status]": "planned"}, []),
    ],
)
def test_workspaces_can_be_searched(api: Api, params: dict[str, str], found: list[str]) -> None:
    assert names(api.get(WORKSPACES, **params)) == found


def test_workspaces_can_be_filtered_by_the_status_of_their_current_run(api: Api) -> None:
    api.run("network")
    api.act(api.run("app-staging"), "discard")
    api.run("app-production", plan_only=True)

    def found(statuses: str) -> list[str]:
        return names(api.get(WORKSPACES, **{"filter[current-run][status]": statuses}))

    assert found("planned") == ["network"]
    assert found("planned, discarded") == ["app-staging", "network"]
    assert found("planned_and_finished") == []


def test_workspaces_are_sorted_by_their_current_run_and_latest_change(sandboxes: MakeSandbox, apis: MakeApi) -> None:
    moments = iter(datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=second) for second in range(10**6))
    api = apis(sandboxes(clock=lambda: next(moments)))
    for name in ("network", "app-production"):
        api.act(api.run(name), "apply")
    assert names(api.get(WORKSPACES, sort="-current-run.created-at"))[:2] == ["app-production", "network"]
    assert names(api.get(WORKSPACES, sort="latest-change-at"))[-2:] == ["network", "app-production"]
    assert api.get(WORKSPACES, sort="size").status_code == 422


def test_workspaces_can_be_filtered_by_project(api: Api) -> None:
    project = next(row for row in api.data("/organizations/acme/projects") if row["attributes"]["name"] == "platform")
    assert names(api.get(WORKSPACES, **{"filter[project][id]": project["id"]})) == ["network"]
    assert api.data(f"/projects/{project['id']}")["attributes"]["workspace-count"] == 1


def test_included_resources_come_once(api: Api) -> None:
    run = api.run()
    wanted = "plan,apply,workspace,configuration_version,created_by"
    body = api.get(f"/runs/{run['id']}", include=wanted).json()
    assert [row["type"] for row in body["included"]] == [
        "plans",
        "applies",
        "workspaces",
        "configuration-versions",
        "users",
    ]
    listed = api.get(f"/workspaces/{api.workspace()['id']}/runs", include="created_by").json()
    assert len(listed["included"]) == 1
    workspace = api.get(f"{WORKSPACES}/app-staging", include="current_run.plan,project,organization,locked_by").json()
    assert [row["type"] for row in workspace["included"]] == ["plans", "projects", "organizations", "runs"]


@pytest.mark.parametrize("path", ["/runs/{}?include=nonsense", "/organizations/acme/workspaces?include=plan"])
def test_an_unknown_include_is_a_400(api: Api, path: str) -> None:
    answer = api.client.get(path.format(api.run()["id"]))
    assert answer.status_code == 400
    assert "include parameter" in answer.json()["errors"][0]["detail"]


def test_plan_only_runs_are_listed_only_on_demand(api: Api) -> None:
    run = api.run(plan_only=True)
    path = f"/workspaces/{api.workspace()['id']}/runs"
    assert api.data(path) == []
    found = api.get(path, **{"filter[operation]": "plan_only,plan_and_apply"}).json()["data"]
    assert [row["id"] for row in found] == [run["id"]]


def test_runs_can_be_filtered_by_state(api: Api) -> None:
    first = api.run()
    api.act(first, "discard")
    second = api.run()
    path = f"/workspaces/{api.workspace()['id']}/runs"
    assert [row["id"] for row in api.data(path)] == [second["id"], first["id"]]
    for params, run in (
        ({"filter[status]": "discarded"}, first),
        ({"filter[status_group]": "final"}, first),
        ({"filter[status_group]": "non_final"}, second),
    ):
        assert [row["id"] for row in api.get(path, **params).json()["data"]] == [run["id"]]


def test_effective_tags_hold_the_projects(api: Api) -> None:
    tags = api.data(f"/workspaces/{api.workspace()['id']}/effective-tag-bindings")
    found = {(tag["attributes"]["key"], tag["attributes"]["value"], "links" in tag) for tag in tags}
    assert found == {("environment", "staging", False), ("app", "", False), ("department", "web", True)}


@pytest.mark.parametrize("path", ["/nowhere", "/runs/run-nothing", "/plans/x", "/applies/x", "/state-versions/x"])
def test_what_is_missing_is_a_404_in_the_apis_words(api: Api, path: str) -> None:
    answer = api.get(path)
    assert answer.status_code == 404
    assert answer.json() == {"errors": [{"status": "404", "title": "not found"}]}


def test_state_versions_are_listed_by_names(api: Api) -> None:
    api.act(api.run(), "apply")
    filters = {"filter[organization][name]": "acme", "filter[workspace][name]": "app-staging"}
    body = api.get("/state-versions", **filters).json()
    assert body["meta"]["pagination"]["total-count"] == 1
    assert api.data(f"/state-versions/{body['data'][0]['id']}") == body["data"][0]
    assert api.get("/state-versions").status_code == 422


class Clock:
    def __init__(self) -> None:
        self.now = datetime(2026, 1, 1, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now


def test_rate_limits_count_users_and_run_lists(sandboxes: MakeSandbox, apis: MakeApi) -> None:
    clock = Clock()
    api = apis(sandboxes(clock=clock, rate_limits=True))
    workspace = api.workspace()["id"]
    answers = [api.get("/ping") for _ in range(31)]
    assert [answer.status_code for answer in answers] == [204] * 29 + [429] * 2
    assert answers[-1].json()["errors"][0] == {
        "detail": "You have exceeded the API's rate limit.",
        "status": 429,
        "title": "Too many requests",
    }
    assert answers[-1].headers["x-ratelimit-limit"] == "30"
    assert 0 < float(answers[-1].headers["X-RateLimit-Reset"]) <= 1
    assert apis(api.sandbox, "team").get("/ping").status_code == 204
    for second in range(2, 32):
        clock.now = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=second)
        assert api.get(f"/workspaces/{workspace}/runs").status_code == 200
    clock.now += timedelta(seconds=2)
    refused = api.get("/organizations/acme/runs")
    assert refused.status_code == 429
    assert float(refused.headers["X-RateLimit-Reset"]) == pytest.approx(29)
    assert api.get("/ping").status_code == 204


def test_rate_limits_are_off_unless_asked_for(api: Api) -> None:
    assert {api.get("/ping").status_code for _ in range(50)} == {204}
