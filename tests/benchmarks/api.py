"""An API server for benchmarks, in a process of its own: one run, always the same. Prints its port when it is ready."""

from __future__ import annotations

import asyncio
import json
import socket
from typing import Any

import uvicorn

RUN = {
    "data": {
        "type": "runs",
        "id": "run-aaaaaaaaaaaaaaaa",
        "attributes": {
            "status": "planned",
            "message": "add a subnet",
            "auto-apply": False,
            "is-destroy": False,
            "has-changes": True,
            "actions": {"is-cancelable": False, "is-confirmable": True, "is-discardable": True},
            "permissions": {"can-apply": True, "can-cancel": True, "can-discard": True},
            "status-timestamps": {"plan-queued-at": "2026-01-01T00:00:00+00:00"},
            "created-at": "2026-01-01T00:00:00.000Z",
            "source": "tfe-api",
            "variables": [],
        },
        "relationships": {
            "workspace": {"data": {"type": "workspaces", "id": "ws-cccccccccccccccc"}},
            "plan": {"data": {"type": "plans", "id": "plan-bbbbbbbbbbbbbbbb"}},
            "apply": {"data": {"type": "applies", "id": "apply-eeeeeeeeeeeeeeee"}},
            "created-by": {"data": {"type": "users", "id": "user-1"}},
        },
    }
}
BODY = json.dumps(RUN).encode()
HEADERS = [(b"content-type", b"application/vnd.api+json"), (b"content-length", str(len(BODY)).encode())]


async def app(scope: dict[str, Any], receive: Any, send: Any) -> None:
    del receive
    if scope["type"] == "http":
        await send({"type": "http.response.start", "status": 200, "headers": HEADERS})
        await send({"type": "http.response.body", "body": BODY})


def main() -> None:
    # With the protocol named, asyncio switches Nagle's algorithm off; otherwise each answer may wait 40 ms.
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.bind(("127.0.0.1", 0))
    print(listener.getsockname()[1], flush=True)  # noqa: T201 - the parent reads it
    server = uvicorn.Server(uvicorn.Config(app, log_level="error", lifespan="off"))
    asyncio.run(server.serve(sockets=[listener]))


if __name__ == "__main__":
    main()
