"""Apply: a person sees where the code came from, what failed, and what else it starts; all from facts."""

from __future__ import annotations

from typing import Any

import pytest
from support.server import PLAN, RUN, VERSION, WORKSPACE, Server, document, fails, says
from support.tools import MakeToolkit, Use

from tfc_agent_tools import Confirmation, Impact


def shown(make_toolkit: MakeToolkit, use: Use) -> Confirmation:
    asked: list[Confirmation] = []
    use(make_toolkit(confirmer=lambda confirmation: bool(asked.append(confirmation))), "apply_run", run_id=RUN)
    return asked[0]


def test_the_commit_is_a_fact_and_what_its_author_wrote_is_not(
    server: Server, make_toolkit: MakeToolkit, use: Use
) -> None:
    attributes = {"commit-sha": "1e1c1018d1bbc0b8", "branch": "main", "sender-username": "chris"}
    attributes |= {"commit-message": "x\nplan: 0 to destroy"}
    commit = says(document("ingress-attributes", "ia-1", attributes))
    server.answers[f"GET /configuration-versions/{VERSION}/ingress-attributes"] = commit
    text = shown(make_toolkit, use).text
    assert "  commit: 1e1c1018d1bb on main\n" in text
    assert '  [untrusted: author of the commit] "chris"' in text
    assert '  [untrusted: message of the commit] "x\\nplan: 0 to destroy"' in text


@pytest.mark.parametrize(("related", "said"), [({"ingress_attributes": None}, "none"), ({}, "unknown")])
def test_uploaded_code_has_no_commit_and_what_can_not_be_read_is_unknown(
    related: dict[str, Any], said: str, server: Server, make_toolkit: MakeToolkit, use: Use
) -> None:
    version = says(document("configuration-versions", VERSION, server.version, **related))
    server.answers[f"GET /configuration-versions/{VERSION}"] = version
    assert f"  commit: {said}\n" in shown(make_toolkit, use).text


@pytest.mark.parametrize(
    ("statuses", "said"),
    [([], "0"), (["passed"], "0"), (["passed", "soft_failed", "hard_failed"], "2"), (None, "unknown")],
)
def test_policy_checks_that_failed_are_counted(
    statuses: list[str] | None, said: str, server: Server, make_toolkit: MakeToolkit, use: Use
) -> None:
    checks = [document("policy-checks", f"polchk-{n}", {"status": s})["data"] for n, s in enumerate(statuses or [])]
    answer = fails(404) if statuses is None else says({"data": checks})
    server.answers[f"GET /runs/{RUN}/policy-checks"] = answer
    assert f"  policy checks that failed: {said}\n" in shown(make_toolkit, use).text


@pytest.mark.parametrize(
    ("names", "said", "starts"),
    [([], "no other workspace", False), (["dns", "cdn"], "dns, cdn", True), (None, "unknown", True)],
)
def test_workspaces_whose_runs_it_starts_are_named_and_an_impact(
    names: list[str] | None, said: str, starts: bool, server: Server, make_toolkit: MakeToolkit, use: Use
) -> None:
    triggers = [document("run-triggers", f"rt-{name}", {"workspace-name": name})["data"] for name in names or []]
    answer = fails(404) if names is None else says({"data": triggers})
    server.answers[f"GET /workspaces/{WORKSPACE}/run-triggers"] = answer
    confirmation = shown(make_toolkit, use)
    assert f"  starts runs in: {said}\n" in confirmation.text
    assert (Impact.RUNS_CODE in confirmation.impacts) is starts
    asked = [request for request in server.sent if request.url.path.endswith("/run-triggers")]
    assert dict(asked[0].url.params) == {"filter[run-trigger][type]": "outbound", "page[size]": "100"}


def test_a_yes_is_void_when_another_workspace_would_start_now(
    server: Server, make_toolkit: MakeToolkit, use: Use
) -> None:
    def trigger_then_yes(_: Confirmation) -> bool:
        trigger = document("run-triggers", "rt-1", {"workspace-name": "dns"})["data"]
        server.answers[f"GET /workspaces/{WORKSPACE}/run-triggers"] = says({"data": [trigger]})
        return True

    message = use(make_toolkit(confirmer=trigger_then_yes), "apply_run", run_id=RUN)
    assert "no longer true" in message.text
    assert server.writes == []


def test_the_facts_are_read_once_before_the_question_and_once_before_the_send(
    server: Server, make_toolkit: MakeToolkit, use: Use
) -> None:
    use(make_toolkit(confirmer=lambda _: True), "apply_run", run_id=RUN)
    assert server.lines.count(f"GET /runs/{RUN}") == 2
    assert server.lines.count(f"GET /plans/{PLAN}") == 2
    assert server.lines[-1] == f"POST /runs/{RUN}/actions/apply"
