"""The artifact of an answer: its document for code, parsed, without secrets and URLs, and bounded.

One resource is `{"type", "id", "attributes", "relationships", "untrusted", "redacted"}`:

- `attributes` holds facts alone: numbers, flags, and text that is a word or empty: a status, a time, a plain name.
- `untrusted` holds, by the same names, what people outside can write: text that is more than a word, and always the
  attributes that the shape calls `quoted`. It is cleaned, and cut at 10,000 characters, which the text then says.
- `relationships` holds `{"type", "id"}`, a list of them, or None where the API says that there is none. One whose data
  is not in the answer is left out.
- `redacted` names what was taken out, with `.` between levels: URLs, people's addresses, secrets, and the values of
  variables and outputs.

`untrusted` and `redacted` are there only where they hold something. A list is `{"items": [...], "pagination": {...}}`.
"""

from __future__ import annotations

import json
import math
import re
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from tfc_agent_tools.narrow import mapping
from tfc_agent_tools.present.scrubber import Scrubber
from tfc_agent_tools.present.secrets.credentials import is_telling
from tfc_agent_tools.present.secrets.json_kinds import is_array, is_object
from tfc_agent_tools.present.untrusted import clean

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from tfc_agent_tools.facts import Resource
    from tfc_agent_tools.present.shapes import Shape

LIMIT: Final = 256_000
"""Bytes of a whole artifact as ASCII JSON, which is the longest usual form."""
_LONGEST: Final = 10_000
_DEEPEST: Final = 20
_MOST: Final = 1000
"""Ids in a summary, and names in `redacted`."""
_WORD: Final = re.compile(r"[\w.:/@+#*~-]{1,100}", re.ASCII)
_HARMLESS: Final = re.compile(
    r"[\w-]{1,15} | [a-z]{1,8}-[A-Za-z0-9]{16} | \d{4}-\d\d-\d\dT[\d:.]{1,20}(?:Z|[+-]\d\d:\d\d)", re.ASCII | re.VERBOSE
)
"""Short words, ids and times: no URL, and no credential."""
_URL: Final = re.compile(r"[a-z0-9+.-]{0,30}://\S*", re.IGNORECASE)
_VALUES: Final = frozenset({"value", "values", "body", "headers"})
_TELLING: Final = re.compile(
    r"(?:^|[-_.])(?:urls?|links?|e?mail(?:[-_]address(?:es)?)?|cookies?|authorization)$", re.IGNORECASE
)
_CREDENTIALS: Final = Scrubber(())
_GONE: Final = object()
_PAGES: Final = ("current-page", "next-page", "prev-page", "page-size", "total-pages", "total-count")


def is_word(text: str) -> bool:
    """Whether a text can stand among facts: one short word of ASCII, without spaces, quotes and brackets."""
    return _WORD.fullmatch(text) is not None


def item_of(resource: Resource, shape: Shape) -> dict[str, Any]:
    """One resource as the module says, of any size."""
    redaction = _Redaction()
    kept = redaction.mapping(resource.attributes)
    written = {name: value for name, value in kept.items() if name in redaction.written or name in shape.quoted}
    item: dict[str, Any] = {
        "type": _identifier(resource.type),
        "id": _identifier(resource.id),
        "attributes": {name: value for name, value in kept.items() if name not in written},
        "relationships": dict(_relationships(resource)),
    }
    item |= {"untrusted": written} if written else {}
    return item | ({"redacted": redaction.names} if redaction.names else {})


def fitted(artifact: dict[str, Any]) -> dict[str, Any]:
    """The artifact, or a summary of it where it is larger than `LIMIT`: how many items, their ids, and why."""
    if len(json.dumps(artifact)) <= LIMIT:
        return artifact
    is_page = "items" in artifact
    every = [str(item["id"]) for item in (artifact["items"] if is_page else [artifact])]
    ids = [found for found in every if is_word(found)][:_MOST]
    summary: dict[str, Any] = {"summary": True, "items": len(every), "ids": ids}
    summary |= {"ids-left-out": len(every) - len(ids)} if len(ids) < len(every) else {}
    summary |= {"pagination": artifact["pagination"]} if is_page else {name: artifact[name] for name in ("type", "id")}
    instead = "; ask for smaller pages, or for one of the ids" if is_page else ""
    return summary | {"why": f"the document is larger than 256 KB{instead}"}


def pagination_of(pagination: Mapping[str, Any]) -> dict[str, int | None]:
    """The documented numbers of a page; whatever else stands there is dropped."""
    found = {name: pagination[name] for name in _PAGES if name in pagination}
    return {name: value for name, value in found.items() if value is None or _is_number_of_things(value)}


def outside(text: str, limit: int) -> str:
    """Text from outside, cleaned, without URLs and credentials, in at most `limit` characters, which are 30 or more."""
    if _HARMLESS.fullmatch(text):
        return text
    return clean(_CREDENTIALS.text(_URL.sub("[URL]", clean(text, len(text)))), limit)


def _identifier(text: str) -> str:
    """An id, a type or a name on one line."""
    return outside(text, 100).replace("\n", " ")


class _Name(NamedTuple):
    """The name of an attribute or of a member in one."""

    shown: str
    tells: bool
    """What is under it may be a URL, an address or a secret; a flag is none."""
    always_goes: bool


@lru_cache(maxsize=2048)
def _name(name: str) -> _Name:
    tells = is_telling(name) or _TELLING.search(name) is not None
    return _Name(_identifier(name), tells, always_goes=name in _VALUES)


class _Redaction:
    """One pass over the attributes of one resource: what is left of them, and which of them hold people's text."""

    def __init__(self) -> None:
        self._gone: set[str] = set()
        self.written: set[str] = set()
        """Attributes with text, or a name in them, that is more than a word."""

    @property
    def names(self) -> list[str]:
        """What was taken out, in order; past a thousand names, how many more."""
        names = sorted(self._gone)
        return names[:_MOST] + ([f"and {len(names) - _MOST} more"] if len(names) > _MOST else [])

    def mapping(self, value: Mapping[str, Any], path: tuple[str, ...] = ()) -> dict[str, Any]:
        """An object without the members that may hold a secret or a URL."""
        kept: dict[str, Any] = {}
        for name, member in value.items():
            known = _name(str(name))
            below = (*path, known.shown)
            if not is_word(known.shown):
                self.written.add(below[0])
            goes = known.always_goes or (known.tells and not isinstance(member, bool))
            found = _GONE if goes else self._value(member, below)
            if found is not _GONE:
                kept[known.shown] = found
            elif member is not None:
                self._gone.add(".".join(filter(None, below)))
        return kept

    def _value(self, value: object, path: tuple[str, ...]) -> Any:
        """What is left of a value; `_GONE` where nothing is, since it is nested too deep or is no JSON."""
        if isinstance(value, str):
            return self._text(value, path)
        if value is None or isinstance(value, int) or (isinstance(value, float) and math.isfinite(value)):
            return value
        return self._nested(value, path) if len(path) <= _DEEPEST else _GONE

    def _nested(self, value: object, path: tuple[str, ...]) -> Any:
        if is_object(value):
            return self.mapping(value, path)
        return self._list(value, path) if is_array(value) else _GONE

    def _text(self, text: str, path: tuple[str, ...]) -> str:
        kept = outside(text, _LONGEST)
        if kept and not is_word(kept):
            self.written.add(path[0])
        return kept

    def _list(self, values: list[Any], path: tuple[str, ...]) -> list[Any]:
        found = [self._value(one, (*path, "")) for one in values]
        kept = [one for one in found if one is not _GONE]
        if len(kept) < len(found):
            self._gone.add(".".join(filter(None, path)))
        return kept


def _is_number_of_things(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 10**9


def _relationships(resource: Resource) -> Iterable[tuple[str, Any]]:
    for name, relationship in resource.relationships.items():
        if "data" in mapping(relationship):
            data: object = mapping(relationship)["data"]
            yield _name(name).shown, [_reference(one) for one in data] if is_array(data) else _reference(data)


def _reference(data: object) -> dict[str, str] | None:
    given = mapping(data)
    return {name: _identifier(str(given.get(name, ""))) for name in ("type", "id")} if given else None
