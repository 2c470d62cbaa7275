"""Looking for planted secrets in text, in each form in which they may stand there.

None of it is shared with what hides secrets in the toolkit (`present/`): a form that is forgotten there is found here.
"""

from __future__ import annotations

import base64
import json
import re
from typing import TYPE_CHECKING
from urllib.parse import quote, quote_plus

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_SHORTEST = 6
"""Shorter values turn up by chance."""


class Secrets:
    """Finds and names secrets in text, in each form in which they may stand there.

    Args:
        named: Names with their secrets; a name can stand for several. Values shorter than six characters are left out.
    """

    def __init__(self, named: Iterable[tuple[str, str]]) -> None:
        self._names = {
            form: name
            for name, secret in named
            if len(secret) >= _SHORTEST
            for form in _forms(secret)
            if len(form) >= _SHORTEST
        }
        longest_first = sorted(self._names, key=lambda form: (-len(form), form))
        self._pattern = re.compile("|".join(map(re.escape, longest_first))) if longest_first else None

    def found_in(self, text: str) -> tuple[str, ...]:
        """The names of the secrets that stand in a text."""
        if self._pattern is None:
            return ()
        return tuple(dict.fromkeys(self._names[found] for found in self._pattern.findall(text)))

    def hidden(self, text: str) -> str:
        """The text with a name in the place of each secret."""
        if self._pattern is None:
            return text
        return self._pattern.sub(lambda found: f"[secret {self._names[found[0]]}]", text)


def _forms(secret: str) -> set[str]:
    lines = [line for line in secret.splitlines() if len(line) > _SHORTEST + 1]
    return {secret, *lines, *_escaped(secret), *_quoted(secret), *_coded(secret.encode())}


def _escaped(secret: str) -> Iterator[str]:
    """As in a JSON string, and as in one that stands in another."""
    for is_ascii in (True, False):
        once = json.dumps(secret, ensure_ascii=is_ascii)[1:-1]
        yield once
        yield json.dumps(once, ensure_ascii=is_ascii)[1:-1]


def _quoted(secret: str) -> Iterator[str]:
    """As in a URL; the digits of an escape in upper or lower case."""
    for quoted in (quote(secret, safe=""), quote(secret), quote_plus(secret)):
        yield quoted
        yield re.sub("%[0-9A-F]{2}", lambda found: found[0].lower(), quoted)


def _coded(secret: bytes) -> Iterator[str]:
    """In base64, wherever it begins in what was encoded. What depends on its neighbours is left out."""
    for before in range(3):
        coded = base64.b64encode(b"\0" * before + secret).decode().rstrip("=")
        whole = len(coded) - (0 if (before + len(secret)) % 3 == 0 else 1)
        part = coded[(0, 2, 3)[before] : whole]
        yield part
        yield part.replace("+", "-").replace("/", "_")
    yield secret.hex()
