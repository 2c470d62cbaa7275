"""Variables: a secret travels by name and is seen by nobody; what can't succeed is not asked."""

from __future__ import annotations

import json
import logging
from typing import Any

import httpx
import pytest
from support.server import WORKSPACE, Server, document, fails, says
from support.tools import Asked, MakeToolkit, Use

from tfc_agent_tools import Confirmation
from tfc_agent_tools.endpoints.variables import create_workspace_variable, update_workspace_variable
from tfc_agent_tools.errors import ArgumentError
from tfc_agent_tools.request import Secret

VARIABLE, OTHER = "var-eeeeeeeeeeeeeeee", "var-ffffffffffffffff"
SECRET = "hunter2-but-much-longer"
PLAIN = {"key": "region", "value": "eu-west-1", "category": "terraform", "hcl": False, "sensitive": False}
HIDDEN = {"key": "db_password", "value": None, "category": "env", "hcl": False, "sensitive": True}
LIST = f"GET /workspaces/{WORKSPACE}/vars"
CREATE = {"workspace": WORKSPACE, "key": "size", "category": "terraform"}
HELD = {"workspace": WORKSPACE, "key": "api_key", "category": "env", "value_from": "API_KEY"}
UPDATE = {"workspace": WORKSPACE, "variable_id": VARIABLE}


@pytest.fixture
def server(server: Server) -> Server:
    """A workspace with a plain and a sensitive variable."""
    variables = [
        document("vars", VARIABLE, {**PLAIN, "description": "where it runs"})["data"],
        document("vars", OTHER, HIDDEN)["data"],
    ]
    server.workspace["permissions"] |= {"can-update-variable": True}
    made = document("vars", VARIABLE, {**PLAIN, "value": SECRET})
    server.answers = {
        LIST: says({"data": variables}),
        f"POST /workspaces/{WORKSPACE}/vars": says(made, 201),
        f"PATCH /workspaces/{WORKSPACE}/vars/({VARIABLE}|{OTHER})": says(made),
        f"DELETE /workspaces/{WORKSPACE}/vars/{VARIABLE}": lambda _: httpx.Response(204),
    }
    return server


def sent(server: Server) -> Any:
    (write,) = server.writes
    return json.loads(write.content)["data"]


def test_a_new_variable_is_sent_as_documented() -> None:
    made = create_workspace_variable(
        "ws-1", key="some_key", category="terraform", value="some_value", description="some description"
    )
    attributes = {"key": "some_key", "value": "some_value", "description": "some description"}
    attributes |= {"category": "terraform", "hcl": False, "sensitive": False}
    assert made.body == {"data": {"type": "vars", "attributes": attributes}}
    assert (made.method, made.path) == ("POST", "/workspaces/ws-1/vars")


def test_a_change_is_sent_as_documented_with_the_id_in_the_body() -> None:
    attributes = {"key": "name", "value": "mars", "description": "some description"}
    attributes |= {"category": "terraform", "hcl": False, "sensitive": False}
    made = update_workspace_variable("ws-1", "var-yRmifb4PJj7cLkMG", **attributes)
    assert made.body == {"data": {"id": "var-yRmifb4PJj7cLkMG", "type": "vars", "attributes": attributes}}
    assert (made.method, made.path) == ("PATCH", "/workspaces/ws-1/vars/var-yRmifb4PJj7cLkMG")


@pytest.mark.parametrize(
    ("given", "attributes"),
    [
        ({"description": None}, {"description": None}),
        ({"hcl": False}, {"hcl": False}),
        ({"value": ""}, {"value": ""}),
        ({"value_from": "API_KEY"}, {"value": Secret("API_KEY"), "sensitive": True}),
    ],
)
def test_a_change_sends_what_was_given_null_and_false_included_and_nothing_else(
    given: dict[str, Any], attributes: dict[str, Any]
) -> None:
    arguments, _ = update_workspace_variable.validate({**UPDATE, **given})
    assert update_workspace_variable.build(arguments).body["data"]["attributes"] == attributes


def test_a_value_by_name_is_sensitive_by_itself() -> None:
    attributes = create_workspace_variable("ws-1", "a", "env", value_from="API_KEY").body["data"]["attributes"]
    assert attributes == {"key": "a", "category": "env", "hcl": False, "value": Secret("API_KEY"), "sensitive": True}


@pytest.mark.parametrize(
    ("tool", "wrong", "argument", "fix"),
    [
        ("create_workspace_variable", {"value": SECRET, "sensitive": True}, "value", "Give value_from"),
        ("update_workspace_variable", {"value": SECRET, "sensitive": True}, "value", "Give value_from"),
        ("create_workspace_variable", {"value": "", "value_from": "A"}, "value_from", "Give one"),
        ("update_workspace_variable", {"value": "", "value_from": "A"}, "value_from", "Give one"),
        ("create_workspace_variable", {"value_from": "A", "sensitive": False}, "sensitive", "Leave it out"),
        ("update_workspace_variable", {"value_from": "A", "sensitive": False}, "sensitive", "Leave it out"),
        ("update_workspace_variable", {}, "arguments", "Give at least one"),
        ("update_workspace_variable", {"key": None}, "key", ""),
        ("update_workspace_variable", {"sensitive": None}, "sensitive", ""),
        ("create_workspace_variable", {"category": "secret"}, "category", "'terraform' or 'env'"),
        ("create_workspace_variable", {"key": "a b"}, "key", "It looks like region or AWS_REGION"),
        ("create_workspace_variable", {"value": f"{SECRET}\x00"}, "value", "leave it out"),
        ("create_workspace_variable", {"value": "x" * 256_001}, "value", "256000"),
        ("create_workspace_variable", {"value_from": SECRET}, "value_from", "right form"),
    ],
)
def test_what_can_not_be_right_is_refused_before_any_request_without_its_value(
    tool: str,
    wrong: dict[str, Any],
    argument: str,
    fix: str,
    server: Server,
    asked: Asked,
    make_toolkit: MakeToolkit,
    use: Use,
) -> None:
    given = {**(CREATE if tool.startswith("create") else UPDATE), **wrong}
    message = use(make_toolkit(confirmer=asked), tool, **given)
    assert message.text.startswith(f"Wrong argument. {argument}: ")
    assert fix in message.text
    assert SECRET not in message.text
    assert (server.sent, asked.questions) == ([], [])


def test_a_refusal_of_a_direct_call_names_value_from() -> None:
    with pytest.raises(ArgumentError, match="value_from"):
        create_workspace_variable("ws-1", "a", "env", value=SECRET, sensitive=True)


@pytest.mark.parametrize(
    ("tool", "arguments"),
    [
        ("create_workspace_variable", HELD),
        ("update_workspace_variable", {**UPDATE, "value_from": "API_KEY"}),
        ("update_workspace_variable", {**UPDATE, "variable_id": OTHER, "value_from": "API_KEY"}),
    ],
)
def test_a_secret_is_resolved_after_the_yes_and_seen_by_the_server_alone(
    tool: str,
    arguments: dict[str, Any],
    server: Server,
    make_toolkit: MakeToolkit,
    use: Use,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    order: list[str] = []
    questions: list[Confirmation] = []

    def yes(confirmation: Confirmation) -> bool:
        order.append("asked")
        questions.append(confirmation)
        return True

    def resolve(name: str) -> str:
        order.append(f"resolved {name}")
        return SECRET

    toolkit = make_toolkit(confirmer=yes, secrets=resolve)
    message = use(toolkit, tool, **arguments)
    assert message.status == "success", message.text
    assert order == ["asked", "resolved API_KEY"]
    assert sent(server)["attributes"]["value"] == SECRET
    assert sent(server)["attributes"]["sensitive"] is True
    (question,) = questions
    assert "the secret that the host holds as API_KEY" in question.text
    for place in (message, message.artifact, question, question.page(), toolkit.audit.records(), caplog.records):
        assert SECRET not in repr(place)
    assert SECRET not in caplog.text


@pytest.mark.parametrize("answer", [None, lambda _: False])
def test_without_a_yes_no_secret_is_resolved(answer: Any, server: Server, make_toolkit: MakeToolkit, use: Use) -> None:
    resolved: list[str] = []
    message = use(
        make_toolkit(confirmer=answer, secrets=lambda name: resolved.append(name) or SECRET),
        "create_workspace_variable",
        **HELD,
    )
    assert (message.status, resolved, server.writes) == ("error", [], [])


def test_a_secret_that_the_host_does_not_hold_sends_nothing(
    server: Server, asked: Asked, make_toolkit: MakeToolkit, use: Use
) -> None:
    def resolve(name: str) -> str:
        raise KeyError(SECRET)

    message = use(make_toolkit(confirmer=asked, secrets=resolve), "create_workspace_variable", **HELD)
    assert server.writes == []
    assert "TFC_SECRET_API_KEY" in message.text
    assert SECRET not in message.text


@pytest.mark.parametrize("status", [400, 422, 500])
def test_a_server_that_repeats_a_secret_in_its_error_is_not_repeated(
    status: int,
    server: Server,
    asked: Asked,
    make_toolkit: MakeToolkit,
    use: Use,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    echo = says({"errors": [{"title": "invalid", "detail": f"value {SECRET} is too short"}]}, status)
    server.answers[f"POST /workspaces/{WORKSPACE}/vars"] = echo
    toolkit = make_toolkit(confirmer=asked, secrets=lambda _: SECRET)
    message = use(toolkit, "create_workspace_variable", **HELD)
    assert message.status == "error"
    for place in (message, toolkit.audit.records(), caplog.text):
        assert SECRET not in repr(place)
    assert status == 500 or "[secret] is too short" in message.text


def test_an_answer_shows_all_of_a_variable_but_its_value(
    server: Server, asked: Asked, make_toolkit: MakeToolkit, use: Use
) -> None:
    toolkit = make_toolkit(confirmer=asked)
    listed = use(toolkit, "list_workspace_variables", workspace=WORKSPACE)
    made = use(toolkit, "create_workspace_variable", **CREATE, value="xl")
    assert f"{VARIABLE} key=region category=terraform hcl=no sensitive=no" in listed.text
    assert '[untrusted: description] "where it runs"' in listed.text
    assert f"{OTHER} key=db_password category=env hcl=no sensitive=yes" in listed.text
    assert "eu-west-1" not in repr(listed)
    assert SECRET not in repr(made)


def test_all_variables_come_at_once(server: Server, make_toolkit: MakeToolkit, use: Use) -> None:
    use(make_toolkit(), "list_workspace_variables", workspace=WORKSPACE)
    assert server.sent[0].url.query == b""


def test_a_person_sees_what_a_new_variable_is_and_who_uses_it(
    asked: Asked, make_toolkit: MakeToolkit, use: Use
) -> None:
    use(make_toolkit(confirmer=asked), "create_workspace_variable", **CREATE, value="1", hcl=True)
    assert asked.questions[0].impacts == {"runs code"}
    for line in (
        "workspace: acme/app-staging",
        "key: size",
        "category: terraform",
        "hcl: yes",
        "sensitive: no",
        "replaces an existing one: no",
        "used by: every run of the workspace from now on",
        'value: "1"',
    ):
        assert line in asked.text
    assert "environment variable" not in asked.text


def test_an_environment_variable_is_said_to_change_what_runs(asked: Asked, make_toolkit: MakeToolkit, use: Use) -> None:
    use(make_toolkit(confirmer=asked, secrets=lambda _: SECRET), "create_workspace_variable", **HELD)
    assert "can also change what code a run executes" in asked.text


def test_a_key_that_is_taken_is_not_asked_about(
    server: Server, asked: Asked, make_toolkit: MakeToolkit, use: Use
) -> None:
    message = use(make_toolkit(confirmer=asked), "create_workspace_variable", **{**CREATE, "key": "region"})
    assert f"already ({VARIABLE}); update that one" in message.text
    assert (asked.questions, server.writes) == ([], [])


def test_the_same_key_of_the_other_category_is_not_taken(
    server: Server, asked: Asked, make_toolkit: MakeToolkit, use: Use
) -> None:
    arguments = {**CREATE, "key": "region", "category": "env"}
    assert use(make_toolkit(confirmer=asked), "create_workspace_variable", **arguments).status == "success"


@pytest.mark.parametrize("change", [{"key": "x"}, {"hcl": True}, {"description": "x"}, {"sensitive": False}])
def test_of_a_sensitive_variable_only_the_value_can_change(
    change: dict[str, Any], server: Server, asked: Asked, make_toolkit: MakeToolkit, use: Use
) -> None:
    arguments = {"workspace": WORKSPACE, "variable_id": OTHER, **change}
    message = use(make_toolkit(confirmer=asked), "update_workspace_variable", **arguments)
    assert "only its value can change; delete it and create it again" in message.text
    assert (asked.questions, server.writes) == ([], [])


def test_a_sensitive_variable_takes_no_literal(
    server: Server, asked: Asked, make_toolkit: MakeToolkit, use: Use
) -> None:
    arguments = {"workspace": WORKSPACE, "variable_id": OTHER, "value": SECRET}
    message = use(make_toolkit(confirmer=asked), "update_workspace_variable", **arguments)
    assert "give its value by value_from" in message.text
    assert SECRET not in message.text
    assert (asked.questions, server.writes) == ([], [])


def test_a_person_sees_what_a_change_changes(asked: Asked, make_toolkit: MakeToolkit, use: Use) -> None:
    toolkit = make_toolkit(confirmer=asked, secrets=lambda _: SECRET)
    use(toolkit, "update_workspace_variable", **UPDATE, key="zone", value_from="API_KEY")
    assert asked.questions[0].impacts == {"runs code"}
    for line in ("key: region → zone", "sensitive: no → yes", "hcl: no", '"where it runs"'):
        assert line in asked.text
    assert "eu-west-1" not in asked.text


@pytest.mark.parametrize("tool", ["update_workspace_variable", "delete_workspace_variable"])
def test_a_variable_that_is_not_there_is_not_asked_about(
    tool: str, server: Server, asked: Asked, make_toolkit: MakeToolkit, use: Use
) -> None:
    more = {"key": "x"} if tool.startswith("update") else {}
    arguments = {"workspace": WORKSPACE, "variable_id": "var-1", **more}
    message = use(make_toolkit(confirmer=asked), tool, **arguments)
    assert "has no variable var-1" in message.text
    assert (asked.questions, server.writes) == ([], [])


def test_a_person_sees_what_is_deleted(server: Server, asked: Asked, make_toolkit: MakeToolkit, use: Use) -> None:
    message = use(make_toolkit(confirmer=asked), "delete_workspace_variable", **UPDATE)
    assert message.status == "success"
    assert [request.method for request in server.writes] == ["DELETE"]
    assert "key: region" in asked.text
    assert asked.questions[0].risk == "destructive"


def test_what_the_list_does_not_say_is_unknown_never_absent(
    server: Server, asked: Asked, make_toolkit: MakeToolkit, use: Use
) -> None:
    server.answers[LIST] = fails(404)
    use(make_toolkit(confirmer=asked), "create_workspace_variable", **CREATE)
    use(make_toolkit(confirmer=asked), "delete_workspace_variable", **UPDATE)
    assert "replaces an existing one: unknown" in asked.text
    assert "key: unknown" in asked.questions[1].text


def test_what_the_workspaces_own_flag_rules_out_is_not_asked(
    server: Server, asked: Asked, make_toolkit: MakeToolkit, use: Use
) -> None:
    server.workspace["permissions"] = {"can-update-variable": False}
    message = use(make_toolkit(confirmer=asked), "create_workspace_variable", **CREATE)
    assert 'permission "write variables"' in message.text
    assert (asked.questions, server.writes) == ([], [])


@pytest.mark.parametrize("tool", ["update_workspace_variable", "delete_workspace_variable"])
def test_a_yes_does_not_overwrite_a_value_that_came_in_between(
    tool: str, server: Server, make_toolkit: MakeToolkit, use: Use
) -> None:
    versions = ["1aa07d63ea8ff4df941c94ca9ddfd5d2bd04", "699b14ea5d5e5c02f6352fac6bfd0a1424c2"]
    pages = list[str]()

    def listed(request: httpx.Request) -> httpx.Response:
        return says({"data": [document("vars", VARIABLE, {**PLAIN, "version-id": versions[0]})["data"]]})(request)

    def changed_while_asked(confirmation: Confirmation) -> bool:
        pages.append(confirmation.text)
        versions.pop(0)
        return True

    server.answers[LIST] = listed
    given = {**UPDATE, "value": "eu-north-1"} if tool.startswith("update") else UPDATE
    message = use(make_toolkit(confirmer=changed_while_asked), tool, **given)
    assert "  version: 1aa07d63ea8f\n" in pages[0]
    assert "no longer true" in message.text
    assert not server.writes
