"""What a look at a whole policy file finds, and that it finds nothing in one that is fine."""

from __future__ import annotations

import pytest
from support.policies import AGENT, actions, policy_of

from tfc_agent_tools.authority.rules.coverage import Seen
from tfc_agent_tools.authority.rules.document import When, Where
from tfc_agent_tools.authority.rules.findings import Finding
from tfc_agent_tools.authority.rules.lint import lint
from tfc_agent_tools.authority.rules.words import conditions_in_words
from tfc_agent_tools.errors import ConfigurationError

DENY = "rules:\n  - {id: no, effect: deny, actions: runs.apply}\n"


def found(rules: str = "", *, head: str = AGENT) -> list[Finding]:
    return lint(policy_of(rules, head=head), actions())


def sentences(rules: str = "", *, head: str = AGENT) -> list[str]:
    return [f"{one.severity} {one.where}: {one.text}" for one in found(rules, head=head)]


def agent(access: str) -> str:
    return f"version: 1\nagents:\n  deployer: {{on_behalf_of: ana@acme.io, access: {access}}}\n"


def rule(text: str) -> str:
    return f"rules:\n  - {{id: it, {text}}}\n"


FINE = """
people: {ana@acme.io: {keys: ["ed25519:AAAA"]}, ben@acme.io: {keys: ["ed25519:B"]}, cy@acme.io: {keys: ["ed25519:C"]}}
groups: {platform: [ana@acme.io, ben@acme.io, cy@acme.io]}
rules:
  - {id: no-loss, effect: deny, actions: runs.apply, where: {tags: env=prod}, when: {destroys: {at_least: 1}}}
  - {id: prod, effect: ask, actions: runs.apply, where: {tags: env=prod},
     approvers: {groups: platform, min: 2, not_requester: true}}
  - {id: staging, effect: allow, actions: [runs.apply, runs.create], where: {tags: env=staging},
     when: {hours: "08:00-18:00 Europe/Berlin", days: mon-fri}}
"""


def test_a_policy_that_is_fine_gives_no_finding() -> None:
    assert sentences(FINE) == []


@pytest.mark.parametrize(
    ("text", "where", "part"),
    [
        ("effect: deny, agents: deployr, actions: runs.apply", "error it", "deployr"),
        ("effect: deny, actions: runs.aply", "error it", "did you mean runs.apply"),
        ("effect: deny, actions: 'run.*'", "error it", "fits no action"),
        ("effect: ask, actions: tokens.create", "warning it", "no tool does tokens.create"),
        ("effect: ask, actions: 'tokens.*'", "error it", "gives nothing: tokens.create, tokens.delete"),
        ("effect: allow, actions: [runs.apply, 'teams.*']", "warning it", "does not open teams.create"),
        ("effect: ask, actions: [runs.apply, runs.read]", "warning it", "nobody is asked about a read"),
        (
            "effect: allow, actions: teams.list, where: {tags: env=prod}",
            "error it",
            "tags says nothing about teams.list",
        ),
        ("effect: deny, actions: runs.read, when: {hours: '08:00-08:00 UTC'}", "warning it", "whole day"),
        ("effect: deny, actions: runs.apply, when: {adds: {at_least: 2, at_most: 1}}", "error it", "no number"),
        (
            "effect: deny, actions: runs.apply, where: {require_tag: env=prod, without_tags: env=prod}",
            "error it",
            "requires the tag env=prod and excludes it",
        ),
        ("effect: deny, actions: runs.apply, where: {tags: a, without_tags: [a, b]}", "error it", "excluded"),
        ("effect: ask, actions: runs.apply, approvers: {people: [ben], min: 2}", "error it", "nobody can meet it"),
        (
            "effect: ask, actions: runs.apply, approvers: {people: [ana@acme.io, ben], min: 2, not_requester: true}",
            "error it",
            "too few are left",
        ),
        ("effect: ask, actions: runs.apply, approvers: {people: [ben]}", "warning it", "no key"),
    ],
)
def test_a_rule_that_cannot_be_meant_is_found_with_what_to_do(text: str, where: str, part: str) -> None:
    assert any(one.startswith(where) and part in one for one in sentences(rule(text))), sentences(rule(text))


@pytest.mark.parametrize(
    ("access", "part"),
    [
        ("{runz: read}", "error agents.deployer: access names 'runz'"),
        ("{runs.aply: full}", "did you mean runs.apply"),
        ("{organizations.delete: full}", "error agents.deployer: no access level gives organizations.delete"),
        ("{outputs.read-values: read}", "no access level gives outputs.read-values"),
        ("{runs.read: full}", "warning agents.deployer: runs.read only reads"),
    ],
)
def test_an_access_key_that_gives_nothing_is_found(access: str, part: str) -> None:
    assert any(part in one for one in sentences(head=agent(access)))


@pytest.mark.parametrize(
    "access", ['{"*": read}', "{runs: full}", "{runs.apply: write}", "{organizations.delete: off}"]
)
def test_an_access_key_that_means_something_is_not(access: str) -> None:
    assert sentences(head=agent(access)) == []


def test_a_rule_whose_actions_are_all_off_is_dead() -> None:
    head = agent("{runs: off}")
    assert any(
        "off for all its agents" in one for one in sentences(rule("effect: allow, actions: runs.apply"), head=head)
    )
    (denial,) = found(rule("effect: deny, actions: runs.apply"), head=head)
    assert denial.severity == "warning"
    both = rule("effect: allow, actions: [runs.apply, workspaces.lock]")
    assert sentences(both, head=head) == []


@pytest.mark.parametrize(
    ("stricter", "milder", "is_shadowed"),
    [
        ("effect: deny, actions: runs.apply", "effect: allow, actions: runs.apply", True),
        ("effect: deny, actions: 'runs.*'", "effect: ask, actions: runs.apply, where: {workspace: a}", True),
        (
            "effect: ask, actions: runs.apply",
            "effect: allow, actions: runs.apply, when: {destroys: {at_most: 0}}",
            True,
        ),
        (
            "effect: deny, actions: runs.apply, where: {workspace: 'prod-*'}",
            "effect: allow, actions: runs.apply, where: {workspace: prod-a}",
            True,
        ),
        ("effect: deny, actions: runs.apply", "effect: allow, actions: [runs.apply, runs.create]", False),
        (
            "effect: deny, actions: runs.apply, when: {hours: '08:00-18:00 UTC'}",
            "effect: ask, actions: runs.apply",
            False,
        ),
        (
            "effect: deny, actions: runs.apply, where: {workspace: prod-a}",
            "effect: allow, actions: runs.apply, where: {workspace: 'prod-*'}",
            False,
        ),
        (
            "effect: deny, actions: runs.apply, when: {resource_types: aws_*}",
            "effect: allow, actions: runs.apply, when: {resource_types: aws_*}",
            False,
        ),
        ("effect: deny, mode: shadow, actions: runs.apply", "effect: allow, actions: runs.apply", False),
        ("effect: deny, agents: other, actions: runs.apply", "effect: allow, actions: runs.apply", False),
    ],
)
def test_a_rule_that_a_stricter_one_always_beats_is_found(stricter: str, milder: str, is_shadowed: bool) -> None:
    rules = f"rules:\n  - {{id: strict, {stricter}}}\n  - {{id: mild, {milder}}}\n"
    assert any("mild: always beaten by the stricter strict" in one for one in sentences(rules)) is is_shadowed


def test_two_rules_that_together_leave_nothing_are_named_both() -> None:
    rules = (
        "rules:\n  - {id: a, effect: deny, actions: runs.apply}\n  - {id: b, effect: deny, actions: runs.create}\n"
        "  - {id: mild, effect: ask, actions: [runs.apply, runs.create]}\n"
    )
    assert any("beaten by the stricter a and b" in one for one in sentences(rules))


def test_people_and_groups_that_nobody_asks_are_found() -> None:
    text = 'people: {dan: {keys: ["ed25519:D"]}}\ngroups: {idle: [eve]}\n'
    assert [one.partition(":")[0] for one in sentences(text)] == ["warning groups.idle", "warning people.dan"]


@pytest.mark.parametrize(
    ("changer", "read", "is_found"),
    [
        ("effect: allow, actions: workspaces.update", "where: {tags: env=prod}", True),
        ("effect: ask, actions: workspaces.update", "where: {workspace: 'prod-*'}", True),
        ("effect: allow, actions: projects.update", "where: {project: web}", True),
        ("effect: allow, actions: variables.update", "when: {targets: '*'}", True),
        ("effect: deny, actions: workspaces.update", "where: {tags: env=prod}", False),
        ("effect: allow, actions: workspaces.lock", "where: {tags: env=prod}", False),
        ("effect: allow, actions: projects.update", "where: {organization: acme}", False),
    ],
)
def test_an_agent_that_can_change_what_its_rules_read_is_found(changer: str, read: str, is_found: bool) -> None:
    rules = f"rules:\n  - {{id: changer, {changer}}}\n  - {{id: it, effect: deny, actions: runs.apply, {read}}}\n"
    assert any("which can change what it (" in one for one in sentences(rules)) is is_found


def test_it_is_said_whether_a_person_is_asked_before_the_input_changes() -> None:
    reads = "  - {id: it, effect: deny, actions: runs.apply, where: {tags: env=prod}}\n"
    for effect, words in [("allow", "without a question"), ("ask", "after a person's yes")]:
        rules = f"rules:\n  - {{id: c, effect: {effect}, actions: workspaces.update}}\n{reads}"
        assert any(words in one for one in sentences(rules))


def test_a_test_about_what_is_not_there_is_found() -> None:
    tests = "tests:\n  - {agent: nobody, action: runs.aply, expect: deny}\n"
    assert len([one for one in sentences(tests) if one.startswith("error tests.0")]) == 2


def test_a_rule_that_asks_groups_without_members_is_refused_since_anybody_could_answer() -> None:
    text = "groups: {none: []}\n" + rule("effect: ask, actions: runs.apply, approvers: {groups: none}")
    with pytest.raises(ConfigurationError, match="hold nobody"):
        policy_of(text)


@pytest.mark.parametrize(
    ("where", "part"),
    [
        ("tags: env=prdo", "no workspace has the tag 'env=prdo' (did you mean env=prod?)"),
        ("without_tags: env=prdo", "no workspace has the tag 'env=prdo'"),
        ("require_tag: [env=prod, team]", "no workspace has the tag 'team'"),
        ("workspace: 'web-*'", "no workspace is called 'web-*'"),
        ("project: nets", "no workspace is in a project 'nets' (did you mean net?)"),
        ("organization: other", "no workspace is in an organization 'other'"),
    ],
)
def test_a_name_or_tag_that_no_workspace_has_is_found(where: str, part: str) -> None:
    there = [Seen(organization="acme", workspace="app", project="net", tags=("env=prod",))]
    policy = policy_of(rule(f"effect: deny, actions: runs.apply, where: {{{where}}}"))
    assert [part in one.text for one in lint(policy, actions(), there)] == [True]


def test_a_name_or_tag_that_a_workspace_has_or_may_have_is_not() -> None:
    there = [Seen(organization="acme", workspace="app")]
    places = "organization: acme, workspace: 'a*', project: x, tags: [env, a=b], without_tags: c"
    policy = policy_of(rule(f"effect: deny, actions: runs.apply, where: {{{places}}}"))
    assert lint(policy, actions(), there) == []
    protected = policy_of("protected: {workspaces: core}\n")
    assert [one.where for one in lint(protected, actions(), there)] == ["protected"]


@pytest.mark.parametrize("name", [*Where.model_fields, *When.model_fields])
def test_every_condition_has_words(name: str) -> None:
    part, values = ("where", Where) if name in Where.model_fields else ("when", When)
    examples = {"hours": "08:00-18:00 UTC", "days": "mon-fri", "plan_tier": "full"}
    kind = str(values.model_fields[name].annotation)
    value = "{at_most: 3}" if "Amount" in kind else "true" if "bool" in kind else examples.get(name, "abc")
    text = value if value.startswith("{") else f"'{value}'" if name in examples else value
    policy = policy_of(rule(f"effect: deny, actions: runs.apply, {part}: {{{name}: {text}}}"))
    said = conditions_in_words(policy.document.rules[0])
    assert said
    assert value == "true" or value.strip("{}").replace("at_most:", "at most") in said
