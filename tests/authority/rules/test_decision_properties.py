"""What holds for every policy and every call, whatever stands in them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from test_decisions import APPLY, question

from tfc_agent_tools.authority.rules.decide import RulePolicy
from tfc_agent_tools.authority.rules.document import PolicyDocument
from tfc_agent_tools.authority.rules.target import Target
from tfc_agent_tools.facts import UNKNOWN
from tfc_agent_tools.types import Impact

pytestmark = pytest.mark.timeout(120)
LAXNESS = {"deny": 0, "ask": 1, "allow": 2}
VALUES: dict[str, list[Any]] = {
    "workspace": ["app-dev", "app-prod", "dns", None],
    "project": ["core", "edge", None],
    "tags": [frozenset(), frozenset({"env=prod"}), frozenset({"env=dev", "legacy"}), None],
    "is_destroy": [True, False],
    "plan_only": [True, False],
    "auto_apply": [True, False],
    "destroys": [0, 1, 5],
    "changes": [0, 3],
    "resource_types": [frozenset(), frozenset({"aws_eip"}), frozenset({"aws_eip", "aws_db_instance"})],
    "targets": [frozenset(), frozenset({"aws_eip.a"}), frozenset({"aws_eip.a", "aws_db_instance.b"})],
    "variables": [frozenset(), frozenset({"size"})],
    "branch": ["main", "dev", None],
    "config_source": ["github", "tfe-api"],
    "terraform_version": [None, "1.9.0"],
    "plan_tier": ["full", "log", "counts"],
    "impacts": [frozenset(), frozenset({Impact.APPLIES}), frozenset({Impact.DESTROYS}), frozenset({Impact.GRANTS})],
    "addresses": [frozenset(), frozenset({"aws_db_instance.b"})],
}


OF_RUNS = (
    "is_destroy", "plan_only", "auto_apply", "refresh_only", "targets", "replaces", "variables", "branch",
    "config_source", "terraform_version", "config_generation", "debugging",
)  # fmt: skip
"""What only runs have: nothing else is asked about it."""


def some(**parts: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries({}, optional=parts)


AMOUNT = some(at_least=st.integers(0, 4), at_most=st.integers(0, 4)).filter(bool)
RULE = st.fixed_dictionaries(
    {
        "effect": st.sampled_from(["deny", "ask", "allow"]),
        "actions": st.sampled_from(["*", "runs.*", "runs.apply", "workspaces.lock"]),
        "mode": st.sampled_from(["enforce", "enforce", "enforce", "shadow"]),
        "where": some(
            workspace=st.sampled_from(["app-*", "dns", "*"]),
            project=st.sampled_from(["core", "e*"]),
            tags=st.sampled_from(["env", "env=prod", "legacy"]),
            without_tags=st.sampled_from(["env=prod"]),
            require_tag=st.sampled_from(["env"]),
        ),
        "when": some(
            is_destroy=st.booleans(),
            plan_only=st.booleans(),
            auto_apply=st.booleans(),
            destroys=AMOUNT,
            changes=AMOUNT,
            resource_types=st.sampled_from(["aws_eip", "aws_*"]),
            targets=st.sampled_from(["aws_eip.*"]),
            variables=st.sampled_from(["size"]),
            branch=st.sampled_from(["main"]),
            config_source=st.sampled_from(["github"]),
            terraform_version=st.sampled_from(["1.9.*"]),
            plan_tier=st.sampled_from(["full", "log"]),
        ),
    }
)
LEVEL = st.sampled_from(["off", "read", "write", "full", None])
PROTECTED = some(workspaces=st.just(["app-prod"]), addresses=st.just(["aws_db_instance.*"]))


@st.composite
def policies(draw: st.DrawFn) -> dict[str, Any]:
    level = draw(LEVEL)
    return {
        "version": 1,
        "agents": {"infra": {"on_behalf_of": ["ana"], "access": {"*": level} if level else {}}},
        "protected": draw(PROTECTED),
        "rules": [{"id": f"r{number}", **rule} for number, rule in enumerate(draw(st.lists(RULE, max_size=5)))],
    }


TARGETS = st.fixed_dictionaries({name: st.sampled_from([*values, UNKNOWN]) for name, values in VALUES.items()})
ACTIONS = st.sampled_from(["runs.apply", "runs.create", "workspaces.lock"])


def read(document: dict[str, Any]) -> RulePolicy:
    return RulePolicy(PolicyDocument.model_validate(document), "digest")


def laxness(policy: RulePolicy, target: Target) -> int:
    return LAXNESS[policy.decide_on(question(target), target).effect]


@settings(max_examples=200, deadline=None)
@given(policies(), ACTIONS, TARGETS, st.sampled_from(sorted(VALUES)))
def test_an_unknown_fact_is_decided_as_strictly_as_any_value_of_it(
    document: dict[str, Any], action: str, facts: dict[str, Any], name: str
) -> None:
    policy, target = read(document), replace(APPLY, action=action, **facts)
    unknown = laxness(policy, replace(target, **{name: UNKNOWN}))
    assert all(unknown <= laxness(policy, replace(target, **{name: value})) for value in VALUES[name])


@settings(max_examples=200, deadline=None)
@given(policies(), ACTIONS, TARGETS, RULE)
def test_one_more_deny_rule_makes_nothing_laxer(
    document: dict[str, Any], action: str, facts: dict[str, Any], rule: dict[str, Any]
) -> None:
    target = replace(APPLY, action=action, **facts)
    more = {**document, "rules": [*document["rules"], {**rule, "id": "more", "effect": "deny", "mode": "enforce"}]}
    assert laxness(read(more), target) <= laxness(read(document), target)


@settings(max_examples=100, deadline=None)
@given(policies(), ACTIONS, TARGETS)
def test_what_is_denied_at_a_glance_is_denied_whatever_the_facts(
    document: dict[str, Any], action: str, facts: dict[str, Any]
) -> None:
    of_no_run = {} if action.startswith("runs.") else dict.fromkeys(OF_RUNS)
    policy, target = read(document), replace(APPLY, action=action, **{**facts, **of_no_run})
    if policy.at_a_glance(question(target)):
        assert laxness(policy, target) == 0


@settings(max_examples=200, deadline=None)
@given(policies(), ACTIONS, TARGETS, st.randoms(use_true_random=False))
def test_the_order_of_rules_decides_nothing(
    document: dict[str, Any], action: str, facts: dict[str, Any], random: Any
) -> None:
    shuffled = [*document["rules"]]
    random.shuffle(shuffled)
    target = replace(APPLY, action=action, **facts)
    assert laxness(read({**document, "rules": shuffled}), target) == laxness(read(document), target)


@settings(max_examples=150, deadline=None)
@given(policies(), ACTIONS, TARGETS)
def test_protection_makes_nothing_laxer_and_lets_nothing_pass_unasked(
    document: dict[str, Any], action: str, facts: dict[str, Any]
) -> None:
    target = replace(APPLY, action=action, **facts)
    guarded = {**document, "protected": {"workspaces": ["*"]}}
    assert laxness(read(guarded), target) <= laxness(read({**document, "protected": {}}), target)
    if target.workspace is not None:
        assert laxness(read(guarded), target) <= LAXNESS["ask"]
