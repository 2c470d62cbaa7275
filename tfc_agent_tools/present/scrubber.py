"""Known secrets taken out of text and data, in every form in which they turn up, and credentials by their looks."""

from __future__ import annotations

import hmac
import json
import secrets
from typing import TYPE_CHECKING, Any, Final, NoReturn

from tfc_agent_tools.present.secrets.credentials import credential_spans
from tfc_agent_tools.present.secrets.cty import TYPE_WORDS
from tfc_agent_tools.present.secrets.json_kinds import is_number
from tfc_agent_tools.present.secrets.nesting import check_nesting
from tfc_agent_tools.present.secrets.search import searcher
from tfc_agent_tools.present.secrets.variants import SHORTEST, variants
from tfc_agent_tools.present.secrets.walk import PLACEHOLDER, Walk
from tfc_agent_tools.present.untrusted import CUT

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from tfc_agent_tools.present.secrets.credentials import Span

_PROCESS_KEY: Final = secrets.token_bytes(32)
_NEVER: Final = TYPE_WORDS | {PLACEHOLDER}
_NOTHING: Final = frozenset({"", "true", "false", "null"})
_MOST_BITS: Final = 14_000
_FEW: Final = 200
_EXACT: Final = 2**53
"""Whole numbers below it are exact as floats."""


class Scrubber:
    """Hides a set of secret values. It holds them in closures, can't be pickled, and shows no more than their number.

    A value of 6 characters or more is hidden wherever it stands, in each of its `variants`; a shorter one only where it
    is a whole string or number of data, since `web` or `1` is part of everything. Booleans, null, empty text and the
    words of Terraform's types, such as `string`, are never secret. What `variants` does not cover is not found, nor is
    a secret that is spelt out, cut up or hashed.

    Args:
        values: Text and numbers; anything else is ignored.
        key: Of the digests; a random one of this process by default.
    """

    __slots__ = ("_digest", "_held", "_holds", "_is_whole", "_search", "_size")

    def __init__(self, values: Iterable[object] = (), *, key: bytes | None = None) -> None:
        held = frozenset(value for value in values if _can_be_secret(value))
        self._size = len(held)
        self._held: Callable[[], frozenset[object]] = lambda: held
        self._digest: Callable[[bytes], str] = lambda data: hmac.digest(key or _PROCESS_KEY, data, "sha256").hex()
        self._is_whole = _whole_values(held)
        self._search: Callable[[str], list[Span]] | None = None
        self._holds: Callable[[str], bool] | None = None

    def __repr__(self) -> str:
        return f"<Scrubber of {self._size} values>"

    def __reduce_ex__(self, protocol: object) -> NoReturn:
        msg = "a Scrubber holds secrets and is never pickled"
        raise TypeError(msg)

    def __deepcopy__(self, memo: object) -> Scrubber:
        return self

    def text(self, text: str) -> str:
        """The text with `(sensitive)` for every secret and everything that looks like a credential."""
        if len(text) < SHORTEST:
            return text
        spans = [*self._known(text), *credential_spans(text)]
        return _hidden(text, spans) if spans else text

    def finds(self, text: str) -> bool:
        """Whether `text` or `data` would hide a secret in this text, or in the data of which it is the JSON.

        Where it says no, that is certain. The JSON must not be escaped to ASCII.
        """
        if self._holds is None:
            self._holds = _finder(self._forms() | self._in_json())
        return self._holds(text) or CUT.search(text) is not None

    def data(self, data: Any) -> Any:
        """JSON data with the same done to strings and keys, and whole strings and numbers compared with all secrets.

        Text under a telling name, such as `db_password`, is hidden too. What is no JSON is hidden.

        Raises:
            Unreadable: It is nested too deep.
        """
        check_nesting(data, "data")
        return self.walk().content(data)

    def walk(self) -> Walk:
        """A way through one document that hides what this scrubber hides and counts it."""
        return Walk(self.text, self._is_whole)

    def and_also(self, values: Iterable[object]) -> Scrubber:
        """A scrubber of these values too, with the same digests."""
        held = self._held()
        wider = Scrubber(held.union(values))
        wider._digest = self._digest
        return self if wider._size == self._size else wider

    def digest(self, value: object) -> str:
        """16 hex digits that are the same for the same JSON value, and mean nothing without the key."""
        return self._digest(json.dumps(value, sort_keys=True, default=str).encode())[:16]

    def _known(self, text: str) -> list[Span]:
        if self._search is None:  # prepared when first needed: a chain of `and_also` costs nothing
            self._search = searcher(self._forms())
        return self._search(text)

    def _forms(self) -> frozenset[str]:
        return frozenset(form for value in self._held() for form in variants(_spelt(value)))

    def _in_json(self) -> frozenset[str]:
        """The forms as JSON has them, which escapes once more, and the values that are too short for any form."""
        escaped = {json.dumps(form, ensure_ascii=False)[1:-1] for form in self._forms()}
        values = {json.dumps(value, ensure_ascii=False) for value in self._held() if isinstance(value, str)}
        return frozenset(escaped | values | {_spelt(value) for value in self._held() if is_number(value)})


def _finder(forms: frozenset[str]) -> Callable[[str], bool]:
    """Whether a text holds one of them. Of a few, one after the other is looked for at the speed of C."""
    if len(forms) > _FEW:
        search = searcher(forms)
        return lambda text: bool(search(text))
    return lambda text: any(form in text for form in forms)


def _can_be_secret(value: object) -> bool:
    if isinstance(value, str):
        return value not in _NEVER and value.strip().lower() not in _NOTHING
    return is_number(value)


def _spelt(value: object) -> str:
    """A string, or a number as text: the same for 5 and 5.0."""
    if isinstance(value, int) and value.bit_length() > _MOST_BITS:
        return hex(value)  # Python refuses to write out more than 4,300 decimal digits
    if is_number(value) and -_EXACT < value < _EXACT and value == int(value):
        return str(int(value))
    return str(value)


def _whole_values(held: frozenset[object]) -> Callable[[object], bool]:
    """Whether a string or number as a whole is a secret: a short one of the same kind, or a long one of either."""
    strings = frozenset(value for value in held if isinstance(value, str))
    spelt = frozenset(_spelt(value) for value in held if not isinstance(value, str) or len(value) >= SHORTEST)
    return lambda value: value in strings if isinstance(value, str) else _spelt(value) in spelt


def _hidden(text: str, spans: list[Span]) -> str:
    """The text with one placeholder for each run of spans; one that is there already is part of its run."""
    at = text.find(PLACEHOLDER)
    while at >= 0:
        spans.append((at, at + len(PLACEHOLDER)))
        at = text.find(PLACEHOLDER, at + 1)
    shown: list[str] = []
    hidden_to = 0
    for start, end in sorted(spans):
        if start > hidden_to or not shown:
            shown.append(text[hidden_to:start])
        hidden_to = max(hidden_to, end)
    return PLACEHOLDER.join([*shown, text[hidden_to:]])
