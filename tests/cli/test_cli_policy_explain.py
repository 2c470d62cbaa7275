"""`tfc-agent policy explain` and `audit-token`: tables, workspaces, reasons, and the rights of a real token."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from click.testing import Result
from rich.console import Console
from support.policies import policy_of
from typer.testing import CliRunner

from tfc_agent_tools.api.http import Wire
from tfc_agent_tools.api.tokens import Token
from tfc_agent_tools.api.transports import Transports
from tfc_agent_tools.authority.rules.coverage import Seen
from tfc_agent_tools.cli.app import app
from tfc_agent_tools.cli.policy_audit import audit
from tfc_agent_tools.cli.policy_connection import connection
from tfc_agent_tools.cli.policy_reader import Reader
from tfc_agent_tools.cli.policy_why import show_why
from tfc_agent_tools.cli.screen import Screen
from tfc_agent_tools.errors import ApiError, ArgumentError, ConfigurationError
from tfc_agent_tools.sandbox import Sandbox

RUNNER = CliRunner(env={"COLUMNS": "200"})
HEAD = """
version: 1
organizations: acme
agents:
  deployer: {on_behalf_of: ana@acme.io, access: {"*": read, workspaces: write, variables: off}}
  reader: {on_behalf_of: ana@acme.io, access: {"*": read}, token: READER_TOKEN}
groups: {platform: [ana@acme.io, ben@acme.io, cy@acme.io]}
"""
RULES = """
rules:
  - {id: no-loss, effect: deny, actions: runs.apply, where: {tags: environment=production},
     when: {destroys: {at_least: 1}}}
  - {id: prod, effect: ask, agents: deployer, actions: runs.apply, where: {tags: environment=production},
     approvers: {groups: platform, min: 2, not_requester: true}}
  - {id: staging, effect: allow, agents: deployer, actions: [runs.create, runs.apply], where: {workspace: "*-staging"}}
  - {id: nowhere, effect: deny, actions: runs.create, where: {tags: team=none}}
"""


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(seed="policy") as sandbox:
        yield sandbox


def wire(sandbox: Sandbox, token: str | None = None) -> Wire:
    value = token or sandbox.tokens["user"]
    return Wire(address=sandbox.address, token=Token(value), transports=Transports(sandbox.transport()))


def screen() -> tuple[Screen, io.StringIO]:
    out = io.StringIO()
    return Screen("POLICY", Console(file=out, width=200, highlight=False)), out


def explain(tmp_path: Path, *options: str, text: str = HEAD + RULES) -> Result:
    file = tmp_path / "policy.yaml"
    file.write_text(text, encoding="utf-8")
    return RUNNER.invoke(app, ["policy", "explain", str(file), *options])


def row(output: str, action: str) -> list[str]:
    (found,) = [line for line in output.splitlines() if line.startswith(f"│ {action} ")]
    return [cell.strip() for cell in found.strip("│").split("│")]


def test_the_table_says_who_may_do_what_with_the_strictest_first(tmp_path: Path) -> None:
    shown = explain(tmp_path).stdout
    asked = "ask (2 of platform, not the requester) if prod"
    assert row(shown, "runs.apply") == ["runs.apply", f"deny if no-loss; {asked}; allow if staging; else deny", "deny"]
    assert row(shown, "variables.list")[1:] == ["off", "read"]
    assert row(shown, "workspaces: create, update, lock, unlock")[1:] == ["ask unless it destroys, then deny", "deny"]
    assert row(shown, "plans.*")[1:] == ["read", "read"]
    assert row(shown, "outputs.read-values")[1:] == ["deny", "deny"]


def test_the_table_of_one_agent_has_only_its_rules(tmp_path: Path) -> None:
    shown = explain(tmp_path, "--agent", "reader").stdout
    assert "no-loss" in shown
    assert "staging" not in shown


def test_rules_are_told_in_words(tmp_path: Path) -> None:
    shown = explain(tmp_path).stdout
    assert "deny runs.apply by everybody if tagged environment=production, destroys at least 1" in shown
    assert "2 of platform, not the requester must say yes" in shown


def test_a_rule_is_told_how_many_workspaces_it_covers_and_untagged_ones_are_listed(tmp_path: Path) -> None:
    workspaces = tmp_path / "workspaces.json"
    listed = [
        {"organization": "acme", "workspace": "a-staging", "tags": []},
        {"organization": "acme", "workspace": "b", "tags": ["environment=production"]},
        {"organization": "acme", "workspace": "c"},
    ]
    workspaces.write_text(json.dumps(listed), encoding="utf-8")
    shown = explain(tmp_path, "--workspaces", str(workspaces)).stdout
    assert "no-loss: 1, and 1 perhaps (acme/b, acme/c)" in shown
    assert "staging: 1 (acme/a-staging)" in shown
    assert "untagged      1 (acme/a-staging)" in shown
    assert "tags unread   1 (acme/c)" in shown
    workspaces.write_text(json.dumps(listed[:1]), encoding="utf-8")
    shown = explain(tmp_path, "--workspaces", str(workspaces)).stdout
    assert "nowhere: none, so it decides nothing here" in shown


@pytest.mark.parametrize("content", ["{}", "[{}]", "nonsense", '[{"organization": "a", "workspace": "b", "tag": []}]'])
def test_a_list_of_workspaces_that_is_none_is_one_clear_line(content: str, tmp_path: Path) -> None:
    file = tmp_path / "workspaces.json"
    file.write_text(content, encoding="utf-8")
    done = explain(tmp_path, "--workspaces", str(file))
    assert isinstance(done.exception, ConfigurationError)
    assert "workspaces:" in str(done.exception)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--why", "apply_run"), "--why needs --agent"),
        (("--agent", "nobody"), "there is no agent 'nobody'"),
        (("--agent", "deployer", "--why", "aply_run"), "there is no tool 'aply_run'"),
        (("--agent", "deployer", "--why", "apply_run", "--arg", "x"), "not of the form key=value"),
        (("--agent", "reader", "--live"), "READER_TOKEN, which is not set"),
    ],
)
def test_wrong_usage_of_explain_is_one_line(options: tuple[str, ...], said: str, tmp_path: Path) -> None:
    done = explain(tmp_path, *options)
    assert isinstance(done.exception, ConfigurationError)
    assert said in str(done.exception)


def test_why_says_of_each_rule_whether_it_matches_and_by_which_condition(tmp_path: Path) -> None:
    done = explain(tmp_path, "--agent", "deployer", "--why", "apply_run", "--arg", "run_id=run-aaaaaaaaaaaaaaaa")
    assert done.exit_code == 0
    assert "why apply_run by deployer: deny" in done.stdout
    assert "it can't be told which organization this is in" in done.stdout
    assert "no-loss (tags: maybe, destroys: maybe)" in done.stdout
    assert "--live reads them" in done.stdout


def test_why_names_a_call_that_uses_more_than_an_allow_rule_names(tmp_path: Path) -> None:
    given = ["--arg", "workspace=acme/app-staging", "--arg", 'target_addrs=["a.b"]']
    done = explain(tmp_path, "--agent", "deployer", "--why", "create_run", *given)
    assert "no          staging (the call uses, or may use, what the rule does not name)" in done.stdout


def test_why_sends_a_workflow_to_its_calls_and_leaves_a_list_to_its_entries(tmp_path: Path) -> None:
    done = explain(tmp_path, "--agent", "deployer", "--why", "diagnose_run", "--arg", "run_id=run-1")
    assert "each is decided by itself" in done.stdout
    done = explain(tmp_path, "--agent", "deployer", "--why", "list_workspaces", "--arg", "organization_name=acme")
    assert "each entry is decided by itself" in done.stdout


def test_why_reads_the_facts_live(sandbox: Sandbox) -> None:
    on, out = screen()
    show_why(
        on, policy_of(RULES, head=HEAD), "deployer", "create_run", {"workspace": "acme/app-staging"}, wire(sandbox)
    )
    assert "why create_run by deployer: allow" in out.getvalue()
    assert "tags app, department=web, environment=staging" in out.getvalue()
    assert "nowhere (tags: no)" in out.getvalue()
    assert "--live" not in out.getvalue()


def test_why_shows_a_rename_on_both_sides(sandbox: Sandbox) -> None:
    on, out = screen()
    given = {"workspace": "acme/app-staging", "new_name": "other"}
    rules = f"{RULES}  - {{id: web, effect: deny, actions: workspaces.update, where: {{tags: department=web}}}}\n"
    show_why(on, policy_of(rules, head=HEAD), "deployer", "update_workspace_by_id", given, wire(sandbox))
    assert "workspace app-staging" in out.getvalue()
    assert "update_workspace_by_id by deployer: deny" in out.getvalue(), "the project hands the tag down"
    assert "workspace other" in out.getvalue()


@pytest.mark.parametrize("given", [{"workspace": "acme/none"}, {"workspace": "acme/app-staging", "x": 1}])
def test_why_says_when_the_call_itself_can_not_be(given: dict[str, object], sandbox: Sandbox) -> None:
    with pytest.raises((ApiError, ArgumentError)):
        show_why(screen()[0], policy_of(RULES, head=HEAD), "deployer", "create_run", given, wire(sandbox))


def test_workspaces_are_read_live_with_project_and_tags(sandbox: Sandbox) -> None:
    found = {seen.name: seen for _, seen in Reader(wire(sandbox)).workspaces("acme")}
    assert isinstance(found["acme/app-staging"], Seen)
    assert found["acme/app-staging"].tags == ("app", "department=web", "environment=staging")
    assert found["acme/app-staging"].project is not None
    assert found["acme/scratch"].tags == ()


def test_a_token_that_can_do_more_than_the_policy_is_told_right_by_right(sandbox: Sandbox) -> None:
    on, out = screen()
    found = audit(on, policy_of(RULES, head=HEAD), "deployer", wire(sandbox))
    rights = {(one.kind, one.flag): one.places for one in found}
    assert ("organization", "can-destroy") in rights
    assert ("workspace", "can-update") not in rights
    assert "acme/app-staging" not in rights["workspace", "can-queue-apply"]
    assert "acme/scratch" in rights["workspace", "can-queue-apply"]
    assert rights["workspace", "can-read-variable"]
    assert "can-update-variable (variables.create, variables.update, variables.delete)" in out.getvalue()


def test_a_token_that_only_reads_has_nothing_beyond_a_reader(sandbox: Sandbox) -> None:
    on, out = screen()
    assert audit(on, policy_of(RULES, head=HEAD), "reader", wire(sandbox, sandbox.team_tokens["readers"])) == []
    assert "nothing that the policy never lets the agent do" in out.getvalue()


def test_a_policy_for_another_organization_leaves_every_right_of_this_one_over(sandbox: Sandbox) -> None:
    on, out = screen()
    head = HEAD.replace("organizations: acme", "organizations: other")
    token = sandbox.team_tokens["readers"]
    found = audit(on, policy_of(RULES, head=head), "reader", wire(sandbox, token))
    assert ("workspace", "can-read-run") in {(one.kind, one.flag) for one in found}
    assert "the policy is not for acme" in out.getvalue()


def test_no_token_is_on_the_screen(sandbox: Sandbox) -> None:
    on, out = screen()
    audit(on, policy_of(RULES, head=HEAD), "deployer", wire(sandbox))
    assert sandbox.tokens["user"] not in out.getvalue()


def test_a_policy_for_other_hosts_sends_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("READER_TOKEN", "t0ken.atlasv1.x")
    done = explain(tmp_path, "--agent", "reader", "--live", text=f"{HEAD}hosts: tfe.example\n")
    assert isinstance(done.exception, ConfigurationError)
    assert "it is for tfe.example only" in str(done.exception)


def test_a_connection_is_with_the_agents_own_token(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "policy.yaml"
    file.write_text(HEAD, encoding="utf-8")
    monkeypatch.setenv("READER_TOKEN", "reader.atlasv1.x")
    monkeypatch.setenv("TFE_TOKEN", "other.atlasv1.x")
    policy = policy_of(head=HEAD)
    for agent, token in [("reader", "reader.atlasv1.x"), ("deployer", "other.atlasv1.x"), (None, "other.atlasv1.x")]:
        with closing(connection(file, policy, agent, "https://tfe.example")) as made:
            assert (made.address, made.identity) == ("https://tfe.example", Token(token).fingerprint())
