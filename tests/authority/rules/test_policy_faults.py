"""A policy file fails closed: what is empty, on trial or unreadable never lets more through."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from tfc_agent_tools.authority.policy import Effect, Question
from tfc_agent_tools.authority.rules.decide import RulePolicy
from tfc_agent_tools.authority.rules.reading import parse
from tfc_agent_tools.authority.rules.target import Target
from tfc_agent_tools.authority.rules.tristate import MAYBE, NO, YES, every, some
from tfc_agent_tools.errors import ConfigurationError
from tfc_agent_tools.facts import UNKNOWN

NOON = datetime(2026, 1, 5, 12, tzinfo=UTC)
HEAD = "version: 1\nagents: {bot: {on_behalf_of: [ana], access: {%s}}}\n"


def policy(text: str, access: str = "") -> RulePolicy:
    return parse((HEAD % access + text).encode(), "p.yaml")


def question(action: str = "runs.apply") -> Question:
    return Question(agent="bot", tool="apply_run", action=action, risk="destructive", requester="ana")


@pytest.mark.parametrize(
    "text",
    [
        "organizations:",
        "rules: [{id: a, effect: allow, actions: runs.apply, where: {workspace: }}]",
        "rules: [{id: a, effect: allow, actions: runs.apply, when: {is_destroy: }}]",
        "rules: [{id: a, effect: allow, actions: runs.apply, when: {destroys: {}}}]",
    ],
)
def test_a_key_that_says_nothing_is_refused_since_it_would_drop_its_condition(text: str) -> None:
    with pytest.raises(ConfigurationError, match=r"is empty|needs at_most"):
        policy(text)


@pytest.mark.parametrize("value", ['!!int ""', "!!timestamp x", "!!bool x", "2026-99-99", "!!binary é"])
def test_what_yaml_trips_over_is_a_configuration_error(value: str) -> None:
    with pytest.raises(ConfigurationError):
        policy(f"kill_switch: {value}")


@pytest.mark.parametrize("key", ["''", "~", "a"])
def test_a_key_that_stands_twice_is_refused_whatever_it_is(key: str) -> None:
    with pytest.raises(ConfigurationError, match="stands twice"):
        policy(f"groups: {{{key}: [x], {key}: [y]}}")


def test_groups_that_hold_groups_many_times_over_are_opened_once_each() -> None:
    levels = ", ".join(f"g{n}: [{', '.join([f'g{n + 1}'] * 10)}]" for n in range(30))
    policy(f"groups: {{{levels}, g30: [ana]}}")


def test_a_long_chain_of_groups_is_no_recursion_error() -> None:
    policy("groups: {" + ", ".join(f"g{n}: [g{n + 1}]" for n in range(3000)) + "}")


def test_a_cycle_of_groups_is_refused_and_shown() -> None:
    with pytest.raises(ConfigurationError, match="a holds b holds a, which has no end"):
        policy("groups: {a: [b], b: [a]}")


@pytest.mark.parametrize(
    ("tags", "expected"),
    [(frozenset({"prod"}), Effect.ASK), (frozenset[str](), Effect.DENY), (UNKNOWN, Effect.DENY)],
)
def test_a_rule_on_trial_that_only_may_match_opens_nothing(tags: object, expected: Effect) -> None:
    given = policy("rules: [{id: a, effect: ask, actions: runs.apply, where: {tags: prod}, mode: shadow}]")
    target = Target(action="runs.apply", is_read=False, impacts=frozenset(), tags=tags, moment=NOON)  # type: ignore[arg-type]
    assert given.decide_on(question(), target).effect is expected


def test_a_glance_denies_nothing_that_impacts_not_yet_known_could_open() -> None:
    given = policy("rules: [{id: a, effect: ask, actions: workspaces.update, when: {destroys: {at_most: 0}}}]")
    assert given.at_a_glance(question("workspaces.update")) is None


def test_a_glance_denies_nothing_by_a_deny_rule_that_certainly_does_not_hold() -> None:
    deny = "{id: a, effect: deny, actions: workspaces.lock, when: {plan_only: true}}"
    given = policy(f"rules: [{deny}, {{id: b, effect: ask, actions: workspaces.lock}}]")
    assert given.at_a_glance(question("workspaces.lock")) is None


def test_a_group_is_its_people_and_those_of_the_groups_that_it_holds() -> None:
    given = policy(
        "groups: {ops: [zoe, leads], leads: [bob]}\n"
        "rules: [{id: a, effect: ask, actions: runs.apply, approvers: {people: [ana], groups: [ops]}}]"
    )
    target = Target(action="runs.apply", is_read=False, impacts=frozenset(), moment=NOON)
    (asked,) = given.decide_on(question(), target).approvers
    assert asked.people == {"ana", "zoe", "bob"}


def test_a_group_that_is_not_there_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="there is no group 'ops'"):
        policy("rules: [{id: a, effect: ask, actions: runs.apply, approvers: {groups: [ops]}}]")


def test_one_that_may_hold_among_those_that_do_not_may_hold() -> None:
    assert some([NO, MAYBE, NO]) is MAYBE
    assert some([MAYBE, YES]) is YES
    assert some([NO, NO]) is NO
    assert every([YES, MAYBE, YES]) is MAYBE
    assert every([MAYBE, NO]) is NO
    assert every([YES, YES]) is YES
