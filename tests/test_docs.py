"""The documentation says what the code does."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tfc_agent_tools.endpoints import catalog

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
