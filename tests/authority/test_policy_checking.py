"""The tests that stand in a policy file: what is given is a fact, what is not given is not read."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from support.policies import actions, policy_of

from tfc_agent_tools.authority.policy import Question
from tfc_agent_tools.authority.rules.checking import Outcome, check
from tfc_agent_tools.errors import ConfigurationError
from tfc_agent_tools.types import Impact, Risk

RULES = """
rules:
  - {id: no-loss, effect: deny, actions: runs.apply, where: {tags: env=prod}, when: {destroys: {at_least: 1}}}
  - {id: staging, effect: allow, actions: [runs.create, runs.apply], where: {tags: env=staging}}
  - {id: office, effect: ask, actions: workspaces.lock, when: {hours: "08:00-18:00 Europe/Berlin"}}
"""


def outcome(test: str) -> Outcome:
    policy = policy_of(f"{RULES}tests:\n  - {{agent: deployer, {test}}}\n")
    (found,) = check(policy, actions(), lambda: datetime(2026, 7, 1, 3, tzinfo=UTC))
    return found


@pytest.mark.parametrize(
    "test",
    [
        "action: runs.apply, tags: [env=prod], destroys: 1, expect: deny, by: no-loss",
        "action: runs.apply, tags: [env=prod], expect: deny, by: no-loss",
        "action: runs.apply, tags: [Env=Staging], destroys: 3, expect: allow, by: staging",
        "action: runs.apply, expect: deny",
        "action: runs.apply, tags: [], expect: deny, by: nothing allows it",
        "action: runs.create, tags: [env=staging], plan_only: true, expect: allow",
        "action: runs.create, tags: [env=staging], variables: [x], plan_only: true, expect: deny",
        "action: runs.create, tags: [env=staging], targets: [a.b], plan_only: true, expect: deny",
        "action: runs.read, expect: allow, by: 'access: read'",
        "action: workspaces.lock, at: '2026-07-01T09:00:00+02:00', expect: ask, by: office",
        "action: workspaces.lock, at: 2026-07-01T09:00:00+02:00, expect: ask, by: office",
        "action: workspaces.lock, at: '2026-07-01T19:00:00+02:00', expect: deny",
        "action: workspaces.lock, expect: deny",
        "action: runs.read, requester: eve@acme.io, expect: deny, by: on_behalf_of",
        "action: outputs.read-values, expect: deny",
    ],
)
def test_a_test_that_says_what_the_policy_decides_passes(test: str) -> None:
    found = outcome(test)
    assert found.is_good, found.verdict


@pytest.mark.parametrize(
    "test",
    [
        "action: runs.apply, tags: [env=prod], destroys: 1, expect: allow",
        "action: runs.apply, tags: [env=prod], destroys: 1, expect: deny, by: staging",
        "action: runs.aply, expect: deny",
    ],
)
def test_a_test_that_says_otherwise_fails(test: str) -> None:
    assert not outcome(test).is_good


def test_a_run_that_may_apply_by_itself_is_decided_as_an_apply_too() -> None:
    rules = "rules:\n  - {id: plans, effect: allow, actions: runs.create}\n"
    for given, expected in [("auto_apply: false", "allow"), ("auto_apply: true", "deny"), ("changes: 1", "deny")]:
        text = f"{rules}tests:\n  - {{agent: deployer, action: runs.create, {given}, expect: {expected}}}\n"
        (found,) = check(policy_of(text), actions())
        assert found.is_good, (given, found.verdict)


@pytest.mark.parametrize(
    ("action", "given", "by"),
    [
        ("configuration-versions.upload", "workspace: a", "no-run"),
        ("configuration-versions.upload", "workspace: a", "no-apply"),
        ("workspaces.update", "auto_apply: true", "no-apply"),
        ("workspaces.update", "auto_apply: false", "all"),
        ("workspaces.unlock", "workspace: a", "all"),
    ],
)
def test_a_call_is_decided_as_all_that_it_amounts_to(action: str, given: str, by: str) -> None:
    rules = (
        "rules:\n  - {id: all, effect: allow, actions: '*'}\n  - {id: no-run, effect: deny, actions: runs.create}\n"
        "  - {id: no-apply, effect: deny, actions: runs.apply}\n"
    )
    text = f"{rules}tests:\n  - {{agent: deployer, action: {action}, {given}, expect: deny}}\n"
    (found,) = check(policy_of(text), actions())
    assert by in found.verdict.rules
    assert found.is_good is (by != "all")


def test_a_failure_says_which_facts_were_left_open() -> None:
    assert outcome("action: runs.apply, expect: allow").unread == ("tags", "destroys")


@pytest.mark.parametrize("moment", ["'2026-07-01T09:00:00'", "2026-07-01T09:00:00", "2026-07-01"])
def test_a_moment_without_a_time_zone_is_refused(moment: str) -> None:
    with pytest.raises(ConfigurationError, match="policy"):
        outcome(f"action: runs.read, at: {moment}, expect: allow")


def test_a_run_that_applies_nothing_touches_no_protected_address() -> None:
    rules = (
        "protected: {addresses: 'aws_db_instance.*'}\nrules:\n  - {id: plans, effect: allow, actions: runs.create}\n"
    )
    policy = policy_of(rules)
    question = Question(
        agent="deployer",
        requester="ana@acme.io",
        tool="create_run",
        action="runs.create",
        risk=Risk.WRITE,
        impacts=frozenset({Impact.RUNS_CODE}),
        arguments={"workspace": "acme/app"},
    )
    assert policy.decide(question).effect == "allow"
    applies = replace(question, impacts=question.impacts | {Impact.APPLIES}, arguments={"auto_apply": True})
    assert policy.decide(applies).rules == ("plans", "protected")
