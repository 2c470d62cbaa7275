"""`tfc-agent policy`: what it prints, and what its exit codes say."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import Result
from typer.testing import CliRunner

from tfc_agent_tools.cli.app import app
from tfc_agent_tools.errors import ConfigurationError

RUNNER = CliRunner()
HEAD = 'version: 1\nagents:\n  deployer: {on_behalf_of: ana@acme.io, access: {"*": read}}\n'


def run(command: str, text: str, tmp_path: Path, *options: str) -> Result:
    file = tmp_path / "policy.yaml"
    file.write_text(text, encoding="utf-8")
    return RUNNER.invoke(app, ["policy", command, str(file), *options])


@pytest.mark.parametrize(
    ("rules", "options", "code"),
    [
        ("", (), 0),
        ("rules:\n  - {id: it, effect: deny, actions: runs.aply}\n", (), 1),
        ("groups: {idle: [eve]}\n", (), 0),
        ("groups: {idle: [eve]}\n", ("--strict",), 1),
    ],
)
def test_lint_fails_on_an_error_and_on_a_warning_only_when_strict(
    rules: str, options: tuple[str, ...], code: int, tmp_path: Path
) -> None:
    assert run("lint", HEAD + rules, tmp_path, *options).exit_code == code


def test_lint_prints_its_findings_as_json(tmp_path: Path) -> None:
    done = run("lint", HEAD + "rules:\n  - {id: it, effect: deny, actions: runs.aply}\n", tmp_path, "--json")
    (finding,) = json.loads(done.stdout)
    assert (finding["severity"], finding["where"]) == ("error", "it")


@pytest.mark.parametrize("command", ["lint", "test"])
def test_a_file_that_cannot_be_read_is_a_configuration_error(command: str, tmp_path: Path) -> None:
    done = run(command, "version: 1\nagnts: {}\n", tmp_path)
    assert isinstance(done.exception, ConfigurationError)
    assert "agnts: there is no such key" in str(done.exception)


def test_test_prints_a_line_for_each_and_fails_when_one_does(tmp_path: Path) -> None:
    good = "tests:\n  - {agent: deployer, action: runs.read, expect: allow}\n"
    done = run("test", HEAD + good, tmp_path)
    assert (done.exit_code, "1 passed, 0 failed" in done.stdout) == (0, True)
    done = run("test", HEAD + good + "  - {agent: deployer, action: runs.apply, expect: ask}\n", tmp_path)
    assert done.exit_code == 1
    assert "2. deployer runs.apply: expected ask" in done.stdout
    assert "got deny by nothing allows it" in done.stdout


def test_a_file_without_tests_does_not_pass_them(tmp_path: Path) -> None:
    done = run("test", HEAD, tmp_path)
    assert (done.exit_code, "the file has no `tests:`" in done.stdout) == (1, True)


def test_lint_is_told_the_workspaces_there_are(tmp_path: Path) -> None:
    there = tmp_path / "workspaces.json"
    there.write_text('[{"organization": "acme", "workspace": "app", "tags": ["env=prod"]}]', encoding="utf-8")
    rules = "rules:\n  - {id: it, effect: deny, actions: runs.apply, where: {tags: env=prdo}}\n"
    done = run("lint", HEAD + rules, tmp_path, "--workspaces", str(there))
    assert done.exit_code == 0
    assert "no workspace has the tag 'env=prdo' (did you mean env=prod?)" in " ".join(done.stdout.split())


def test_cedar_prints_the_rules_and_nothing_else(tmp_path: Path) -> None:
    done = run("cedar", HEAD + "rules:\n  - {id: it, effect: deny, actions: runs.apply}\n", tmp_path)
    assert done.exit_code == 0
    assert done.stdout.startswith('@id("it") @effect("deny")\nforbid (principal, action, resource) when {')
