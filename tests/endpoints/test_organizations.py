"""Organizations: only a person's own token changes one, and deleting one shows all that goes with it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import httpx
import pytest
from support.server import Server, document, fails, says
from support.tools import Asked, MakeToolkit, Use

from tfc_agent_tools.endpoints.organizations import (
    delete_organization,
    list_organizations,
    update_organization,
)
from tfc_agent_tools.types import Impact, Risk

SAMPLES = Path(__file__).parents[3] / "shared" / "api" / "samples"
ACME = {"organization_name": "acme"}


@pytest.fixture
def organization(server: Server) -> dict[str, Any]:
    """The attributes of an organization in the server's world."""
    attributes: dict[str, Any] = {
        "name": "acme",
        "email": "owner@acme.example",
        "session-timeout": None,
        "collaborator-auth-policy": "two_factor_mandatory",
        "allow-force-delete-workspaces": False,
        "permissions": {"can-update": True, "can-destroy": True},
    }

    def answer(request: httpx.Request) -> httpx.Response:
        made = document("organizations", "acme", attributes, default_agent_pool=("agent-pools", "apool-old"))
        return says(made)(request)

    two = [document("projects", f"prj-{number}", {})["data"] for number in (1, 2)]
    server.answers |= {
        "(GET|PATCH) /organizations/acme": answer,
        "DELETE /organizations/acme": lambda _: httpx.Response(204),
        "GET /organizations": says({"data": [document("organizations", "acme", attributes)["data"]]}),
        "GET /organizations/acme/projects": says({"data": two, "meta": {"pagination": {"total-count": 27}}}),
        "GET /organizations/acme/teams": says({"data": [document("teams", "team-1", {})["data"]]}),
    }
    return attributes


def test_an_organization_is_changed_as_documented() -> None:
    made = update_organization("acme", email="admin@example.com")
    assert made.body == {"data": {"type": "organizations", "attributes": {"email": "admin@example.com"}}}
    assert (made.method, made.path) == ("PATCH", "/organizations/acme")
    path = SAMPLES / "update_organization.request.json"
    if path.exists():
        assert made.body == json.loads(path.read_text())


def test_every_argument_goes_out_under_its_documented_name() -> None:
    given: dict[str, Any] = {
        "new_name": "acme-2",
        "session_timeout": None,
        "session_remember": 60,
        "collaborator_auth": "password",
        "cost_estimation_enabled": True,
        "send_passing_statuses": True,
        "aggregated_commit_status": False,
        "speculative_plan_management": False,
        "assess_all_workspaces": True,
        "admins_delete_used_workspaces": True,
        "default_execution_mode": "agent",
        "default_agent_pool_id": "apool-1",
    }
    assert update_organization("acme", **given).body["data"]["attributes"] == {
        "name": "acme-2",
        "session-timeout": None,
        "session-remember": 60,
        "collaborator-auth-policy": "password",
        "cost-estimation-enabled": True,
        "send-passing-statuses-for-untriggered-speculative-plans": True,
        "aggregated-commit-status-enabled": False,
        "speculative-plan-management-enabled": False,
        "assessments-enforced": True,
        "allow-force-delete-workspaces": True,
        "default-execution-mode": "agent",
        "default-agent-pool-id": "apool-1",
    }


def test_a_list_is_always_asked_for_by_the_page() -> None:
    assert dict(list_organizations(name="ac").query) == {"q[name]": "ac", "page[number]": "1", "page[size]": "20"}
    assert dict(list_organizations().query) == {"page[number]": "1", "page[size]": "20"}


def test_both_writes_are_destructive_and_have_their_impacts_whatever_is_asked() -> None:
    assert update_organization.risk is delete_organization.risk is Risk.DESTRUCTIVE
    assert update_organization.impacts == {Impact.WEAKENS_CONTROL, Impact.GRANTS}
    assert delete_organization.impacts == {Impact.DESTROYS, Impact.REWRITES_STATE}


@pytest.mark.parametrize("kind", ["team", "organization", "audit-trails"])
@pytest.mark.parametrize(("tool", "given"), [("update_organization", {"new_name": "b"}), ("delete_organization", {})])
def test_only_a_user_token_changes_or_deletes_one(
    kind: str, tool: str, given: dict[str, Any], server: Server, make_toolkit: MakeToolkit, use: Use
) -> None:
    toolkit = make_toolkit(token_type=kind, confirmer=lambda _: True)
    assert "needs a token of type user" in use(toolkit, tool, **ACME, **given).text
    assert server.sent == []


@pytest.mark.parametrize(
    ("wrong", "argument", "says_so"),
    [
        ({}, "arguments", "session-timeout"),
        ({"new_name": "n" * 10_000}, "new_name", "my-organization"),
        ({"email": "not an address"}, "email", "platform@example.com"),
        ({"session_timeout": 0}, "session_timeout", "greater"),
        ({"session_timeout": "1h"}, "session_timeout", "integer"),
        ({"collaborator_auth": "none"}, "collaborator_auth", "'two_factor_mandatory'"),
        ({"default_execution_mode": "agent"}, "default_agent_pool_id", "Give both"),
        ({"default_agent_pool_id": "apool-1"}, "default_agent_pool_id", "Give both"),
        (
            {"send_passing_statuses": True, "aggregated_commit_status": True},
            "aggregated_commit_status",
            "exclude each other",
        ),
    ],
)
def test_what_is_wrong_is_refused_before_any_request_with_the_argument_and_the_fix(
    wrong: dict[str, Any], argument: str, says_so: str, server: Server, make_toolkit: MakeToolkit, use: Use
) -> None:
    message = use(make_toolkit(confirmer=lambda _: True), "update_organization", **ACME, **wrong)
    assert message.text.startswith(f"Wrong argument. {argument}: ")
    assert says_so in message.text
    assert server.sent == []


def test_a_person_sees_old_and_new_but_nobodys_address(
    organization: dict[str, Any], make_toolkit: MakeToolkit, use: Use, asked: Asked
) -> None:
    toolkit = make_toolkit(confirmer=asked)
    message = use(
        toolkit,
        "update_organization",
        **ACME,
        new_name="acme-2",
        email="team@acme.example",
        session_timeout=60,
        collaborator_auth="password",
        default_execution_mode="agent",
        default_agent_pool_id="apool-new",
    )
    assert message.status == "success", message.content
    for line in (
        "name: acme → acme-2",
        "email: changes",
        "session-timeout: none → 60",
        "collaborator-auth-policy: two_factor_mandatory → password",
        "default-agent-pool-id: apool-old → apool-new",
        "default-execution-mode: unknown → agent",
        "changes every address",
    ):
        assert line in asked.questions[0].text
    assert "owner@acme.example" not in asked.questions[0].text
    assert "owner@acme.example" not in message.text


def test_a_delete_shows_what_goes_with_it_and_takes_the_name(
    organization: dict[str, Any], server: Server, make_toolkit: MakeToolkit, use: Use, asked: Asked
) -> None:
    server.answers["GET /organizations/acme/workspaces"] = fails(404)
    toolkit = make_toolkit(confirmer=asked)
    assert use(toolkit, "delete_organization", **ACME).text == "acme: deleted (status 204)"
    assert asked.questions[0].typed == "acme"
    for line in ("workspaces: unknown", "projects: 27", "teams: at least 1", "can be undone: no"):
        assert line in asked.questions[0].text
    assert len(server.writes) == 1


@pytest.mark.parametrize(
    ("tool", "flag"), [("update_organization", "can-update"), ("delete_organization", "can-destroy")]
)
def test_what_the_organizations_own_flag_rules_out_is_not_asked(
    tool: str,
    flag: str,
    organization: dict[str, Any],
    server: Server,
    make_toolkit: MakeToolkit,
    use: Use,
    asked: Asked,
) -> None:
    organization["permissions"] = {flag: False}
    given = {"email": "a@acme.example"} if tool == "update_organization" else {}
    toolkit = make_toolkit(confirmer=asked)
    assert flag in use(toolkit, tool, **ACME, **given).text
    assert (asked.questions, server.writes) == ([], [])


def test_an_organization_is_shown_without_anybodys_address(
    organization: dict[str, Any], make_toolkit: MakeToolkit, use: Use
) -> None:
    for shown in (use(make_toolkit(), "get_organization", **ACME), use(make_toolkit(), "list_organizations")):
        assert "allow-force-delete-workspaces" in shown.text
        assert "owner@acme.example" not in str(shown)
