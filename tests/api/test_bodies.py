"""A large body lies on disk only as long as somebody reads it."""

from __future__ import annotations

import asyncio
import os
import stat
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import httpx
import pytest

from tfc_agent_tools.api.jsonapi import Document
from tfc_agent_tools.api.transports import Transports
from tfc_agent_tools.effects import Reply, Transmit, TransmitFailed
from tfc_agent_tools.facts import Resource

CHUNK = b"x" * 2**20
FILES = Path("/proc/self/fd")
MESSAGE = Transmit("GET", "https://app.terraform.io/x", {}, as_file=True)
Send = Callable[[httpx.Response], Reply]


class Stream(httpx.SyncByteStream, httpx.AsyncByteStream):
    """Three MiB, and then an error if there is one."""

    def __init__(self, error: Exception | None = None) -> None:
        self._error = error

    def __iter__(self) -> Iterator[bytes]:
        yield from [CHUNK] * 3
        if self._error:
            raise self._error

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for chunk in self:
            yield chunk


@pytest.fixture(params=["sync", "async"])
def send(request: pytest.FixtureRequest) -> Send:
    def sent(response: httpx.Response) -> Reply:
        transports = Transports(httpx.MockTransport(lambda _: response), httpx.MockTransport(lambda _: response))
        return transports.send(MESSAGE) if request.param == "sync" else asyncio.run(transports.asend(MESSAGE))

    return sent


def open_files() -> int:
    return len([*FILES.iterdir()])


@pytest.mark.skipif(not FILES.exists(), reason="this system does not list a process's open files")
@pytest.mark.parametrize("error", [httpx.ReadTimeout("x"), httpx.DecodingError("x"), RuntimeError("x")])
def test_nothing_is_left_of_a_body_that_does_not_come_to_its_end(error: Exception, send: Send) -> None:
    before = open_files()
    with pytest.raises((TransmitFailed, RuntimeError)) as caught:
        send(httpx.Response(200, stream=Stream(error)))
    assert open_files() == before
    assert caught.value.__traceback__ is not None, "whose frames would keep the file open"


def test_a_whole_body_is_a_file_without_a_name_that_only_its_owner_can_read(send: Send) -> None:
    reply = send(httpx.Response(200, stream=Stream()))
    assert reply.file is not None
    with reply.file as file:
        status = os.fstat(file.fileno())
        assert (status.st_nlink, stat.S_IMODE(status.st_mode)) == (0, 0o600)
        assert file.read() == CHUNK * 3


@pytest.mark.parametrize("status", [307, 404, 500])
def test_what_is_no_success_is_read_at_once(status: int, send: Send) -> None:
    reply = send(httpx.Response(status, stream=Stream()))
    assert (reply.file, reply.content) == (None, CHUNK * 3)


def test_a_reply_shows_neither_its_body_nor_where_it_redirects_to() -> None:
    reply = Reply(307, {"location": "https://archivist.terraform.io/v1/object/s1gned"}, b"s3cr3t")
    assert "s1gned" not in repr(reply)
    assert "s3cr3t" not in repr(reply)


def test_a_resource_shows_no_attribute_since_one_can_be_a_signed_url() -> None:
    resource = Resource("plans", "plan-1", {"log-read-url": "s1gned"}, {"x": {"links": {"related": "s1gned"}}})
    assert repr(Document(status=200, resources=(resource,))).count("plan-1") == 1
    assert "s1gned" not in repr(Document(status=200, resources=(resource,), included=(resource,)))
