from __future__ import annotations

import json

import pytest
from typer.testing import CliRunner

from tfc_agent_tools.cli.app import app
from tfc_agent_tools.cli.call import parsed
from tfc_agent_tools.errors import ConfigurationError

RUNNER = CliRunner()


def test_tools_lists_each_tool_with_its_facts_as_json() -> None:
    done = RUNNER.invoke(app, ["tools", "--json"])
    rows = {row["tool"]: row for row in json.loads(done.stdout)}
    assert rows["apply_run"] | {"tokens": 0} == {
        "group": "runs",
        "tool": "apply_run",
        "method": "POST",
        "path": "/runs/{run_id}/actions/apply",
        "action": "runs.apply",
        "risk": "destructive",
        "impacts": ["applies"],
        "token_types": ["team", "user"],
        "permission": "apply runs",
        "tokens": 0,
    }
    assert all(row["tokens"] > 20 for row in rows.values())


def test_tools_shows_a_table_of_one_group() -> None:
    done = RUNNER.invoke(app, ["tools", "--group", "plans"])
    assert "get_plan" in done.stdout
    assert "create_run" not in done.stdout


def test_call_makes_a_read_in_the_sandbox() -> None:
    done = RUNNER.invoke(
        app, ["call", "--sandbox", "get_workspace_by_name", "organization_name=acme", "workspace_name=app-staging"]
    )
    assert done.exit_code == 0
    assert "name: app-staging" in done.stdout


@pytest.mark.parametrize(("answer", "code"), [("y\n", 0), ("n\n", 1), ("", 1)])
def test_call_asks_before_a_write_and_its_exit_code_says_whether_it_was_made(answer: str, code: int) -> None:
    done = RUNNER.invoke(app, ["call", "--sandbox", "lock_workspace", "workspace=acme/app-staging"], input=answer)
    assert done.exit_code == code
    assert "SANDBOX: confirm lock_workspace" in done.stdout


@pytest.mark.parametrize("arguments", [["nonsense"], ["get_run", "run-1"], ["get_run", "=x"]])
def test_wrong_usage_is_one_line(arguments: list[str]) -> None:
    done = RUNNER.invoke(app, ["call", "--sandbox", *arguments])
    assert isinstance(done.exception, ConfigurationError)
    assert "\n" not in str(done.exception)


@pytest.mark.parametrize(
    ("text", "value"),
    [("a=1", 1), ("a=true", True), ('a=["x"]', ["x"]), ("a=x=y", "x=y"), ("a=", ""), ("a=run-1", "run-1")],
)
def test_a_value_is_json_where_it_is_json(text: str, value: object) -> None:
    assert parsed(text) == ("a", value)
