"""The sandbox as seen past the agent: what is really there, what a colleague does, and what the agent really sent."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

import httpx

if TYPE_CHECKING:
    from types import TracebackType

    from tfc_agent_tools.sandbox import Sandbox

_READS = frozenset({"GET", "HEAD"})


class Counter(httpx.BaseTransport):
    """Passes requests on to the sandbox, and counts them."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._inner = sandbox.transport()
        self.requests = 0
        self.changing = 0
        """Those that are no GET: the writes."""

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Count, then send."""
        self.requests += 1
        self.changing += request.method not in _READS
        return self._inner.handle_request(request)

    def close(self) -> None:
        """Close what is behind it."""
        self._inner.close()

    @property
    def said(self) -> str:
        """Both counts in words."""
        if not self.requests:
            return "nothing"
        reads, writes = self.requests - self.changing, self.changing
        return f"{reads} read{'s' * (reads != 1)}, {writes or 'no'} write{'s' * (writes > 1)}"


class Outside:
    """A client with the user's token and no guards. The agent does not have it."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._client = httpx.Client(
            base_url=f"{sandbox.address}/api/v2",
            transport=sandbox.transport(),
            headers={
                "Authorization": f"Bearer {sandbox.tokens['user']}",
                "Content-Type": "application/vnd.api+json",
            },
        )
        self._workspaces = f"/organizations/{sandbox.organization}/workspaces"

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._client.close()

    def runs(self, workspace: str) -> dict[str, str]:
        """The runs of a workspace: id → status."""
        answer = self._data(self._client.get(f"/workspaces/{self._id(workspace)}/runs"))
        return {run["id"]: run["attributes"]["status"] for run in answer}

    def lock(self, workspace: str) -> None:
        """Lock a workspace, as a colleague might."""
        self._client.post(f"/workspaces/{self._id(workspace)}/actions/lock", json={}).raise_for_status()

    def _id(self, workspace: str) -> str:
        return str(self._data(self._client.get(f"{self._workspaces}/{workspace}"))["id"])

    def _data(self, answer: httpx.Response) -> Any:
        return answer.raise_for_status().json()["data"]
