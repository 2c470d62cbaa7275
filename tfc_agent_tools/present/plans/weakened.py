"""Whether a change takes protection away. It reads values and says only the fixed phrase of the rule that fits.

Values are given with the sensitive ones hidden, so no phrase depends on what must not be known.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, Final

from tfc_agent_tools.narrow import mapping
from tfc_agent_tools.present.plans.at_risk import ANYTHING, MADE
from tfc_agent_tools.present.plans.policy_documents import allowed, document_in
from tfc_agent_tools.present.secrets.json_kinds import is_array, is_number

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from tfc_agent_tools.present.plans.at_risk import Rule, TypeRisk, Weakening

    Attributes = Mapping[str, Any]
    Says = Callable[[Weakening, tuple[str, ...]], tuple[str, ...]]

_MOST: Final = 6
_JUST_WORDS: Final = frozenset({"description", "tags", "labels", "name"})
"""Members that say nothing about who is let in."""
_NUMBER: Final = re.compile(r"([0-9]{1,12}(?:\.[0-9]{1,6})?)s?")
"""Some providers write numbers as text, and Google durations as `86400s`."""


def phrases(
    risk: TypeRisk, before: Attributes | None, after: Attributes, changed: Iterable[str], unknown: Attributes
) -> tuple[str, ...]:
    """What the change weakens, as `phrase (attribute)`; `before` is None for something new.

    Args:
        risk: What can be weakened with this type.
        before: The attributes as they are.
        after: The attributes as they will be.
        changed: The attributes that differ, at the top level.
        unknown: `after_unknown`: true for each attribute that the plan can't know.
    """

    def said(rule: Weakening, path: tuple[str, ...]) -> tuple[str, ...]:
        if before is None:
            return tuple(_said(rule, path, {}, after)) if rule.also_new or rule.made else ()
        if rule.also_new and risk.decides_access and unknown.get(path[0]) is True:
            return (f"gets a value that is not known yet ({path[0]})",)
        return tuple(_said(rule, path, before, after))

    names = (MADE, *changed) if before is None else changed
    return _first_of_each_path((rule for name in names for rule in risk.rules.get(name, ())), said)


def last_words(risk: TypeRisk, before: Attributes) -> tuple[str, ...]:
    """What makes the end of a resource final, such as that it leaves no snapshot."""

    def said(rule: Weakening, path: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(_said(rule, path, {}, before)) if rule.also_gone else ()

    return _first_of_each_path((rule for name in before for rule in risk.rules.get(name, ())), said)


def _first_of_each_path(rules: Iterable[Rule], said: Says) -> tuple[str, ...]:
    found: dict[tuple[str, ...], tuple[str, ...]] = {}
    for rule, path in rules:
        if path not in found and (phrases := said(rule, path)):
            found[path] = phrases
    return tuple(dict.fromkeys(phrase for some in found.values() for phrase in some))[:_MOST]


def _said(rule: Weakening, path: tuple[str, ...], before: Attributes, after: Attributes) -> Iterator[str]:
    where = ".".join(path)
    if rule.allows_all is not None:
        was, now = allowed(_at(before, path)), allowed(_at(after, path))
        yield from (f"{says} ({where})" for element, says in rule.allows_all.items() if now[element] > was[element])
    elif rule.made:
        yield rule.says
    elif _holds(rule, path, before, after):
        yield f"{rule.says} ({where})"


def _holds(rule: Weakening, path: tuple[str, ...], before: Attributes, after: Attributes) -> bool:
    if rule.contains is not None:
        return bool(_opened(after, path, rule) - _opened(before, path, rule))
    was, now = list(_at(before, path)), list(_at(after, path))
    if rule.goes:
        return any(map(_is_something, was)) and not any(map(_is_something, now))
    if rule.appears:
        return any(map(_is_something, now)) and not any(map(_is_something, was))
    if rule.shrinks:
        return _shrinks(was, now, zero=float("inf") if rule.shrinks == "unless zero" else 0.0)
    return sum(_fits(rule, value) for value in now) > sum(_fits(rule, value) for value in was)


def _fits(rule: Weakening, value: Any) -> bool:
    if is_array(value):
        return any(_fits(rule, part) for part in value)
    if rule.starts_with is not None:
        return isinstance(value, str) and value.startswith(_texts(rule.starts_with))
    wanted = rule.becomes if isinstance(rule.becomes, tuple) else (rule.becomes,)
    return any(type(word) is type(value) and word == value for word in wanted)


def _at(value: Any, path: tuple[str, ...]) -> Iterator[Any]:
    """The values at a path; a nested block is a list of objects, and all of them are walked."""
    if not path:
        yield value
    elif is_array(value):
        for part in value:
            yield from _at(part, path)
    elif path[0] in (members := mapping(value)):
        yield from _at(members[path[0]], path[1:])


def _is_something(value: Any) -> bool:
    return value is not None and value is not False and value not in ("", [], {})


def _shrinks(was: list[Any], now: list[Any], *, zero: float) -> bool:
    """Whether numbers get smaller or lists shorter; of several, each is compared with the one of its rank."""
    if any(map(is_array, was)):
        now = [[] if value is None else value for value in now]
    before, after = (sorted(_sizes(values, zero)) for values in (was, now))
    return any(smaller < larger for larger, smaller in zip(before, after, strict=False))


def _sizes(values: list[Any], zero: float) -> Iterator[float]:
    """Of a number itself, of a list the number of its entries; nothing for all else."""
    for value in values:
        if is_array(value):
            yield float(len(value))
        elif is_number(value):
            yield float(value) or zero
        elif isinstance(value, str) and (number := _NUMBER.fullmatch(value)):
            yield float(number[1]) or zero


def _opened(resource: Attributes, path: tuple[str, ...], rule: Weakening) -> set[str]:
    """What is open at a path, with its neighbours: another port to the same address is another opening."""
    values = [document_in(value) or value for value in _at(resource, path)]
    beside = {name: resource[name] for name in rule.beside if name in resource}
    return _open({path[-1]: values}, rule, beside)


def _open(value: Any, rule: Weakening, beside: Attributes) -> set[str]:
    """Each object that holds one of the wanted texts, as JSON."""
    found = set[str]()
    if is_array(value):
        return found.union(*(_open(part, rule, beside) for part in value))
    members = mapping(value)
    around = {**beside, **members}
    if any(_excuses(around.get(name), words) for name, words in rule.unless.items()):
        return found
    wanted = _texts(rule.contains or ())
    held = {text for member in members.values() for text in _own_texts(member) if text in wanted}
    rest = {name: member for name, member in around.items() if name not in _JUST_WORDS} if held else {}
    found.update(json.dumps([text, rest], sort_keys=True, default=str) for text in held)
    return found.union(*(_open(member, rule, {}) for member in members.values()))


def _excuses(value: Any, words: Any) -> bool:
    return _is_something(value) if words == ANYTHING else value in words


def _own_texts(value: Any) -> Iterator[str]:
    if is_array(value):
        for part in value:
            yield from _own_texts(part)
    elif isinstance(value, str):
        yield value


def _texts(one_or_more: str | tuple[str, ...]) -> tuple[str, ...]:
    return (one_or_more,) if isinstance(one_or_more, str) else one_or_more
