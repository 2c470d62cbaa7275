"""The documentation says what the code does."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from support.policies import AGENT, actions, policy_of

from tfc_agent_tools.authority.rules.checking import check
from tfc_agent_tools.authority.rules.document import PolicyDocument, When, Where
from tfc_agent_tools.authority.rules.findings import Severity
from tfc_agent_tools.authority.rules.levels import ONLY_BY_NAME
from tfc_agent_tools.authority.rules.lint import lint
from tfc_agent_tools.endpoints import catalog
from tfc_agent_tools.evaluation import assert_passes, load_cases
from tfc_agent_tools.evaluation.gates import NAMES
from tfc_agent_tools.evaluation.selection import everything

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
TABLE = {
    cells[2].strip("` "): [cell.strip() for cell in cells]
    for line in (ROOT / "docs" / "endpoints.md").read_text(encoding="utf-8").splitlines()
    if re.match(r"\| \d", line)
    for cells in [line.split("|")]
}


@pytest.mark.parametrize("name", catalog())
def test_the_table_has_each_tool_as_it_is(name: str) -> None:
    endpoint, cells = catalog()[name], TABLE[name]
    path = endpoint.path if endpoint.path.startswith("/") else endpoint.path.strip("{}").replace("_", " ")
    assert cells[3] == f"{endpoint.method} `{path}`"
    assert cells[4] == ", ".join(sorted(endpoint.tokens))
    assert cells[5] == (endpoint.permission or "none")


def test_the_table_has_every_row_of_the_guide() -> None:
    rows = {int(cells[1].rstrip("v")) for cells in TABLE.values()}
    assert rows == set(range(1, 42))
    assert set(TABLE) == set(catalog())


def test_what_the_docstrings_leave_out_is_said_in_the_docs() -> None:
    said = " ".join((ROOT / "docs" / "endpoints.md").read_text(encoding="utf-8").split())
    for module in sorted((ROOT / "tfc_agent_tools" / "endpoints").glob("*.py")):
        docstring = " ".join(module.read_text(encoding="utf-8").split('"""')[1].split())
        if "Left out" in docstring:
            first = re.split(r"Left out[^:]*: ", docstring)[1][:80]
            assert first in said, f"docs/endpoints.md lacks what {module.name} leaves out"


def test_the_readmes_commands_are_the_ones_that_are_checked() -> None:
    install = "python3 -m venv .venv && .venv/bin/pip install -e '.[dev]' && .venv/bin/"
    assert f"{install}tfc-agent demo" in README
    assert f"{install}pytest" in README
    assert ".venv/bin/pytest" in (ROOT / ".ci" / "run").read_text(encoding="utf-8")


@pytest.mark.parametrize("page", [*sorted((ROOT / "docs").glob("*.md")), ROOT / "README.md", ROOT / "CONTRIBUTING.md"])
def test_a_link_to_a_file_leads_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)#:]+)\)", page.read_text(encoding="utf-8")):
        assert (page.parent / target).exists(), target


def test_readme_names_no_tool_that_is_not_there() -> None:
    named = set(re.findall(r"`((?:list|get|create|update|delete|apply|discard|cancel|watch)_\w+)`", README))
    assert named <= {*catalog(), "watch_run"}


POLICY = (ROOT / "docs" / "policy.md").read_text(encoding="utf-8")
BLOCKS = [block for page in (README, POLICY) for block in re.findall(r"```yaml\n(.*?)```", page, re.DOTALL)]
POLICIES = [block for block in BLOCKS if "script:" not in block]
CASES = [block for block in BLOCKS if "script:" in block]
EVALS = (ROOT / "docs" / "evals.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("block", POLICIES, ids=range(len(POLICIES)))
def test_a_policy_in_the_docs_is_one_and_decides_as_it_says(block: str) -> None:
    policy = policy_of(block, head="" if "version:" in block else AGENT if "agents:" not in block else "version: 1\n")
    assert [one for one in lint(policy, actions()) if one.severity is Severity.ERROR] == []
    outcomes = check(policy, actions())
    assert outcomes
    assert [(one.number, one.verdict) for one in outcomes if not one.is_good] == []


def test_the_policy_docs_name_every_key_and_all_that_only_a_name_opens() -> None:
    keys = {*PolicyDocument.model_fields, *Where.model_fields, *When.model_fields, *ONLY_BY_NAME}
    assert {key for key in keys if not re.search(rf"(`|\b){re.escape(key)}(`|:)", POLICY)} == set()


def test_the_readmes_policy_is_short_enough_to_copy() -> None:
    (block,) = [one for one in re.findall(r"```yaml\n(.*?)```", README, re.DOTALL) if one in POLICIES]
    assert len(block.splitlines()) <= 15


def test_the_readmes_case_is_short_and_passes(tmp_path: Path) -> None:
    (block,) = CASES
    assert len(block.splitlines()) <= 10
    path = tmp_path / "cases" / "own" / "staging_is_locked.yaml"
    path.parent.mkdir(parents=True)
    path.write_text(block)
    assert assert_passes(load_cases(tmp_path)["own.staging_is_locked"]).measures.questions == 1


def test_the_readme_says_how_many_cases_and_injections_there_are() -> None:
    cases, broken = everything()
    assert not broken
    assert f"{len(cases)} cases" in README
    assert f"{sum(case.injection is not None for case in cases.values())} injections" in README


def test_the_docs_of_evals_explain_every_gate_in_order() -> None:
    rows = re.findall(r"^\| ([a-z -]+) \| an? ", EVALS, re.MULTILINE)
    assert rows == ["gate", *NAMES]
