"""Whether a change takes protection away. It reads values and says only the fixed phrase of the rule that fits.

Values are given with the sensitive ones hidden (`plan_masks`), so no phrase depends on what must not be known.
"""

from __future__ import annotations

import json
from collections import Counter
from typing import TYPE_CHECKING, Any, Final, cast

from tfc_agent_tools.narrow import items, mapping

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from tfc_agent_tools.present.plans.at_risk import TypeRisk, Weakening

_MOST: Final = 6
_LONGEST_DOCUMENT: Final = 200_000
_JUST_WORDS: Final = frozenset({"description", "tags", "labels", "name"})
"""Members that say nothing about who is let in."""

Value = Any


def phrases(
    risk: TypeRisk,
    before: Mapping[str, Value] | None,
    after: Mapping[str, Value],
    changed: Iterable[str],
    unknown: Mapping[str, Any],
) -> tuple[str, ...]:
    """What the change weakens, as `phrase (attribute)`; `before` is None for something new.

    Args:
        risk: What can be weakened with this type.
        before: The attributes as they are.
        after: The attributes as they will be.
        changed: The attributes that differ, at the top level.
        unknown: `after_unknown`: true for each attribute that the plan can't know.
    """
    found: dict[tuple[str, ...], tuple[str, ...]] = {}
    for name in changed:
        for rule, path in risk.rules.get(name, ()):
            if path in found or (before is None and not rule.also_new):
                continue
            said = tuple(_said(rule, path, before or {}, after))
            if before and unknown.get(path[0]) is True and risk.decides_access and rule.also_new:
                said = (f"{path[0]} is known only after the apply",)
            if said:
                found[path] = said
    return tuple(dict.fromkeys(phrase for said in found.values() for phrase in said))[:_MOST]


def _said(
    rule: Weakening, path: tuple[str, ...], before: Mapping[str, Value], after: Mapping[str, Value]
) -> Iterator[str]:
    where = ".".join(path)
    if rule.allows_all is not None:
        was, now = _allowed(_at(before, path)), _allowed(_at(after, path))
        yield from (f"{says} ({where})" for element, says in rule.allows_all.items() if now[element] > was[element])
    elif _holds(rule, path, before, after):
        yield f"{rule.says} ({where})"


def _holds(rule: Weakening, path: tuple[str, ...], before: Mapping[str, Value], after: Mapping[str, Value]) -> bool:
    if rule.contains is not None:
        return bool(_opened(after, path, rule) - _opened(before, path, rule))
    was, now = list(_at(before, path)), list(_at(after, path))
    if rule.goes:
        return any(map(_is_something, was)) and not any(map(_is_something, now))
    if rule.shrinks:
        return _size(now) < _size(was) if was and now else False
    return sum(_fits(rule, value) for value in now) > sum(_fits(rule, value) for value in was)


def _fits(rule: Weakening, value: Value) -> bool:
    if isinstance(value, list):
        return any(_fits(rule, part) for part in items(cast("object", value)))
    if rule.starts_with is not None:
        return isinstance(value, str) and value.startswith(_texts(rule.starts_with))
    wanted = rule.becomes if isinstance(rule.becomes, tuple) else (rule.becomes,)
    return any(type(word) is type(value) and word == value for word in wanted)


def _at(value: Value, path: tuple[str, ...]) -> Iterator[Value]:
    """The values at a path; a nested block is a list of objects, and all of them are walked."""
    if not path:
        yield value
    elif isinstance(value, list):
        for part in items(cast("object", value)):
            yield from _at(part, path)
    elif path[0] in (members := mapping(value)):
        yield from _at(members[path[0]], path[1:])


def _is_something(value: Value) -> bool:
    return value is not None and value is not False and value not in ("", [], {})


def _size(values: list[Value]) -> float:
    """Of a number itself, of a list the number of its entries; of all else, more than any."""
    value = values[0]
    if isinstance(value, list):
        return len(items(cast("object", value)))
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return float(value) if is_number else float("inf")


def _opened(resource: Mapping[str, Value], path: tuple[str, ...], rule: Weakening) -> set[str]:
    """What is open at a path, with its neighbours: another port to the same address is another opening."""
    values = list(_at(resource, path))
    beside = {name: resource[name] for name in rule.with_ if name in resource}
    return _open({path[-1]: values}, rule, beside)


def _open(value: Value, rule: Weakening, beside: Mapping[str, Value]) -> set[str]:
    """Each object that holds one of the wanted texts, as JSON."""
    found = set[str]()
    if isinstance(value, list):
        for part in items(cast("object", value)):
            found |= _open(part, rule, beside)
        return found
    members = mapping(value)
    around = {**beside, **members}
    if any(around.get(name) in words for name, words in rule.unless.items()):
        return found
    wanted = _texts(rule.contains or ())
    held = {text for member in members.values() for text in _own_texts(member) if text in wanted}
    rest = {name: member for name, member in around.items() if name not in _JUST_WORDS} if held else {}
    found.update(json.dumps([text, rest], sort_keys=True, default=str) for text in held)
    for member in members.values():
        found |= _open(member, rule, {})
    return found


def _own_texts(value: Value) -> Iterator[str]:
    if isinstance(value, list):
        for part in items(cast("object", value)):
            yield from _own_texts(part)
    elif isinstance(value, str):
        yield value


def _allowed(documents: Iterable[Value]) -> Counter[str]:
    """How many statements of policy documents allow all of each element."""
    found = Counter[str]()
    for document in documents:
        for statement in _statements(document):
            if statement.get("Effect") != "Allow":
                continue
            every_action = "*" in _texts_of(statement.get("Action")) or "NotAction" in statement
            found["Action"] += every_action
            found["Resource"] += "*" in _texts_of(statement.get("Resource")) or "NotResource" in statement
            named = mapping(statement.get("Principal"))
            anyone = statement.get("Principal") == "*" or any("*" in _texts_of(who) for who in named.values())
            found["Principal"] += (anyone or "NotPrincipal" in statement) and "Condition" not in statement
    return found


def _statements(document: Value) -> list[Mapping[str, Value]]:
    if not isinstance(document, str) or len(document) > _LONGEST_DOCUMENT:
        return []
    try:
        listed = mapping(json.loads(document)).get("Statement")
    except (ValueError, RecursionError):
        return []
    return [mapping(one) for one in (items(cast("object", listed)) if isinstance(listed, list) else [listed])]


def _texts_of(value: Value) -> list[Value]:
    return items(cast("object", value)) if isinstance(value, list) else [value]


def _texts(one_or_more: str | tuple[str, ...]) -> tuple[str, ...]:
    return (one_or_more,) if isinstance(one_or_more, str) else one_or_more
