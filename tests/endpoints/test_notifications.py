"""Notifications: who gets to know is shown by host, and a URL or token that is a key is seen by nobody."""

from __future__ import annotations

import json
import logging
from typing import Any

import httpx
import pytest
from support.server import WORKSPACE, Server, document, fails, says
from support.tools import Asked, MakeToolkit, Use

from tfc_agent_tools import Confirmation
from tfc_agent_tools.endpoints.notifications import (
    create_workspace_notification_configuration,
    update_notification_configuration,
)
from tfc_agent_tools.request import Secret

GENERIC, SLACK = "nc-aaaaaaaaaaaaaaaa", "nc-bbbbbbbbbbbbbbbb"
KEY = "0PWCpQmYyD4bTTRYZ53q4w"
HOOK = f"https://hooks.slack.com/services/T00000001/BC012345/{KEY}"
ID = "notification_configuration_id"
TRIGGERS = [f"run:{event}" for event in ("applying", "completed", "created", "errored", "needs_attention", "planning")]
CREATE = "create_workspace_notification_configuration"
UPDATE = "update_notification_configuration"
NEW = {"workspace": WORKSPACE, "name": "ops", "destination_type": "generic", "url": "https://ops.example.com/hook"}
BY_NAME = {"workspace": WORKSPACE, "name": "ops", "destination_type": "slack", "url_from": "SLACK_URL"}


def configuration(identifier: str, url: str, kind: str, **attributes: Any) -> dict[str, Any]:
    attributes = {"enabled": True, "name": "old name", "url": url, "destination-type": kind, **attributes}
    attributes = {"token": None, "triggers": ["run:errored", "run:created"], **attributes}
    attributes["delivery-responses"] = [{"url": url, "body": KEY, "code": "200", "successful": "true"}]
    return document("notification-configurations", identifier, attributes, subscribable=("workspaces", WORKSPACE))


@pytest.fixture
def server(server: Server) -> Server:
    """A workspace with a generic and a Slack configuration."""
    generic = configuration(GENERIC, f"https://known.example.com/hook?key={KEY}", "generic")
    slack = configuration(SLACK, HOOK, "slack")
    server.answers = {
        f"GET /workspaces/{WORKSPACE}/notification-configurations": says({"data": [generic["data"], slack["data"]]}),
        f"POST /workspaces/{WORKSPACE}/notification-configurations": says(slack, 201),
        f"(GET|PATCH) /notification-configurations/{GENERIC}": says(generic),
        f"(GET|PATCH) /notification-configurations/{SLACK}": says(slack),
        f"POST /notification-configurations/{SLACK}/actions/verify": says(slack),
        f"DELETE /notification-configurations/{SLACK}": lambda _: httpx.Response(204),
    }
    return server


def test_a_new_generic_configuration_is_sent_as_documented() -> None:
    made = create_workspace_notification_configuration(
        "ws-1", "Webhook server test", "generic", url="https://httpstat.us/200", triggers=TRIGGERS, enabled=True
    )
    attributes = {"destination-type": "generic", "enabled": True, "name": "Webhook server test"}
    attributes |= {"url": "https://httpstat.us/200", "triggers": TRIGGERS}
    assert made.body == {"data": {"type": "notification-configurations", "attributes": attributes}}


def test_a_new_email_configuration_names_its_users_as_documented() -> None:
    made = create_workspace_notification_configuration(
        "ws-1", "Notify", "email", user_ids=["user-1"], triggers=TRIGGERS, enabled=True
    )
    attributes = {"destination-type": "email", "enabled": True, "name": "Notify", "triggers": TRIGGERS}
    relationships = {"users": {"data": [{"id": "user-1", "type": "users"}]}}
    data = {"type": "notification-configurations", "attributes": attributes, "relationships": relationships}
    assert made.body == {"data": data}


def test_a_new_configuration_is_off_unless_asked_for_and_says_so() -> None:
    attributes = create_workspace_notification_configuration("ws-1", "a", "email").body["data"]["attributes"]
    assert (attributes["enabled"], attributes["triggers"]) == (False, [])


@pytest.mark.parametrize(
    ("given", "attributes"),
    [
        ({"enabled": False}, {"enabled": False}),
        ({"token_from": None}, {"token": None}),
        ({"token_from": "SIGNING"}, {"token": Secret("SIGNING")}),
        ({"url_from": "SLACK_URL"}, {"url": Secret("SLACK_URL")}),
        ({"triggers": []}, {"triggers": []}),
        ({"user_ids": ["user-1"]}, {}),
    ],
)
def test_a_change_sends_what_was_given_null_included_and_nothing_else(
    given: dict[str, Any], attributes: dict[str, Any]
) -> None:
    arguments, _ = update_notification_configuration.validate({ID: SLACK, **given})
    data = update_notification_configuration.build(arguments).body["data"]
    assert data["attributes"] == attributes
    assert (data["id"], data["type"]) == (SLACK, "notification-configurations")
    users = {"users": {"data": [{"type": "users", "id": "user-1"}]}}
    assert data.get("relationships") == (users if "user_ids" in given else None)


BAD_URLS = {
    "http://example.com/hook": "is not https://",
    "https://localhost/hook": "full public host name",
    "https://a.localhost/hook": "full public host name",
    "https://intranet/hook": "full public host name",
    "https://example.com./hook": "full public host name",
    "https://example.com\\@evil.example/": "url_from",
    "https://exämple.com/": "full public host name",
    "https:///example.com": "full public host name",
    "https://127.0.0.1/hook": "IP address",
    "https://169.254.169.254/latest": "IP address",
    "https://127.1/": "IP address",
    "https://1.0x7f/": "IP address",
    "https://2130706433/": "full public host name",
    "https://[::1]/hook": "full public host name",
    "https://user:pass@example.com/": "url_from",
    "https://example.com/hook?key=1": "url_from",
    "https://example.com/#frag": "url_from",
    f"https://example.com/{KEY}": "url_from",
    "https://example.com/abcdefghij%31234567890": "url_from",
    "https://example.com/871d1b4a-e579-fb7c-ffdb-f0c858a647a7/x": "url_from",
    "": "",
    "https://example.com/" + "a/" * 1000: "2000",
}


@pytest.mark.parametrize(("url", "why"), BAD_URLS.items())
@pytest.mark.parametrize("tool", [CREATE, UPDATE])
def test_a_url_that_holds_a_key_or_leads_inside_is_refused_before_any_request_and_not_repeated(
    tool: str, url: str, why: str, server: Server, asked: Asked, make_toolkit: MakeToolkit, use: Use
) -> None:
    given = {**NEW, "url": url} if tool == CREATE else {ID: GENERIC, "url": url}
    message = use(make_toolkit(confirmer=asked), tool, **given)
    assert message.text.startswith("Wrong argument. url: ")
    assert why in message.text
    assert KEY not in message.text
    assert (server.sent, asked.questions) == ([], [])


@pytest.mark.parametrize(
    "url", ["https://example.com", "https://a.b-c.example.com:8443/hooks/terraform", "https://example.com/v2/200"]
)
def test_a_plain_https_url_may_be_named(url: str) -> None:
    arguments, _ = create_workspace_notification_configuration.validate({**NEW, "url": url})
    assert create_workspace_notification_configuration.build(arguments).body["data"]["attributes"]["url"] == url


@pytest.mark.parametrize(
    ("wrong", "argument", "fix"),
    [
        ({"destination_type": "slack"}, "url", "Give url_from"),
        ({"destination_type": "microsoft-teams"}, "url", "Give url_from"),
        ({"destination_type": "email"}, "url", "Leave it out"),
        ({"url_from": "A"}, "url_from", "exclude each other"),
        ({"url": None}, "url", "needs it"),
        ({"url": None, "destination_type": "slack"}, "url_from", "needs it"),
        ({"user_ids": ["user-1"]}, "user_ids", "Leave it out"),
        ({"url": None, "url_from": "A", "token_from": "B", "destination_type": "slack"}, "token_from", "Leave it out"),
        ({"triggers": ["run:exploded"]}, "triggers", "run:created"),
        ({"destination_type": "sms"}, "destination_type", "microsoft-teams"),
        ({"name": "a\nb"}, "name", "line end"),
    ],
)
def test_what_a_destination_does_not_take_is_refused_before_any_request(
    wrong: dict[str, Any],
    argument: str,
    fix: str,
    server: Server,
    asked: Asked,
    make_toolkit: MakeToolkit,
    use: Use,
) -> None:
    message = use(make_toolkit(confirmer=asked), CREATE, **{**NEW, **wrong})
    assert message.text.startswith(f"Wrong argument. {argument}: ")
    assert fix in message.text
    assert (server.sent, asked.questions) == ([], [])


@pytest.mark.parametrize("given", [{}, {"url": "https://example.com/a", "url_from": "A"}, {"enabled": None}])
def test_a_change_of_nothing_or_of_two_things_at_once_is_refused(
    given: dict[str, Any], server: Server, asked: Asked, make_toolkit: MakeToolkit, use: Use
) -> None:
    message = use(make_toolkit(confirmer=asked), UPDATE, **{ID: GENERIC, **given})
    assert message.text.startswith("Wrong argument.")
    assert (server.sent, asked.questions) == ([], [])


@pytest.mark.parametrize(
    ("tool", "arguments", "names"),
    [
        (CREATE, BY_NAME, {"SLACK_URL"}),
        (CREATE, {**NEW, "token_from": "SIGNING"}, {"SIGNING"}),
        (UPDATE, {ID: SLACK, "url_from": "SLACK_URL"}, {"SLACK_URL"}),
        (UPDATE, {ID: GENERIC, "token_from": "SIGNING", "url_from": "SLACK_URL"}, {"SIGNING", "SLACK_URL"}),
    ],
)
def test_a_url_or_token_by_name_is_resolved_after_the_yes_and_seen_by_the_server_alone(
    tool: str,
    arguments: dict[str, Any],
    names: set[str],
    server: Server,
    make_toolkit: MakeToolkit,
    use: Use,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    order: list[str] = []
    questions: list[Confirmation] = []
    held = {"SLACK_URL": HOOK, "SIGNING": f"signing-{KEY}"}

    def yes(confirmation: Confirmation) -> bool:
        order.append("asked")
        questions.append(confirmation)
        return True

    def resolve(name: str) -> str:
        order.append(name)
        return held[name]

    toolkit = make_toolkit(confirmer=yes, secrets=resolve)
    message = use(toolkit, tool, **arguments)
    assert message.status == "success", message.text
    assert (order[0], set(order[1:])) == ("asked", names)
    attributes = json.loads(server.writes[0].content)["data"]["attributes"]
    assert {attributes.get("url"), attributes.get("token")} >= {held[name] for name in names}
    for place in (message, questions[0], questions[0].page(), toolkit.audit.records(), caplog.records):
        assert KEY not in repr(place)
    assert KEY not in caplog.text


def test_a_server_that_repeats_a_secret_url_in_its_error_is_not_repeated(
    server: Server, asked: Asked, make_toolkit: MakeToolkit, use: Use
) -> None:
    echo = says({"errors": [{"title": "unable to verify", "detail": f"{HOOK} said 404"}]}, 400)
    server.answers[f"POST /workspaces/{WORKSPACE}/notification-configurations"] = echo
    toolkit = make_toolkit(confirmer=asked, secrets=lambda _: HOOK)
    message = use(toolkit, CREATE, **BY_NAME)
    assert "[secret] said 404" in message.text
    assert KEY not in repr((message, toolkit.audit.records()))


def test_a_secret_that_the_host_does_not_hold_sends_nothing(
    server: Server, asked: Asked, make_toolkit: MakeToolkit, use: Use
) -> None:
    message = use(make_toolkit(confirmer=asked, secrets=lambda _: ""), CREATE, **BY_NAME)
    assert "TFC_SECRET_SLACK_URL" in message.text
    assert server.writes == []


@pytest.mark.parametrize(
    ("tool", "arguments"),
    [
        ("list_workspace_notification_configurations", {"workspace": WORKSPACE}),
        ("get_notification_configuration", {ID: GENERIC}),
        ("verify_notification_configuration", {ID: SLACK}),
    ],
)
def test_an_answer_shows_neither_url_nor_token_nor_what_the_destination_said(
    tool: str, arguments: dict[str, Any], server: Server, asked: Asked, make_toolkit: MakeToolkit, use: Use
) -> None:
    message = use(make_toolkit(confirmer=asked), tool, **arguments)
    assert "run:errored, run:created" in message.text
    assert '[untrusted: name] "old name"' in message.text
    assert KEY not in repr(message)
    assert "http" not in message.text


def test_a_list_is_paged_although_the_server_only_does_so_when_asked(
    server: Server, make_toolkit: MakeToolkit, use: Use
) -> None:
    use(make_toolkit(), "list_workspace_notification_configurations", workspace=WORKSPACE)
    assert dict(server.sent[0].url.params) == {"page[number]": "1", "page[size]": "20"}


@pytest.mark.parametrize(
    ("url", "host", "here"),
    [
        ("https://ops.example.com/hook", "https://ops.example.com", "NEW to this workspace"),
        ("https://KNOWN.example.com/other", "https://known.example.com", "known to this workspace"),
        ("https://known.example.com.evil.example/", "https://known.example.com.evil.example", "NEW to this workspace"),
    ],
)
def test_a_person_sees_the_host_and_whether_this_workspace_knows_it(
    url: str, host: str, here: str, asked: Asked, make_toolkit: MakeToolkit, use: Use
) -> None:
    use(make_toolkit(confirmer=asked), CREATE, **{**NEW, "url": url, "triggers": ["run:created"]})
    for line in (f"will send to: {host}\n", f"that host: {here}", "triggers: run:created", "enabled: no"):
        assert line in asked.text
    assert "sent at once: nothing" in asked.text
    assert KEY not in asked.text


def test_a_host_is_not_called_new_when_the_others_can_not_be_read(
    server: Server, asked: Asked, make_toolkit: MakeToolkit, use: Use
) -> None:
    server.answers[f"GET /workspaces/{WORKSPACE}/notification-configurations"] = fails(404)
    use(make_toolkit(confirmer=asked), CREATE, **NEW)
    assert "that host: unknown" in asked.text


def test_the_verification_request_is_announced(asked: Asked, make_toolkit: MakeToolkit, use: Use) -> None:
    use(make_toolkit(confirmer=asked, secrets=lambda _: HOOK), CREATE, **BY_NAME, enabled=True)
    assert "sent at once: a verification request, before it is saved" in asked.text
    assert "the URL that the host holds as the secret SLACK_URL" in asked.text


@pytest.mark.parametrize(
    ("tool", "arguments", "impacts"),
    [
        (CREATE, NEW, {"sends out"}),
        (CREATE, BY_NAME, {"sends out"}),
        (CREATE, {"workspace": WORKSPACE, "name": "a", "destination_type": "email"}, set()),
        (CREATE, {"workspace": WORKSPACE, "name": "a", "destination_type": "email", "enabled": True}, {"sends out"}),
        (UPDATE, {ID: GENERIC, "enabled": False}, {"weakens control"}),
        (UPDATE, {ID: GENERIC, "enabled": True}, {"sends out"}),
        (UPDATE, {ID: GENERIC, "name": "x"}, {"sends out"}),
        (UPDATE, {ID: GENERIC, "enabled": False, "url_from": "A"}, {"sends out", "weakens control"}),
        (UPDATE, {ID: GENERIC, "token_from": None}, {"sends out", "weakens control"}),
        (UPDATE, {ID: GENERIC, "triggers": ["run:errored"]}, {"sends out", "weakens control"}),
        (UPDATE, {ID: GENERIC, "triggers": TRIGGERS}, {"sends out"}),
        ("verify_notification_configuration", {ID: SLACK}, {"sends out"}),
        ("delete_notification_configuration", {ID: SLACK}, {"weakens control"}),
    ],
)
def test_what_a_call_does_is_said(
    tool: str, arguments: dict[str, Any], impacts: set[str], asked: Asked, make_toolkit: MakeToolkit, use: Use
) -> None:
    message = use(make_toolkit(confirmer=asked, secrets=lambda _: HOOK), tool, **arguments)
    assert message.status == "success", message.text
    assert asked.questions[0].impacts == impacts


def test_a_person_sees_a_configuration_before_and_after(asked: Asked, make_toolkit: MakeToolkit, use: Use) -> None:
    given = {ID: GENERIC, "url": "https://new.example.com/", "triggers": ["run:errored"], "enabled": False}
    use(make_toolkit(confirmer=asked), UPDATE, **given)
    for line in (
        "workspace: acme/app-staging",
        "destination: generic",
        "sends to now: https://known.example.com\n",
        "will send to: https://new.example.com\n",
        "that host: NEW to this workspace",
        "triggers now: run:errored, run:created",
        "triggers then: run:errored\n",
        "enabled now: yes",
        "enabled then: no",
        '"old name"',
    ):
        assert line in asked.text
    assert KEY not in asked.text


@pytest.mark.parametrize(
    ("identifier", "change", "why"),
    [
        (SLACK, {"url": "https://example.com/a"}, "url is not for; give url_from"),
        (SLACK, {"token_from": "A"}, "token_from is not for"),
        (GENERIC, {"user_ids": ["user-1"]}, "user_ids is not for"),
    ],
)
def test_a_change_that_the_destination_does_not_take_is_not_asked_about(
    identifier: str,
    change: dict[str, Any],
    why: str,
    server: Server,
    asked: Asked,
    make_toolkit: MakeToolkit,
    use: Use,
) -> None:
    message = use(make_toolkit(confirmer=asked), UPDATE, **{ID: identifier, **change})
    assert why in message.text
    assert (asked.questions, server.writes) == ([], [])


def test_a_workspace_that_has_the_most_it_can_have_is_not_asked_about(
    server: Server, asked: Asked, make_toolkit: MakeToolkit, use: Use
) -> None:
    full = {"data": [configuration(f"nc-{number}", HOOK, "slack")["data"] for number in range(20)]}
    server.answers[f"GET /workspaces/{WORKSPACE}/notification-configurations"] = says(full)
    message = use(make_toolkit(confirmer=asked), CREATE, **NEW)
    assert "which is the most" in message.text
    assert (asked.questions, server.writes) == ([], [])


@pytest.mark.parametrize("tool", ["verify_notification_configuration", "delete_notification_configuration"])
def test_a_person_sees_name_and_host_of_what_is_verified_or_deleted(
    tool: str, server: Server, asked: Asked, make_toolkit: MakeToolkit, use: Use
) -> None:
    message = use(make_toolkit(confirmer=asked), tool, **{ID: SLACK})
    assert message.status == "success"
    assert "sends to: https://hooks.slack.com\n" in asked.text
    assert '[untrusted: name of the configuration] "old name"' in asked.text
    assert KEY not in asked.text
    assert server.writes[0].content == b""


def test_a_configuration_of_something_else_than_a_workspace_leaves_the_workspace_unknown(
    server: Server, asked: Asked, make_toolkit: MakeToolkit, use: Use
) -> None:
    of_team = document("notification-configurations", SLACK, {"url": HOOK}, subscribable=("teams", "team-1"))
    server.answers[f"(GET|PATCH) /notification-configurations/{SLACK}"] = says(of_team)
    use(make_toolkit(confirmer=asked), "delete_notification_configuration", **{ID: SLACK})
    assert "workspace: unknown" in asked.text


def test_what_the_api_answers_may_be_anything(
    server: Server, asked: Asked, make_toolkit: MakeToolkit, use: Use
) -> None:
    odd = {"url": ["x"], "destination-type": {"a": 1}, "triggers": 7, "enabled": "maybe", "name": None}
    answer = document("notification-configurations", SLACK, odd, subscribable=("workspaces", WORKSPACE))
    server.answers[f"(GET|PATCH) /notification-configurations/{SLACK}"] = says(answer)
    server.answers[f"GET /workspaces/{WORKSPACE}/notification-configurations"] = says({"data": [answer["data"]]})
    given = {ID: SLACK, "url": "https://a.example.com/", "triggers": []}
    assert use(make_toolkit(confirmer=asked), UPDATE, **given).status == "success"
