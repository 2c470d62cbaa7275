"""What differs between two cassettes, said so that a person sees why: which request, and where in it."""

from __future__ import annotations

import json
from difflib import SequenceMatcher
from typing import TYPE_CHECKING, Any, Final, cast
from urllib.parse import unquote

from tfc_agent_tools.narrow import items, mapping
from tfc_agent_tools.replay import sent_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from tfc_agent_tools.evaluation.stamp import Stamp
    from tfc_agent_tools.tape import Body, Interaction

_WIDTH: Final = 60
_ABSENT: Final = object()


def stamp_differences(old: Stamp, new: Stamp) -> list[str]:
    """What the two were recorded with; the date is none of it."""
    before, after = old.written(), new.written()
    names = [name for name in {**before, **after} if name != "date" and before.get(name) != after.get(name)]
    return [f"recorded_with.{name}: {before.get(name, 'none')} → {after.get(name, 'none')}" for name in names]


def exchange_differences(old: Sequence[Interaction], new: Sequence[Interaction]) -> list[str]:
    """Requests that are new, missing or in another place, and the first difference of each that is not."""
    before, after = list(map(_line, old)), list(map(_line, new))
    lines: list[str] = []
    for kind, start, end, new_start, new_end in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if kind == "equal":
            pairs = zip(range(start, end), old[start:end], new[new_start:new_end], strict=True)
            lines += (f"{number + 1}. {before[number]}: {found}" for number, a, b in pairs if (found := _first(a, b)))
        lines += (
            f"{number + 1}. {before[number]}: not sent any more" for number in range(start, end) if kind != "equal"
        )
        lines += (f"{number + 1}. {after[number]}: new" for number in range(new_start, new_end) if kind != "equal")
    return lines


def _line(one: Interaction) -> str:
    query = one.request.uri.partition("?")[2]
    return " ".join(sent_of(one.request.method, one.request.uri)) + (f"?{unquote(query)}" if query else "")


def _first(old: Interaction, new: Interaction) -> str | None:
    """The first difference of two exchanges: its place as a JSON pointer, and both values."""
    parts = (
        ("request headers", old.request.headers, new.request.headers),
        ("request body", _parsed(old.request.body), _parsed(new.request.body)),
        ("status", old.response.status.code, new.response.status.code),
        ("response headers", old.response.headers, new.response.headers),
        ("response body", _parsed(old.response.body.string), _parsed(new.response.body.string)),
    )
    for name, before, after in parts:
        for pointer, one, other in _unequal(before, after):
            return f"{name}{' ' if pointer else ''}{pointer}: {_shown(one, other)} → {_shown(other, one)}"
    return None if old == new else "the same data, written in another way"


def _parsed(body: Body) -> Any:
    """JSON as data, a log as its lines; each line of it can be JSON again."""
    if not isinstance(body, str):
        return body
    try:
        return json.loads(body)
    except ValueError:
        lines = body.split("\n")
    return [_parsed(line) for line in lines] if len(lines) > 1 else body


def _unequal(old: object, new: object, place: str = "") -> Iterator[tuple[str, Any, Any]]:
    before, after = _members(old), _members(new)
    if before is None or after is None or type(old) is not type(new):
        yield from [(place, old, new)] if (type(old), old) != (type(new), new) else ()
        return
    for key in {**before, **after}:
        step = str(key).replace("~", "~0").replace("/", "~1")
        yield from _unequal(before.get(key, _ABSENT), after.get(key, _ABSENT), f"{place}/{step}")


def _members(value: object) -> Mapping[Any, Any] | None:
    """Of an object its members, of an array its items by their number."""
    if isinstance(value, list):
        return dict(enumerate(items(cast("object", value))))
    return mapping(cast("object", value)) if isinstance(value, dict) else None


def _shown(value: Any, other: Any) -> str:
    """A value in one line, from a little before the place where the other one begins to differ."""
    if value is _ABSENT:
        return "none"
    text, beside = (
        json.dumps(one, default=repr, ensure_ascii=False) for one in (value, None if other is _ABSENT else other)
    )
    same = next((at for at, (a, b) in enumerate(zip(text, beside, strict=False)) if a != b), 0)
    start = max(0, same - _WIDTH // 3) if len(text) > _WIDTH else 0
    cut = text[start : start + _WIDTH]
    return f"{'…' if start else ''}{cut}{'…' if start + _WIDTH < len(text) else ''}"
