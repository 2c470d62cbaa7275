"""The body of an answer while it comes in: in memory, or in a file where it may be a plan of any size.

The file is nameless from the start (its mode is 0600), so nobody else can open it and nothing is left of it, even where
the process is killed.
"""

from __future__ import annotations

import tempfile
from contextlib import suppress
from typing import TYPE_CHECKING, BinaryIO, Final, Protocol, TypeVar, cast

from tfc_agent_tools.effects import Reply, Transmit, TransmitFailed

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

T = TypeVar("T")
_LARGEST: Final = 64 * 2**20
_LARGEST_FILE: Final = 2**30
_IN_MEMORY: Final = 2**20
"""A file is made when the body is larger than this."""


class Unusable(TransmitFailed):
    """An answer came, but it is too large or can't be decompressed. Asking again would give the same."""

    def __init__(self, problem: str) -> None:
        super().__init__(problem, sent=True)


class Body(Protocol):
    """Takes a body in pieces and makes the reply of it, whose reader closes what it holds."""

    def add(self, chunk: bytes) -> None:
        """Take the next piece.

        Raises:
            Unusable: It is too much.
        """
        ...

    def reply(self, status: int, headers: Mapping[str, str]) -> Reply:
        """The whole answer.

        Raises:
            Unusable: It can't be kept.
        """
        ...

    def close(self) -> None:
        """Give up what it holds, where the answer does not come to its end."""
        ...


def body_for(message: Transmit, status: int) -> Body:
    """A file for a success that was asked for as one; errors and redirects are small and are read at once."""
    return _File() if message.as_file and 200 <= status < 300 else _Memory()


class _Memory:
    def __init__(self) -> None:
        self._content = bytearray()

    def add(self, chunk: bytes) -> None:
        self._content += chunk
        _check(len(self._content), _LARGEST)

    def reply(self, status: int, headers: Mapping[str, str]) -> Reply:
        return Reply(int(status), _lower(headers), bytes(self._content))

    def close(self) -> None:
        self._content.clear()


class _File:
    def __init__(self) -> None:
        self._file = cast("BinaryIO", tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY))  # noqa: SIM115 - the reader closes it
        self._size = 0

    def add(self, chunk: bytes) -> None:
        self._size += len(chunk)
        _check(self._size, _LARGEST_FILE)
        _on_disk(lambda: self._file.write(chunk))

    def reply(self, status: int, headers: Mapping[str, str]) -> Reply:
        _on_disk(lambda: self._file.seek(0))  # writes what is left
        return Reply(int(status), _lower(headers), b"", self._file)

    def close(self) -> None:
        with suppress(OSError):  # it writes what is left, too
            self._file.close()


def _on_disk(work: Callable[[], T]) -> T:
    try:
        return work()
    except OSError:
        problem = "the answer can't be kept on this machine's disk (TMPDIR)"
        raise Unusable(problem) from None


def _check(size: int, largest: int) -> None:
    if size > largest:
        problem = f"the answer is larger than {largest >> 20} MiB"
        raise Unusable(problem)


def _lower(headers: Mapping[str, str]) -> dict[str, str]:
    return {name.lower(): value for name, value in headers.items()}
