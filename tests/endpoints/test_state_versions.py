"""State versions: a new state is compared with the old one before a yes, and no answer shows what is in one."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import httpx
import pytest
from support.server import WORKSPACE, Server, document, fails, says
from support.tools import MakeToolkit, Use

from tfc_agent_tools import Confirmation
from tfc_agent_tools.endpoints.state_versions import list_state_versions

CURRENT, PENDING = "sv-aaaaaaaaaaaaaaaa", "sv-bbbbbbbbbbbbbbbb"
UPLOAD = "https://archivist.terraform.io/v1/object/s1gned-st4te"
SECRET = "hunter2-but-much-longer"
LINEAGE = "871d1b4a-e579-fb7c-ffdb-f0c858a647a7"
NULL = 'provider["registry.terraform.io/hashicorp/null"]'
EVIL = 'provider["registry.terraform.io/evil/null"]'


def held(kind: str, name: str, **more: Any) -> dict[str, Any]:
    """A resource as a state file holds it."""
    instances = [{"attributes": {"password": SECRET}}]
    return {"mode": "managed", "type": kind, "name": name, "provider": NULL, "instances": instances, **more}


def listed(kind: str, name: str, module: str = "root") -> dict[str, Any]:
    """A resource as the API lists it."""
    return {"name": name, "type": kind, "count": 1, "module": module, "provider": NULL}


def state(*resources: dict[str, Any], serial: int = 10) -> bytes:
    outputs = {"password": {"value": SECRET, "type": "string", "sensitive": True}}
    made = {"version": 4, "terraform_version": "1.11.4", "serial": serial, "lineage": LINEAGE, "outputs": outputs}
    return json.dumps({**made, "resources": list(resources)}).encode()


@pytest.fixture
def current() -> dict[str, Any]:
    """The attributes of the current state."""
    return {
        "serial": 9,
        "status": "finalized",
        "size": 940,
        "terraform-version": "1.11.4",
        "resources-processed": True,
        "created-at": "2026-11-24T10:00:00Z",
        "resources": [
            listed("null_resource", "random"),
            listed("null_resource", "web", "module.app"),
            listed("data.terraform_remote_state", "net"),
        ],
        "modules": {"root": {"null-resource": 1}},
        "hosted-state-download-url": f"https://archivist.terraform.io/v1/object/{SECRET}",
        "hosted-json-state-download-url": f"https://archivist.terraform.io/v1/object/{SECRET}",
    }


@pytest.fixture
def server(server: Server, current: dict[str, Any]) -> Server:
    """A locked workspace with a state, and a state version that waits for its file."""

    def workspace(request: httpx.Request) -> httpx.Response:
        locked_by, state_version = ("users", "user-1"), ("state-versions", CURRENT)
        body = document("workspaces", WORKSPACE, server.workspace, organization=("organizations", "acme"))
        body["data"]["relationships"] |= {
            "locked-by": {"data": dict(zip(("type", "id"), locked_by, strict=True))},
            "current-state-version": {
                "data": dict(zip(("type", "id"), state_version, strict=True)) if current else None
            },
        }
        return says(body)(request)

    server.workspace |= {"locked": True, "permissions": {"can-create-state-versions": True}}
    pending = {"serial": 10, "status": "pending", "hosted-state-upload-url": UPLOAD}
    server.answers = {
        f"GET /workspaces/{WORKSPACE}|GET /organizations/acme/workspaces/app-staging": workspace,
        f"GET /state-versions/{CURRENT}|GET /workspaces/{WORKSPACE}/current-state-version": lambda request: says(
            document("state-versions", CURRENT, current, workspace=("workspaces", WORKSPACE))
        )(request),
        f"GET /state-versions/{PENDING}": says(
            document(
                "state-versions",
                PENDING,
                {**pending, "hosted-state-upload-url": None},
                workspace=("workspaces", WORKSPACE),
            )
        ),
        "GET /state-versions": says({"data": [document("state-versions", CURRENT, current)["data"]]}),
        f"POST /workspaces/{WORKSPACE}/state-versions": says(document("state-versions", PENDING, pending), 201),
        "PUT /v1/object/s1gned-st4te": lambda _: httpx.Response(200),
    }
    return server


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A state that has all of the current one and one resource more."""
    path = tmp_path / "new.tfstate"
    kept = [held("null_resource", "random"), held("null_resource", "web", module="module.app")]
    path.write_bytes(state(*kept, held("terraform_remote_state", "net", mode="data"), held("null_resource", "more")))
    return path


class Person:
    """Says yes and keeps the questions; a toolkit of theirs may read the folder of the file."""

    def __init__(self, make_toolkit: MakeToolkit, use: Use, file: Path) -> None:
        self.questions: list[Confirmation] = []
        self.toolkit = make_toolkit(confirmer=self, upload_roots=[file.parent])
        self.use, self.file = use, file

    def __call__(self, question: Confirmation) -> bool:
        self.questions.append(question)
        return True

    def create(self, workspace: str = WORKSPACE) -> Any:
        return self.use(self.toolkit, "create_state_version", workspace=workspace, file=str(self.file))

    def upload(self) -> Any:
        self.toolkit._host.wire.signed_urls.keep(PENDING, UPLOAD)
        return self.use(self.toolkit, "upload_state_file", state_version_id=PENDING, file=str(self.file))

    @property
    def text(self) -> str:
        return self.questions[0].text


@pytest.fixture
def person(make_toolkit: MakeToolkit, use: Use, file: Path) -> Person:
    return Person(make_toolkit, use, file)


def test_a_list_is_filtered_by_both_names_as_documented() -> None:
    made = list_state_versions("acme", "app-staging", status="finalized")
    assert made.path == "/state-versions"
    assert dict(made.query) == {
        "filter[organization][name]": "acme",
        "filter[workspace][name]": "app-staging",
        "filter[status]": "finalized",
        "page[number]": "1",
        "page[size]": "20",
    }


@pytest.mark.parametrize(
    ("tool", "arguments"),
    [
        ("list_state_versions", {"organization_name": "acme", "workspace_name": "app-staging"}),
        ("get_state_version", {"state_version_id": CURRENT}),
        ("get_current_state_version", {"workspace": WORKSPACE}),
        ("get_current_state_version", {"workspace": "acme/app-staging"}),
    ],
)
def test_an_answer_shows_ids_numbers_and_statuses_and_nothing_that_is_in_a_state(
    tool: str, arguments: dict[str, Any], server: Server, make_toolkit: MakeToolkit, use: Use
) -> None:
    message = use(make_toolkit(), tool, **arguments)
    (item,) = message.artifact.get("items", [message.artifact])
    assert (item["type"], item["id"]) == ("state-versions", CURRENT)
    facts = {name: value for name, value in item["attributes"].items() if name != "modules"}
    assert facts == {
        "serial": 9,
        "status": "finalized",
        "size": 940,
        "terraform-version": "1.11.4",
        "resources-processed": True,
        "created-at": "2026-11-24T10:00:00Z",
    }
    assert item["relationships"] in ({}, {"workspace": {"type": "workspaces", "id": WORKSPACE}})
    assert item["redacted"] == ["hosted-json-state-download-url", "hosted-state-download-url"]
    assert set(item["untrusted"]) == {"resources"}
    assert "null_resource" not in message.text
    assert SECRET not in repr(message)
    assert "http" not in message.text


def test_a_workspace_without_a_state_is_answered_404(server: Server, make_toolkit: MakeToolkit, use: Use) -> None:
    server.answers[f"GET /state-versions/{CURRENT}|GET /workspaces/{WORKSPACE}/current-state-version"] = fails(404)
    message = use(make_toolkit(), "get_current_state_version", workspace=WORKSPACE)
    assert message.status == "error"
    assert "404" in message.text


@pytest.mark.parametrize("workspace", [WORKSPACE, "acme/app-staging"])
def test_serial_lineage_and_md5_are_the_files_own_and_nothing_is_forced(
    workspace: str, server: Server, person: Person
) -> None:
    message = person.create(workspace)
    assert message.status == "success", message.text
    (write,) = server.writes
    md5 = hashlib.md5(person.file.read_bytes(), usedforsecurity=False).hexdigest()
    attributes = {"serial": 10, "md5": md5, "lineage": LINEAGE}
    assert json.loads(write.content) == {"data": {"type": "state-versions", "attributes": attributes}}
    assert write.url.path == f"/api/v2/workspaces/{WORKSPACE}/state-versions"
    assert "s1gned" not in repr((message, person.questions, person.toolkit.audit.records()))
    assert SECRET not in repr((message, person.questions, person.toolkit.audit.records()))


def test_the_state_that_was_announced_can_be_uploaded_from_the_same_process(server: Server, person: Person) -> None:
    person.create()
    given = {"state_version_id": PENDING, "file": str(person.file)}
    message = person.use(person.toolkit, "upload_state_file", **given)
    assert message.status == "success", message.text
    assert "it is the workspace's state once" in message.text
    upload = server.writes[1]
    assert upload.content == person.file.read_bytes()
    assert "authorization" not in upload.headers
    assert SECRET not in repr((message, person.questions, person.toolkit.audit.records()))


def test_an_upload_url_that_this_process_was_not_given_is_said_before_anyone_is_asked(
    server: Server, person: Person
) -> None:
    given = {"state_version_id": PENDING, "file": str(person.file)}
    message = person.use(person.toolkit, "upload_state_file", **given)
    assert "create a new one" in message.text
    assert (person.questions, server.writes) == ([], [])


@pytest.mark.parametrize("call", [Person.create, Person.upload])
def test_a_person_sees_how_the_new_state_differs(call: Any, person: Person) -> None:
    assert call(person).status == "success"
    for line in (
        "workspace: acme/app-staging",
        f"current state: {CURRENT}",
        "serial from and to: 9 → 10",
        "resources lost: none",
        "resources added: null_resource.more\n",
        "providers that are new: none",
        f"lineage: {LINEAGE}",
        "lineage of the current state: not in the API",
        f"size: {person.file.stat().st_size:,} bytes",
        "size of the current state: 940",
        "locked by: users user-1",
    ):
        assert line in person.text
    assert person.questions[0].impacts == {"rewrites state"}
    assert "LOST" not in person.text
    assert person.questions[0].risk == "destructive"


@pytest.mark.parametrize("call", [Person.create, Person.upload])
def test_resources_that_the_new_state_does_not_have_are_named_as_lost(call: Any, person: Person) -> None:
    person.file.write_bytes(state(held("null_resource", "random"), serial=10))
    call(person)
    lost = "data.terraform_remote_state.net, module.app.null_resource.web"
    assert f"resources lost: {lost}\n" in person.text
    assert "RESOURCES ARE LOST" in person.text
    assert person.questions[0].impacts == {"rewrites state", "destroys"}


def test_data_that_was_only_read_is_not_destroyed_by_being_forgotten(person: Person) -> None:
    kept = [held("null_resource", "random"), held("null_resource", "web", module="module.app")]
    person.file.write_bytes(state(*kept))
    person.create()
    assert "resources lost: data.terraform_remote_state.net\n" in person.text
    assert person.questions[0].impacts == {"rewrites state"}


@pytest.mark.parametrize("call", [Person.create, Person.upload])
def test_a_provider_that_the_current_state_does_not_name_is_said(call: Any, person: Person) -> None:
    person.file.write_bytes(state(held("null_resource", "random", provider=EVIL)))
    call(person)
    assert f"providers that are new: {EVIL}" in person.text
    assert "foreign provider makes the next init fetch it" in person.text
    assert "runs code" in person.questions[0].impacts


@pytest.mark.parametrize("call", [Person.create, Person.upload])
@pytest.mark.parametrize("unread", ["hidden", "processed later", "odd"])
def test_a_current_state_that_can_not_be_compared_counts_as_lost(
    unread: str, call: Any, server: Server, current: dict[str, Any], person: Person
) -> None:
    if unread == "hidden":
        server.answers[f"GET /state-versions/{CURRENT}|GET /workspaces/{WORKSPACE}/current-state-version"] = fails(404)
    current |= {"resources-processed": False} if unread == "processed later" else {"resources": "many"}
    assert call(person).status == "success"
    assert "resources lost: unknown" in person.text
    assert person.questions[0].impacts == {"rewrites state", "destroys", "runs code"}


def test_the_first_state_of_a_workspace_loses_nothing(current: dict[str, Any], person: Person) -> None:
    current.clear()
    assert person.create().status == "success"
    for line in ("current state: none", "serial from and to: none → 10", "resources lost: none"):
        assert line in person.text
    assert person.questions[0].impacts == {"rewrites state", "runs code"}


def test_entries_of_the_current_state_may_be_anything(current: dict[str, Any], person: Person) -> None:
    current["resources"] = [7, None, {}, {"type": ["x"], "name": None, "module": 7}, listed("a", "b", "network")]
    assert person.create().status == "success"
    assert "module.network.a.b" in person.text


def test_a_workspace_that_is_not_locked_takes_no_state_and_nobody_is_asked(server: Server, person: Person) -> None:
    server.workspace["locked"] = False
    assert "not locked; lock it first" in person.create().text
    assert (person.questions, server.writes) == ([], [])


def test_a_token_that_may_not_write_states_is_told_so_before_anyone_is_asked(server: Server, person: Person) -> None:
    server.workspace["permissions"] = {"can-create-state-versions": False}
    assert 'permission "write state versions"' in person.create().text
    assert (person.questions, server.writes) == ([], [])


def test_a_file_of_another_serial_than_was_announced_is_not_uploaded(server: Server, person: Person) -> None:
    person.file.write_bytes(state(serial=11))
    assert f"{PENDING} was made for serial 10 and the file has 11" in person.upload().text
    assert (person.questions, server.writes) == ([], [])


@pytest.mark.parametrize("status", ["finalized", "discarded"])
def test_a_state_version_that_has_its_file_takes_no_other(status: str, server: Server, person: Person) -> None:
    taken = document("state-versions", PENDING, {"serial": 10, "status": status})
    server.answers[f"GET /state-versions/{PENDING}"] = says(taken)
    assert f"is {status} and takes no file any more" in person.upload().text
    assert (person.questions, server.writes) == ([], [])


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"version": 3}', SECRET.encode()])
def test_what_is_no_state_file_is_refused_before_any_request_and_not_repeated(
    content: bytes, server: Server, person: Person
) -> None:
    person.file.write_bytes(content)
    message = person.create()
    assert message.text.startswith("Wrong argument. file: ")
    assert SECRET not in message.text
    assert (server.sent, person.questions) == ([], [])


def test_a_current_state_that_changes_between_question_and_answer_voids_the_yes(
    server: Server, current: dict[str, Any], make_toolkit: MakeToolkit, use: Use, file: Path
) -> None:
    def meanwhile(_: Confirmation) -> bool:
        current["serial"] = 12
        return True

    toolkit = make_toolkit(confirmer=meanwhile, upload_roots=[file.parent])
    message = use(toolkit, "create_state_version", workspace=WORKSPACE, file=str(file))
    assert "no longer true" in message.text
    assert server.writes == []
