"""Variables of workspaces, and what of them terraform gets."""

from __future__ import annotations

import httpx
import pytest
from operation_calls import document
from sandbox_driver import Api, MakeApi, MakeSandbox

from tfc_agent_tools.sandbox.models import Variable
from tfc_agent_tools.sandbox.variables_in_runs import passed_on, withheld, workspace_values


def path(api: Api, workspace: str = "scratch") -> str:
    return f"/workspaces/{api.workspace(workspace)['id']}/vars"


def create(api: Api, workspace: str = "scratch", **attributes: object) -> httpx.Response:
    wanted = {"key": "size", "value": "2", "category": "terraform"} | attributes
    return api.post(path(api, workspace), document("vars", **wanted))


def update(api: Api, variable: str, **attributes: object) -> httpx.Response:
    return api.client.patch(f"{path(api)}/{variable}", json=document("vars", **attributes))


def test_a_variable_is_created_changed_and_deleted(api: Api) -> None:
    created = create(api, description="how many")
    assert created.status_code == 201
    variable = created.json()["data"]
    assert variable["relationships"]["configurable"]["data"]["id"] == api.workspace("scratch")["id"]
    assert api.workspace("scratch")["relationships"]["vars"]["data"] == [{"id": variable["id"], "type": "vars"}]
    changed = update(api, variable["id"], value="3", description=None).json()["data"]["attributes"]
    assert (changed["value"], changed["description"], changed["key"]) == ("3", None, "size")
    assert changed["version-id"] != variable["attributes"]["version-id"]
    assert api.client.delete(f"{path(api)}/{variable['id']}").status_code == 204
    assert api.data(path(api)) == []
    assert update(api, variable["id"], value="4").status_code == 404


def test_a_list_of_variables_is_whole(api: Api) -> None:
    for number in range(25):
        create(api, key=f"v{number}")
    assert len(api.data(path(api))) == 25


def test_a_sensitive_value_is_never_shown_and_all_that_can_change(api: Api) -> None:
    created = create(api, sensitive=True, value="hunter2")
    assert created.json()["data"]["attributes"]["value"] is None
    variable = created.json()["data"]["id"]
    assert "hunter2" not in api.get(path(api)).text
    assert update(api, variable, value="other").json()["data"]["attributes"]["value"] is None
    for change in ({"sensitive": False}, {"key": "name"}, {"description": "x"}, {"hcl": True}, {"category": "env"}):
        assert update(api, variable, **change).status_code == 422, change
    assert update(api, variable, sensitive=True, key="size", value="again").status_code == 200
    assert api.sandbox.world.variables[variable].value == "again"


@pytest.mark.parametrize(
    "attributes",
    [
        {"key": ""},
        {"key": "a b"},
        {"key": "a = 1\nb"},
        {"key": "a-b", "category": "env"},
        {"key": None},
        {"category": None},
        {"category": "policy-set"},
        {"value": 3},
        {"value": "a\0b"},
        {"hcl": "yes"},
    ],
)
def test_a_variable_that_can_not_be_is_a_422(api: Api, attributes: dict[str, object]) -> None:
    assert create(api, **attributes).status_code == 422
    assert api.data(path(api)) == []


def test_half_a_surrogate_pair_is_a_422(api: Api) -> None:
    body = b'{"data": {"attributes": {"key": "a", "category": "env", "value": "\\ud800"}}}'
    assert api.client.post(path(api), content=body).status_code == 422


def test_a_key_is_taken_once_in_each_category(api: Api) -> None:
    assert create(api).status_code == 201
    taken = create(api)
    assert taken.status_code == 422
    assert taken.json()["errors"][0]["source"] == {"pointer": "/data/attributes/key"}
    assert create(api, category="env").status_code == 201
    assert create(api, "network").status_code == 201


def test_an_update_that_names_another_id_is_a_422(api: Api) -> None:
    variable = create(api).json()["data"]["id"]
    body = document("vars", value="1")
    body["data"]["id"] = "var-other"
    assert api.client.patch(f"{path(api)}/{variable}", json=body).status_code == 422


def test_a_variable_belongs_to_its_workspace(api: Api) -> None:
    variable = create(api).json()["data"]["id"]
    assert api.client.delete(f"{path(api, 'network')}/{variable}").status_code == 404


def variable(key: str, value: str = "x", category: str = "env", **more: bool) -> Variable:
    return Variable(id=key, workspace_id="ws", key=key, value=value, category=category, **more)


UNSAFE = (
    "PATH",
    "HOME",
    "TMPDIR",
    "LD_PRELOAD",
    "DYLD_INSERT_LIBRARIES",
    "BASH_ENV",
    "GODEBUG",
    "GIT_SSH_COMMAND",
    "HTTPS_PROXY",
    "http_proxy",
    "OTEL_TRACES_EXPORTER",
    "CHECKPOINT_DISABLE",
    "TERRAFORM_CONFIG",
    "TF_CLI_ARGS",
    "TF_CLI_CONFIG_FILE",
    "TF_DATA_DIR",
    "TF_ENCRYPTION",
    "TF_LOG_PATH",
    "TF_PLUGIN_CACHE_DIR",
    "TF_REATTACH_PROVIDERS",
    "TF_WORKSPACE",
)


@pytest.mark.parametrize("trusted", [False, True])
@pytest.mark.parametrize("key", UNSAFE)
def test_an_environment_variable_that_steers_terraform_is_withheld(key: str, trusted: bool) -> None:
    assert passed_on([variable(key)], trusted=trusted) == {}
    assert withheld([variable(key)], trusted=trusted) == [key]


def test_an_environment_variable_that_is_safe_is_passed_on() -> None:
    rows = [variable("TF_VAR_size", "3"), variable("AWS_REGION", "eu"), variable("GITHUB_TOKEN", "t")]
    assert passed_on(rows, trusted=False) == {"TF_VAR_size": "3", "AWS_REGION": "eu"}
    assert withheld(rows, trusted=False) == ["GITHUB_TOKEN"]
    assert set(passed_on(rows, trusted=True)) == {"TF_VAR_size", "AWS_REGION", "GITHUB_TOKEN"}
    assert passed_on([variable("size", category="terraform")], trusted=True) == {}


def test_values_are_quoted_unless_they_are_hcl() -> None:
    rows = [
        variable("a", '"${path.root}" %{ if } \\ \n\t\b é', "terraform"),
        variable("b", "[1, 2]", "terraform", hcl=True),
        variable("c", "1"),
    ]
    assert workspace_values(rows) == 'a = "\\"$${path.root}\\" %%{ if } \\\\ \\n\\t\\u0008 é"\nb = [1, 2]\n'


CONFIGURATION = """
variable "text" {
  type = string
}
variable "list" {
  type = list(number)
}
variable "from_environment" {
  type = string
}
variable "secret" {
  type      = string
  sensitive = true
}
resource "terraform_data" "a" {
  input = [var.text, var.from_environment, length(var.secret)]
}
resource "terraform_data" "b" {
  count = length(var.list)
}
"""
TEXT = 'tab\t "quoted" ${not.a.template} %{ nor } \\ é 🙂\nline'


@pytest.mark.terraform
def test_a_run_gets_the_workspaces_variables(real: Api) -> None:
    real.upload({"main.tf": CONFIGURATION}, auto_queue_runs=False)
    create(real, key="text", value=TEXT)
    create(real, key="list", value="[1, 2, 3]", hcl=True)
    create(real, key="TF_VAR_from_environment", value="env", category="env")
    create(real, key="LD_PRELOAD", value="/nowhere.so", category="env")
    create(real, key="secret", value="hunter2", sensitive=True)
    run = real.run("scratch")
    log = real.log(real.plan(run))
    assert run["attributes"]["status"] == "planned", log
    assert "SANDBOX: the environment variable LD_PRELOAD is not passed on to terraform\n" in log
    assert "hunter2" not in log
    redirect = real.get(f"/runs/{run['id']}/plan/json-output")
    plan = real.plain.get(redirect.headers["location"]).json()
    changes = {row["address"]: row["change"]["after"] for row in plan["resource_changes"]}
    assert changes["terraform_data.a"]["input"][:2] == [TEXT, "env"]
    assert "terraform_data.b[2]" in changes


@pytest.mark.terraform
def test_a_runs_own_variable_beats_the_workspaces(sandboxes: MakeSandbox, apis: MakeApi) -> None:
    api = apis(sandboxes(engine="terraform"))
    create(api, "app-staging", key="size", value="4")
    run = api.run(variables=[{"key": "size", "value": "1"}])
    assert api.plan(run)["attributes"]["resource-additions"] == 2
    api.act(run, "discard")
    assert api.plan(api.run())["attributes"]["resource-additions"] == 5
