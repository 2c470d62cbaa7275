"""Notification configurations: verified over loopback, and nowhere else."""

from __future__ import annotations

import hashlib
import hmac
import json
import socket
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import httpx
import pytest
from operation_calls import document
from sandbox_driver import Api, MakeApi, MakeSandbox

from tfc_agent_tools.sandbox.deliveries import deliver, is_loopback
from tfc_agent_tools.sandbox.notifications import Notification

ELSEWHERE = "https://hooks.example/one"


class Receiver(HTTPServer):
    """A server on loopback that keeps what it gets."""

    status = 200

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.got: list[tuple[dict[str, str], bytes]] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/hook"


class _Handler(BaseHTTPRequestHandler):
    server: Receiver

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.got.append(({name.lower(): value for name, value in self.headers.items()}, body))
        self.send_response(self.server.status)
        self.send_header("Location", "http://198.51.100.1/elsewhere")
        self.end_headers()
        self.wfile.write(b"thanks")

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the name that is overridden
        pass


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def path(api: Api) -> str:
    return f"/workspaces/{api.workspace('scratch')['id']}/notification-configurations"


def create(api: Api, url: str | None = ELSEWHERE, **attributes: object) -> httpx.Response:
    wanted = {"name": "hook", "destination_type": "generic", "enabled": True, "url": url} | attributes
    return api.post(path(api), document("notification-configurations", **wanted))


def test_an_enabled_configuration_is_verified_before_it_is_kept(api: Api, receiver: Receiver) -> None:
    created = create(api, receiver.url, token="s3cr3t", triggers=["run:created"])
    assert created.status_code == 201, created.text
    shown = created.json()["data"]
    assert shown["attributes"]["token"] is None
    assert "s3cr3t" not in created.text
    delivery = shown["attributes"]["delivery-responses"][0]
    assert (delivery["code"], delivery["successful"], delivery["body"]) == ("200", "true", "thanks")
    headers, body = receiver.got[0]
    assert json.loads(body)["notification_configuration_id"] == shown["id"]
    assert json.loads(body)["notifications"][0]["trigger"] == "verification"
    assert headers["x-tfe-notification-signature"] == hmac.new(b"s3cr3t", body, hashlib.sha512).hexdigest()
    assert "authorization" not in headers


def test_the_verification_has_the_documented_names(api: Api, receiver: Receiver) -> None:
    create(api, receiver.url)
    body = json.loads(receiver.got[0][1])
    assert set(body) == {
        "payload_version",
        "notification_configuration_id",
        "run_url",
        "run_id",
        "run_message",
        "run_created_at",
        "run_created_by",
        "workspace_id",
        "workspace_name",
        "organization_name",
        "notifications",
    }
    assert body["notifications"][0]["message"] == "Verification of hook"
    assert "x-tfe-notification-signature" not in receiver.got[0][0]


@pytest.mark.parametrize("status", [500, 404, 302])
def test_a_verification_that_is_not_taken_saves_nothing(api: Api, receiver: Receiver, status: int) -> None:
    receiver.status = status
    refused = create(api, receiver.url)
    assert refused.status_code == 400
    assert str(status) in refused.json()["errors"][0]["detail"]
    assert api.data(path(api)) == []
    assert len(receiver.got) == 1


def test_nobody_who_listens_is_a_400(api: Api, receiver: Receiver) -> None:
    url = receiver.url
    receiver.server_close()
    assert create(api, url).status_code == 400


def test_another_host_is_never_called_and_answered_as_delivered(api: Api) -> None:
    created = create(api)
    assert created.status_code == 201
    delivery = created.json()["data"]["attributes"]["delivery-responses"][0]
    assert delivery["successful"] == "true"
    assert "not sent" in delivery["body"]
    assert delivery["headers"] == {"x-sandbox": ["not sent"]}


@pytest.mark.parametrize(
    ("url", "stays"),
    [
        ("http://127.0.0.1/", True),
        ("http://127.8.9.10:80/", True),
        ("http://[::1]:1/", True),
        ("http://localhost:8080/x", True),
        ("http://localhost.example/", False),
        ("http://127.0.0.1.example/", False),
        ("http://127.0.0.1@hooks.example/", False),
        ("http://169.254.169.254/", False),
        ("http://0.0.0.0/", False),
        ("http://2130706433/", False),
        ("http://hooks.example/127.0.0.1", False),
        ("http://hooks.example\\@127.0.0.1/", True),
    ],
)
def test_only_what_certainly_stays_on_the_machine_is_loopback(url: str, stays: bool) -> None:
    assert is_loopback(url) is stays


def test_localhost_is_the_address_and_not_a_name(api: Api, receiver: Receiver) -> None:
    assert create(api, receiver.url.replace("127.0.0.1", "localhost")).status_code == 201
    assert receiver.got[0][0]["host"] == f"127.0.0.1:{receiver.server_port}"


def test_a_disabled_configuration_is_verified_only_when_it_is_asked_for(api: Api, receiver: Receiver) -> None:
    created = create(api, receiver.url, enabled=False).json()["data"]
    found = f"/notification-configurations/{created['id']}"
    assert (receiver.got, created["attributes"]["delivery-responses"]) == ([], [])
    assert api.post(f"{found}/actions/verify").status_code == 200
    assert len(api.data(found)["attributes"]["delivery-responses"]) == 1
    receiver.status = 500
    assert api.post(f"{found}/actions/verify").status_code == 400
    assert api.data(found)["attributes"]["delivery-responses"][0]["successful"] == "false"


def test_an_update_that_can_not_be_verified_changes_nothing(api: Api, receiver: Receiver) -> None:
    found = f"/notification-configurations/{create(api, receiver.url).json()['data']['id']}"
    receiver.status = 500
    body = document("notification-configuration", name="renamed")
    assert api.client.patch(found, json=body).status_code == 400
    assert api.data(found)["attributes"]["name"] == "hook"
    off = document("notification-configuration", name="renamed", enabled=False)
    assert api.client.patch(found, json=off).json()["data"]["attributes"]["name"] == "renamed"
    assert api.client.delete(found).status_code == 204
    assert api.get(found).status_code == 404


@pytest.mark.parametrize(
    "attributes",
    [
        {"name": ""},
        {"destination_type": None},
        {"destination_type": "pager"},
        {"url": None},
        {"url": "ftp://x/"},
        {"url": "http:///x"},
        {"url": "http://x:99999/"},
        {"triggers": ["run:everything"]},
        {"triggers": "run:created"},
        {"enabled": "yes"},
    ],
)
def test_what_a_configuration_can_not_be_is_a_422(api: Api, attributes: dict[str, Any]) -> None:
    assert create(api, **attributes).status_code == 422


def test_a_workspace_has_20_at_most(api: Api) -> None:
    answers = [create(api, enabled=False).status_code for _ in range(21)]
    assert answers == [201] * 20 + [422]
    assert len(api.data(path(api))) == 20


def test_mail_goes_to_users_and_is_never_sent(api: Api) -> None:
    user = next(iter(api.sandbox.world.users)).id
    users = {"users": {"data": [{"type": "users", "id": user}]}}
    names = {"name": "mail", "destination_type": "email", "enabled": True}
    created = api.post(path(api), document("notification-configurations", users, **names))
    assert created.status_code == 201
    assert created.json()["data"]["relationships"]["users"]["data"] == users["users"]["data"]
    wrong = {"users": {"data": [{"type": "users", "id": "user-nobody"}]}}
    assert api.post(path(api), document("notification-configurations", wrong, **names)).status_code == 422


async def test_a_destination_that_never_answers_is_given_up() -> None:
    now = datetime(2026, 1, 1, tzinfo=UTC)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        notification = Notification(
            id="nc",
            workspace_id="ws",
            name="hook",
            destination_type="generic",
            url=f"http://127.0.0.1:{silent.getsockname()[1]}/",
            created_at=now,
            updated_at=now,
        )
        delivery = await deliver(notification, b"{}", now, seconds=0.05)
    assert not delivery.good
    assert (delivery.response["code"], delivery.response["successful"]) == (None, "false")


def test_a_workspace_that_is_deleted_while_its_hook_answers_keeps_nothing(api: Api, receiver: Receiver) -> None:
    workspace = api.workspace("scratch")["id"]
    answer = receiver.finish_request

    def delete_first(*args: Any) -> None:
        with api.sandbox.world.lock:
            api.sandbox.world.workspaces.remove(workspace)
        answer(*args)

    receiver.finish_request = delete_first  # type: ignore[assignment]
    assert create(api, receiver.url).status_code == 404
    assert len(api.sandbox.world.notifications) == 0


def test_ten_verifications_a_minute(sandboxes: MakeSandbox, apis: MakeApi) -> None:
    moment = datetime(2026, 1, 1, tzinfo=UTC)
    api = apis(sandboxes(clock=lambda: moment, rate_limits=True))
    verify = f"/notification-configurations/{create(api).json()['data']['id']}/actions/verify"
    answers = [api.post(verify) for _ in range(11)]
    assert [answer.status_code for answer in answers] == [200] * 10 + [429]
    assert float(answers[-1].headers["X-RateLimit-Reset"]) == 60
    assert api.get("/ping").status_code == 204
