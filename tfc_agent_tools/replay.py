"""Replaying a tape: a transport that answers from a vcrpy cassette. It has no socket and no way to get one.

Each recorded exchange answers once. Requests of one identity (method, path, query, body) get their answers in the order
of the recording, so a poll sees `planning`, then `planned`; writes go out in the recorded order among all writes. Reads
of different things may come in any order, as concurrent ones do. The host does not count: answers name the server
that was asked. Nor do approval ids, which are new in every call: an answer holds the id that was sent this time.
"""

from __future__ import annotations

import json
import re
from collections import deque
from dataclasses import dataclass
from threading import Lock
from typing import TYPE_CHECKING, Final, NamedTuple
from urllib.parse import parse_qsl

import httpx

from tfc_agent_tools.tape import read_tape

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from tfc_agent_tools.tape import Interaction

MARK: Final = re.compile(r"\[ap-[0-9a-f]{24}\]")
"""How `create_run` marks a run with the id of its approval (`call.py` finds it again by this)."""
_API: Final = "/api/v2"
_READS: Final = frozenset({"GET", "HEAD", "OPTIONS"})
_FRAMING: Final = frozenset({"content-length", "transfer-encoding"})
"""Headers that are true of the recorded bytes only."""

Sent = tuple[str, str]
"""A method and a path; of an API request the path below `/api/v2`."""


def is_write(sent: Sent) -> bool:
    """Whether a request can change anything."""
    return sent[0] not in _READS


def sent_of(method: str, url: str) -> Sent:
    """A request as cases name it."""
    return method, httpx.URL(url).raw_path.decode().partition("?")[0].removeprefix(_API)


class OffTape(Exception):  # noqa: N818 - it reads as what happened
    """A request that the tape does not hold, or does not hold any more.

    It is no network error, so nobody retries it or explains it to a model; and once it was raised, the tape answers
    nothing, so nobody gets past it either.
    """

    def __init__(self, method: str, path: str, why: str) -> None:
        super().__init__(f"{method} {path} {why}")
        self.method, self.path = method, path


class Identity(NamedTuple):
    """What makes two requests the same. JSON is compared as data, other bodies byte by byte."""

    method: str
    path: str
    query: tuple[tuple[str, str], ...]
    body: str | bytes

    @property
    def sent(self) -> Sent:
        """The method and the path as cases name them."""
        return self.method, self.path.removeprefix(_API)

    @classmethod
    def of(cls, method: str, url: httpx.URL, content_type: str, body: bytes) -> Identity:
        """The identity of a request."""
        path, _, query = url.raw_path.decode().partition("?")
        return cls(
            method, path, tuple(sorted(parse_qsl(query, keep_blank_values=True))), _comparable(content_type, body)
        )


@dataclass(frozen=True, slots=True)
class Exchange:
    """One recorded request and its answer."""

    identity: Identity
    origin: str
    body: bytes
    status: int
    headers: tuple[tuple[str, str], ...]
    content: bytes


class CassetteTransport(httpx.BaseTransport, httpx.AsyncBaseTransport):
    """Answers requests from one cassette, blocking or not, from any thread.

    Args:
        path: The cassette.
        hide: Takes out of a request's body what was taken out of the tape too: the secrets that the host holds.

    Raises:
        ConfigurationError: The file is missing, is not a cassette, is of another version, or lacks a part.
    """

    def __init__(self, path: Path, *, hide: Callable[[str], str] = str) -> None:
        self._hide = hide
        self._exchanges = tuple(map(_exchange, read_tape(path)))
        self._home = next((e.origin for e in self._exchanges if e.identity.path.startswith(_API)), "")
        self._left = deque(self._exchanges)
        self._sent: list[Sent] = []
        self._off_tape: list[Sent] = []
        self._marks: dict[str, str] = {}
        self._lock = Lock()

    @property
    def sent(self) -> tuple[Sent, ...]:
        """Every request that arrived, those off the tape included."""
        return tuple(self._sent)

    @property
    def writes(self) -> tuple[Sent, ...]:
        """Those of them that can change something."""
        return tuple(filter(is_write, self._sent))

    @property
    def off_tape(self) -> tuple[Sent, ...]:
        """The requests that were not answered."""
        return tuple(self._off_tape)

    @property
    def unused(self) -> tuple[Sent, ...]:
        """What was recorded and not asked for."""
        return tuple(exchange.identity.sent for exchange in self._left)

    @property
    def all_used(self) -> bool:
        """Whether every recorded exchange was asked for."""
        return not self._left

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Answer from the tape.

        Raises:
            OffTape: The tape holds no (further) answer to this, or another write comes first.
        """
        return self._answer(request, request.read())

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Answer from the tape, as `handle_request` does."""
        return self._answer(request, await request.aread())

    def _answer(self, request: httpx.Request, body: bytes) -> httpx.Response:
        content_type = request.headers.get("content-type", "")
        plain = self._hide(body.decode()).encode() if "json" in content_type else body
        asked = Identity.of(request.method, request.url, content_type, plain)
        with self._lock:
            self._sent.append(asked.sent)
            exchange = self._next(asked)
            self._left.remove(exchange)
            self._marks.update(zip(_marks(exchange.body), _marks(body), strict=True))
        headers = [(name, self._here(value, request.url)) for name, value in exchange.headers]
        return httpx.Response(exchange.status, headers=headers, content=self._content(exchange, request.url))

    def _next(self, asked: Identity) -> Exchange:
        found = next((exchange for exchange in self._left if exchange.identity == asked), None)
        first_write = next((exchange for exchange in self._left if is_write(exchange.identity.sent)), None)
        if self._off_tape:
            why = "comes after a request that was off the tape"
        elif found is None:
            recorded = any(exchange.identity == asked for exchange in self._exchanges)
            why = "was asked more often than recorded" if recorded else "is not on the tape"
        elif is_write(asked.sent) and found is not first_write:
            why = "comes before a write that was recorded earlier"
        else:
            return found
        self._off_tape.append(asked.sent)
        raise OffTape(*asked.sent, why)

    def _content(self, exchange: Exchange, url: httpx.URL) -> bytes:
        try:
            return self._here(exchange.content.decode(), url).encode()
        except UnicodeDecodeError:
            return exchange.content

    def _here(self, text: str, url: httpx.URL) -> str:
        """Recorded text as this server would have said it, to the calls of this time."""
        moved = text.replace(self._home, _origin(url)) if self._home else text
        return MARK.sub(lambda mark: self._marks.get(mark[0], mark[0]), moved)


def _comparable(content_type: str, body: bytes) -> str | bytes:
    if "json" not in content_type:  # `application/vnd.api+json` too
        return body
    try:
        text = json.dumps(json.loads(body), sort_keys=True)
    except ValueError:
        return body
    return MARK.sub("[ap-]", text)


def _marks(body: bytes) -> list[str]:
    return MARK.findall(body.decode(errors="replace"))


def _origin(url: httpx.URL) -> str:
    return f"{url.scheme}://{url.netloc.decode()}"


def _exchange(one: Interaction) -> Exchange:
    request, response = one.request, one.response
    url, body = httpx.URL(request.uri), _bytes(request.body)
    content_type = next((value for name, value in _pairs(request.headers) if name == "content-type"), "")
    return Exchange(
        identity=Identity.of(request.method, url, content_type, body),
        origin=_origin(url),
        body=body,
        status=response.status.code,
        headers=tuple((name, value) for name, value in _pairs(response.headers) if name not in _FRAMING),
        content=_bytes(response.body.string),
    )


def _bytes(body: str | bytes | None) -> bytes:
    return body.encode() if isinstance(body, str) else body or b""


def _pairs(headers: Mapping[str, list[str]]) -> list[tuple[str, str]]:
    return [(name.lower(), value) for name, values in headers.items() for value in values]
