"""A client that speaks JSON:API to a sandbox, with the few calls that most tests make."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import httpx

from tfc_agent_tools.sandbox import Sandbox
from tfc_agent_tools.sandbox.configurations import pack

JSON_API = "application/vnd.api+json"
Json = dict[str, Any]


class Api:
    """A client of one sandbox with one token; knows the few calls that most tests make."""

    def __init__(self, sandbox: Sandbox, token: str | None) -> None:
        self.sandbox = sandbox
        headers = {"Content-Type": JSON_API}
        if token is not None:
            headers["Authorization"] = f"Bearer {token}"
        self.client = httpx.Client(transport=sandbox.transport(), base_url=f"{sandbox.address}/api/v2", headers=headers)
        self.plain = httpx.Client(transport=sandbox.transport())

    def get(self, path: str, **params: str) -> httpx.Response:
        return self.client.get(path, params=params or None)

    def post(self, path: str, body: Json | None = None) -> httpx.Response:
        return self.client.post(path, json=body)

    def data(self, path: str) -> Json:
        response = self.get(path)
        assert response.status_code == 200, response.text
        data: Json = response.json()["data"]
        return data

    def workspace(self, name: str = "app-staging") -> Json:
        return self.data(f"/organizations/acme/workspaces/{name}")

    def queue(self, workspace: str = "app-staging", **attributes: object) -> httpx.Response:
        identifier = {"type": "workspaces", "id": self.workspace(workspace)["id"]}
        names = {name.replace("_", "-"): value for name, value in attributes.items()}
        relationships = {"workspace": {"data": identifier}}
        return self.post("/runs", {"data": {"type": "runs", "attributes": names, "relationships": relationships}})

    def run(self, workspace: str = "app-staging", **attributes: object) -> Json:
        """Queue a run, let it plan, and return it."""
        response = self.queue(workspace, **attributes)
        assert response.status_code == 201, response.text
        assert self.sandbox.settle(20)
        return self.data(f"/runs/{response.json()['data']['id']}")

    def act(self, run: Json, action: str) -> httpx.Response:
        response = self.post(f"/runs/{run['id']}/actions/{action}", {"comment": "by a test"})
        assert self.sandbox.settle(20)
        return response

    def status(self, run: Json) -> str:
        return str(self.data(f"/runs/{run['id']}")["attributes"]["status"])

    def plan(self, run: Json) -> Json:
        return self.data(f"/plans/{run['relationships']['plan']['data']['id']}")

    def apply(self, run: Json) -> Json:
        return self.data(f"/applies/{run['relationships']['apply']['data']['id']}")

    def log(self, phase: Json) -> str:
        return self.plain.get(phase["attributes"]["log-read-url"]).text

    def configuration(self, workspace: str, **attributes: object) -> Json:
        names = {name.replace("_", "-"): value for name, value in attributes.items()}
        body = {"data": {"type": "configuration-versions", "attributes": names}}
        response = self.post(f"/workspaces/{self.workspace(workspace)['id']}/configuration-versions", body)
        assert response.status_code == 201, response.text
        data: Json = response.json()["data"]
        return data

    def upload(self, files: dict[str, str], workspace: str = "scratch", **attributes: object) -> Json:
        """Upload a configuration and return its version."""
        version = self.configuration(workspace, **attributes)
        response = self.plain.put(version["attributes"]["upload-url"], content=pack(files))
        assert response.status_code == 200, response.text
        return self.data(f"/configuration-versions/{version['id']}")

    def newest_run(self, workspace: str) -> Json:
        runs = self.data(f"/workspaces/{self.workspace(workspace)['id']}/runs")
        run: Json = runs[0]
        return run

    def wait_for(self, run: Json, *statuses: str, seconds: float = 10) -> Json:
        """Poll a run as clients do, until it is in one of the statuses."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            found = self.data(f"/runs/{run['id']}")
            if found["attributes"]["status"] in statuses:
                return found
            time.sleep(0.01)
        raise AssertionError(f"run is {found['attributes']['status']}, not one of {statuses}")

    def close(self) -> None:
        self.client.close()
        self.plain.close()


MakeSandbox = Callable[..., Sandbox]
MakeApi = Callable[..., Api]
