"""What a policy file decides, one rule of the format after the other."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, get_args

import pytest
import yaml

from tfc_agent_tools.authority.policy import Question, Verdict, strictest
from tfc_agent_tools.authority.rules.decide import RulePolicy
from tfc_agent_tools.authority.rules.document import Tier
from tfc_agent_tools.authority.rules.levels import ONLY_BY_NAME
from tfc_agent_tools.authority.rules.reading import parse
from tfc_agent_tools.authority.rules.target import Target
from tfc_agent_tools.facts import UNKNOWN
from tfc_agent_tools.types import Impact, Risk

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)  # a Tuesday
APPLY = Target(
    action="runs.apply",
    is_read=False,
    impacts=frozenset({Impact.APPLIES}),
    organization="acme",
    project="core",
    workspace="app-dev",
    tags=frozenset({"env=dev", "legacy"}),
    plan_only=False,
    auto_apply=False,
    is_destroy=False,
    refresh_only=False,
    destroys=0,
    changes=2,
    adds=1,
    imports=0,
    resource_types=frozenset({"aws_instance", "aws_eip"}),
    addresses=frozenset(),
    config_source="github",
    branch="main",
    targets=frozenset(),
    replaces=frozenset(),
    variables=frozenset(),
    config_generation=False,
    plan_tier="full",
    downstream=0,
    moment=NOW,
)


def _read(text: str) -> Any:
    return yaml.load(text, Loader=yaml.BaseLoader)  # noqa: S506 - a safe loader that leaves `off` and `no` words


def policy(rules: str = "[]", access: str = "{}", top: str = "{}") -> RulePolicy:
    found = _read(rules)
    document = {
        "version": 1,
        "agents": {"infra": {"on_behalf_of": ["ana"], "access": _read(access)}},
        "rules": [{"id": f"r{number}", **rule} for number, rule in enumerate(found)],
        **yaml.safe_load(top),
    }
    return parse(yaml.safe_dump(document).encode(), "policy.yaml")


def question(target: Target = APPLY, **changes: Any) -> Question:
    given: dict[str, Any] = {
        "agent": "infra",
        "requester": "ana",
        "tool": "",
        "action": target.action,
        "risk": Risk.READ if target.is_read else Risk.WRITE,
    }
    return Question(**{**given, **changes})


def decided(rules: str = "[]", access: str = "{}", top: str = "{}", **changes: Any) -> str:
    target = replace(APPLY, **changes)
    return policy(rules, access, top).decide_on(question(target), target).effect.value


DENY, ASK, ALLOW = (f"{{effect: {effect}, actions: [runs.apply]}}" for effect in ("deny", "ask", "allow"))


@pytest.mark.parametrize(
    ("rules", "effect"),
    [
        ([], "deny"),
        ([ALLOW], "allow"),
        ([ASK], "ask"),
        ([ALLOW, ASK], "ask"),
        ([ASK, ALLOW], "ask"),
        ([ALLOW, ASK, DENY], "deny"),
        ([DENY, ALLOW], "deny"),
    ],
)
def test_deny_comes_before_ask_before_allow_in_whatever_order(rules: list[str], effect: str) -> None:
    assert decided(f"[{', '.join(rules)}]") == effect


READ = {"action": "runs.read", "is_read": True}
HARMLESS = {"action": "workspaces.lock", "impacts": frozenset[Impact]()}
DESTROYS = {"impacts": frozenset({Impact.APPLIES, Impact.DESTROYS})}


@pytest.mark.parametrize(
    ("level", "changes", "effect"),
    [
        ("off", READ, "deny"),
        ("read", READ, "allow"),
        ("read", HARMLESS, "deny"),
        ("write", READ, "allow"),
        ("write", HARMLESS, "ask"),
        ("write", {}, "ask"),
        ("write", DESTROYS, "deny"),
        ("write", {"impacts": UNKNOWN}, "deny"),
        ("write", {"impacts": frozenset({Impact.REWRITES_STATE})}, "deny"),
        ("full", DESTROYS, "ask"),
        ("full", {"impacts": frozenset({Impact.GRANTS})}, "deny"),
        ("full", {"impacts": UNKNOWN}, "deny"),
    ],
)
def test_where_no_rule_matches_the_access_level_answers(level: str, changes: dict[str, Any], effect: str) -> None:
    assert decided(access=f"{{'*': '{level}'}}", **changes) == effect


def test_the_most_exact_key_of_an_access_level_counts() -> None:
    access = "{'*': full, runs: read, runs.apply: write}"
    assert decided(access=access) == "ask"
    assert decided(access=access, action="runs.create") == "deny"
    assert decided(access=access, **HARMLESS) == "ask"
    assert decided(access="{'*': full, Runs.Apply: 'off'}") == "deny"


def test_off_is_a_ceiling_that_no_rule_lifts() -> None:
    assert decided(f"[{ALLOW}]", access="{runs: 'off'}") == "deny"
    assert decided(f"[{ALLOW}]", access="{runs: read}") == "allow"


@pytest.mark.parametrize("action", sorted(ONLY_BY_NAME))
def test_what_is_only_given_by_name_is_given_by_nothing_else(action: str) -> None:
    for effect in ("allow", "ask"):
        group = action.partition(".")[0]
        wide = f"[{{effect: {effect}, actions: ['*']}}, {{effect: {effect}, actions: ['{group}.*']}}]"
        assert decided(wide, access="{'*': full}", action=action, impacts=frozenset[Impact]()) == "deny"
        named = f"[{{effect: {effect}, actions: ['{action}']}}]"
        assert decided(named, action=action, impacts=frozenset[Impact]()) == effect


def test_what_grants_access_is_given_by_name_only() -> None:
    grants = {"action": "workspaces.update", "impacts": frozenset({Impact.GRANTS})}
    assert decided("[{effect: allow, actions: ['*']}]", access="{'*': full}", **grants) == "deny"
    assert decided("[{effect: allow, actions: [workspaces.update]}]", **grants) == "allow"
    unknown = grants | {"impacts": UNKNOWN}
    assert decided("[{effect: allow, actions: ['workspaces.*']}]", **unknown) == "deny"


@pytest.mark.parametrize(
    ("uses", "named"),
    [
        ({"targets": frozenset({"aws_eip.a"})}, "targets: 'aws_eip.*'"),
        ({"replaces": frozenset({"aws_eip.a"})}, "replaces: 'aws_eip.*'"),
        ({"variables": frozenset({"size"})}, "variables: size"),
        ({"config_generation": True}, "config_generation: true"),
        ({"debugging": True}, "debugging: true"),
        ({"terraform_version": "1.9.0"}, "terraform_version: '1.9.*'"),
    ],
)
def test_an_allow_rule_covers_only_what_it_names(uses: dict[str, Any], named: str) -> None:
    assert decided(f"[{ALLOW}]", **uses) == "deny"
    assert decided(f"[{{effect: allow, actions: [runs.apply], when: {{{named}}}}}]", **uses) == "allow"
    unknown: dict[str, Any] = dict.fromkeys(uses, UNKNOWN)
    assert decided(f"[{ALLOW}]", **unknown) == "deny"
    assert decided(f"[{ASK}]", **uses) == "ask"


CONDITIONS: list[tuple[str, dict[str, Any], dict[str, Any]]] = [
    ("where: {organization: 'AC*'}", {}, {"organization": "other"}),
    ("where: {project: [core, edge]}", {}, {"project": "web"}),
    ("where: {workspace: 'app-*'}", {}, {"workspace": "dns"}),
    ("where: {tags: 'env=dev'}", {}, {"tags": frozenset({"env=prod"})}),
    ("where: {tags: env}", {}, {"tags": frozenset({"environment=dev"})}),
    ("where: {tags: legacy}", {}, {"tags": frozenset()}),
    ("where: {tags: 'env=*'}", {}, {"tags": frozenset({"env"})}),
    ("where: {require_tag: [env, legacy]}", {}, {"tags": frozenset({"env=dev"})}),
    ("where: {without_tags: 'env=prod'}", {}, {"tags": frozenset({"env=prod"})}),
    ("when: {plan_only: false}", {}, {"plan_only": True}),
    ("when: {auto_apply: true}", {"auto_apply": True}, {"auto_apply": False}),
    ("when: {is_destroy: false}", {}, {"is_destroy": True}),
    ("when: {refresh_only: true}", {"refresh_only": True}, {"refresh_only": False}),
    ("when: {destroys: {at_most: 1}}", {"destroys": 1}, {"destroys": 2}),
    ("when: {changes: {at_least: 2, at_most: 3}}", {}, {"changes": 1}),
    ("when: {adds: {at_most: 1}}", {}, {"adds": 2}),
    ("when: {imports: {at_most: 0}}", {}, {"imports": 1}),
    ("when: {downstream: {at_most: 0}}", {}, {"downstream": 1}),
    ("when: {resource_types: 'aws_*'}", {}, {"resource_types": frozenset({"google_x"})}),
    ("when: {config_source: github}", {}, {"config_source": "tfe-api"}),
    ("when: {branch: 'ma*'}", {}, {"branch": "feature"}),
    ("when: {plan_tier: redacted}", {}, {"plan_tier": "log"}),
    ("when: {hours: '08:00-18:00 UTC'}", {}, {"moment": NOW.replace(hour=18)}),
    ("when: {hours: '22:00-13:00 UTC'}", {}, {"moment": NOW.replace(hour=14)}),
    ("when: {hours: '12:30-13:30 Europe/Berlin'}", {}, {"moment": NOW.replace(hour=11)}),
    ("when: {days: mon-fri}", {}, {"moment": NOW.replace(day=28)}),
    ("when: {days: 'fri-tue'}", {}, {"moment": NOW.replace(day=25)}),
    ("when: {after_untrusted_text: false}", {}, {"after_untrusted_text": True}),
]


@pytest.mark.parametrize("effect", ["deny", "ask", "allow"])
@pytest.mark.parametrize(("condition", "fits", "fails"), CONDITIONS, ids=[c for c, _, _ in CONDITIONS])
def test_a_rule_decides_where_its_condition_holds(
    condition: str, fits: dict[str, Any], fails: dict[str, Any], effect: str
) -> None:
    rules = f"[{{effect: {effect}, actions: [runs.apply], {condition}}}]"
    elsewhere = "deny" if effect != "deny" else "ask"
    access = "{}" if effect != "deny" else "{runs: full}"
    assert decided(rules, access, **fits) == effect
    assert decided(rules, access, **fails) == elsewhere


UNREAD = [(c, f) for c, _, fails in CONDITIONS for f in fails if f not in {"moment", "after_untrusted_text"}]


@pytest.mark.parametrize(("condition", "fact"), UNREAD, ids=[c for c, _ in UNREAD])
def test_an_unknown_fact_counts_against(condition: str, fact: str) -> None:
    def rule(effect: str) -> str:
        return f"{{effect: {effect}, actions: [runs.apply], {condition}}}"

    unknown = {fact: UNKNOWN}
    assert decided(f"[{rule('deny')}, {ALLOW}]", **unknown) == "deny"
    assert decided(f"[{rule('ask')}, {ALLOW}]", **unknown) == "ask"
    assert decided(f"[{rule('allow')}]", **unknown) == "deny"
    assert decided(f"[{rule('ask')}]", **unknown) == "deny"
    assert decided(f"[{rule('allow')}]", "{runs: full}", **unknown) == "ask"


@pytest.mark.parametrize("condition", ["tags: env", "without_tags: env", "require_tag: env", "workspace: '*'"])
def test_what_has_no_tags_or_workspace_is_not_of_unknown_ones(condition: str) -> None:
    rules = f"[{{effect: deny, actions: ['*'], where: {{{condition}}}}}]"
    nothing = {"action": "teams.read", "is_read": True, "tags": None, "workspace": None}
    assert decided(rules, "{'*': read}", **nothing) == "allow"


@pytest.mark.parametrize(
    ("effect", "some", "every"),
    [("deny", "deny", "deny"), ("ask", "deny", "ask"), ("allow", "deny", "allow")],
)
def test_of_several_things_an_allow_rule_needs_all_and_a_deny_rule_one(effect: str, some: str, every: str) -> None:
    rules = f"[{{effect: {effect}, actions: [runs.apply], when: {{resource_types: aws_instance}}}}]"
    assert decided(rules) == some
    assert decided(rules, resource_types=frozenset({"aws_instance"})) == every


def test_where_only_some_fit_an_ask_rule_still_makes_an_allowed_call_ask() -> None:
    asks = "{effect: ask, actions: [runs.apply], when: {resource_types: aws_instance}}"
    assert decided(f"[{asks}, {ALLOW}]") == "ask"


def test_a_tier_of_a_plan_is_that_one_or_a_better() -> None:
    tiers = get_args(Tier)
    for place, tier in enumerate(tiers):
        rule = f"{{effect: deny, actions: [runs.apply], when: {{plan_tier: {tier}}}}}"
        found = [decided(f"[{rule}, {ALLOW}]", plan_tier=one) for one in tiers]
        assert found == ["allow"] * place + ["deny"] * (len(tiers) - place)


def test_several_asks_demand_all_that_one_of_them_demands() -> None:
    rules = """[
      {effect: ask, actions: [runs.apply], approvers: {people: [zoe], within: 10m}},
      {effect: ask, actions: ['runs.*'], approvers: {people: [bob, zoe], min: 2, not_requester: true, within: 5m}}]"""
    verdict = policy(rules).decide_on(question(), APPLY)
    assert [(sorted(one.people), one.minimum) for one in verdict.approvers] == [(["zoe"], 1), (["bob", "zoe"], 2)]
    assert verdict.seconds == 300
    assert verdict.rules == ("r0", "r1")


def test_what_is_protected_asks_for_a_typed_name_whatever_allows_it() -> None:
    place = policy(f"[{ALLOW}]", top="{protected: {workspaces: ['app-*']}}").decide_on(question(), APPLY)
    assert (place.effect, place.typed) == ("ask", True)
    address = "{protected: {addresses: ['aws_db_instance.*']}}"
    assert decided(f"[{ALLOW}]", top=address) == "allow"
    assert decided(f"[{ALLOW}]", top=address, addresses=frozenset({"aws_db_instance.main"})) == "ask"
    assert decided(f"[{ALLOW}]", top=address, addresses=UNKNOWN) == "ask"
    assert decided(f"[{DENY}]", top=address) == "deny"


def test_what_is_protected_can_be_read() -> None:
    top = "{protected: {workspaces: ['app-*']}}"
    read = replace(APPLY, action="runs.read", is_read=True, impacts=frozenset())
    given = policy("[{effect: allow, actions: [runs.read]}]", top=top).decide_on(question(read), read)
    assert (given.effect, given.typed) == ("allow", False)


@pytest.mark.parametrize("trial", ["deny", "ask", "allow"])
def test_a_write_that_is_allowed_asks_while_a_rule_on_trial_matches_it(trial: str) -> None:
    rules = f"[{ALLOW}, {{effect: {trial}, actions: ['runs.*'], mode: shadow}}]"
    verdict = policy(rules).decide_on(question(), APPLY)
    assert (verdict.effect, verdict.rules, verdict.shadow) == ("ask", ("r1",), (f"r1: {trial}",))


def test_destruction_takes_a_typed_name() -> None:
    target = replace(APPLY, impacts=frozenset({Impact.DESTROYS}))
    assert policy(f"[{ASK}]").decide_on(question(), target).typed
    assert not policy(f"[{ASK}]").decide_on(question(), APPLY).typed


def test_a_policy_for_some_organizations_denies_in_others_and_where_it_can_not_tell() -> None:
    top = "{organizations: [acme]}"
    assert decided(f"[{ALLOW}]", top=top) == "allow"
    assert decided(f"[{ALLOW}]", top=top, organization="other") == "deny"
    assert decided(f"[{ALLOW}]", top=top, organization=UNKNOWN) == "deny"
    assert decided(f"[{ALLOW}]", top="{organizations: ['*']}", organization=UNKNOWN) == "deny"


@pytest.mark.parametrize(("agent", "requester"), [("stranger", "ana"), ("infra", "bob"), ("infra", None)])
def test_an_agent_acts_under_its_own_name_and_for_its_own_people(agent: str, requester: str | None) -> None:
    asked = question(agent=agent, requester=requester)
    assert policy(f"[{ALLOW}]").decide_on(asked, APPLY).effect == "deny"
    assert policy(f"[{ALLOW}]").at_a_glance(asked) is not None


def test_the_strictest_of_several_does_not_depend_on_their_order() -> None:
    verdicts = [policy(f"[{one}]").decide_on(question(), APPLY) for one in (ALLOW, ASK, DENY)]
    assert strictest(verdicts).effect == strictest(verdicts[::-1]).effect == "deny"
    assert strictest(verdicts[:2]).effect == strictest(verdicts[1::-1]).effect == "ask"
    only: Verdict = strictest(verdicts[:1])
    assert only is verdicts[0]


def test_a_rule_is_for_its_own_agents_only() -> None:
    for agents, effect in (("[other]", "deny"), ("['in*']", "allow"), ("[other, INFRA]", "allow")):
        assert decided(f"[{{effect: allow, actions: [runs.apply], agents: {agents}}}]") == effect
    assert decided(f"[{{effect: deny, actions: ['*'], agents: [other]}}, {ALLOW}]") == "allow"


def test_a_rule_is_for_its_own_actions_only() -> None:
    assert decided("[{effect: allow, actions: ['runs.*', plans.read]}]", **HARMLESS) == "deny"
    assert decided("[{effect: allow, actions: ['workspaces.l*']}]", **HARMLESS) == "allow"
    assert decided("[{effect: allow, actions: ['*.lock']}]", **HARMLESS) == "allow"


def test_a_deny_rule_by_glob_stops_what_is_otherwise_given_by_name_only() -> None:
    named = "{effect: allow, actions: [projects.delete]}"
    gone = {"action": "projects.delete", "impacts": frozenset({Impact.GRANTS})}
    assert decided(f"[{named}]", **gone) == "allow"
    assert decided(f"[{named}, {{effect: deny, actions: ['projects.*']}}]", **gone) == "deny"


@pytest.mark.parametrize("place", ["workspace", "project", "organization"])
def test_one_unknown_condition_is_not_made_good_by_those_that_hold(place: str) -> None:
    rule = "{effect: allow, actions: [runs.apply], where: {organization: acme, project: core, workspace: 'app-*'}}"
    unknown: dict[str, Any] = {place: UNKNOWN}
    assert decided(f"[{rule}]") == "allow"
    assert decided(f"[{rule}]", **unknown) == "deny"
