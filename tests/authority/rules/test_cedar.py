"""What a policy file is in Cedar: texts that its own parser and validator take."""

from __future__ import annotations

from random import Random

import pytest

pytest.importorskip("cedarpy", reason="the extra `cedar` is not installed")

import cedarpy
from support.cedar_oracle import SCHEMA, ZONES, Oracle
from support.policies import policy_of
from support.random_policies import ODD, random_call, random_policy

from tfc_agent_tools.authority.rules.cedar import to_cedar
from tfc_agent_tools.authority.rules.cedar_terms import quoted


def test_a_rule_is_a_policy_with_its_id_and_effect() -> None:
    rules = """
rules:
  - {id: prod, effect: deny, actions: runs.apply, where: {tags: env=prod}, when: {destroys: {at_least: 1}}, why: no}
"""
    assert to_cedar(policy_of(rules).document) == (
        '@id("prod") @effect("deny") @why("no")\n'
        "forbid (principal, action, resource) when {\n"
        '  (context.agent like "*") &&\n'
        '  (["runs.apply"].contains(context.action)) &&\n'
        "  (if context has tags then (if context has tag_keys then "
        '(context.tags.contains("env=prod")) else false) else false) &&\n'
        "  (if context has destroys then context.destroys >= 1 else false)\n"
        "};\n"
    )


def test_an_ask_rule_of_which_some_fits_is_a_second_policy_that_may_hold() -> None:
    rules = "rules:\n  - {id: db, effect: ask, actions: runs.apply, when: {resource_types: aws_db}}\n"
    text = to_cedar(policy_of(rules).document)
    assert text.count("permit (") == 2
    assert '@id("db?") @effect("ask")' in text


def test_a_rule_on_trial_is_left_out() -> None:
    rules = "rules:\n  - {id: new, effect: deny, actions: '*', mode: shadow}\n"
    assert to_cedar(policy_of(rules).document) == ""


@pytest.mark.parametrize("seed", range(40))
def test_cedars_validator_finds_nothing_wrong(seed: int) -> None:
    text = to_cedar(random_policy(Random(seed)))  # noqa: S311
    found = cedarpy.validate_policies(text, SCHEMA)
    assert found.validation_passed, (found.errors, text)


@pytest.mark.parametrize("text", ["", "plain", 'a"b', "a\\b", "a\\", "\\*", "tab\tand\nline", "é 日 \u200b\x00", ODD])
def test_a_string_is_read_back_as_it_was(text: str) -> None:
    request = {"principal": 'A::"a"', "action": 'Action::"call"', "resource": 'R::"r"', "context": {"it": text}}
    policy = f"permit (principal, action, resource) when {{ context.it == {quoted(text)} }};"
    assert cedarpy.is_authorized(request, policy, []).allowed


@pytest.mark.parametrize(
    ("action", "is_stopped"),
    [("runs.apply", True), ("runs.discard", False), ("runs.cancel", False), ("runs.read", False)],
)
def test_the_kill_switch_forbids_every_write_but_what_stops_runs(action: str, is_stopped: bool) -> None:
    oracle = Oracle(policy_of("kill_switch: on\n").document)
    question, target = random_call(Random(1), action=action)  # noqa: S311
    assert (oracle.ids(question, target) == {"kill_switch"}) is is_stopped


def test_the_zones_of_the_oracle_are_those_that_the_policies_name() -> None:
    named = {part.split(" ")[1] for seed in range(40) for part in _hours(seed)}
    assert named == {*ZONES}


def _hours(seed: int) -> list[str]:
    document = random_policy(Random(seed))  # noqa: S311
    return [rule.when.hours for rule in document.rules if rule.when.hours]
