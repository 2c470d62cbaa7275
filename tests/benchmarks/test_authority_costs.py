"""What policy, audit and shared budget cost. Run with `pytest tests/benchmarks --benchmark-enable -s`."""

from __future__ import annotations

import statistics
import time
import timeit
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest
from support.server import TOKEN
from support.tools import tool_of
from test_overhead import HEADERS, RUN, address, bare_tool, medians, only_when_asked
from test_sql_store import ROW, approval

from tfc_agent_tools import TerraformCloudToolkit
from tfc_agent_tools.api.budget import Limit
from tfc_agent_tools.api.shared_budget import SharedBudget
from tfc_agent_tools.authority.approvals import Approvals, State
from tfc_agent_tools.authority.audit import Audit
from tfc_agent_tools.authority.policy import Question
from tfc_agent_tools.authority.rules.reading import parse
from tfc_agent_tools.facts import Resource
from tfc_agent_tools.sql_store import SqlStore
from tfc_agent_tools.types import Impact, Risk

__all__ = ["address", "only_when_asked"]

POLICY = """
version: 1
agents: {infra: {on_behalf_of: [ana@acme.io], access: {runs: read, workspaces: read, runs.create: write}}}
rules:
  - {id: never-prod, effect: deny, actions: [runs.apply], where: {tags: [env=prod]}}
  - {id: plans, effect: allow, actions: [runs.create], when: {plan_only: true}}
"""


def test_a_read_with_policy_audit_and_shared_budget_costs_little_more_than_a_bare_one(
    address: str, tmp_path: Path
) -> None:
    (tmp_path / "policy.yaml").write_text(POLICY)
    store = f"sqlite:///{tmp_path}/store.db"
    policy = tmp_path / "policy.yaml"
    toolkit = TerraformCloudToolkit(
        address=address, token=TOKEN, token_type="user", agent="infra", policy=policy, store=store
    )
    budget = toolkit._host.wire.budget
    assert isinstance(budget, SharedBudget)
    budget._limits = {bucket: Limit(rate=1e6, burst=10**6) for bucket in budget._limits}  # it waits on purpose
    guarded = tool_of(toolkit, "get_run")
    with httpx.Client(base_url=address, headers=HEADERS) as client:
        bare = bare_tool(client, httpx.AsyncClient())
        bare_median, guarded_median = medians(
            lambda: bare.invoke({"run_id": RUN}), lambda: guarded.invoke({"run_id": RUN})
        )
    assert len(toolkit.audit.records()) >= 400
    toolkit.close()
    ratio = guarded_median / bare_median
    spent = f"bare {bare_median * 1e6:.0f} µs, with all of it {guarded_median * 1e6:.0f} µs"
    print(f"\n{spent}, ratio {ratio:.2f} (bar 1.60)")  # noqa: T201
    assert ratio <= 1.6


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_redeem_intent_and_outcome_of_a_write_take_less_than_three_milliseconds(
    kind: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    url = f"sqlite:///{tmp_path}/store.db" if kind == "sqlite" else request.getfixturevalue("postgres_url")
    store = SqlStore(url)
    approvals, audit = Approvals(store), Audit(store)
    spent = list[float]()
    for number in range(200):
        given = store.open(approval(f"k{number}", state=State.APPROVED), datetime.now(UTC), ())
        intent = replace(ROW, id=f"send-{number}", call=f"write-{number}")
        start = time.perf_counter()
        approvals.redeem(given, "d", intent)
        audit.append_outcome(replace(intent, kind="outcome"))
        spent.append(time.perf_counter() - start)
    store.close()
    median = statistics.median(spent)
    print(f"\n{kind}: redeem, intent and outcome {median * 1e3:.2f} ms (bar 3)")  # noqa: T201
    assert median < 0.003


def test_a_decision_over_fifty_rules_takes_less_than_100_microseconds() -> None:
    rules = "".join(
        f"  - {{id: r{number}, effect: {('deny', 'ask', 'allow')[number % 3]}, actions: [runs.apply, 'runs.c*'], "
        f"where: {{organization: acme, workspace: ['app-{number}-*'], tags: ['env=e{number}']}}, "
        "when: {destroys: {at_least: 3}}}\n"
        for number in range(50)
    )
    agents = "agents: {infra: {on_behalf_of: [ana], access: {'*': full}}}"
    policy = parse(f"version: 1\n{agents}\nrules:\n{rules}".encode(), "policy.yaml")
    related = {"organization": {"data": {"type": "organizations", "id": "acme"}}}
    workspace = Resource("workspaces", "ws-1", {"name": "app-7-x", "tag-names": []}, related)
    tags = Resource("tags", items=(Resource("effective-tag-bindings", "1", {"key": "env", "value": "e7"}),))
    question = Question(
        agent="infra",
        requester="ana",
        tool="apply_run",
        action="runs.apply",
        risk=Risk.DESTRUCTIVE,
        facts={"workspace": workspace, "tags": tags},
        impacts=frozenset({Impact.APPLIES}),
    )
    assert policy.decide(question).rules == ("r7",)
    best = min(timeit.repeat(lambda: policy.decide(question), number=500, repeat=7)) / 500
    print(f"\na decision over 50 rules: {best * 1e6:.0f} µs (bar 100)")  # noqa: T201
    assert best < 100e-6
