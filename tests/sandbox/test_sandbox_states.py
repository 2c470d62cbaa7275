"""State versions and outputs."""

from __future__ import annotations

import base64
import hashlib
import json
from typing import Any

import httpx
import pytest
from sandbox_driver import Api, MakeApi

from tfc_agent_tools.sandbox import Sandbox

STATE: dict[str, Any] = {
    "version": 4,
    "terraform_version": "1.11.4",
    "serial": 1,
    "lineage": "871d1b4a-e579-fb7c-ffdb-f0c858a647a7",
    "outputs": {
        "flavor": {"value": "mint", "type": "string"},
        "secret": {"value": "hush", "type": "string", "sensitive": True},
        "sizes": {"value": [1, 2], "type": ["list", "number"]},
    },
    "resources": [],
    "check_results": None,
}


def content(**changes: object) -> bytes:
    return json.dumps(STATE | changes).encode()


def announce(api: Api, raw: bytes, /, **attributes: object) -> httpx.Response:
    parsed = json.loads(raw)
    announced = {
        "serial": parsed["serial"],
        "lineage": parsed["lineage"],
        "md5": hashlib.md5(raw, usedforsecurity=False).hexdigest(),
    }
    body = {"data": {"type": "state-versions", "attributes": announced | attributes}}
    return api.post(f"/workspaces/{api.workspace('scratch')['id']}/state-versions", body)


@pytest.fixture
def locked(api: Api) -> Api:
    path = f"/workspaces/{api.workspace('scratch')['id']}/actions/lock"
    assert api.post(path, {"reason": "state surgery"}).status_code == 200
    return api


def test_a_state_version_is_created_and_uploaded_without_a_token(locked: Api) -> None:
    state = content()
    created = announce(locked, state)
    assert created.status_code == 201
    attributes = created.json()["data"]["attributes"]
    assert attributes["status"] == "pending"
    assert attributes["hosted-state-download-url"] is None
    workspace = locked.workspace("scratch")["id"]
    assert locked.get(f"/workspaces/{workspace}/current-state-version").status_code == 404
    assert locked.plain.put(attributes["hosted-state-upload-url"], content=state).status_code == 200
    assert locked.plain.put(attributes["hosted-state-upload-url"], content=state).status_code == 404
    current = locked.data(f"/workspaces/{workspace}/current-state-version")
    assert current["attributes"]["status"] == "finalized"
    assert current["attributes"]["hosted-state-upload-url"] is None
    assert locked.plain.get(current["attributes"]["hosted-state-download-url"]).content == state


def test_a_state_may_come_in_the_document_itself(locked: Api) -> None:
    state = content()
    created = announce(locked, state, state=base64.b64encode(state).decode())
    assert created.json()["data"]["attributes"]["status"] == "finalized"


def test_a_state_version_needs_the_lock(api: Api) -> None:
    assert announce(api, content()).status_code == 409


def test_a_state_version_needs_the_lock_of_whoever_creates_it(sandbox: Sandbox, apis: MakeApi, locked: Api) -> None:
    assert announce(apis(sandbox, "team"), content()).status_code == 409


def test_a_state_version_may_name_a_run_of_its_workspace(locked: Api) -> None:
    run = locked.run()  # of another workspace
    body = {"data": {"type": "state-versions", "attributes": {"serial": 1, "md5": "0" * 32}}}
    body["data"]["relationships"] = {"run": {"data": {"type": "runs", "id": run["id"]}}}
    path = f"/workspaces/{locked.workspace('scratch')['id']}/state-versions"
    assert locked.post(path, body).status_code == 422


def test_a_state_of_another_lineage_than_announced_is_a_422(locked: Api) -> None:
    created = announce(locked, content(), lineage="another")
    url = created.json()["data"]["attributes"]["hosted-state-upload-url"]
    assert locked.plain.put(url, content=content()).status_code == 422


def test_the_json_form_may_come_along(locked: Api) -> None:
    form = b'{"format_version": "1.0"}'
    state = content()
    inline = {"state": base64.b64encode(state).decode(), "json_state": base64.b64encode(form).decode()}
    created = announce(locked, state, **{name.replace("_", "-"): value for name, value in inline.items()})
    url = created.json()["data"]["attributes"]["hosted-json-state-download-url"]
    assert locked.plain.get(url).content == form


def test_state_versions_are_filtered_by_status_and_come_with_their_runs(api: Api) -> None:
    api.act(api.run(), "apply")
    names = {"filter[organization][name]": "acme", "filter[workspace][name]": "app-staging"}
    wanted = "created_by,run,run.created_by,run.configuration_version"
    body = api.get("/state-versions", **names, **{"filter[status]": "finalized"}, include=wanted).json()
    assert [row["type"] for row in body["included"]] == ["users", "runs", "configuration-versions"]
    assert api.get("/state-versions", **names, **{"filter[status]": "pending"}).json()["data"] == []


def test_an_organization_token_can_not_write_state(sandbox: Sandbox, apis: MakeApi) -> None:
    assert announce(apis(sandbox, "organization"), content()).status_code == 404


@pytest.mark.parametrize("attributes", [{"md5": "x"}, {"serial": None}, {"serial": "1"}, {"state": "%"}])
def test_a_malformed_state_version_is_a_422(locked: Api, attributes: dict[str, object]) -> None:
    assert announce(locked, content(), **attributes).status_code == 422


@pytest.mark.parametrize("changes", [{"resources": 1}, {"resources": [{}]}, {"outputs": 1}, {"serial": "x"}])
def test_what_is_no_state_is_a_422_and_breaks_nothing(locked: Api, changes: dict[str, object]) -> None:
    state = content(**changes)
    created = announce(locked, state, serial=1, state=base64.b64encode(state).decode())
    assert created.status_code == 422
    assert locked.workspace("scratch")["relationships"]["current-state-version"]["data"] is None


def test_a_state_that_is_not_what_was_announced_is_a_422(locked: Api) -> None:
    url = announce(locked, content()).json()["data"]["attributes"]["hosted-state-upload-url"]
    assert locked.plain.put(url, content=b"something else").status_code == 422


@pytest.mark.parametrize(
    ("changes", "attributes", "status"),
    [
        ({"serial": 3}, {}, 201),
        ({"serial": 1}, {}, 409),
        ({"serial": 2, "outputs": {}}, {}, 409),
        ({"serial": 3, "lineage": "another"}, {}, 412),
        ({"serial": 1}, {"force": True}, 201),
    ],
)
def test_a_state_follows_the_current_one_unless_forced(
    locked: Api, changes: dict[str, object], attributes: dict[str, object], status: int
) -> None:
    first = content(serial=2)
    assert announce(locked, first, state=base64.b64encode(first).decode()).status_code == 201
    assert announce(locked, content(**changes), **attributes).status_code == status


def test_sensitive_outputs_show_only_one_by_one(locked: Api) -> None:
    state = content()
    version = announce(locked, state, state=base64.b64encode(state).decode()).json()["data"]
    path = f"/workspaces/{locked.workspace('scratch')['id']}/current-state-version-outputs"
    outputs = {row["attributes"]["name"]: row for row in locked.data(path)}
    shown = {name: (row["attributes"]["value"], row["attributes"]["type"]) for name, row in outputs.items()}
    assert shown == {"flavor": ("mint", "string"), "secret": (None, "string"), "sizes": ([1, 2], "array")}
    assert outputs["sizes"]["attributes"]["detailed-type"] == ["list", "number"]
    assert len(locked.data(f"/state-versions/{version['id']}/outputs")) == 3
    one = locked.data(f"/state-version-outputs/{outputs['secret']['id']}")
    assert one["attributes"]["value"] == "hush"
    assert locked.get("/state-version-outputs/wsout-nothing").status_code == 404


def test_a_workspace_that_manages_something_is_not_deleted_safely(api: Api) -> None:
    api.act(api.run(), "apply")
    path = f"/workspaces/{api.workspace()['id']}/actions/safe-delete"
    assert api.post(path).status_code == 409
    api.act(api.run(is_destroy=True), "apply")
    assert api.post(path).status_code == 204
    assert api.post(path).status_code == 404


PROVIDER = 'provider["terraform.io/builtin/terraform"]'
RESOURCES = [
    ("managed", "terraform_data", "web", None, 2),
    ("data", "terraform_remote_state", "network", None, 1),
    ("managed", "terraform_data", "subnet", "module.the_network", 3),
    ("managed", "terraform_data", "rule", 'module.the_network.module.rules["a.module.b]"]', 1),
    ("managed", "terraform_data", "rule", "module.the_network.module.rules[0]", 1),
]


def resource(mode: str, kind: str, name: str, module: str | None, count: int) -> dict[str, Any]:
    instances = [{"attributes": {"id": f"hush-{number}", "input": "hush"}} for number in range(count)]
    place = {"module": module} if module else {}
    return place | {"mode": mode, "type": kind, "name": name, "provider": PROVIDER, "instances": instances}


def test_a_state_version_counts_its_resources_and_shows_no_value(locked: Api) -> None:
    raw = content(resources=[resource(*row) for row in RESOURCES])
    version = announce(locked, raw, state=base64.b64encode(raw).decode()).json()["data"]
    shown = version["attributes"]
    assert shown["resources-processed"] is True
    assert shown["modules"] == {
        "root": {"terraform-data": 2, "data.terraform-remote-state": 1},
        "root.the-network": {"terraform-data": 3},
        "root.the-network.rules": {"terraform-data": 2},
    }
    assert shown["providers"] == {PROVIDER: {"terraform-data": 7, "data.terraform-remote-state": 1}}
    assert [(row["module"], row["type"], row["name"], row["count"]) for row in shown["resources"]] == [
        ("root", "terraform_data", "web", 2),
        ("root", "data.terraform_remote_state", "network", 1),
        ("root.the_network", "terraform_data", "subnet", 3),
        ("root.the_network.rules", "terraform_data", "rule", 1),
        ("root.the_network.rules", "terraform_data", "rule", 1),
    ]
    assert all(set(row) == {"name", "type", "count", "module", "provider"} for row in shown["resources"])
    assert "hush" not in json.dumps(version)


def test_a_state_that_is_awaited_is_not_processed(locked: Api) -> None:
    version = announce(locked, content()).json()["data"]["attributes"]
    assert (version["resources-processed"], version["resources"]) == (False, [])
