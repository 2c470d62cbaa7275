"""The conditions of a rule as Cedar expressions, each guarded against a context that lacks what it reads.

The context holds everything in lower case. Cedar has no quantifier and no time zone, so the context answers two
things itself: `fits` has the lists of globs that a set fits (`any resource_types: aws_*`), and `local` the minute of
the day and the weekday in a zone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, get_args

from tfc_agent_tools.authority.rules.document import Amount, Tier
from tfc_agent_tools.authority.rules.moments import Hours, days

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tfc_agent_tools.authority.rules.document import Rule, When, Where

SETS: Final = ("resource_types", "targets", "replaces", "variables")
_TIERS: Final[tuple[str, ...]] = get_args(Tier)
UTC: Final = "UTC"
"""The key in `local` by which days without hours are told."""


def quoted(text: str) -> str:
    """A string of Cedar. What could end it, or start an escape, or not be seen, is written as its code point."""
    plain = (one if one.isprintable() and one not in '"\\' else f"\\u{{{ord(one):x}}}" for one in text)
    return f'"{"".join(plain)}"'


def listed(words: Iterable[str]) -> str:
    """A set of strings."""
    return f"[{', '.join(map(quoted, words))}]"


def like(term: str, globs: Iterable[str]) -> str:
    """Whether a string fits one of the globs."""
    parts = (f"{term} like {quoted(glob)}" if "*" in glob else f"{term} == {quoted(glob)}" for glob in globs)
    return either(parts)


def either(parts: Iterable[str]) -> str:
    """One of them holds."""
    return f"({' || '.join(parts)})"


def terms(rule: Rule, *, perhaps: bool = False) -> list[str]:
    """All conditions of a rule.

    Args:
        rule: The rule.
        perhaps: Those of an ask rule that may hold, since some of several things fit and some don't.
    """
    return [*_where(rule.where), *_when(rule.when, rule.effect, perhaps=perhaps)]


def if_given(name: str, then: str, *, otherwise: bool = False) -> str:
    """A term over something that a call may not have. The form is the one that Cedar's validator understands."""
    return f"(if context has {name} then {then} else {str(otherwise).lower()})"


def _where(where: Where) -> list[str]:
    places = ((key, getattr(where, key)) for key in ("organization", "project", "workspace"))
    found = [if_given(key, like(f"context.{key}", globs)) for key, globs in places if globs]
    if where.tags:
        found.append(_tagged(either(map(_tag, where.tags))))
    if where.require_tag:
        found.append(_tagged(f"({' && '.join(map(_tag, where.require_tag))})"))
    if where.without_tags:
        found.append(_tagged(f"!{either(map(_tag, where.without_tags))}"))
    return found


def _tagged(then: str) -> str:
    return if_given("tags", if_given("tag_keys", then))


def _tag(wanted: str) -> str:
    name = "tags" if "=" in wanted else "tag_keys"
    return _fits("any", name, (wanted,)) if "*" in wanted else f"context.{name}.contains({quoted(wanted)})"


def _fits(how_many: str, name: str, globs: tuple[str, ...]) -> str:
    question = f"{how_many} {name}: {', '.join(globs)}"
    return f"context.fits.contains({quoted(question)})"


def _when(when: When, effect: str, *, perhaps: bool) -> list[str]:
    given: dict[str, Any] = {key: value for key in type(when).model_fields if (value := getattr(when, key)) is not None}
    return [_about(key, value, when, effect, perhaps=perhaps) for key, value in given.items()]


def _about(key: str, value: Any, when: When, effect: str, *, perhaps: bool) -> str:
    if key in {"hours", "days"}:
        return _hours(value) if key == "hours" else _days(value, _zone(when.hours) if when.hours else UTC)
    if key in SETS:
        return if_given(key, _several(key, value, effect, perhaps=perhaps))
    unset_fits = effect == "allow" and key == "terraform_version"
    return if_given(key, _single(key, value), otherwise=unset_fits)


def _single(key: str, value: Any) -> str:
    if key == "plan_tier":
        return f"{listed(_TIERS[_TIERS.index(value) :])}.contains(context.{key})"
    if isinstance(value, bool):
        return f"context.{key} == {str(value).lower()}"
    return _amount(f"context.{key}", value) if isinstance(value, Amount) else like(f"context.{key}", value)


def _amount(term: str, amount: Amount) -> str:
    above = "true" if amount.at_least is None else f"{term} >= {amount.at_least}"
    return above if amount.at_most is None else f"({above} && {term} <= {amount.at_most})"


def _several(key: str, globs: tuple[str, ...], effect: str, *, perhaps: bool) -> str:
    if any("*" in glob for glob in globs):
        one, every = _fits("any", key, globs), _fits("all", key, globs)
    else:
        one = f"{listed(globs)}.containsAny(context.{key})"
        every = f"{listed(globs)}.containsAll(context.{key})"
    if effect == "allow":
        return every
    return one if effect == "deny" or perhaps else f"({one} && {every})"


def _zone(hours: str) -> str:
    return Hours.parse(hours).zone.key


def _hours(text: str) -> str:
    hours, zone = Hours.parse(text), _zone(text)
    minute = f"context.local[{quoted(zone)}].minute"
    start, end = (one.hour * 60 + one.minute for one in (hours.start, hours.end))
    joined = "&&" if start < end else "||"
    return _in_zone(zone, f"({minute} >= {start} {joined} {minute} < {end})")


def _days(text: str, zone: str) -> str:
    return _in_zone(
        zone, f"[{', '.join(map(str, sorted(days(text))))}].contains(context.local[{quoted(zone)}].weekday)"
    )


def _in_zone(zone: str, then: str) -> str:
    return f"(if context.local has {quoted(zone)} then {then} else false)"
