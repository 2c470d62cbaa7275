"""Worlds from a file."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from sandbox_driver import Api, MakeApi, MakeSandbox

from tfc_agent_tools import ConfigurationError
from tfc_agent_tools.sandbox.permissions import PROJECT_LEVELS
from tfc_agent_tools.sandbox.world_file import WorldFile, load_world

WORLD = """
organizations:
  umbrella:
    projects: {payments: {tags: {department: money}}}
    workspaces:
      ledger:
        {project: payments, tags: {environment: production, pci: ""}, auto-apply: true, configuration: ledger,
         variables: {size: 3, AWS_REGION: {value: eu, category: env}, password: {value: hunter2, sensitive: true}}}
      vault: {locked: release freeze, locked-by: bob, state: vault.tfstate, global-remote-state: true}
      empty:
    teams:
      builders: {workspaces: {ledger: write, vault: [read runs, lock/unlock]}, visibility: organization}
      accountants: {projects: {payments: read}, organization-access: [manage-teams]}
  labs: {allow-force-delete-workspaces: true}
tokens:
  ada: {type: user, teams: [owners, labs/owners]}
  bob: {type: user, teams: [builders, accountants]}
  ci: {type: team, team: builders}
  robot: {type: organization, organization: labs}
  audit: {type: audit-trails}
"""
STATE = {
    "version": 4,
    "terraform_version": "1.11.4",
    "serial": 7,
    "lineage": "abc",
    "outputs": {"address": {"value": "10.0.0.1", "type": "string"}},
    "resources": [],
}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    (tmp_path / "ledger" / ".terraform").mkdir(parents=True)
    (tmp_path / "ledger" / "main.tf").write_text('resource "terraform_data" "a" {}\n')
    (tmp_path / "ledger" / ".terraform" / "junk").write_text("x")
    (tmp_path / "vault.tfstate").write_text(json.dumps(STATE))
    file = tmp_path / "world.yaml"
    file.write_text(WORLD)
    return file


def test_a_world_of_twenty_lines_is_there_as_it_says(sandboxes: MakeSandbox, apis: MakeApi, path: Path) -> None:
    sandbox = sandboxes(world=path)
    assert len(WORLD.strip().splitlines()) <= 20
    assert sandbox.organization == "umbrella"
    ada = apis(sandbox, token=sandbox.tokens["ada"])
    assert [row["id"] for row in ada.data("/organizations")] == ["umbrella", "labs"]
    ledger = ada.data("/organizations/umbrella/workspaces/ledger")
    assert ledger["attributes"]["auto-apply"] is True
    assert ledger["attributes"]["tag-names"] == ["pci"]
    variables = {row["attributes"]["key"]: row["attributes"] for row in ada.data(f"/workspaces/{ledger['id']}/vars")}
    assert (variables["size"]["value"], variables["password"]["value"]) == ("3", None)
    assert variables["AWS_REGION"]["category"] == "env"
    vault = ada.data("/organizations/umbrella/workspaces/vault")
    assert (vault["attributes"]["locked"], vault["attributes"]["locked-reason"]) == (True, "release freeze")
    assert vault["attributes"]["global-remote-state"] is True
    state = ada.data(f"/workspaces/{vault['id']}/current-state-version")["attributes"]
    assert (state["serial"], state["status"]) == (7, "finalized")
    assert ada.data(f"/workspaces/{vault['id']}/current-state-version-outputs")[0]["attributes"]["value"] == "10.0.0.1"
    tags = ada.data(f"/workspaces/{ledger['id']}/effective-tag-bindings")
    assert {row["attributes"]["key"] for row in tags} == {"environment", "pci", "department"}


def test_its_tokens_do_what_their_teams_may(sandboxes: MakeSandbox, apis: MakeApi, path: Path) -> None:
    sandbox = sandboxes(world=path)
    ci, bob, robot = (apis(sandbox, token=sandbox.tokens[name]) for name in ("ci", "bob", "robot"))
    umbrella = "/organizations/umbrella"

    def permissions(api: Api, name: str) -> dict[str, bool]:
        shown: dict[str, bool] = api.data(f"{umbrella}/workspaces/{name}")["attributes"]["permissions"]
        return shown

    assert [row["attributes"]["name"] for row in ci.data(f"{umbrella}/workspaces")] == ["ledger", "vault"]
    assert ci.get(f"{umbrella}/workspaces/empty").status_code == 404
    assert [row["attributes"]["name"] for row in ci.data(f"{umbrella}/projects")] == ["Default Project", "payments"]
    assert permissions(ci, "ledger")["can-queue-apply"] is True
    assert permissions(ci, "ledger")["can-update"] is False
    assert permissions(ci, "vault") | {"can-read-run": True, "can-lock": True} == permissions(ci, "vault")
    assert permissions(ci, "vault")["can-queue-run"] is False
    assert permissions(ci, "vault")["can-read-variable"] is False
    vault = bob.data(f"{umbrella}/workspaces/vault")["id"]
    assert ci.post(f"/workspaces/{vault}/actions/unlock").status_code == 409
    assert bob.post(f"/workspaces/{vault}/actions/unlock").status_code == 200
    assert len(bob.data(f"{umbrella}/teams")) == 3
    assert [row["attributes"]["name"] for row in ci.data(f"{umbrella}/teams")] == ["builders"]
    assert [row["id"] for row in robot.data("/organizations")] == ["labs"]
    assert robot.get(f"{umbrella}/workspaces").status_code == 404
    assert apis(sandbox, "audit-trails").get("/organizations").status_code == 404


def test_its_configuration_is_what_a_run_takes(sandboxes: MakeSandbox, apis: MakeApi, path: Path) -> None:
    sandbox = sandboxes(world=path)
    version = next(iter(sandbox.world.configuration_versions))
    assert b"terraform_data" not in (version.archive or b"")  # it is packed
    api = apis(sandbox, token=sandbox.tokens["ci"])
    ledger = {"data": {"type": "workspaces", "id": version.workspace_id}}
    assert api.post("/runs", {"data": {"type": "runs", "relationships": {"workspace": ledger}}}).status_code == 201
    assert sandbox.settle(20)


def test_ids_repeat_for_a_seed(sandboxes: MakeSandbox, path: Path) -> None:
    first, second = sandboxes(world=path, seed=1), sandboxes(world=str(path), seed=1)
    assert first.tokens == second.tokens
    assert [row.id for row in first.world.workspaces] == [row.id for row in second.world.workspaces]
    assert sandboxes(world=path, seed=2).tokens != first.tokens


def test_a_world_can_be_made_without_a_file(sandboxes: MakeSandbox, apis: MakeApi) -> None:
    world = WorldFile.model_validate(
        {
            "organizations": {"acme": {"workspaces": {"app": {"configuration": {"main.tf": ""}, "state": STATE}}}},
            "tokens": {"root": {"type": "user", "teams": ["owners"]}},
        }
    )
    api = apis(sandboxes(world=world))
    assert api.workspace("app")["attributes"]["resource-count"] == 0
    assert api.workspace("app")["relationships"]["current-configuration-version"]["data"] is not None


def test_levels_of_projects_are_those_that_are_known() -> None:
    organization = {"projects": {"payments": None}, "teams": {}}
    organization["teams"] = {name: {"projects": {"payments": name}} for name in PROJECT_LEVELS}
    tokens = {"a": {"type": "organization"}}
    assert WorldFile.model_validate({"organizations": {"acme": organization}, "tokens": tokens})


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("auto-apply", "auto-aply", "organizations.umbrella.workspaces.ledger.auto-aply: Extra inputs"),
        ("project: payments", "project: payment", "workspaces.ledger.project: there is no 'payment'"),
        ("{ledger: write", "{leger: write", "teams.builders.workspaces: there is no 'leger'"),
        ("projects: {payments: read}", "projects: {x: read}", "teams.accountants.projects: there is no 'x'"),
        ("team: builders}", "team: builder}", "tokens.ci: team: there is no 'builder'"),
        ("labs/owners", "lab/owners", "tokens.ada: team 'lab/owners': there is no 'lab'"),
        ("organization: labs", "organization: lab", "tokens.robot.organization: there is no 'lab'"),
        ("locked-by: bob", "locked-by: eve", "workspaces.vault.locked-by: there is no 'eve'"),
        ("[read runs,", "[reed runs,", "builders.workspaces.vault: reed runs is not one of read runs, queue plans"),
        ("{ledger: write", "{ledger: wright", "builders.workspaces.ledger: wright is not one of none, read, plan"),
        ("value: eu, cat", "valu: eu, cat", "ledger.variables.AWS_REGION.valu: Extra inputs"),
        ("size: 3", "size: [3]", "ledger.variables.size: Input should be"),
        ("[manage-teams]", "[manage-all]", "organization-access"),
        ("type: audit-trails", "type: audit", "tokens.audit.type"),
        ("{type: team, team: builders}", "{type: team}", "tokens.ci: a team token, and no other, has a team"),
        ("{type: audit-trails}", "{type: audit-trails, teams: [owners]}", "a user token, and no other, has teams"),
        ("builders: {work", "owners: {work", "every organization has its owners already"),
        ("configuration: ledger", "configuration: nowhere", "ledger.configuration"),
        ("vault.tfstate", "world.yaml", "vault.state: not a state file"),
        ("vault.tfstate", "nowhere.tfstate", "vault.state"),
        ("payments: {tags", "pa: {tags", "organizations.umbrella.projects"),
        ("      empty:", "      em pty:", "organizations.umbrella.workspaces"),
        ("organizations:", "organisations:", "organizations"),
        ("  umbrella:", " umbrella:", "not YAML"),
        ("      empty:", "      vault:", "'vault' is there twice"),
    ],
)
def test_what_a_world_can_not_say_is_told_in_one_line(
    sandboxes: MakeSandbox, path: Path, old: str, new: str, told: str
) -> None:
    assert old in WORLD
    path.write_text(WORLD.replace(old, new, 1))
    with pytest.raises(ConfigurationError) as raised:
        sandboxes(world=path)
    assert told in str(raised.value)
    assert "\n" not in str(raised.value)


def world_with(**workspace: object) -> WorldFile:
    seed = {"configuration": {"main.tf": ""}, **workspace}
    tokens = {"root": {"type": "user", "teams": ["owners"]}}
    return WorldFile.model_validate({"organizations": {"acme": {"workspaces": {"app": seed}}}, "tokens": tokens})


FAILED = {"name": "tagged", "enforcement": "soft-mandatory", "status": "failed"}
TASK = {"name": "scan"}
POLICY_SET = {"policy-set": "cost", "policies": [{"name": "tagged"}]}


@pytest.mark.parametrize(
    ("workspace", "told"),
    [
        ({"policy-checks": [{"status": "hard_failed", "policies": [FAILED]}]}, "the status is soft_failed"),
        ({"policy-checks": [{"policies": []}]}, "at least 1 item"),
        ({"policy-evaluations": [{"policy-set": "a", "policies": [FAILED]}]}, "'advisory' or 'mandatory'"),
        ({"policy-evaluations": [POLICY_SET, POLICY_SET]}, "policy-evaluations: a name is there twice"),
        ({"run-tasks": [TASK, TASK]}, "run-tasks: a name is there twice"),
        ({"run-tasks": [{"name": "scan", "stage": "post_apply"}]}, "'pre_plan', 'post_plan' or 'pre_apply'"),
        ({"assessment": {"drifted": True}}, "drifted says whether resources-drifted is above zero"),
        ({"runs": [{"by": "eve"}]}, "there is no 'eve'"),
        ({"runs": [{}], "configuration": None}, "runs need a configuration"),
        ({"runs": [{}], "execution-mode": "local"}, "another execution mode than local"),
    ],
)
def test_checks_and_runs_that_can_not_be_are_told(workspace: dict[str, object], told: str) -> None:
    with pytest.raises(ValueError, match=re.escape(told)):
        world_with(**workspace)


def test_a_run_of_a_world_is_over_when_the_sandbox_is_there(sandboxes: MakeSandbox, apis: MakeApi) -> None:
    runs = [{"message": "first", "auto-apply": True}, {"plan-only": True, "by": "root"}, {}]
    api = apis(sandboxes(world=world_with(runs=runs)))
    shown = [api.sandbox.world.runs[run.id] for run in api.sandbox.world.runs]
    assert [run.status for run in shown] == ["applied", "planned_and_finished", "planned_and_finished"]
    assert shown[0].options.message == "first"
    assert api.workspace("app")["attributes"]["resource-count"] == 3


@pytest.mark.parametrize("text", ["", "[]", "organizations: {}\ntokens: {}"])
def test_an_empty_world_is_none(path: Path, text: str) -> None:
    path.write_text(text)
    with pytest.raises(ConfigurationError, match="world"):
        load_world(path)


def test_a_world_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="No such file"):
        load_world(tmp_path / "nowhere.yaml")


def test_links_in_a_configuration_are_left_out(sandboxes: MakeSandbox, path: Path) -> None:
    (path.parent / "ledger" / "link.tf").symlink_to(path)
    sandbox = sandboxes(world=path)
    from tfc_agent_tools.sandbox.archive import read_archive

    version = next(iter(sandbox.world.configuration_versions))
    assert [str(member.path) for member in read_archive(version.archive or b"")] == ["main.tf"]


def test_a_configuration_came_from_a_commit_where_the_file_says_so(sandboxes: MakeSandbox, apis: MakeApi) -> None:
    commit = {"message": "Say hello", "branch": "hello", "sender": "eve"}
    api = apis(sandboxes(world=world_with(commit=commit, runs=[{}])))
    version = api.data(f"/workspaces/{api.workspace('app')['id']}/configuration-versions")[0]
    shown = api.data(f"/configuration-versions/{version['id']}/ingress-attributes")
    assert version["attributes"]["source"] == "github"
    assert version["relationships"]["ingress-attributes"]["data"] == {"id": shown["id"], "type": "ingress-attributes"}
    found = {name: shown["attributes"][name] for name in ("commit-message", "branch", "sender-username")}
    assert found == {"commit-message": "Say hello", "branch": "hello", "sender-username": "eve"}
    assert shown["attributes"]["on-default-branch"] is False
    for path, name in (
        (f"/configuration-versions/{version['id']}", "ingress_attributes"),
        (f"/runs/{next(iter(api.sandbox.world.runs)).id}", "configuration_version.ingress_attributes"),
        (f"/workspaces/{api.workspace('app')['id']}", "current_configuration_version.ingress_attributes"),
    ):
        assert api.get(path, include=name).json()["included"] == [shown]


def test_what_was_uploaded_came_from_no_commit(sandboxes: MakeSandbox, apis: MakeApi) -> None:
    api = apis(sandboxes(world=world_with()))
    version = next(iter(api.sandbox.world.configuration_versions))
    assert api.get(f"/configuration-versions/{version.id}/ingress-attributes").status_code == 404


def test_a_world_says_how_soon_after_a_cancel_a_run_can_be_canceled_by_force(
    sandboxes: MakeSandbox, apis: MakeApi, path: Path
) -> None:
    path.write_text(f"force-cancel-after: 0\n{WORLD}")
    sandbox = sandboxes(world=path)
    sandbox.hold()  # the run stays at work
    api = apis(sandbox)
    workspace = {"type": "workspaces", "id": api.data("/organizations/umbrella/workspaces/ledger")["id"]}
    relationships = {"workspace": {"data": workspace}}
    run = api.post("/runs", {"data": {"type": "runs", "relationships": relationships}}).json()["data"]["id"]
    answers = [api.post(f"/runs/{run}/actions/{action}").status_code for action in ("force-cancel", "cancel")]
    assert answers == [409, 202]
    assert api.data(f"/runs/{run}")["attributes"]["actions"]["is-force-cancelable"] is True
    assert api.post(f"/runs/{run}/actions/force-cancel").status_code == 202
