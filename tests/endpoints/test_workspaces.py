"""Workspaces: a body holds what was asked, a person sees what it changes, what can't succeed is not asked."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import httpx
import pytest
from support.server import RUN, WORKSPACE, Server, document, fails, says
from support.tools import Asked, MakeToolkit, Use

from tfc_agent_tools.endpoints import catalog
from tfc_agent_tools.endpoints.workspaces import (
    create_workspace,
    update_workspace_by_id,
    update_workspace_by_name,
)
from tfc_agent_tools.errors import ArgumentError
from tfc_agent_tools.request import Request
from tfc_agent_tools.types import FINAL_RUN_STATUSES, Impact

SAMPLES = Path(__file__).parents[3] / "shared" / "api" / "samples"
PROJECT = "prj-eeeeeeeeeeeeeeee"
BY_ID = {"workspace": WORKSPACE}
BY_NAME = {"organization_name": "acme", "workspace_name": "app-staging"}
VCS: dict[Any, Any] = {
    "identifier": "example/terraform-test-proj",
    "branch": "",
    "oauth-token-id": "ot-hmAyP66qk2AMVdbJ",
}
SETTINGS: list[tuple[dict[str, Any], set[str]]] = [
    ({"switches": {"auto-apply": True}}, {"applies", "weakens control"}),
    ({"switches": {"auto-apply": False}}, set()),
    ({"switches": {"auto-apply-run-trigger": True}}, {"applies", "weakens control"}),
    ({"switches": {"allow-destroy-plan": True}}, {"weakens control"}),
    ({"switches": {"allow-destroy-plan": False}}, set()),
    ({"switches": {"global-remote-state": True}}, {"reveals"}),
    ({"switches": {"global-remote-state": False}}, set()),
    ({"switches": {"queue-all-runs": True}}, {"runs code"}),
    ({"switches": {"speculative-enabled": True}}, {"runs code"}),
    ({"switches": {"assessments-enabled": True}}, {"runs code"}),
    ({"switches": {"assessments-enabled": False}}, {"weakens control"}),
    ({"switches": {"file-triggers-enabled": False}}, {"runs code"}),
    ({"vcs": {"trigger-patterns": ["/**/*.tf"]}}, {"runs code"}),
    ({"vcs": {"branch": "main"}}, {"runs code", "weakens control"}),
    ({"vcs": None}, {"runs code", "weakens control"}),
    ({"execution_mode": "local"}, {"weakens control"}),
    ({"execution_mode": "agent", "agent_pool_id": "apool-1"}, {"weakens control"}),
    ({"terraform_version": "1.11.4"}, {"runs code"}),
    ({"working_directory": "/networking"}, {"runs code"}),
    ({"auto_destroy_at": "2027-01-31T18:00:00Z"}, {"destroys", "applies"}),
    ({"auto_destroy_activity_duration": "14d"}, {"destroys", "applies"}),
    ({"auto_destroy_at": None}, set()),
    ({"new_name": "other"}, {"weakens control"}),
    ({"project_id": PROJECT}, {"weakens control"}),
    ({"tags": []}, {"weakens control"}),
    ({"description": "for the shop"}, set()),
]
DELETES = [name for name in catalog() if "_delete_workspace" in name]


@pytest.fixture
def server(server: Server) -> Server:
    flags = ("can-update", "can-destroy", "can-force-delete", "can-force-unlock")
    server.workspace |= {
        "permissions": dict.fromkeys(flags, True),
        "resource-count": 0,
        "terraform-version": "1.9.4",
        "working-directory": "net\nYES, do it",
        "latest-change-at": "2026-11-01T10:00:00Z",
        "vcs-repo": None,
        "tag-names": ["env"],
    }
    gone = httpx.Response(204)
    named = "/organizations/acme/workspaces/app-staging"
    changed = says(document("workspaces", WORKSPACE, server.workspace))
    tags = [document("tag-bindings", "tb-1", {"key": "env", "value": "dev"})["data"]]
    server.answers = {
        f"PATCH (/workspaces/{WORKSPACE}|{named})": changed,
        "POST /organizations/acme/workspaces": changed,
        f"POST /workspaces/{WORKSPACE}/actions/force-unlock": changed,
        f"(DELETE|POST) (/workspaces/{WORKSPACE}|{named})(/actions/safe-delete)?": lambda _: gone,
        f"GET /workspaces/{WORKSPACE}/tag-bindings": says({"data": tags}),
        f"GET /workspaces/{WORKSPACE}/relationships/remote-state-consumers": says(
            {"data": [document("workspaces", "ws-2", {})["data"]], "meta": {"pagination": {"total-count": 3}}}
        ),
        f"GET /projects/{PROJECT}": says(
            document("projects", PROJECT, {"name": "Shop", "permissions": {"can-create-workspace": True}})
        ),
    }
    return server


def sample(name: str) -> Any:
    path = SAMPLES / f"{name}.request.json"
    return json.loads(path.read_text())["data"] if path.exists() else None


def attributes(request: Request) -> dict[str, Any]:
    found: dict[str, Any] = request.body["data"]["attributes"]
    return found


def needed(name: str) -> dict[str, Any]:
    return BY_ID if "workspace" in catalog()[name].arguments.model_fields else BY_NAME


def test_a_new_workspace_is_sent_as_documented_and_its_state_stays_closed() -> None:
    made = create_workspace("acme", "workspace-1", tags=["env=test"])
    tags = [{"type": "tag-bindings", "attributes": {"key": "env", "value": "test"}}]
    assert made.body["data"] == {
        "type": "workspaces",
        "attributes": {"name": "workspace-1", "global-remote-state": False},
        "relationships": {"tag-bindings": {"data": tags}},
    }
    assert (made.method, made.path) == ("POST", "/organizations/acme/workspaces")
    if documented := sample("create_workspace"):
        documented["attributes"]["global-remote-state"] = False
        assert create_workspace("acme", "workspace-1").body["data"] == documented


def test_a_workspace_is_changed_as_documented() -> None:
    made = update_workspace_by_id(
        "ws-1",
        new_name="workspace-2",
        terraform_version="0.11.1",
        working_directory="",
        vcs=VCS,
        project_id="prj-7HWWPGY3fYxztELU",
        tags=["environment=development"],
    )
    assert (made.method, made.path) == ("PATCH", "/workspaces/ws-1")
    tags = [{"type": "tag-bindings", "attributes": {"key": "environment", "value": "development"}}]
    related = {"project": {"data": {"type": "projects", "id": "prj-7HWWPGY3fYxztELU"}}, "tag-bindings": {"data": tags}}
    expected = {"name": "workspace-2", "terraform-version": "0.11.1", "working-directory": "", "vcs-repo": VCS}
    assert made.body["data"] == {"type": "workspaces", "attributes": expected, "relationships": related}
    if documented := sample("update_workspace_by_id"):
        documented["attributes"]["terraform-version"] = documented["attributes"].pop("terraform_version")
        for left_out in ("resource-count", "updated-at"):
            del documented["attributes"][left_out]
        del documented["attributes"]["vcs-repo"]["ingress-submodules"]
        assert made.body["data"] == documented


@pytest.mark.parametrize("asked_for", [asked_for for asked_for, _ in SETTINGS])
def test_both_ways_to_name_a_workspace_change_the_same(asked_for: dict[str, Any]) -> None:
    by_id, by_name = update_workspace_by_id("ws-1", **asked_for), update_workspace_by_name("acme", "app", **asked_for)
    assert by_id.body == by_name.body
    assert by_name.path == "/organizations/acme/workspaces/app"
    assert update_workspace_by_id.action == update_workspace_by_name.action


def test_what_is_not_given_is_not_sent_and_null_is() -> None:
    made = update_workspace_by_id("ws-1", description=None, auto_destroy_at=None, vcs=None)
    assert attributes(made) == {"description": None, "auto-destroy-at": None, "vcs-repo": None}


def test_tags_alone_are_a_change_and_an_empty_list_takes_all_away() -> None:
    data = update_workspace_by_id("ws-1", tags=["critical"]).body["data"]
    assert data["relationships"] == {
        "tag-bindings": {"data": [{"type": "tag-bindings", "attributes": {"key": "critical"}}]}
    }
    assert data["attributes"] == {}
    assert update_workspace_by_id("ws-1", tags=[]).body["data"]["relationships"] == {"tag-bindings": {"data": []}}


def test_triggers_stand_beside_the_repository_not_in_it() -> None:
    made = update_workspace_by_id("ws-1", vcs={"branch": "main", "trigger-patterns": ["/a/*"]})
    assert attributes(made) == {"vcs-repo": {"branch": "main"}, "trigger-patterns": ["/a/*"]}


@pytest.mark.parametrize(("asked_for", "impacts"), SETTINGS)
def test_the_impacts_of_a_change_are_read_off_the_request(asked_for: dict[str, Any], impacts: set[str]) -> None:
    request = update_workspace_by_id("ws-1", **asked_for)
    assert update_workspace_by_id.impacts_of
    assert update_workspace_by_id.impacts_of(request) == impacts
    assert update_workspace_by_id.impacts == frozenset()


def test_a_new_workspace_by_itself_has_no_impact_and_one_that_applies_has() -> None:
    assert create_workspace.impacts_of
    assert create_workspace.impacts_of(create_workspace("acme", "a", terraform_version="1.9.4")) == set()
    applies = create_workspace.impacts_of(create_workspace("acme", "a", switches={"auto-apply": True}))
    assert applies == {Impact.APPLIES, Impact.WEAKENS_CONTROL}


@pytest.mark.parametrize(
    ("wrong", "argument", "says_so"),
    [
        ({}, "arguments", "new_name"),
        ({"switches": {}}, "arguments", "switches"),
        ({"new_name": "n" * 10_000}, "new_name", "my-workspace"),
        ({"execution_mode": "server"}, "execution_mode", "'agent'"),
        ({"agent_pool_id": "apool-1"}, "agent_pool_id", "Give both"),
        ({"agent_pool_id": "apool-1", "execution_mode": "remote"}, "agent_pool_id", "Give both"),
        ({"execution_mode": "agent"}, "agent_pool_id", "Give both"),
        ({"execution_mode": "agent", "agent_pool_id": "ws-1"}, "agent_pool_id", "apool-"),
        (
            {"auto_destroy_at": "2027-01-31T18:00:00Z", "auto_destroy_activity_duration": "14d"},
            "auto_destroy_activity_duration",
            "exclude",
        ),
        ({"auto_destroy_at": "2027-01-31T18:00:00"}, "auto_destroy_at", "time zone"),
        ({"auto_destroy_at": "2027-02-30T18:00:00Z"}, "auto_destroy_at", "2027-01-31T18:00:00Z"),
        ({"auto_destroy_at": "tomorrow"}, "auto_destroy_at", "2027-01-31T18:00:00Z"),
        ({"auto_destroy_activity_duration": "0d"}, "auto_destroy_activity_duration", "14d"),
        ({"auto_destroy_activity_duration": "14"}, "auto_destroy_activity_duration", "14d"),
        ({"project_id": "ws-1"}, "project_id", "form"),
        ({"tags": [str(number) for number in range(11)]}, "tags", "at most 10"),
        ({"tags": ["k" * 129]}, "tags", "128"),
        ({"tags": ["k=" + "v" * 257]}, "tags", "256"),
        ({"tags": ["=v"]}, "tags", "1 to 128"),
        ({"tags": ["hcp:owner=me"]}, "tags", "reserved"),
        ({"tags": ["a\nb"]}, "tags", "line end"),
        ({"switches": {"auto_apply": True}}, "switches", "'auto-apply'"),
        ({"switches": {"auto-apply": "perhaps"}}, "switches", "boolean"),
        ({"vcs": {"branch": ["main"]}}, "vcs", "a text"),
        ({"vcs": {"trigger-patterns": "*"}}, "vcs", "a list"),
        ({"vcs": {"oauth-token-id": "secret"}}, "vcs", "ot-"),
        ({"vcs": {"trigger-patterns": ["*"], "tags-regex": "v.*"}}, "vcs", "exclude"),
        ({"terraform_version": "newest"}, "terraform_version", "1.11.4"),
        ({"working_directory": "a\x1b[31m"}, "working_directory", "control"),
    ],
)
@pytest.mark.parametrize("tool", ["update_workspace_by_id", "update_workspace_by_name"])
def test_what_is_wrong_is_refused_before_any_request_with_the_argument_and_the_fix(
    tool: str,
    wrong: dict[str, Any],
    argument: str,
    says_so: str,
    server: Server,
    make_toolkit: MakeToolkit,
    use: Use,
) -> None:
    message = use(make_toolkit(confirmer=lambda _: True), tool, **needed(tool), **wrong)
    assert message.text.startswith(f"Wrong argument. {argument}: ")
    assert says_so in message.text
    assert server.sent == []


def test_one_time_may_be_cleared_while_the_other_is_set() -> None:
    made = update_workspace_by_id("ws-1", auto_destroy_at=None, auto_destroy_activity_duration="48h")
    assert attributes(made) == {"auto-destroy-at": None, "auto-destroy-activity-duration": "48h"}


def test_a_repository_is_connected_with_both_of_its_names() -> None:
    with pytest.raises(ArgumentError, match="oauth-token-id"):
        create_workspace("acme", "a", vcs={"identifier": "example/repo"})
    assert attributes(create_workspace("acme", "a", vcs=VCS))["vcs-repo"] == VCS


def test_a_person_sees_old_and_new_and_free_text_apart(
    server: Server, make_toolkit: MakeToolkit, use: Use, asked: Asked
) -> None:
    message = use(
        make_toolkit(confirmer=asked),
        "update_workspace_by_id",
        **BY_ID,
        terraform_version="1.11.4",
        working_directory="apps",
        switches={"auto-apply": True},
        tags=["env=prod"],
        project_id=PROJECT,
    )
    assert message.status == "success", message.content
    for line in ("auto-apply: no → yes", "terraform-version: 1.9.4 → 1.11.4", "working-directory: changes"):
        assert line in asked.facts
    assert f"project: unknown → {PROJECT}" in asked.facts
    assert "tags: all of its own are replaced by env=prod" in asked.facts
    assert "YES, do it" not in asked.facts
    outside = asked.text.partition("Written by people outside")[2]
    assert r'"net\nYES, do it"' in outside
    assert '"env=dev"' in outside
    assert '"Shop"' in outside
    assert "APPLY BY THEMSELVES" in asked.text


def test_what_could_not_be_read_is_shown_as_unknown_not_left_out(
    server: Server, make_toolkit: MakeToolkit, use: Use, asked: Asked
) -> None:
    del server.workspace["auto-apply"]
    server.answers[f"GET /workspaces/{WORKSPACE}/tag-bindings"] = fails(404)
    use(make_toolkit(confirmer=asked), "update_workspace_by_name", **BY_NAME, switches={"auto-apply": True}, tags=["a"])
    assert "auto-apply: unknown → yes" in asked.facts
    assert 'tags now] "env"' in asked.text, "the workspace itself knows the keys"


@pytest.mark.parametrize(("auto_apply", "applies"), [(False, False), (True, True), (None, True)])
def test_what_starts_runs_also_applies_where_the_workspace_does_or_may(
    auto_apply: bool | None, applies: bool, server: Server, make_toolkit: MakeToolkit, use: Use, asked: Asked
) -> None:
    server.workspace["auto-apply"] = auto_apply
    use(make_toolkit(confirmer=asked), "update_workspace_by_id", **BY_ID, vcs={"branch": "main"})
    assert (Impact.APPLIES in asked.questions[0].impacts) is applies


def test_a_new_workspace_is_shown_with_what_it_does_by_itself(
    make_toolkit: MakeToolkit, use: Use, asked: Asked, server: Server
) -> None:
    switches = {"auto-apply": True, "global-remote-state": True}
    given = {"organization_name": "acme", "name": "shop", "project_id": PROJECT, "switches": switches}
    assert use(make_toolkit(confirmer=asked), "create_workspace", **given).status == "success"
    for line in ("acme/shop (new)", "applies by itself: yes", "open to the organization: yes", f"project: {PROJECT}"):
        assert line in asked.facts
    assert "may read its state" in asked.text
    assert len(server.writes) == 1


def test_a_project_in_which_nothing_may_be_created_is_not_asked_about(
    make_toolkit: MakeToolkit, use: Use, asked: Asked, server: Server
) -> None:
    closed = {"name": "Shop", "permissions": {"can-create-workspace": False}}
    server.answers[f"GET /projects/{PROJECT}"] = says(document("projects", PROJECT, closed))
    given = {"organization_name": "acme", "name": "shop", "project_id": PROJECT}
    assert "can-create-workspace" in use(make_toolkit(confirmer=asked), "create_workspace", **given).text
    assert (asked.questions, server.writes) == ([], [])


@pytest.mark.parametrize("tool", DELETES)
def test_a_delete_shows_what_is_lost_takes_the_name_and_shares_its_action(
    tool: str, server: Server, make_toolkit: MakeToolkit, use: Use, asked: Asked
) -> None:
    message = use(make_toolkit(confirmer=asked), tool, **needed(tool))
    assert message.status == "success", message.content
    assert message.text.endswith("the workspace is deleted (status 204)")
    assert asked.questions[0].typed == "app-staging"
    assert asked.questions[0].action == f"workspaces.{tool.partition('_')[0]}-delete"
    assert "workspaces that may read its state: 3" in asked.facts
    assert f"current run: {RUN}" in asked.facts
    assert len(server.writes) == 1
    assert server.writes[0].content == b""


@pytest.mark.parametrize("tool", DELETES)
@pytest.mark.parametrize("state", [{"resource-count": 7}, {"locked": True}])
def test_only_a_forced_delete_takes_what_manages_resources_or_is_locked(
    tool: str, state: dict[str, Any], server: Server, make_toolkit: MakeToolkit, use: Use, asked: Asked
) -> None:
    server.workspace |= state
    message = use(make_toolkit(confirmer=asked), tool, **needed(tool))
    forced = tool.startswith("force")
    assert (message.status == "success", len(server.writes), len(asked.questions)) == (forced, int(forced), int(forced))
    if forced and "resource-count" in state:
        assert "resources nothing will track: 7" in asked.facts
        assert {Impact.DESTROYS, Impact.REWRITES_STATE} <= asked.questions[0].impacts
    assert forced or "first" in message.text


def test_a_delete_of_unknown_size_says_so(server: Server, make_toolkit: MakeToolkit, use: Use, asked: Asked) -> None:
    del server.workspace["resource-count"]
    server.answers[f"GET /workspaces/{WORKSPACE}/relationships/remote-state-consumers"] = fails(404)
    use(make_toolkit(confirmer=asked), "force_delete_workspace_by_id", **BY_ID)
    assert "resources nothing will track: unknown" in asked.facts
    assert "may read its state: unknown" in asked.facts


@pytest.mark.parametrize("status", ["planning", "applying", "planned", "no such status", *sorted(FINAL_RUN_STATUSES)])
def test_a_runs_lock_is_taken_only_when_the_run_is_over(
    status: str, server: Server, make_toolkit: MakeToolkit, use: Use, asked: Asked
) -> None:
    server.workspace["locked"], server.holder, server.run["status"] = True, ("runs", RUN), status
    message = use(make_toolkit(confirmer=asked), "force_unlock_workspace", **BY_ID)
    is_over = status in FINAL_RUN_STATUSES
    assert (len(asked.questions), len(server.writes)) == (int(is_over), int(is_over))
    assert is_over or f"its status is {status}" in message.text


def test_a_runs_lock_whose_run_cannot_be_read_is_not_taken(
    server: Server, make_toolkit: MakeToolkit, use: Use, asked: Asked
) -> None:
    server.workspace["locked"], server.holder = True, ("runs", "run-hidden")
    assert "its status is unknown" in use(make_toolkit(confirmer=asked), "force_unlock_workspace", **BY_ID).text
    assert asked.questions == []


def test_a_persons_lock_is_shown_with_its_holder_and_reason(
    server: Server, make_toolkit: MakeToolkit, use: Use, asked: Asked
) -> None:
    server.workspace |= {"locked": True, "locked-reason": "migration"}
    server.holder = ("users", "user-9")
    assert use(make_toolkit(confirmer=asked), "force_unlock_workspace", **BY_ID).status == "success"
    for line in ("locked by: users user-9", "locked since: unknown"):
        assert line in asked.facts
    assert '"migration"' in asked.text
    assert asked.questions[0].typed == "app-staging"


def test_what_is_not_locked_is_not_unlocked(server: Server, make_toolkit: MakeToolkit, use: Use, asked: Asked) -> None:
    assert "not locked" in use(make_toolkit(confirmer=asked), "force_unlock_workspace", **BY_ID).text
    assert (asked.questions, server.writes) == ([], [])


@pytest.mark.parametrize(
    ("tool", "flag"),
    [
        ("update_workspace_by_id", "can-update"),
        ("force_delete_workspace_by_id", "can-force-delete"),
        ("safe_delete_workspace_by_name", "can-destroy"),
        ("force_unlock_workspace", "can-force-unlock"),
    ],
)
def test_what_the_workspaces_own_flag_rules_out_is_not_asked(
    tool: str, flag: str, server: Server, make_toolkit: MakeToolkit, use: Use, asked: Asked
) -> None:
    server.workspace["permissions"] = {flag: False}
    given = {"new_name": "other"} if tool.startswith("update") else {}
    assert flag in use(make_toolkit(confirmer=asked), tool, **needed(tool), **given).text
    assert (asked.questions, server.writes) == ([], [])
