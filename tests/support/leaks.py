"""Secrets looked for, and facts too, in all that leaves the toolkit. Nothing here uses the code under test."""

from __future__ import annotations

import json
import re
import traceback
from base64 import b64encode
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cache
from typing import Any
from urllib.parse import quote, quote_plus

_SHORTEST_LINE = 8


@cache
def forms(secret: str) -> dict[str, str]:
    """The forms in which a copy counts, by what they are called."""
    once = json.dumps(secret, ensure_ascii=False)[1:-1]
    found = {"raw": secret, "JSON": once, "JSON in ASCII": json.dumps(secret)[1:-1]}
    found |= {"JSON in JSON": json.dumps(once, ensure_ascii=False)[1:-1], "form": quote_plus(secret)}
    found |= {"URL": quote(secret), "URL, strictly": quote(secret, safe="")}
    found["URL in lower case"] = re.sub("%..", lambda code: code[0].lower(), found["URL, strictly"])
    for before in range(3):  # wherever it starts in a longer text; a group at either end depends on what is beside it
        encoded = b64encode(b"x" * before + secret.encode())[4 if before else 0 : -4]
        found |= {
            f"base64 {before}": encoded.decode(),
            f"base64url {before}": encoded.decode().translate({43: 45, 47: 95}),
        }
    lines = [line.strip() for line in secret.splitlines() if len(line.strip()) >= _SHORTEST_LINE]
    found |= {f"line {number}": line for number, line in enumerate(lines)}
    return {name: form for name, form in found.items() if len(form) >= 6}


@cache
def encoded(secret: str) -> tuple[str, ...]:
    """The secret as providers print it, whole: as it is, escaped, quoted and in base64."""
    whole = [secret, json.dumps(secret), json.dumps(json.dumps(secret)), quote(secret, safe=""), quote_plus(secret)]
    return (*whole, *(b64encode(b"x" * before + secret.encode()).decode() for before in range(3)))


@dataclass
class Looked:
    """What was looked at so far for these secrets, and for facts."""

    secrets: frozenset[str]
    outputs: int = 0
    characters: int = 0
    facts: int = 0
    leaks: list[str] = field(default_factory=list[str])
    _seen: set[str] = field(default_factory=set[str], repr=False)
    missing: list[str] = field(default_factory=list[str])

    def at(self, where: str, *shown: object) -> None:
        """Look at everything that someone could print of these objects, each an output of its own."""
        for one in shown:
            self.outputs += 1
            text = "\n".join(_texts(one))
            self.characters += len(text)
            lines = dict.fromkeys(line for line in text.split("\n") if line not in self._seen)
            self._seen.update(lines)  # what was free of secrets once is so again
            self.leaks += [f"{where}: {found}" for found in self._in("\n".join(lines))]

    def _in(self, text: str) -> list[str]:
        every = ((secret, name, form) for secret in self.secrets for name, form in forms(secret).items())
        return [f"{secret[:6]!r}… as {name}" for secret, name, form in every if form in text]

    def tells(self, where: str, shown: object, facts: Iterable[object]) -> None:
        """Look for facts, each as it stands in a text."""
        text = shown if isinstance(shown, str) else json.dumps(shown, ensure_ascii=False)
        for fact in facts:
            self.facts += 1
            if str(fact) not in text:
                self.missing.append(f"{where}: {fact}")

    def agrees(self, where: str, **pairs: tuple[object, object]) -> None:
        """Compare facts with what they have to be."""
        self.facts += len(pairs)
        self.missing += [
            f"{where}: {name} is {is_!r}, not {ought!r}" for name, (is_, ought) in pairs.items() if is_ != ought
        ]

    def is_free(self, text: str) -> bool:
        """Whether a text holds no form of any secret, so that it must be shown."""
        return not any(form in text for secret in self.secrets for form in [*forms(secret).values(), *encoded(secret)])


def _texts(shown: object) -> Iterator[str]:
    """Every text that printing it gives, of an exception its whole chain."""
    yield repr(shown)
    yield str(shown)
    if isinstance(shown, BaseException):
        yield from traceback.format_exception(shown)
        for one in chain_of(shown):
            yield repr((one.args, vars(one)))
    if isinstance(shown, (dict, list)):
        yield json.dumps(shown, ensure_ascii=False)
        yield from strings_in(shown)


def chain_of(error: BaseException) -> list[BaseException]:
    """The error with all that hangs on to it, suppressed contexts included."""
    found: list[BaseException] = []
    rest: list[BaseException | None] = [error]
    while rest:
        one = rest.pop()
        if one is not None and one not in found:
            found.append(one)
            rest += [one.__cause__, one.__context__]
    return found


def strings_in(data: Any) -> Iterator[str]:
    """All strings of JSON data, keys too."""
    if isinstance(data, str):
        yield data
    for inner in [*data, *data.values()] if isinstance(data, dict) else data if isinstance(data, list) else ():
        yield from strings_in(inner)
