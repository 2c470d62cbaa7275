"""The log of a plan or an apply, readable while it grows."""

from __future__ import annotations

import threading

STX = b"\x02"
ETX = b"\x03"


class Log:
    """Bytes between STX and ETX; offsets count both markers, as the service's log reader expects."""

    def __init__(self) -> None:
        self._content = bytearray()
        self._lock = threading.Lock()
        self._closed = False

    def write(self, text: bytes | str) -> None:
        """Append text; a closed log stays as it is."""
        data = text.encode() if isinstance(text, str) else text
        with self._lock:
            if self._closed or not data:
                return
            if not self._content:
                self._content += STX
            self._content += data

    def close(self) -> None:
        """End the log with ETX."""
        with self._lock:
            if not self._closed:
                self._content += ETX if self._content else STX + ETX
                self._closed = True

    def read(self, offset: int, limit: int) -> bytes:
        """Return up to `limit` bytes from `offset`; empty when there is nothing new."""
        with self._lock:
            return bytes(self._content[offset : offset + limit])
