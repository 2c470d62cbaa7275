"""Every documented operation: that it is answered, with the documented names, to the documented tokens."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import httpx
import pytest
import yaml
from documented import COPY, Operation, documented, facts_of
from operation_calls import CALLS, Scene
from sandbox_driver import MakeApi, MakeSandbox

from tfc_agent_tools.sandbox.permissions import (
    GRANTABLE,
    NOTHING,
    AccessLevel,
    OrganizationPermission,
    Permission,
    custom,
    fixed,
)

OPERATIONS = documented()
FACTS = os.environ.get("TFC_API_FACTS")
TRIGGER_PATTERNS = "shown where it was set, so that answers recorded before it was known stay the same"
MISSING: dict[tuple[str, str], str] = {
    ("create_workspace", "trigger-patterns"): TRIGGER_PATTERNS,
}
"""Names of the samples that the sandbox's answer does not have, and why."""

READ, VARIABLES, STATES = "read runs", "write variables", "read state versions"
NEEDS: dict[str, tuple[str, ...]] = {
    READ: (
        "get_workspace_by_name",
        "get_workspace_by_id",
        "list_workspace_runs",
        "get_run",
        "get_plan",
        "get_apply",
        "list_configuration_versions",
        "get_configuration_version",
    ),
    "queue plans": ("create_run", "create_configuration_version"),
    "apply runs": ("apply_run", "discard_run", "cancel_run"),
    "read variables": ("list_workspace_variables",),
    VARIABLES: ("create_workspace_variable", "update_workspace_variable", "delete_workspace_variable"),
    STATES: ("list_state_versions", "get_state_version", "get_current_state_version"),
    "write state versions": ("create_state_version",),
    "lock/unlock": ("lock_workspace", "unlock_workspace"),
    "admin": (
        "update_workspace_by_id",
        "update_workspace_by_name",
        "force_delete_workspace_by_id",
        "force_delete_workspace_by_name",
        "safe_delete_workspace_by_id",
        "safe_delete_workspace_by_name",
        "force_unlock_workspace",
        "force_cancel_run",
        "get_plan_json_output",
        "get_run_plan_json_output",
        "list_workspace_notification_configurations",
        "create_workspace_notification_configuration",
        "get_notification_configuration",
        "update_notification_configuration",
        "delete_notification_configuration",
        "verify_notification_configuration",
    ),
}
MANAGE = OrganizationPermission
ORGANIZATION_NEEDS: dict[str, OrganizationPermission] = {
    "create_workspace": MANAGE.MANAGE_WORKSPACES,
    "create_project": MANAGE.MANAGE_PROJECTS,
    "update_project": MANAGE.MANAGE_PROJECTS,
    "delete_project": MANAGE.MANAGE_PROJECTS,
    "create_team": MANAGE.MANAGE_TEAMS,
    "update_team": MANAGE.MANAGE_TEAMS,
    "delete_team": MANAGE.MANAGE_TEAMS,
}
ANYONE = (
    "list_workspaces",
    "list_projects",
    "get_project",
    "list_organizations",
    "get_organization",
    "list_teams",
    "get_team",
    "list_organization_runs",
)
OWNERS = ("update_organization", "delete_organization")
SIGNED = ("upload_configuration_files", "upload_state_file")


@pytest.fixture
def scene(sandboxes: MakeSandbox, apis: MakeApi) -> Scene:
    sandbox = sandboxes()
    return Scene(sandbox, apis(sandbox), lambda token: apis(sandbox, token=token))


def ask(scene: Scene, operation: str, token: str | None = None) -> httpx.Response:
    scene.token = token or scene.token
    return scene.send(CALLS[operation](scene))


def test_every_documented_operation_is_called() -> None:
    assert len(OPERATIONS) == 58
    assert set(CALLS) == set(OPERATIONS)
    named = [name for names in NEEDS.values() for name in names]
    assert sorted([*named, *ORGANIZATION_NEEDS, *ANYONE, *OWNERS, *SIGNED]) == sorted(OPERATIONS)


@pytest.mark.skipif(FACTS is None, reason="TFC_API_FACTS names no folder with seed_operations.yaml and samples")
def test_the_copy_of_the_documented_facts_is_current() -> None:
    assert yaml.safe_load(COPY.read_text()) == facts_of(Path(FACTS or ""))


@pytest.mark.parametrize("name", OPERATIONS)
def test_an_owner_gets_the_documented_success_and_names(scene: Scene, name: str) -> None:
    operation = OPERATIONS[name]
    answer = ask(scene, name)
    assert answer.status_code in operation.success, answer.text
    assert missing_names(name, operation, answer) == {key for key in MISSING if key[0] == name}


def missing_names(name: str, operation: Operation, answer: httpx.Response) -> set[tuple[str, str]]:
    if not operation.attributes and not operation.relationships:
        return set()
    data = answer.json()["data"]
    one = data[0] if isinstance(data, list) else data
    shown = {*one["attributes"], *one["relationships"]}
    return {(name, wanted) for wanted in (*operation.attributes, *operation.relationships) if wanted not in shown}


def test_no_exception_is_kept_for_an_operation_that_is_gone() -> None:
    assert {operation for operation, _ in MISSING} <= set(OPERATIONS)


KINDS = ("user", "team", "organization", "audit-trails")


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != "user"])
@pytest.mark.parametrize("name", OPERATIONS)
def test_a_kind_of_token_that_an_operation_is_not_for_finds_nothing(scene: Scene, name: str, kind: str) -> None:
    operation = OPERATIONS[name]
    token = scene.sandbox.tokens[kind]
    if kind == "team":
        owners = next(team for team in scene.world.teams if team.is_owners)
        scene.world.tokens[token] = replace(scene.world.tokens[token], team_id=owners.id)
    answer = ask(scene, name, token)
    if kind in operation.tokens:
        assert answer.status_code in operation.success, answer.text
    else:
        assert answer.status_code == 404
        assert answer.json() == {"errors": [{"status": "404", "title": "not found"}]}


@pytest.mark.parametrize(("label", "name"), [(label, name) for label, names in NEEDS.items() for name in names])
def test_an_operation_needs_its_permission_in_the_workspace_and_no_more(scene: Scene, label: str, name: str) -> None:
    without = [other for other in GRANTABLE.values() if GRANTABLE[label] not in custom([other])]
    wanting = custom(without) if label != READ else NOTHING
    assert GRANTABLE[label] not in wanting
    scene.token = scene.team_token(wanting)
    sent = CALLS[name](scene)
    assert scene.send(sent).status_code == 404
    scene.grant(scene.token, custom([GRANTABLE[label]]))
    answer = scene.send(sent)
    assert answer.status_code in OPERATIONS[name].success, answer.text


FLAGS: dict[str, set[str]] = {
    READ: {"can-read-run", "can-read-settings", "can-read-assessment-results"},
    "queue plans": {"can-queue-run"},
    "apply runs": {"can-queue-run", "can-queue-apply", "can-queue-destroy"},
    "read variables": {"can-read-variable"},
    VARIABLES: {"can-read-variable", "can-update-variable"},
    "read state outputs": {"can-read-state-outputs"},
    STATES: {"can-read-state-outputs", "can-read-state-versions"},
    "write state versions": {"can-read-state-outputs", "can-read-state-versions", "can-create-state-versions"},
    "lock/unlock": {"can-lock", "can-unlock"},
}


@pytest.mark.parametrize("label", [label for label in GRANTABLE if label != "admin"])
def test_a_workspace_says_what_the_token_may_do(scene: Scene, label: str) -> None:
    token = scene.team_token(custom([GRANTABLE[label]]))
    shown = ask(scene, "get_workspace_by_id", token).json()["data"]["attributes"]["permissions"]
    assert {name for name, granted in shown.items() if granted} == FLAGS[label] | FLAGS[READ]


def test_a_run_says_what_the_token_may_do(scene: Scene) -> None:
    scene.token = scene.team_token(custom([Permission.READ]))
    sent = CALLS["get_run"](scene)

    def granted() -> set[str]:
        permissions = scene.send(sent).json()["data"]["attributes"]["permissions"]
        return {name for name, value in permissions.items() if value}

    assert granted() == {"can-comment"}
    steering = {"can-apply", "can-cancel", "can-discard", "can-force-execute"}
    scene.grant(scene.token, custom([Permission.APPLY]))
    assert granted() == {"can-comment", *steering}
    scene.grant(scene.token, custom([Permission.ADMIN]))
    assert granted() == {"can-comment", "can-force-cancel", *steering}
    scene.token = scene.sandbox.tokens["organization"]
    assert granted() == {"can-comment"}


@pytest.mark.parametrize("name", ORGANIZATION_NEEDS)
def test_an_operation_needs_its_permission_in_the_organization(scene: Scene, name: str) -> None:
    managing = {MANAGE.MANAGE_WORKSPACES, MANAGE.MANAGE_PROJECTS} if name == "create_workspace" else set()
    others = frozenset(MANAGE) - {ORGANIZATION_NEEDS[name]} - managing
    scene.token = scene.team_token(fixed(AccessLevel.ADMIN), others)
    sent = CALLS[name](scene)
    assert scene.send(sent).status_code == 404
    scene.grant(scene.token, NOTHING, frozenset({ORGANIZATION_NEEDS[name]}))
    answer = scene.send(sent)
    assert answer.status_code in OPERATIONS[name].success, answer.text


@pytest.mark.parametrize("name", ANYONE)
def test_an_operation_without_a_permission_is_for_every_member(scene: Scene, name: str) -> None:
    answer = ask(scene, name, scene.team_token(custom([Permission.READ])))
    assert answer.status_code in OPERATIONS[name].success, answer.text


@pytest.mark.parametrize("name", [*NEEDS[READ], *NEEDS["admin"], *OWNERS, "get_project", "get_team"])
def test_a_team_without_any_access_finds_nothing(scene: Scene, name: str) -> None:
    if name == "get_team":
        scene.world.teams.put(replace(scene.team(), visibility="secret"))
    assert ask(scene, name, scene.team_token()).status_code == 404


@pytest.mark.parametrize("name", [name for name, row in OPERATIONS.items() if row.method in ("POST", "PATCH")])
def test_a_body_that_is_no_object_is_a_422_or_not_read(scene: Scene, name: str) -> None:
    sent = CALLS[name](scene)
    answer = scene.owner.client.request(sent.method, sent.path, content=b"[", params=sent.params)
    bodiless = ("workspace" in name and ("unlock" in name or "safe_delete" in name)) or name.startswith("verify")
    assert answer.status_code in (OPERATIONS[name].success if bodiless else (422,)), answer.text


@pytest.mark.parametrize("name", [name for name, row in OPERATIONS.items() if row.method != "GET"])
def test_a_write_without_the_content_type_changes_nothing(scene: Scene, name: str) -> None:
    sent = CALLS[name](scene)
    if sent.method == "PUT":
        return
    answer = scene.owner.client.request(sent.method, sent.path, json=sent.body, headers={"Content-Type": "text/plain"})
    assert answer.status_code == 415
    assert scene.send(sent).status_code in OPERATIONS[name].success


PAGED = [name for name, row in OPERATIONS.items() if row.method == "GET" and name.startswith("list_")]


@pytest.mark.parametrize("name", PAGED)
def test_a_list_is_in_the_documented_pages(scene: Scene, name: str) -> None:
    pagination = OPERATIONS[name].pagination
    sent = CALLS[name](scene)
    whole = scene.send(sent).json()
    page = scene.send(sent._replace(params={**(sent.params or {}), "page[size]": "1", "page[number]": "1"})).json()
    totals = {"total-count", "total-pages"}
    if pagination == "none":
        assert "meta" not in whole
        assert "meta" not in page
        return
    assert ("meta" in whole) is (pagination != "page_number_opt_in")
    assert len(page["data"]) == 1
    shown = set(page["meta"]["pagination"])
    assert {"current-page", "prev-page", "next-page"} <= shown
    assert (shown & totals == totals) is (pagination != "page_number_without_totals")
    assert ("last" in page["links"]) is (pagination != "page_number_without_totals")


VALUES = {
    "page[number]": "1",
    "page[size]": "5",
    "sort": "name",
    "filter[status_group]": "final",
    "filter[timeframe]": "year",
    "filter[organization][name]": "acme",
    "filter[workspace][name]": "scratch",
    "filter[tagged][i][key]": "environment",
}


@pytest.mark.parametrize("name", [name for name, row in OPERATIONS.items() if row.query or row.includes])
def test_every_documented_parameter_is_taken(scene: Scene, name: str) -> None:
    operation = OPERATIONS[name]
    sent = CALLS[name](scene)
    for parameter in operation.query:
        wanted = {**(sent.params or {}), parameter.replace("[i]", "[0]"): VALUES.get(parameter, "x")}
        if parameter != "include":
            assert scene.send(sent._replace(params=wanted)).status_code == 200, parameter
    if operation.includes:
        names = {**(sent.params or {}), "include": ",".join(operation.includes)}
        answer = scene.send(sent._replace(params=names))
        assert answer.status_code in operation.success, answer.text
        assert "included" in answer.json()
        wrong = scene.send(sent._replace(params={**names, "include": "nonsense"}))
        assert wrong.status_code == 400
        assert "include parameter" in wrong.json()["errors"][0]["detail"]
