"""What is told of a policy as a whole never disagrees with what it decides."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from support.policies import actions

from tfc_agent_tools.authority.rules.checking import check
from tfc_agent_tools.authority.rules.decide import RulePolicy
from tfc_agent_tools.authority.rules.document import PolicyDocument
from tfc_agent_tools.authority.rules.lint import lint
from tfc_agent_tools.authority.rules.outlook import outlook
from tfc_agent_tools.authority.rules.table import table

ACTIONS = actions()
ALONE = ["runs.apply", "runs.read", "workspaces.lock", "workspaces.list", "projects.delete", "outputs.read-values"]
"""Actions that amount to no other."""


def some(**parts: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries({}, optional=parts)


AMOUNT = st.fixed_dictionaries({}, optional={"at_least": st.integers(0, 2), "at_most": st.integers(0, 2)}).filter(bool)
RULE = st.fixed_dictionaries(
    {
        "effect": st.sampled_from(["deny", "ask", "allow"]),
        "agents": st.sampled_from(["*", "a", "b"]),
        "actions": st.sampled_from(["*", "runs.*", *ALONE]),
        "where": some(
            tags=st.sampled_from(["env", "env=prod"]),
            without_tags=st.sampled_from(["env", "env=prod"]),
            workspace=st.sampled_from(["a", "a*", "*"]),
        ),
        "when": some(destroys=AMOUNT, auto_apply=st.booleans(), hours=st.just("08:00-18:00 UTC")),
    }
)
FACTS = some(
    tags=st.sampled_from([[], ["env=prod"], ["env"]]),
    workspace=st.sampled_from(["a", "ab", "b"]),
    destroys=st.integers(0, 2),
    auto_apply=st.booleans(),
    targets=st.just(["x"]),
)
LEVELS = st.dictionaries(
    st.sampled_from(["*", "runs", "workspaces", "runs.apply"]), st.sampled_from(["off", "read", "write", "full"])
)
TEST = st.tuples(st.sampled_from("ab"), st.sampled_from(ALONE), FACTS)


def policy_with(rules: list[dict[str, Any]], access: dict[str, str], tests: list[tuple[Any, ...]]) -> RulePolicy:
    agents = {"a": {"on_behalf_of": "x", "access": access}, "b": {"on_behalf_of": "x"}}
    named = [{"id": f"r{number}", **rule} for number, rule in enumerate(rules)]
    asked = [{"agent": agent, "action": action, "expect": "deny", **facts} for agent, action, facts in tests]
    whole = {"version": 1, "agents": agents, "rules": named, "tests": asked}
    return RulePolicy(PolicyDocument.model_validate(whole), "digest")


@settings(max_examples=150, deadline=None)
@given(st.lists(RULE, max_size=5), LEVELS, st.lists(TEST, min_size=1, max_size=4))
def test_a_decision_is_among_those_that_the_table_tells(
    rules: list[dict[str, Any]], access: dict[str, str], tests: list[tuple[Any, ...]]
) -> None:
    policy = policy_with(rules, access, tests)
    assert table(policy, ACTIONS, ["a", "b"])
    for outcome in check(policy, ACTIONS):
        told = outlook(policy, outcome.test.agent, ACTIONS.by_name[outcome.test.action])
        assert outcome.verdict.effect in told.effects


@settings(max_examples=150, deadline=None)
@given(st.lists(RULE, min_size=2, max_size=5), LEVELS, st.lists(TEST, min_size=1, max_size=4))
def test_a_rule_that_lint_calls_beaten_never_decides(
    rules: list[dict[str, Any]], access: dict[str, str], tests: list[tuple[Any, ...]]
) -> None:
    policy = policy_with(rules, access, tests)
    beaten = {finding.where for finding in lint(policy, ACTIONS) if "always beaten" in finding.text}
    for outcome in check(policy, ACTIONS):
        assert not beaten & set(outcome.verdict.rules)
