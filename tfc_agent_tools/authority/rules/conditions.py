"""The conditions of a rule, each a question to a target with three possible answers.

A condition over several things (all types of a plan, all targets) is answered by how many of them fit, since what that
means depends on the rule: an allow rule covers only a call of which everything fits, a deny rule stops one of which
anything does.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import UTC
from operator import attrgetter
from typing import TYPE_CHECKING, Any, Final, get_args

from tfc_agent_tools.authority.rules.document import Amount, Tier, When, Where
from tfc_agent_tools.authority.rules.globs import matcher
from tfc_agent_tools.authority.rules.moments import Hours, days
from tfc_agent_tools.authority.rules.tristate import MAYBE, NO, YES, Tri, every, some, truth
from tfc_agent_tools.facts import UNKNOWN

if TYPE_CHECKING:
    from tfc_agent_tools.authority.rules.document import Effect
    from tfc_agent_tools.authority.rules.target import Target

Condition = Callable[["Target"], Tri]
_FLAGS: Final = ("plan_only", "auto_apply", "is_destroy", "refresh_only", "debugging", "config_generation")
_AMOUNTS: Final = ("destroys", "changes", "adds", "imports", "downstream")
_TIERS: Final[tuple[str, ...]] = get_args(Tier)
_PLACES: Final = {"organization": "organization", "project": "project", "workspace": "workspace"}
_SEVERAL: Final = ("resource_types", "targets", "replaces", "variables")
_ONE: Final = ("config_source", "branch", "terraform_version")


def conditions_of(where: Where, when: When, effect: Effect) -> dict[str, Condition]:
    """Every condition that a rule states, by its key."""
    return {**_where(where), **_when(when, effect)}


def _where(where: Where) -> dict[str, Condition]:
    found = {key: _named(key, globs) for key in _PLACES if (globs := getattr(where, key)) is not None}
    if where.tags is not None:
        found["tags"] = _tagged(where.tags, some)
    if where.require_tag is not None:
        found["require_tag"] = _tagged(where.require_tag, every)
    if where.without_tags is not None:
        found["without_tags"] = _untagged(where.without_tags)
    return found


def _when(when: When, effect: Effect) -> dict[str, Condition]:
    found: dict[str, Condition] = {}
    for key in _FLAGS:
        if (wanted := getattr(when, key)) is not None:
            found[key] = _flag(key, wanted=wanted)
    for key in _AMOUNTS:
        if (amount := getattr(when, key)) is not None:
            found[key] = _amount(key, amount)
    for key in _SEVERAL:
        if (globs := getattr(when, key)) is not None:
            found[key] = _several(key, globs, effect)
    for key in _ONE:
        if (globs := getattr(when, key)) is not None:
            found[key] = _one(key, globs, effect)
    return found | _about_now(when)


def _about_now(when: When) -> dict[str, Condition]:
    found: dict[str, Condition] = {}
    if when.plan_tier is not None:
        found["plan_tier"] = _tier(when.plan_tier)
    if when.hours is not None:
        hours = Hours.parse(when.hours)
        found["hours"] = lambda target: truth(holds=hours.hold(target.moment))
    if when.days is not None:
        wanted = days(when.days)
        zone = Hours.parse(when.hours).zone if when.hours else UTC
        found["days"] = lambda target: truth(holds=target.moment.astimezone(zone).weekday() in wanted)
    if (is_after := when.after_untrusted_text) is not None:
        found["after_untrusted_text"] = lambda target: truth(holds=target.after_untrusted_text is is_after)
    return found


def _named(key: str, globs: tuple[str, ...]) -> Condition:
    fits, read = matcher(globs), attrgetter(key)

    def holds(target: Target) -> Tri:
        value: Any = read(target)
        if value is UNKNOWN:
            return YES if globs == ("*",) else MAYBE
        return YES if value is not None and fits(value) else NO

    return holds


def _tagged(tags: tuple[str, ...], how_many: Callable[[Iterable[Tri]], Tri]) -> Condition:
    def holds(target: Target) -> Tri:
        if target.tags is UNKNOWN:
            return MAYBE
        if target.tags is None:
            return NO
        return how_many(truth(holds=_has(target.tags, tag)) for tag in tags)

    return holds


def _untagged(tags: tuple[str, ...]) -> Condition:
    def holds(target: Target) -> Tri:
        if target.tags is UNKNOWN:
            return MAYBE
        return truth(holds=target.tags is not None and not any(_has(target.tags, tag) for tag in tags))

    return holds


def _has(tags: Any, wanted: str) -> bool:
    """A key alone stands for the key with any value, too."""
    fits = matcher((wanted,))
    return any(fits(tag if "=" in wanted else tag.partition("=")[0]) for tag in tags)


def _flag(key: str, *, wanted: bool) -> Condition:
    def holds(target: Target) -> Tri:
        value: Any = getattr(target, key)
        return MAYBE if value is UNKNOWN else truth(holds=value is wanted)

    return holds


def _amount(key: str, amount: Amount) -> Condition:
    def holds(target: Target) -> Tri:
        value: Any = getattr(target, key)
        if value is UNKNOWN:
            return MAYBE
        if value is None:
            return NO
        above = amount.at_least is None or value >= amount.at_least
        return truth(holds=above and (amount.at_most is None or value <= amount.at_most))

    return holds


def _several(key: str, globs: tuple[str, ...], effect: Effect) -> Condition:
    fits = matcher(globs)

    def holds(target: Target) -> Tri:
        value: Any = getattr(target, key)
        if value is UNKNOWN:
            return MAYBE
        fitting = [fits(one) for one in value or ()]
        if effect == "allow":
            return truth(holds=value is not None and all(fitting))
        if not any(fitting) or effect == "deny" or all(fitting):
            return truth(holds=any(fitting))
        return MAYBE

    return holds


def _one(key: str, globs: tuple[str, ...], effect: Effect) -> Condition:
    """A single value; to an allow rule a version that the call does not set is no deviation."""
    fits = matcher(globs)

    def holds(target: Target) -> Tri:
        value: Any = getattr(target, key)
        if value is UNKNOWN:
            return MAYBE
        if value is None:
            return truth(holds=effect == "allow" and key == "terraform_version")
        return truth(holds=fits(str(value)))

    return holds


def _tier(wanted: str) -> Condition:
    def holds(target: Target) -> Tri:
        if target.plan_tier is UNKNOWN:
            return MAYBE
        tier = target.plan_tier
        return truth(holds=isinstance(tier, str) and _TIERS.index(tier) >= _TIERS.index(wanted))

    return holds
