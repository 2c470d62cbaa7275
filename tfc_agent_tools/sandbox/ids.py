"""Ids and tokens drawn from a seed: the same calls in the same order give the same names."""

from __future__ import annotations

import hashlib
import random
import string

_ALPHABET = string.ascii_letters + string.digits


class IdSource:
    """One stream of names for each prefix, so that what happens to runs never moves the ids of workspaces."""

    def __init__(self, seed: int | str) -> None:
        self._seed = str(seed)
        self._streams: dict[str, random.Random] = {}

    def new(self, prefix: str) -> str:
        """Return the next id of a kind: the prefix, a dash and 16 alphanumerics."""
        return f"{prefix}-{self._draw(prefix, 16)}"

    def derived(self, prefix: str, parent: str) -> str:
        """Return the id that belongs to `parent`, whatever else was drawn before.

        Background work uses it: which of two runs ends first must not decide who gets which id.
        """
        stream = random.Random(hashlib.sha256(f"{self._seed}/{prefix}/{parent}".encode()).digest())  # noqa: S311 - names, not secrets
        return f"{prefix}-{''.join(stream.choices(_ALPHABET, k=16))}"

    def token(self) -> str:
        """Return an API token in the service's own form: 14 characters, `.atlasv1.` and 60 more."""
        return f"{self._draw('token', 14)}.atlasv1.{self._draw('token', 60)}"

    def secret(self) -> str:
        """Return the random part of a signed URL."""
        return self._draw("secret", 48)

    def _draw(self, stream: str, length: int) -> str:
        if stream not in self._streams:
            key = hashlib.sha256(f"{self._seed}/{stream}".encode()).digest()
            self._streams[stream] = random.Random(key)  # noqa: S311 - names that must repeat, not secrets
        return "".join(self._streams[stream].choices(_ALPHABET, k=length))
