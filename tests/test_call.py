"""No write without a yes to exactly that write, whoever asks, whatever goes wrong, blocking and on a loop."""

from __future__ import annotations

import asyncio
import json
import time
from pathlib import Path
from typing import Any

import httpx
import pytest
from support.server import PLAN, RUN, VERSION, WORKSPACE, Server, document, fails, says
from support.tools import MakeToolkit, Use, tool_of

from tfc_agent_tools import Confirmation, Decision
from tfc_agent_tools.api.budget import Bucket, Budget
from tfc_agent_tools.attempt import Attempt
from tfc_agent_tools.authority.audit import AuditRecord
from tfc_agent_tools.authority.policy import Effect, Verdict
from tfc_agent_tools.endpoints import catalog
from tfc_agent_tools.facts import Preview
from tfc_agent_tools.plan_reading import PlanRead
from tfc_agent_tools.request import Payload, Request, Step
from tfc_agent_tools.sending import Sending
from tfc_agent_tools.store import MemoryStore

STATE, VARIABLE, NOTIFICATION = "sv-ffffffffffffffff", "var-gggggggggggggggg", "nc-hhhhhhhhhhhhhhhh"
PROJECT, TEAM = "prj-iiiiiiiiiiiiiiii", "team-jjjjjjjjjjjjjjjj"
BY_NAME = {"organization_name": "acme", "workspace_name": "app-staging"}
WRITES: dict[str, dict[str, Any]] = {
    "lock_workspace": {"workspace": WORKSPACE},
    "unlock_workspace": {"workspace": WORKSPACE},
    "create_run": {"workspace": "acme/app-staging"},
    "apply_run": {"run_id": RUN},
    "discard_run": {"run_id": RUN},
    "create_configuration_version": {"workspace": WORKSPACE},
    "upload_configuration_files": {"configuration_version_id": VERSION, "directory": "."},
    "create_workspace": {"organization_name": "acme", "name": "new"},
    "update_workspace_by_id": {"workspace": WORKSPACE, "description": "x"},
    "update_workspace_by_name": {**BY_NAME, "description": "x"},
    "force_unlock_workspace": {"workspace": WORKSPACE},
    "safe_delete_workspace_by_id": {"workspace": WORKSPACE},
    "safe_delete_workspace_by_name": BY_NAME,
    "force_delete_workspace_by_id": {"workspace": WORKSPACE},
    "force_delete_workspace_by_name": BY_NAME,
    "create_project": {"organization_name": "acme", "name": "shop"},
    "update_project": {"project_id": PROJECT, "description": "x"},
    "delete_project": {"project_id": PROJECT},
    "update_organization": {"organization_name": "acme", "cost_estimation_enabled": True},
    "delete_organization": {"organization_name": "acme"},
    "create_team": {"organization_name": "acme", "name": "builders"},
    "update_team": {"team_id": TEAM, "visibility": "secret"},
    "delete_team": {"team_id": TEAM},
    "cancel_run": {"run_id": RUN},
    "force_cancel_run": {"run_id": RUN},
    "create_state_version": {"workspace": WORKSPACE, "file": "."},
    "upload_state_file": {"state_version_id": STATE, "file": "."},
    "create_workspace_variable": {"workspace": WORKSPACE, "key": "size", "category": "terraform"},
    "update_workspace_variable": {"workspace": WORKSPACE, "variable_id": VARIABLE, "value": "m"},
    "delete_workspace_variable": {"workspace": WORKSPACE, "variable_id": VARIABLE},
    "create_workspace_notification_configuration": {"workspace": WORKSPACE, "name": "ops", "destination_type": "email"},
    "update_notification_configuration": {"notification_configuration_id": NOTIFICATION, "enabled": False},
    "verify_notification_configuration": {"notification_configuration_id": NOTIFICATION},
    "delete_notification_configuration": {"notification_configuration_id": NOTIFICATION},
}


@pytest.fixture
def code(tmp_path: Path) -> Path:
    """A configuration to upload."""
    (tmp_path / "code").mkdir()
    (tmp_path / "code" / "main.tf").write_text('resource "terraform_data" "a" {}\n')
    return tmp_path / "code"


@pytest.fixture
def arguments(code: Path, server: Server) -> dict[str, dict[str, Any]]:
    """Arguments with which every write succeeds once a person says yes."""
    server.answers[f"GET /workspaces/{WORKSPACE}"] = lambda request: says(
        document("workspaces", WORKSPACE, {**server.workspace, "locked": unlocking(request)}, locked_by=server.holder)
    )(request)

    def unlocking(_: httpx.Request) -> bool:
        return server.holder is not None

    variable = document("vars", VARIABLE, {"key": "region", "category": "terraform", "sensitive": False})
    notification = document(
        "notification-configurations",
        NOTIFICATION,
        {"enabled": True, "destination-type": "email"},
        subscribable=("workspaces", WORKSPACE),
    )
    state = document("state-versions", STATE, {"serial": 1, "status": "pending"}, workspace=("workspaces", WORKSPACE))
    server.run["actions"] |= {"is-cancelable": True, "is-force-cancelable": True}
    project = document("projects", PROJECT, {"name": "shop"}, organization=("organizations", "acme"))
    team = document("teams", TEAM, {"name": "builders"}, organization=("organizations", "acme"))
    organization = document("organizations", "acme", {"name": "acme"})
    server.answers |= {
        "POST /organizations/acme/workspaces": says(document("workspaces", "ws-new", {"name": "new"}), 201),
        f"PATCH (/workspaces/{WORKSPACE}|/organizations/acme/workspaces/app-staging)": says(
            document("workspaces", WORKSPACE, server.workspace)
        ),
        f"DELETE (/workspaces/{WORKSPACE}|/organizations/acme/workspaces/app-staging)": lambda _: httpx.Response(204),
        f"POST (/workspaces/{WORKSPACE}|/organizations/acme/workspaces/app-staging)/actions/safe-delete": lambda _: (
            httpx.Response(204)
        ),
        f"POST /workspaces/{WORKSPACE}/actions/force-unlock": says(document("workspaces", WORKSPACE, server.workspace)),
        "POST /organizations/acme/projects": says(project, 201),
        f"(GET|PATCH) /projects/{PROJECT}": says(project),
        f"DELETE /projects/{PROJECT}": lambda _: httpx.Response(204),
        "(GET|PATCH) /organizations/acme": says(organization),
        "DELETE /organizations/acme": lambda _: httpx.Response(204),
        "POST /organizations/acme/teams": says(team),
        f"(GET|PATCH) /teams/{TEAM}": says(team),
        f"DELETE /teams/{TEAM}": lambda _: httpx.Response(204),
        f"POST /runs/{RUN}/actions/(force-)?cancel": lambda _: httpx.Response(202),
        f"GET /state-versions/{STATE}": says(state),
        f"POST /workspaces/{WORKSPACE}/state-versions": says(state, 201),
        "PUT /v1/object/s1gned-st4te": lambda _: httpx.Response(200),
        f"GET /workspaces/{WORKSPACE}/vars": says({"data": [variable["data"]]}),
        f"(POST|PATCH) /workspaces/{WORKSPACE}/vars(/{VARIABLE})?": says(variable, 201),
        f"DELETE /workspaces/{WORKSPACE}/vars/{VARIABLE}": lambda _: httpx.Response(204),
        f"GET /workspaces/{WORKSPACE}/notification-configurations": says({"data": [notification["data"]]}),
        f"POST /workspaces/{WORKSPACE}/notification-configurations": says(notification, 201),
        f"(GET|PATCH) /notification-configurations/{NOTIFICATION}": says(notification),
        f"POST /notification-configurations/{NOTIFICATION}/actions/verify": says(notification),
        f"DELETE /notification-configurations/{NOTIFICATION}": lambda _: httpx.Response(204),
    }
    file = code / "terraform.tfstate"
    file.write_text(json.dumps({"version": 4, "serial": 1, "lineage": "l", "resources": []}))
    states = {name: {**WRITES[name], "file": str(file)} for name in ("create_state_version", "upload_state_file")}
    return {
        **WRITES,
        **states,
        "upload_configuration_files": {**WRITES["upload_configuration_files"], "directory": str(code)},
    }


def prepared(server: Server, toolkit: Any, name: str) -> None:
    """Bring the world into the state in which this write is possible."""
    locked = {"unlock_workspace", "force_unlock_workspace", "create_state_version", "upload_state_file"}
    server.holder = ("users", "user-1") if name in locked else None
    server.run["actions"] |= {"is-cancelable": True, "is-force-cancelable": True}
    toolkit._host.wire.signed_urls.keep(STATE, "https://archivist.terraform.io/v1/object/s1gned-st4te")
    if name == "upload_configuration_files":
        toolkit._host.wire.signed_urls.keep(VERSION, "https://archivist.terraform.io/v1/object/s1gned-upl0ad")


def boom(_: Confirmation) -> bool:
    msg = "the confirmer broke"
    raise RuntimeError(msg)


async def aboom(_: Confirmation) -> bool:
    msg = "the confirmer broke"
    raise RuntimeError(msg)


async def never(_: Confirmation) -> bool:
    await asyncio.sleep(60)
    return True


def sleeps(_: Confirmation) -> bool:
    time.sleep(0.3)
    return True


NOT_A_YES = {
    "nobody": None,
    "no": lambda _: False,
    "an async no": None,
    "raises": boom,
    "raises on the loop": aboom,
    "answers too late": sleeps,
    "never answers on the loop": never,
    "a truthy word": lambda _: "yes",
    "one": lambda _: 1,
    "none": lambda _: None,
    "a mapping": lambda _: {"approved": True},
    "a rejecting decision": lambda _: Decision(approved=False),
}


@pytest.mark.parametrize("name", WRITES)
@pytest.mark.parametrize("answer", NOT_A_YES)
def test_without_a_clear_yes_nothing_that_changes_anything_is_sent(
    name: str,
    answer: str,
    arguments: dict[str, Any],
    server: Server,
    make_toolkit: MakeToolkit,
    use: Use,
    code: Path,
) -> None:
    late = "late" in answer or "never" in answer
    store = MemoryStore(seconds_to_answer=0.05 if late else 900)
    toolkit = make_toolkit(confirmer=NOT_A_YES[answer], store=store, upload_roots=[code.parent])
    prepared(server, toolkit, name)
    message = use(toolkit, name, **arguments[name])
    assert server.writes == []
    assert message.status == "error"
    assert "It was not sent" in str(message.content)


def test_the_list_of_writes_here_is_the_catalogues() -> None:
    assert set(WRITES) == {endpoint.name for endpoint in catalog().values() if not endpoint.is_read}


@pytest.mark.parametrize("name", WRITES)
def test_with_a_yes_a_write_is_sent_exactly_once(
    name: str, arguments: dict[str, Any], server: Server, make_toolkit: MakeToolkit, use: Use, code: Path
) -> None:
    toolkit = make_toolkit(confirmer=lambda _: True, upload_roots=[code.parent])
    prepared(server, toolkit, name)
    message = use(toolkit, name, **arguments[name])
    assert message.status == "success", message.content
    assert len(server.writes) == 1
    intent, outcome = toolkit.audit.records()
    assert (intent.kind, outcome.kind) == ("intent", "outcome")
    assert (intent.id, intent.call) == (outcome.id, outcome.call)
    assert intent.id.startswith("send-")
    assert intent.call not in {"", intent.id}


@pytest.mark.parametrize("kind", ["team", "organization", "audit-trails"])
@pytest.mark.parametrize("endpoint", catalog().values(), ids=lambda endpoint: endpoint.name)
def test_what_a_declared_token_can_never_do_sends_no_request_at_all(
    kind: str, endpoint: Any, server: Server, make_toolkit: MakeToolkit, use: Use
) -> None:
    if kind in endpoint.tokens:
        return
    reads = {**BY_NAME, "workspace": WORKSPACE, "run_id": RUN, "plan_id": PLAN, "apply_id": "apply-1"}
    reads |= {"configuration_version_id": VERSION, "state_version_id": STATE, "project_id": PROJECT, "team_id": TEAM}
    reads |= {"notification_configuration_id": NOTIFICATION}
    given = WRITES.get(endpoint.name) or {n: v for n, v in reads.items() if n in endpoint.arguments.model_fields}
    message = use(make_toolkit(token_type=kind, confirmer=lambda _: True), endpoint.name, **given)
    assert server.sent == []
    assert f"this is {'a' if kind == 'team' else 'an'} {kind} token" in str(message.content)


def test_an_undeclared_token_is_found_out_once(server: Server, make_toolkit: MakeToolkit, use: Use) -> None:
    toolkit = make_toolkit(token_type=None, confirmer=lambda _: True)
    use(toolkit, "apply_run", run_id=RUN)
    use(toolkit, "discard_run", run_id=RUN)
    assert server.lines.count("GET /account/details") == 1
    assert len(server.writes) == 2


@pytest.mark.parametrize("status", [403, 404, 500])
def test_an_unknown_token_type_is_refused_what_needs_a_user_or_team(
    status: int, server: Server, make_toolkit: MakeToolkit, use: Use
) -> None:
    server.answers["GET /account/details"] = fails(status)
    message = use(make_toolkit(token_type=None, confirmer=lambda _: True), "apply_run", run_id=RUN)
    assert server.writes == []
    assert "could not be found out" in str(message.content)


def test_an_unknown_token_type_may_still_read(server: Server, make_toolkit: MakeToolkit, use: Use) -> None:
    server.answers["GET /account/details"] = fails(404)
    assert use(make_toolkit(token_type=None), "get_run", run_id=RUN).status == "success"
    assert server.lines == [f"GET /runs/{RUN}"]


def test_a_person_is_shown_the_facts_the_request_and_apart_from_them_the_agents_reason(
    make_toolkit: MakeToolkit, use: Use
) -> None:
    shown: list[Confirmation] = []
    toolkit = make_toolkit(confirmer=lambda confirmation: bool(shown.append(confirmation)))
    use(toolkit, "apply_run", run_id=RUN, reason="the ticket asks for it")
    (confirmation,) = shown
    assert "2 to add, 1 to change, 0 to destroy" in confirmation.text
    assert "acme/app-staging" in confirmation.text
    assert f"POST /runs/{RUN}/actions/apply" in confirmation.text
    assert '"add a subnet"' in confirmation.text.partition("Written by people outside")[2]
    assert "the ticket asks for it" not in confirmation.text
    assert "the ticket asks for it" in confirmation.page()
    assert confirmation.workspace == f"acme/app-staging ({WORKSPACE})"
    assert confirmation.plan is not None
    assert confirmation.plan.destroy == 0


def test_what_changes_between_the_question_and_the_answer_voids_the_yes(
    server: Server, make_toolkit: MakeToolkit, use: Use
) -> None:
    def change_then_yes(_: Confirmation) -> bool:
        server.plan = {**server.plan, "resource-destructions": 7}
        return True

    toolkit = make_toolkit(confirmer=change_then_yes)
    message = use(toolkit, "apply_run", run_id=RUN)
    assert server.writes == []
    assert "no longer true" in str(message.content)
    assert use(toolkit, "apply_run", run_id=RUN).status == "success", "the same call asks anew, about the new plan"


def test_a_run_that_stopped_waiting_is_not_sent_although_a_person_said_yes(
    server: Server, make_toolkit: MakeToolkit, use: Use
) -> None:
    def applied_meanwhile(_: Confirmation) -> bool:
        server.run = {**server.run, "status": "applied", "actions": {"is-confirmable": False}}
        return True

    message = use(make_toolkit(confirmer=applied_meanwhile), "apply_run", run_id=RUN)
    assert server.writes == []
    assert "does not wait for confirmation" in str(message.content)


def test_what_is_refused_at_the_last_look_is_on_record_as_refused(
    server: Server, make_toolkit: MakeToolkit, use: Use
) -> None:
    def change_after_the_yes(request: httpx.Request) -> httpx.Response:
        looks.append(request)
        return says(document("plans", PLAN, {**server.plan, "resource-destructions": len(looks)}))(request)

    looks: list[httpx.Request] = []
    server.answers[f"GET /plans/{PLAN}"] = change_after_the_yes
    toolkit = make_toolkit(confirmer=lambda _: True)
    assert "no longer true" in use(toolkit, "apply_run", run_id=RUN).text
    assert server.writes == []
    assert [(row.kind, row.result) for row in toolkit.audit.records()] == [("refused", "ConfirmationRefused")]


def test_a_plan_that_cannot_be_read_counts_as_destroying(server: Server, make_toolkit: MakeToolkit, use: Use) -> None:
    shown: list[Confirmation] = []
    server.answers[f"GET /plans/{PLAN}"] = fails(404)
    use(make_toolkit(confirmer=lambda c: bool(shown.append(c))), "apply_run", run_id=RUN)
    assert {"destroys", "applies"} <= shown[0].impacts
    assert "unknown to destroy" in shown[0].text


@pytest.mark.parametrize(("name", "flag"), [("apply_run", "can-apply"), ("discard_run", "can-discard")])
def test_what_the_runs_own_permissions_rule_out_is_not_asked_and_not_sent(
    name: str, flag: str, server: Server, make_toolkit: MakeToolkit, use: Use
) -> None:
    server.run["permissions"] = {flag: False}
    asked: list[Confirmation] = []
    message = use(make_toolkit(confirmer=lambda c: bool(asked.append(c))), name, run_id=RUN)
    assert (asked, server.writes) == ([], [])
    assert 'permission "apply runs"' in str(message.content)


def test_what_the_call_names_must_be_there_before_anyone_is_asked(
    server: Server, make_toolkit: MakeToolkit, use: Use
) -> None:
    asked: list[Confirmation] = []
    message = use(make_toolkit(confirmer=lambda c: bool(asked.append(c))), "apply_run", run_id="run-missing")
    assert (asked, server.writes) == ([], [])
    assert "404" in str(message.content)
    assert 'permission "apply runs" may be missing' in str(message.content)


def test_out_of_band_the_same_call_is_sent_once_after_a_person_approved_it(
    server: Server, make_toolkit: MakeToolkit, use: Use
) -> None:
    toolkit = make_toolkit()
    first = use(toolkit, "apply_run", run_id=RUN)
    (approval,) = toolkit.approvals.pending()
    assert approval.id in str(first.content)
    assert server.writes == []
    toolkit.approvals.approve(approval.id, approver="ana@acme.io")
    assert use(toolkit, "apply_run", run_id=RUN).status == "success"
    assert len(server.writes) == 1
    assert use(toolkit, "apply_run", run_id=RUN).status == "error", "a yes is good for one send"
    assert (len(server.writes), len(toolkit.approvals.pending())) == (1, 1)


def test_an_approval_of_one_call_does_not_serve_another(server: Server, make_toolkit: MakeToolkit, use: Use) -> None:
    toolkit = make_toolkit()
    use(toolkit, "discard_run", run_id=RUN)
    toolkit.approvals.approve(toolkit.approvals.pending()[0].id, approver="ana")
    use(toolkit, "apply_run", run_id=RUN)
    use(toolkit, "discard_run", run_id=RUN, comment="another comment is another call")
    assert server.writes == []


def test_asking_twice_without_an_answer_opens_one_question(make_toolkit: MakeToolkit, use: Use) -> None:
    toolkit = make_toolkit()
    use(toolkit, "apply_run", run_id=RUN, reason="one")
    use(toolkit, "apply_run", run_id=RUN, reason="another")
    assert len(toolkit.approvals.pending()) == 1


def test_a_no_stands_for_the_same_call(make_toolkit: MakeToolkit, server: Server, use: Use) -> None:
    toolkit = make_toolkit()
    use(toolkit, "apply_run", run_id=RUN)
    toolkit.approvals.reject(toolkit.approvals.pending()[0].id, approver="ana", reason="not on a Friday")
    message = use(toolkit, "apply_run", run_id=RUN)
    assert "not on a Friday" in str(message.content)
    assert (server.writes, toolkit.approvals.pending()) == ([], [])
    assert "answered by ana (unverified); ConfirmationRefused" in toolkit.audit.records()[-1].sentence


def test_the_confirmation_shows_every_byte_that_is_sent(server: Server, make_toolkit: MakeToolkit, use: Use) -> None:
    shown: list[Confirmation] = []

    def yes(confirmation: Confirmation) -> bool:
        shown.append(confirmation)
        return True

    use(make_toolkit(confirmer=yes), "create_run", workspace="acme/app-staging", message="hello", is_destroy=True)
    sent = json.loads(server.writes[0].content)["data"]
    for name, value in {**sent["attributes"], **sent["relationships"]}.items():
        assert f"  {name}: {json.dumps(value)}" in shown[0].text
    assert "destroys" in shown[0].impacts


def test_a_run_is_created_with_safe_defaults_sent_explicitly(
    server: Server, make_toolkit: MakeToolkit, use: Use
) -> None:
    use(make_toolkit(confirmer=lambda _: True), "create_run", workspace="acme/app-staging")
    attributes = json.loads(server.writes[0].content)["data"]["attributes"]
    assert (attributes["auto-apply"], attributes["is-destroy"]) == (False, False)


def test_a_configuration_version_starts_no_run_by_itself(server: Server, make_toolkit: MakeToolkit, use: Use) -> None:
    message = use(make_toolkit(confirmer=lambda _: True), "create_configuration_version", workspace=WORKSPACE)
    assert json.loads(server.writes[0].content)["data"]["attributes"]["auto-queue-runs"] is False
    assert "archivist" not in str(message)


@pytest.mark.parametrize("asked", [{"auto_apply": True}, {"allow_empty_apply": True}])
def test_asking_for_a_run_that_applies_by_itself_is_an_impact_of_its_own(
    asked: dict[str, bool], make_toolkit: MakeToolkit, use: Use
) -> None:
    shown: list[Confirmation] = []
    toolkit = make_toolkit(confirmer=lambda c: bool(shown.append(c)))
    use(toolkit, "create_run", workspace="acme/app-staging")
    use(toolkit, "create_run", workspace="acme/app-staging", **asked)
    assert ["applies" in confirmation.impacts for confirmation in shown] == [False, True]
    assert "APPLIES BY ITSELF" in shown[1].text


@pytest.mark.parametrize("error", [502, 504, httpx.ReadTimeout, httpx.RemoteProtocolError])
def test_a_run_whose_creation_is_in_doubt_is_looked_for_by_its_mark(
    error: Any, server: Server, make_toolkit: MakeToolkit, use: Use
) -> None:
    def create_and_fail(request: httpx.Request) -> httpx.Response:
        sent = json.loads(request.content)["data"]
        server.runs = [document("runs", RUN, {**server.run, "message": sent["attributes"]["message"]})["data"]]
        return fails(error)(request)

    server.answers["POST /runs"] = create_and_fail
    toolkit = make_toolkit(confirmer=lambda _: True)
    message = use(toolkit, "create_run", workspace="acme/app-staging")
    assert (message.status, len(server.writes)) == ("success", 1)
    assert RUN in str(message.content)


def test_a_run_of_somebody_else_is_not_taken_for_ours(server: Server, make_toolkit: MakeToolkit, use: Use) -> None:
    server.answers["POST /runs"] = fails(502)
    server.runs = [document("runs", RUN, {**server.run, "message": "Queued by an agent [ap-000]"})["data"]]
    message = use(make_toolkit(confirmer=lambda _: True), "create_run", workspace="acme/app-staging")
    assert "UNKNOWN OUTCOME" in str(message.content)
    assert len(server.writes) == 1


@pytest.mark.parametrize("junk", [b"", b"{", b"[]", b'{"data": 7}', b"\xff"])
def test_a_write_answered_with_junk_is_in_doubt_not_failed(
    junk: bytes, server: Server, make_toolkit: MakeToolkit, use: Use
) -> None:
    server.answers[f"POST /workspaces/{WORKSPACE}/actions/lock"] = lambda _: httpx.Response(200, content=junk)
    message = use(make_toolkit(confirmer=lambda _: True), "lock_workspace", workspace=WORKSPACE)
    assert ("UNKNOWN OUTCOME" in str(message.content)) is bool(junk)
    assert len(server.writes) == 1


def test_what_is_uploaded_is_what_was_packed_and_shown(
    server: Server, make_toolkit: MakeToolkit, use: Use, code: Path
) -> None:
    shown: list[Confirmation] = []

    def change_the_files_then_yes(confirmation: Confirmation) -> bool:
        shown.append(confirmation)
        (code / "main.tf").write_text("# something else\n")
        return True

    toolkit = make_toolkit(confirmer=change_the_files_then_yes, upload_roots=[code.parent])
    prepared(server, toolkit, "upload_configuration_files")
    use(toolkit, "upload_configuration_files", configuration_version_id=VERSION, directory=str(code))
    import hashlib

    (upload,) = server.writes
    assert hashlib.sha256(upload.content).hexdigest() in shown[0].text
    assert "main.tf" in shown[0].text
    assert "authorization" not in upload.headers


def test_an_upload_that_was_refused_with_429_is_sent_again_and_its_url_then_used_up(
    server: Server, make_toolkit: MakeToolkit, use: Use, code: Path
) -> None:
    answers = iter([httpx.Response(429), httpx.Response(200)])
    server.answers["PUT /v1/object/s1gned-upl0ad"] = lambda _: next(answers)
    toolkit = make_toolkit(confirmer=lambda _: True, upload_roots=[code.parent])
    prepared(server, toolkit, "upload_configuration_files")
    given = {"configuration_version_id": VERSION, "directory": str(code)}
    assert use(toolkit, "upload_configuration_files", **given).status == "success"
    assert len(server.writes) == 2
    assert "create a new one" in use(toolkit, "upload_configuration_files", **given).text
    assert len(server.writes) == 2


def test_an_upload_url_that_is_lost_is_said_before_anyone_is_asked(
    server: Server, make_toolkit: MakeToolkit, use: Use, code: Path
) -> None:
    toolkit = make_toolkit(confirmer=lambda _: True, upload_roots=[code.parent])
    message = use(toolkit, "upload_configuration_files", configuration_version_id=VERSION, directory=str(code))
    assert server.writes == []
    assert "create a new one" in str(message.content)


def test_the_signed_url_that_a_read_gives_serves_the_upload_and_is_not_shown(
    server: Server, make_toolkit: MakeToolkit, use: Use, code: Path
) -> None:
    url = "https://archivist.terraform.io/v1/object/s1gned-upl0ad"
    version = document("configuration-versions", VERSION, {**server.version, "upload-url": url})
    server.answers[f"GET /configuration-versions/{VERSION}"] = says(version)
    toolkit = make_toolkit(confirmer=lambda _: True, upload_roots=[code.parent])
    told = use(toolkit, "get_configuration_version", configuration_version_id=VERSION)
    assert "s1gned" not in f"{told.text}{told.artifact}"
    given = {"configuration_version_id": VERSION, "directory": str(code)}
    assert use(toolkit, "upload_configuration_files", **given).status == "success"


def test_no_audit_row_no_send(server: Server, make_toolkit: MakeToolkit, use: Use) -> None:
    class FullDisk(MemoryStore):
        def append(self, record: Any) -> None:
            if record.kind == "intent":
                msg = "no space left on device"
                raise OSError(msg)
            super().append(record)

    toolkit = make_toolkit(confirmer=lambda _: True, store=FullDisk())
    with pytest.raises(OSError, match="no space"):
        use(toolkit, "apply_run", run_id=RUN)
    assert server.writes == []


def test_an_outcome_that_can_not_be_put_on_record_does_not_hide_that_the_write_was_made(
    server: Server, make_toolkit: MakeToolkit, use: Use
) -> None:
    class FullDisk(MemoryStore):
        def append(self, record: Any) -> None:
            if record.kind == "outcome":
                msg = "no space left on device"
                raise OSError(msg)
            super().append(record)

    toolkit = make_toolkit(confirmer=lambda _: True, store=FullDisk())
    assert use(toolkit, "apply_run", run_id=RUN).status == "success"
    assert [row.kind for row in toolkit.audit.records()] == ["intent"]


async def test_a_call_that_is_cancelled_while_it_is_sent_is_on_record_as_unknown(
    server: Server, make_toolkit: MakeToolkit
) -> None:
    class Slow(Server):
        async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
            if request.method == "POST":
                await asyncio.sleep(60)
            return await super().handle_async_request(request)

    toolkit = make_toolkit(confirmer=lambda _: True)
    toolkit._host.wire._transports._given_async = Slow()
    call = asyncio.create_task(tool_of(toolkit, "apply_run").ainvoke({"run_id": RUN}))
    await asyncio.sleep(0.2)
    call.cancel()
    with pytest.raises(asyncio.CancelledError):
        await call
    assert [(row.kind, row.result) for row in toolkit.audit.records()] == [
        ("intent", None),
        ("outcome", "interrupted, outcome unknown"),
    ]


def test_every_call_is_on_record_refused_ones_included(make_toolkit: MakeToolkit, use: Use) -> None:
    toolkit = make_toolkit(agent="infra-agent", requester="ana@acme.io")
    use(toolkit, "get_run", run_id=RUN)
    use(toolkit, "apply_run", run_id=RUN)
    use(toolkit, "get_run", run_id="nonsense")
    rows = toolkit.audit.records()
    assert [(row.kind, row.tool) for row in rows] == [
        ("read", "get_run"),
        ("refused", "apply_run"),
        ("refused", "get_run"),
    ]
    assert rows[0].sentence == f"infra-agent (for ana@acme.io) read get_run(run_id={RUN}); answered 200."
    assert toolkit.audit.verify()


def test_what_changes_while_a_write_waits_for_another_try_voids_the_yes(
    server: Server, make_toolkit: MakeToolkit, use: Use
) -> None:
    """After a 429 the write is sent again only if all that was shown still holds."""

    def full_and_meanwhile_replanned(_: httpx.Request) -> httpx.Response:
        server.plan = {**server.plan, "resource-destructions": 7}
        return httpx.Response(429, headers={"x-ratelimit-reset": "1"})

    server.answers[f"POST /runs/{RUN}/actions/apply"] = full_and_meanwhile_replanned
    toolkit = make_toolkit(confirmer=lambda _: True)
    message = use(toolkit, "apply_run", run_id=RUN)
    assert "no longer true" in message.text
    assert len(server.writes) == 1, "the one that was refused with 429"
    assert toolkit.audit.records()[-1].result == "not taken by the server, and not sent again: ConfirmationRefused"


def test_a_read_that_fails_before_another_try_is_not_put_on_record_as_the_answer_to_the_write(
    server: Server, make_toolkit: MakeToolkit, use: Use
) -> None:
    def full_and_meanwhile_gone(_: httpx.Request) -> httpx.Response:
        server.answers[f"GET /runs/{RUN}"] = fails(404)
        return httpx.Response(429, headers={"x-ratelimit-reset": "1"})

    server.answers[f"POST /runs/{RUN}/actions/apply"] = full_and_meanwhile_gone
    toolkit = make_toolkit(confirmer=lambda _: True)
    assert use(toolkit, "apply_run", run_id=RUN).status == "error"
    assert len(server.writes) == 1, "the one that was refused with 429"
    assert toolkit.audit.records()[-1].result == "not taken by the server, and not sent again: ApiError"


def test_a_store_that_fails_after_the_send_hides_neither_the_answer_nor_what_it_says(
    server: Server, make_toolkit: MakeToolkit, use: Use, caplog: pytest.LogCaptureFixture
) -> None:
    class Full(MemoryStore):
        def append(self, record: AuditRecord) -> None:
            if record.kind == "outcome":
                msg = f"disk full while writing {record.arguments}"
                raise OSError(msg)
            super().append(record)

    toolkit = make_toolkit(confirmer=lambda _: True, store=Full())
    assert use(toolkit, "apply_run", run_id=RUN).status == "success"
    assert len(server.writes) == 1
    assert [record.kind for record in toolkit.audit.records()][-1] == "intent", "a row without its outcome shows"
    assert "could not be put on record: apply_run (OSError)" in caplog.text
    assert "disk full" not in caplog.text, "a store's error may quote the row"


def test_a_write_that_was_refused_with_429_is_sent_again_while_all_of_it_still_holds(
    server: Server, make_toolkit: MakeToolkit, use: Use
) -> None:
    answers = iter([httpx.Response(429, headers={"x-ratelimit-reset": "1"}), httpx.Response(202)])
    server.answers[f"POST /runs/{RUN}/actions/apply"] = lambda _: next(answers)
    assert use(make_toolkit(confirmer=lambda _: True), "apply_run", run_id=RUN).status == "success"
    assert len(server.writes) == 2


@pytest.mark.parametrize("other", [{"token": "another-token"}, {"requester": "mallory"}, {"agent": "another"}])
def test_a_yes_is_for_the_calls_of_one_token_agent_and_requester(
    other: dict[str, str], server: Server, make_toolkit: MakeToolkit, use: Use
) -> None:
    store = MemoryStore()
    alice = make_toolkit(store=store, requester="alice")
    use(alice, "apply_run", run_id=RUN)
    alice.approvals.approve(alice.approvals.pending()[0].id, approver="ana")
    use(make_toolkit(store=store, **{"requester": "alice", **other}), "apply_run", run_id=RUN)
    assert server.writes == []
    assert use(alice, "apply_run", run_id=RUN).status == "success"


def test_a_slow_host_of_secrets_is_asked_before_the_facts_are_read_for_the_last_time(
    server: Server, make_toolkit: MakeToolkit, use: Use, arguments: dict[str, Any]
) -> None:
    told: list[int] = []

    def vault(_: str) -> str:
        told.append(len(server.sent))
        return "hunter2-hunter2"

    given = {"workspace": WORKSPACE, "key": "pw", "category": "env", "value_from": "PW"}
    use(make_toolkit(confirmer=lambda _: True, secrets=vault), "create_workspace_variable", **given)
    (before,) = told
    assert "GET" in {request.method for request in server.sent[before:]}
    assert len(server.writes) == 1


@pytest.mark.parametrize("echo", ["{0}", "Value {0} is not a key", "{1}", "at hooks.example.com: POST {2}"])
def test_no_part_of_a_secret_that_a_server_echoes_reaches_anyone(
    echo: str, server: Server, make_toolkit: MakeToolkit, use: Use, arguments: dict[str, Any]
) -> None:
    secret = "-----BEGIN KEY-----" + "Ab9" * 400
    said = echo.format(secret, secret[:200], secret[50:90])
    server.answers[f"(POST|PATCH) /workspaces/{WORKSPACE}/vars(/{VARIABLE})?"] = says(
        {"errors": [{"status": "422", "title": "invalid", "detail": said}]}, 422
    )
    toolkit = make_toolkit(confirmer=lambda _: True, secrets=lambda _: secret)
    given = {"workspace": WORKSPACE, "key": "pw", "category": "env", "value_from": "PW"}
    message = use(toolkit, "create_workspace_variable", **given)
    assert "[secret]" in message.text
    assert "Ab9Ab9" not in f"{message.text}{toolkit.audit.records()}"


def test_a_secret_that_was_sent_is_hidden_in_whatever_the_api_says_from_then_on(
    server: Server, make_toolkit: MakeToolkit, use: Use, arguments: dict[str, Any]
) -> None:
    toolkit = make_toolkit(confirmer=lambda _: True, secrets=lambda _: "hunter2-hunter2")
    given = {"workspace": WORKSPACE, "key": "pw", "category": "env", "value_from": "PW"}
    assert use(toolkit, "create_workspace_variable", **given).status == "success"
    server.run["message"] = "the password is hunter2-hunter2"
    told = use(toolkit, "get_run", run_id=RUN)
    assert "the password is" in told.text
    assert "hunter2" not in f"{told.text}{told.artifact}"
    wrong = {"errors": [{"status": "422", "title": "invalid", "detail": "no hunter2-hunter2 here"}]}
    server.answers[f"GET /runs/{RUN}"] = says(wrong, 422)
    refused = use(toolkit, "get_run", run_id=RUN).text
    assert "here" in refused
    assert "hunter2" not in refused


def test_a_name_from_the_api_starts_no_line_of_its_own_anywhere(
    server: Server, make_toolkit: MakeToolkit, use: Use
) -> None:
    server.workspace["name"] = "app\n  plan: 0 to add, 0 to change, 0 to destroy\u202e\x1b[2K"
    shown: list[Confirmation] = []

    def yes(confirmation: Confirmation) -> bool:
        shown.append(confirmation)
        return True

    toolkit = make_toolkit(confirmer=yes)
    use(toolkit, "apply_run", run_id=RUN)
    texts = [shown[0].text, str(shown[0].workspace), *(row.sentence for row in toolkit.audit.records())]
    forged = ("\n  plan: 0 to add, 0 to change", "\u202e", "\x1b")
    assert not [text for text in texts if any(mark in text for mark in forged)]


def test_every_request_has_one_place_in_the_rate_budget_the_writes_before_the_last_look(
    server: Server, make_toolkit: MakeToolkit, use: Use
) -> None:
    class Counting(Budget):
        def reserve(self, bucket: Bucket = Bucket.DEFAULT) -> float:
            taken.append(len(server.sent))
            return super().reserve(bucket)

    taken: list[int] = []
    toolkit = make_toolkit(confirmer=lambda _: True)
    wire = toolkit._host.wire
    wire.budget = Counting(clock=wire.clock.now)
    use(toolkit, "apply_run", run_id=RUN)
    assert len(taken) == len([one for one in server.sent if one.url.host == "app.terraform.io"])
    assert server.lines[taken[-1]].startswith("GET "), "after the last place was taken only facts came before the write"


@pytest.mark.parametrize(
    ("answers", "result"),
    [
        ([fails(409)], "answered 409"),
        ([fails(httpx.ReadTimeout)], "OutcomeUnknown"),
        ([lambda _: httpx.Response(429, headers={"x-ratelimit-reset": "1"}), fails(409)], "answered 409"),
    ],
    ids=["refused", "no answer", "refused at the second try"],
)
def test_the_outcome_on_record_is_that_of_the_write(
    answers: list[Any], result: str, server: Server, make_toolkit: MakeToolkit, use: Use
) -> None:
    left = iter(answers)
    server.answers[f"POST /runs/{RUN}/actions/apply"] = lambda request: next(left)(request)
    toolkit = make_toolkit(confirmer=lambda _: True)
    assert use(toolkit, "apply_run", run_id=RUN).status == "error"
    assert toolkit.audit.records()[-1].result == result


@pytest.mark.parametrize(("comment", "said"), [("as agreed", "as agreed"), (None, "Confirmed for an agent")])
def test_the_comment_of_a_run_names_the_approval_behind_the_given_words(
    comment: str | None, said: str, server: Server, make_toolkit: MakeToolkit, use: Use
) -> None:
    toolkit = make_toolkit(confirmer=lambda _: True)
    use(toolkit, "apply_run", run_id=RUN, comment=comment)
    (approval,) = toolkit.approvals.all()
    assert json.loads(server.writes[0].content) == {"comment": f"{said} [{approval.id}]"}


def test_a_run_that_has_another_plan_by_the_time_of_the_send_is_not_applied(
    server: Server, make_toolkit: MakeToolkit, use: Use
) -> None:
    def other_plan_then_yes(_: Confirmation) -> bool:
        run = document("runs", RUN, server.run, plan=("plans", "plan-other"), workspace=("workspaces", WORKSPACE))
        other = document("plans", "plan-other", {**server.plan, "resource-destructions": 7})
        server.answers |= {f"GET /runs/{RUN}": says(run), "GET /plans/plan-other": says(other)}
        return True

    toolkit = make_toolkit(confirmer=other_plan_then_yes)
    assert "no longer true" in use(toolkit, "apply_run", run_id=RUN).text
    assert server.writes == []
    (row,) = toolkit.audit.records()
    assert row.plan.startswith("2 to add, 1 to change, 7 to destroy")


def test_no_repr_on_the_way_of_a_write_holds_what_is_sent() -> None:
    payload = Payload(content=b"t0p-s3cret", sha256="0" * 64, shown={})
    step = Step(request=Request(method="POST", path="/runs"))
    attempt = Attempt(
        id="ap-1",
        arguments={},
        steps=(step,),
        preview=Preview(),
        impacts=frozenset(),
        verdict=Verdict(effect=Effect.ASK, rules=(), why=""),
        loaded={"upload": payload},
        plan=PlanRead(plan_id="plan-of-it", explanation=Any),
    )
    assert "upload" not in repr(attempt)
    assert "plan-of-it" not in repr(attempt)
    sending = Sending(
        host=Any, step=step, places={}, approval_id=None, recheck=Any, record=print, secrets=["t0p-s3cret"]
    )
    assert "t0p-s3cret" not in repr(sending)
