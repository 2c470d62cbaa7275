"""A real server on loopback."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tfc_agent_tools.sandbox import Sandbox, serve
from tfc_agent_tools.sandbox.configurations import pack
from tfc_agent_tools.sandbox.terraform import find_binary

SERVER = """
import json, sys
from tfc_agent_tools.sandbox import Sandbox, serve
from tfc_agent_tools.sandbox.process import Limits

def ready(description):
    print(json.dumps(description), flush=True)

with Sandbox(engine=%r, limits=Limits(grace=0.3)) as sandbox:
    serve(sandbox=sandbox, on_ready=ready)
print("closed", flush=True)
"""


SLOW = """
output "slow" {
  value = sum([for a in range(1000) : sum([for b in range(1000) : sum([for c in range(99) : a + b + c])])])
}
"""


OWN_SANDBOX = """
import json
from tfc_agent_tools.sandbox import Sandbox, serve
serve(on_ready=lambda description: print(json.dumps(description), flush=True))
"""


class Served:
    def __init__(self, engine: str | None, script: str = SERVER) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-c", script % engine if script is SERVER else script],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert self.process.stdout
        self.description = json.loads(self.process.stdout.readline())
        self.address = self.description["address"]
        self.client = httpx.Client(
            base_url=f"{self.address}/api/v2",
            headers={
                "Authorization": f"Bearer {self.description['tokens']['user']}",
                "Content-Type": "application/vnd.api+json",
            },
        )

    def stop(self, number: signal.Signals = signal.SIGTERM) -> tuple[int, str, str]:
        self.client.close()
        self.process.send_signal(number)
        out, err = self.process.communicate(timeout=15)
        return self.process.returncode, out, err


@pytest.fixture
def served() -> Iterator[Served]:
    server = Served("recorded")
    yield server
    if server.process.poll() is None:
        server.stop()


def test_the_api_is_served_with_absolute_urls_of_its_own(served: Served) -> None:
    workspace = served.client.get("/organizations/acme/workspaces/scratch").json()["data"]
    body = {"data": {"type": "configuration-versions", "attributes": {}}}
    version = served.client.post(f"/workspaces/{workspace['id']}/configuration-versions", json=body).json()["data"]
    url = version["attributes"]["upload-url"]
    assert url.startswith(served.address)
    assert httpx.put(url, content=pack({"main.tf": "locals {}\n"})).status_code == 200
    runs: list[dict] = []
    deadline = time.monotonic() + 10
    while not (runs and runs[0]["attributes"]["status"] == "planned") and time.monotonic() < deadline:
        runs = served.client.get(f"/workspaces/{workspace['id']}/runs").json()["data"]
    assert runs[0]["attributes"]["status"] == "planned"
    assert "SANDBOX" in httpx.get(served.address).text


def test_a_name_that_is_not_loopbacks_own_is_refused(served: Served) -> None:
    assert served.client.get("/ping", headers={"Host": "attacker.example"}).status_code == 400
    port = served.address.rpartition(":")[2]
    assert served.client.get("/ping", headers={"Host": f"localhost:{port}"}).status_code == 204


def test_a_sandbox_made_for_serving_has_tokens_that_can_not_be_guessed() -> None:
    served = Served(None, OWN_SANDBOX)
    assert served.client.get("/ping").status_code == 204
    with Sandbox() as known:
        assert served.description["tokens"]["user"] != known.tokens["user"]
    assert served.stop()[0] == 0


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_the_server_cleanly(number: signal.Signals) -> None:
    served = Served("recorded")
    assert served.client.get("/ping").status_code == 204
    assert served.stop(number) == (0, "closed\n", "")


@pytest.mark.terraform
def test_a_signal_ends_a_running_terraform() -> None:
    if find_binary() is None:
        pytest.skip("neither terraform nor tofu is on PATH")
    served = Served("terraform")
    workspace = served.client.get("/organizations/acme/workspaces/scratch").json()["data"]
    body = {"data": {"type": "configuration-versions", "attributes": {}}}
    version = served.client.post(f"/workspaces/{workspace['id']}/configuration-versions", json=body).json()["data"]
    httpx.put(version["attributes"]["upload-url"], content=pack({"main.tf": SLOW}))
    children: list[str] = []
    deadline = time.monotonic() + 5
    while not children and time.monotonic() < deadline:
        children = _children(served.process.pid)
    assert children
    assert served.stop()[:2] == (0, "closed\n")
    assert not [child for child in children if Path(f"/proc/{child}/exe").exists()]


def _children(pid: int) -> list[str]:
    found: list[str] = []
    for task in Path(f"/proc/{pid}/task").iterdir():
        found += (task / "children").read_text().split()
    return found


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.1", "example.com", ""])  # noqa: S104 - refused
def test_only_loopback_is_served(host: str) -> None:
    with pytest.raises(ValueError, match="loopback only"):
        serve(host)
