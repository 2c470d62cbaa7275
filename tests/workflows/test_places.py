"""A policy knows where a run's plan, apply and logs are, although their ids lead to no workspace."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from langchain_core.messages import ToolMessage
from support.tools import Use

from tfc_agent_tools import TerraformCloudToolkit
from tfc_agent_tools.sandbox import Sandbox
from tfc_agent_tools.sandbox.worlds import TROUBLED

HEAD = 'version: 1\nagents: {builder: {on_behalf_of: ana@acme.io, access: {"*": read}}}\n'


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(engine="recorded", world=TROUBLED, seed=1) as made:
        yield made


def asked(sandbox: Sandbox, folder: Path, use: Use, policy: str, tool: str, *, of: str, by: str = "run") -> ToolMessage:
    path = folder / "policy.yaml"
    path.write_text(HEAD + policy)
    toolkit = TerraformCloudToolkit(
        address=sandbox.address,
        token=sandbox.team_tokens["readers"],
        agent="builder",
        policy=path,
        transport=sandbox.transport(),
        async_transport=sandbox.async_transport(),
    )
    workspace = sandbox.world.workspace_named("acme", of)
    assert workspace
    run = sandbox.world.runs[workspace.latest_run_id or ""]
    return use(toolkit, tool, **{f"{by}_id": run.id if by == "run" else run.plan_id})


@pytest.mark.parametrize(
    ("tool", "of"),
    [
        ("explain_plan", "orders"),
        ("read_plan_log", "checkout"),
        ("read_apply_log", "catalog"),
        ("diagnose_run", "billing"),
    ],
)
def test_a_run_s_things_are_read_where_the_policy_names_their_organization(
    tool: str, of: str, sandbox: Sandbox, tmp_path: Path, use: Use
) -> None:
    found = asked(sandbox, tmp_path, use, "organizations: [acme]\n", tool, of=of)
    assert (found.status, "PolicyRefused" in found.text, "policy of agent" in found.text) == ("success", False, False)


@pytest.mark.parametrize("tool", ["explain_plan", "read_plan_log"])
def test_they_are_not_read_where_a_rule_denies_their_workspace(
    tool: str, sandbox: Sandbox, tmp_path: Path, use: Use
) -> None:
    rule = "rules: [{id: shut, effect: deny, actions: 'plans.*', where: {tags: environment=production}, why: shut}]\n"
    assert "shut" in asked(sandbox, tmp_path, use, rule, tool, of="orders").text
    assert asked(sandbox, tmp_path, use, rule, tool, of="catalog").status == "success"


def test_a_plan_by_its_own_id_is_nowhere(sandbox: Sandbox, tmp_path: Path, use: Use) -> None:
    found = asked(sandbox, tmp_path, use, "organizations: [acme]\n", "explain_plan", of="orders", by="plan")
    assert "it can't be told which organization this is in" in found.text
