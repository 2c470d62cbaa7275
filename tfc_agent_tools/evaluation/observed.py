"""The transport of a case: whatever answers, each request is taken down here, and faults happen here."""

from __future__ import annotations

import hashlib
from collections import Counter
from threading import Lock
from typing import TYPE_CHECKING, Final
from urllib.parse import unquote

import httpx

from tfc_agent_tools.evaluation.lines import matches
from tfc_agent_tools.evaluation.trace import Sent
from tfc_agent_tools.replay import OffTape

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tfc_agent_tools.evaluation.case import Fault
    from tfc_agent_tools.evaluation.secrets import Secrets
    from tfc_agent_tools.evaluation.trace import Notes

_API: Final = "/api/v2"
_ELSEWHERE: Final = "https://elsewhere.example/"
"""Where a fault redirects to: no server of this case."""
_STORES: Final = frozenset({"archivist.terraform.io"})
"""Where HCP Terraform keeps what signed URLs lead to."""
_LONGEST_BODY: Final = 200_000


class Observed(httpx.BaseTransport, httpx.AsyncBaseTransport):
    """Notes every request and its answer.

    Args:
        inner: Answers.
        address: The server that the token is for.
        token: Noticed wherever it stands in a request.
        notes: Where requests are taken down.
        secrets: What must not be told in the notes, and is noticed in answers.
        faults: What goes wrong on the way.
    """

    def __init__(
        self,
        inner: httpx.BaseTransport,
        *,
        address: str,
        token: str,
        notes: Notes,
        secrets: Secrets,
        faults: Sequence[Fault] = (),
    ) -> None:
        self._inner, self._notes, self._secrets = inner, notes, secrets
        self._home, self._token = httpx.URL(address), token
        self._faults = list(faults)
        self._seen: Counter[tuple[int, str]] = Counter()
        self._lock = Lock()

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Hand the request on, unless a fault comes first, and note what came of it."""
        request.read()
        try:
            response = self._answered(request)
        except OffTape:
            self._note(request, None, arrived=False, on_tape=False)
            raise
        except _Lost as lost:
            self._note(request, None, arrived=lost.arrived)
            raise lost.error from None
        self._note(request, response)
        return response

    def close(self) -> None:
        """Close what answers."""
        self._inner.close()

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """As `handle_request`: what answers a case is in this process, or is recorded and blocks."""
        await request.aread()
        return self.handle_request(request)

    def _answered(self, request: httpx.Request) -> httpx.Response:
        fault = self._due(request)
        if fault is None:
            return self._whole(request)
        if fault.then == "lost":
            self._whole(request)
            raise _Lost(httpx.ReadError("the connection was lost", request=request), arrived=True)
        if fault.then == "refused":
            raise _Lost(httpx.ConnectError("no connection", request=request), arrived=False)
        if fault.then == "redirected":
            return httpx.Response(307, headers={"location": _ELSEWHERE})
        # A gateway answers 5xx also when the server behind it has carried the request out.
        return httpx.Response(int(fault.then), json={"errors": [{"status": fault.then, "title": "made to fail"}]})

    def _whole(self, request: httpx.Request) -> httpx.Response:
        if request.url.host == httpx.URL(_ELSEWHERE).host:
            return httpx.Response(200, text="elsewhere")
        response = self._inner.handle_request(request)
        response.read()
        return response

    def _due(self, request: httpx.Request) -> Fault | None:
        """The fault that this request meets. Each line is counted by itself: concurrent reads come in any order."""
        line = f"{request.method} {self._path(request)}"
        with self._lock:
            for number, fault in enumerate(self._faults):
                if matches(fault.on, line):
                    self._seen[number, line] += 1
                    if fault.at <= self._seen[number, line] < fault.at + fault.times:
                        return fault
        return None

    def _note(
        self, request: httpx.Request, response: httpx.Response | None, *, arrived: bool = True, on_tape: bool = True
    ) -> None:
        self._notes.add(
            Sent(
                method=request.method,
                path=self._secrets.hidden(self._path(request)),
                is_api=self._is_api(request),
                has_token=self._holds_token(request),
                is_foreign=request.url.host not in _STORES | {self._home.host},
                body=self._body(request),
                status=response.status_code if response else None,
                arrived=arrived,
                held_secret=response is not None and bool(self._secrets.found_in(_text(response))),
                on_tape=on_tape,
            )
        )

    def _holds_token(self, request: httpx.Request) -> bool:
        texts = [str(request.url), *request.headers.values(), request.content.decode(errors="replace")]
        return any(self._token in text for text in texts)

    def _is_api(self, request: httpx.Request) -> bool:
        there, home = request.url, self._home
        same = (there.scheme, there.host, there.port) == (home.scheme, home.host, home.port)
        return same and there.path.startswith(f"{_API}/")

    def _path(self, request: httpx.Request) -> str:
        if self._is_api(request):
            path: bytes = request.url.raw_path
            return unquote(path.decode().partition("?")[0]).removeprefix(_API)
        # The rest of a signed URL is its secret.
        return f"//{request.url.host}/{request.url.path.lstrip('/').partition('/')[0]}/"

    def _body(self, request: httpx.Request) -> str:
        content = request.content
        if not content:
            return ""
        if "json" in request.headers.get("content-type", "") and len(content) <= _LONGEST_BODY:
            return self._secrets.hidden(content.decode(errors="replace"))
        return f"{len(content):,} bytes with SHA-256 {hashlib.sha256(content).hexdigest()}"


class _Lost(Exception):  # noqa: N818 - it reads as what happened
    """No answer: the error that the client gets, and whether the server got the request."""

    def __init__(self, error: httpx.HTTPError, *, arrived: bool) -> None:
        super().__init__()
        self.error, self.arrived = error, arrived


def _text(response: httpx.Response) -> str:
    location: str = response.headers.get("location", "")
    content: bytes = response.content
    return content.decode(errors="replace") + location
