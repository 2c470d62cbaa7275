"""An API server in a transport: it answers from a small world and keeps every request. Nothing is patched."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

import httpx

ADDRESS = "https://app.terraform.io"
TOKEN = "abcdefghijklmn.atlasv1." + "s3cr3t" * 10
RUN, PLAN, WORKSPACE, VERSION = (
    "run-aaaaaaaaaaaaaaaa",
    "plan-bbbbbbbbbbbbbbbb",
    "ws-cccccccccccccccc",
    "cv-dddddddddddddddd",
)
UPLOAD_URL = "https://archivist.terraform.io/v1/object/s1gned-upl0ad"

Answer = Callable[[httpx.Request], httpx.Response]


def document(
    kind: str, identifier: str, attributes: dict[str, Any], **related: tuple[str, str] | None
) -> dict[str, Any]:
    relationships = {
        name.replace("_", "-"): {"data": {"type": target[0], "id": target[1]} if target else None}
        for name, target in related.items()
    }
    return {"data": {"type": kind, "id": identifier, "attributes": attributes, "relationships": relationships}}


class Server(httpx.BaseTransport, httpx.AsyncBaseTransport):
    """A workspace, a run that waits for confirmation, its plan, a configuration version."""

    def __init__(self) -> None:
        self.sent: list[httpx.Request] = []
        self.answers: dict[str, Answer] = {}
        self.run: dict[str, Any] = {
            "status": "planned",
            "message": "add a subnet",
            "is-destroy": False,
            "auto-apply": False,
            "has-changes": True,
            "actions": {"is-confirmable": True, "is-discardable": True, "is-cancelable": False},
            "permissions": {"can-apply": True, "can-discard": True},
        }
        self.plan = {"status": "finished", "resource-additions": 2, "resource-changes": 1, "resource-destructions": 0}
        self.plan |= {"resource-imports": 0, "log-read-url": "https://archivist.terraform.io/v1/object/l0g"}
        self.workspace: dict[str, Any] = {
            "name": "app-staging",
            "locked": False,
            "auto-apply": False,
            "permissions": {"can-lock": True, "can-unlock": True, "can-queue-run": True},
        }
        self.holder: tuple[str, str] | None = None
        self.version = {"status": "pending", "auto-queue-runs": False, "speculative": False}
        self.runs: list[dict[str, Any]] = []

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        request.read()
        self.sent.append(request)
        return self._answer(request)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        await request.aread()
        self.sent.append(request)
        return self._answer(request)

    @property
    def writes(self) -> list[httpx.Request]:
        """What was sent that changes anything."""
        return [request for request in self.sent if request.method not in {"GET", "HEAD"}]

    @property
    def lines(self) -> list[str]:
        return [f"{request.method} {request.url.path.removeprefix('/api/v2')}" for request in self.sent]

    def _answer(self, request: httpx.Request) -> httpx.Response:
        line = f"{request.method} {request.url.path.removeprefix('/api/v2')}"
        for pattern, answer in [*self.answers.items(), *self._world().items()]:
            if re.fullmatch(pattern, line):
                return answer(request)
        return httpx.Response(404, json={"errors": [{"status": "404", "title": "not found"}]})

    def _world(self) -> dict[str, Answer]:
        workspace = document(
            "workspaces",
            WORKSPACE,
            self.workspace,
            organization=("organizations", "acme"),
            locked_by=self.holder,
            current_run=("runs", RUN),
        )
        run = document(
            "runs",
            RUN,
            self.run,
            plan=("plans", PLAN),
            workspace=("workspaces", WORKSPACE),
            configuration_version=("configuration-versions", VERSION),
        )
        version = document("configuration-versions", VERSION, self.version)
        made = document("configuration-versions", VERSION, {**self.version, "upload-url": UPLOAD_URL})
        return {
            "GET /account/details": says(
                document("users", "user-1", {"is-service-account": False}, authenticated_resource=("users", "user-1"))
            ),
            f"GET /workspaces/{WORKSPACE}|GET /organizations/acme/workspaces/app-staging": says(workspace),
            "GET /organizations/acme/workspaces": says(
                {"data": [workspace["data"]], "meta": {"pagination": {"total-count": 1, "next-page": None}}}
            ),
            f"POST /workspaces/{WORKSPACE}/actions/(un)?lock": says(workspace),
            f"GET /workspaces/{WORKSPACE}/runs": says({"data": self.runs}),
            f"GET /runs/{RUN}": says(run),
            "POST /runs": says(run, 201),
            f"POST /runs/{RUN}/actions/(apply|discard)": lambda _: httpx.Response(202),
            f"GET /plans/{PLAN}": says(document("plans", PLAN, self.plan)),
            f"GET /runs/{RUN}/policy-checks": says({"data": []}),
            f"GET /workspaces/{WORKSPACE}/run-triggers": says({"data": []}),
            f"GET /configuration-versions/{VERSION}": says(version),
            f"POST /workspaces/{WORKSPACE}/configuration-versions": says(made, 201),
            "PUT /v1/object/s1gned-upl0ad": lambda _: httpx.Response(200),
        }


def says(body: Any, status: int = 200) -> Answer:
    """An answer of this JSON."""
    content = json.dumps(body).encode()
    return lambda _: httpx.Response(status, content=content, headers={"content-type": "application/vnd.api+json"})


def fails(error: type[httpx.TransportError] | int) -> Answer:
    """An answer that never comes, or of this status with a body that is not JSON."""

    def answer(request: httpx.Request) -> httpx.Response:
        if isinstance(error, int):
            return httpx.Response(error, text="<html>bad gateway</html>")
        msg = f"boom at {request.url}"
        raise error(msg)

    return answer
