"""Runs: lists with every filter, and runs that are stopped."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from support.server import RUN, WORKSPACE, Server, document, says
from support.tools import MakeToolkit, Use

from tfc_agent_tools import Confirmation
from tfc_agent_tools.endpoints.runs import cancel_run, force_cancel_run, list_organization_runs, list_workspace_runs

FILTERS = {
    "status": "planned,applying",
    "status_group": "non_final",
    "operation": ["plan_only", "destroy"],
    "source": "tfe-api",
    "agent_pools": "a,b",
    "timeframe": "2026",
    "user": "ana",
    "commit": "abc123",
}
QUERY = {
    "filter[status]": "planned,applying",
    "filter[status_group]": "non_final",
    "filter[operation]": "plan_only,destroy",
    "filter[source]": "tfe-api",
    "filter[agent_pool_names]": "a,b",
    "filter[timeframe]": "2026",
    "search[user]": "ana",
    "search[commit]": "abc123",
    "page[number]": "1",
    "page[size]": "20",
}


@pytest.fixture
def server(server: Server) -> Server:
    """A run that is applying."""
    server.run |= {
        "status": "applying",
        "actions": {"is-cancelable": True, "is-force-cancelable": False},
        "permissions": {"can-cancel": True, "can-force-cancel": True},
    }
    server.answers[f"POST /runs/{RUN}/actions/(force-)?cancel"] = lambda _: httpx.Response(202)
    return server


def asked_about(make_toolkit: MakeToolkit, use: Use, tool: str, **arguments: Any) -> tuple[Any, list[Confirmation]]:
    questions: list[Confirmation] = []
    toolkit = make_toolkit(confirmer=lambda question: questions.append(question) or True)
    return use(toolkit, tool, **arguments), questions


def test_every_filter_goes_to_the_query_under_its_documented_name() -> None:
    assert dict(list_workspace_runs("ws-1", **FILTERS).query) == QUERY
    made = list_organization_runs("acme", workspace_names="app", **FILTERS)
    assert dict(made.query) == {**QUERY, "filter[workspace_names]": "app"}
    assert made.path == "/organizations/acme/runs"
    assert dict(list_workspace_runs("ws-1", search="fix").query)["search[basic]"] == "fix"


def test_a_list_without_filters_sends_its_page_alone() -> None:
    assert dict(list_organization_runs("acme").query) == {"page[number]": "1", "page[size]": "20"}


@pytest.mark.parametrize("tool", ["list_workspace_runs", "list_organization_runs"])
@pytest.mark.parametrize(
    ("wrong", "argument", "fix"),
    [
        ({"search": "a", "user": "b"}, "search", "exclude each other"),
        ({"search": "a", "commit": "b"}, "search", "exclude each other"),
        ({"status": "planned, applying"}, "status", ""),
        ({"status_group": "open"}, "status_group", "'non_final'"),
        ({"operation": ["explode"]}, "operation", "plan_only"),
        ({"timeframe": "last year"}, "timeframe", ""),
        ({"page_size": 101}, "page_size", "100"),
    ],
)
def test_a_filter_that_can_not_work_is_refused_before_any_request(
    tool: str, wrong: dict[str, Any], argument: str, fix: str, server: Server, make_toolkit: MakeToolkit, use: Use
) -> None:
    where = {"workspace": WORKSPACE} if tool == "list_workspace_runs" else {"organization_name": "acme"}
    message = use(make_toolkit(), tool, **where, **wrong)
    assert message.text.startswith(f"Wrong argument. {argument}: ")
    assert fix in message.text
    assert server.sent == []


def test_a_list_of_an_organization_has_no_total_and_says_where_it_goes_on(
    server: Server, make_toolkit: MakeToolkit, use: Use
) -> None:
    run = document("runs", RUN, {"status": "applied"}, workspace=("workspaces", WORKSPACE))["data"]
    pagination = {"current-page": 1, "prev-page": None, "next-page": 2, "page-size": 20}
    server.answers["GET /organizations/acme/runs"] = says({"data": [run], "meta": {"pagination": pagination}})
    message = use(make_toolkit(), "list_organization_runs", organization_name="acme")
    assert message.text.splitlines() == ["1, next page 2", f"- {RUN} status=applied workspace={WORKSPACE}"]


def test_a_workspaces_runs_may_be_asked_for_by_its_name(server: Server, make_toolkit: MakeToolkit, use: Use) -> None:
    use(make_toolkit(), "list_workspace_runs", workspace="acme/app-staging")
    assert server.lines == ["GET /organizations/acme/workspaces/app-staging", f"GET /workspaces/{WORKSPACE}/runs"]


@pytest.mark.parametrize("endpoint", [cancel_run, force_cancel_run])
def test_a_comment_is_sent_bare_and_none_as_no_body(endpoint: Any) -> None:
    comment = "This run was stuck and would never finish."
    assert endpoint("run-1", comment=comment).body == {"comment": comment}
    assert endpoint("run-1").body is None


@pytest.mark.parametrize(
    ("status", "done", "impacts"),
    [
        ("planning", "nothing, it only plans", {"runs code"}),
        ("applying", "what is done by then stays done", {"runs code", "rewrites state"}),
        ("some_new_status", "what is done by then stays done", {"runs code", "rewrites state"}),
        (None, "what is done by then stays done", {"runs code", "rewrites state"}),
    ],
)
def test_a_person_sees_whether_a_cancel_comes_too_late_to_change_nothing(
    status: Any, done: str, impacts: set[str], server: Server, make_toolkit: MakeToolkit, use: Use
) -> None:
    """The runs that wait behind it start, too."""
    server.run["status"] = status
    message, (question,) = asked_about(make_toolkit, use, "cancel_run", run_id=RUN)
    assert message.status == "success"
    assert "accepted, not done yet" in message.text
    assert f"done when it stops: {done}" in question.text
    assert "acme/app-staging" in question.text
    assert '"add a subnet"' in question.text
    assert (question.impacts, question.risk) == (impacts, "destructive")


def test_a_forced_cancel_can_lose_state_and_says_so(server: Server, make_toolkit: MakeToolkit, use: Use) -> None:
    at = "2026-11-24T10:00:00+00:00"
    server.run |= {"actions": {"is-force-cancelable": True}, "force-cancel-available-at": at}
    message, (question,) = asked_about(make_toolkit, use, "force_cancel_run", run_id=RUN)
    assert message.status == "success"
    assert question.impacts == {"rewrites state", "runs code"}
    assert f"by force possible from: {at}" in question.text
    assert "STATE OF IT CAN BE LOST" in question.text
    assert server.lines[-1] == f"POST /runs/{RUN}/actions/force-cancel"


@pytest.mark.parametrize(
    ("tool", "run", "why"),
    [
        ("cancel_run", {"status": "applied", "actions": {"is-cancelable": False}}, "can't be canceled any more"),
        ("force_cancel_run", {"force-cancel-available-at": "2026-11-24T10:00"}, "by force after 2026-11-24T10:00"),
        ("force_cancel_run", {}, "cancel it first and wait"),
        ("force_cancel_run", {"force-cancel-available-at": None}, "cancel it first and wait"),
    ],
)
def test_what_the_runs_own_actions_rule_out_is_not_asked(
    tool: str, run: dict[str, Any], why: str, server: Server, make_toolkit: MakeToolkit, use: Use
) -> None:
    server.run |= run
    message, questions = asked_about(make_toolkit, use, tool, run_id=RUN)
    assert why in message.text
    assert (questions, server.writes) == ([], [])


@pytest.mark.parametrize(
    ("tool", "flag", "permission"),
    [("cancel_run", "can-cancel", "apply runs"), ("force_cancel_run", "can-force-cancel", "admin")],
)
def test_what_the_runs_own_permissions_rule_out_is_not_asked(
    tool: str, flag: str, permission: str, server: Server, make_toolkit: MakeToolkit, use: Use
) -> None:
    server.run |= {"permissions": {flag: False}, "actions": {"is-cancelable": True, "is-force-cancelable": True}}
    message, questions = asked_about(make_toolkit, use, tool, run_id=RUN)
    assert f'permission "{permission}"' in message.text
    assert (questions, server.writes) == ([], [])


def test_actions_that_the_run_does_not_name_are_left_to_the_server(
    server: Server, make_toolkit: MakeToolkit, use: Use
) -> None:
    server.run["actions"] = {}
    for tool in ("cancel_run", "force_cancel_run"):
        message, questions = asked_about(make_toolkit, use, tool, run_id=RUN)
        assert (message.status, len(questions)) == ("success", 1)
