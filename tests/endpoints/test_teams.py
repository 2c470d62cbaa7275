"""Teams: whoever may do what is an impact, shown switch by switch, and a team goes only by its name."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, get_args

import httpx
import pytest
from support.server import Server, document, says
from support.tools import Asked, MakeToolkit, Use

from tfc_agent_tools.endpoints.teams import Access, create_team, delete_team, list_teams, update_team
from tfc_agent_tools.schema import slim
from tfc_agent_tools.types import Risk

SAMPLES = Path(__file__).parents[3] / "shared" / "api" / "samples"
TEAM = "team-eeeeeeeeeeeeeeee"


@pytest.fixture
def team(server: Server) -> dict[str, Any]:
    """The attributes of a team in the server's world."""
    attributes: dict[str, Any] = {
        "name": "platform",
        "users-count": 5,
        "visibility": "secret",
        "allow-member-token-management": True,
        "organization-access": {"manage-workspaces": False, "read-projects": True, "read-workspaces": True},
        "permissions": {"can-destroy": True, "can-update-organization-access": True},
    }

    def answer(request: httpx.Request) -> httpx.Response:
        return says(document("teams", TEAM, attributes))(request)

    server.answers |= {
        f"(GET|PATCH) /teams/{TEAM}": answer,
        "POST /organizations/acme/teams": answer,
        f"DELETE /teams/{TEAM}": lambda _: httpx.Response(204),
    }
    return attributes


def sample(name: str) -> Any:
    path = SAMPLES / f"{name}.request.json"
    return json.loads(path.read_text())["data"] if path.exists() else None


def test_a_new_team_is_sent_as_documented() -> None:
    made = create_team("acme", "team-creation-test", organization_access={"manage-workspaces": True})
    expected = {"organization-access": {"manage-workspaces": True}, "visibility": "secret"}
    assert made.body["data"] == {"type": "teams", "attributes": {"name": "team-creation-test", **expected}}
    assert (made.method, made.path) == ("POST", "/organizations/acme/teams")
    if documented := sample("create_team"):
        del documented["attributes"]["sso-team-id"]
        documented["attributes"]["visibility"] = "secret"
        assert made.body["data"] == documented


def test_a_team_is_changed_as_documented() -> None:
    access: dict[Any, bool] = {"manage-vcs-settings": True}
    made = update_team(TEAM, visibility="organization", members_manage_keys=True, organization_access=access)
    expected = {"visibility": "organization", "allow-member-token-management": True, "organization-access": access}
    assert made.body["data"] == {"type": "teams", "attributes": expected}
    if documented := sample("update_team"):
        assert made.body["data"] == documented


def test_a_search_goes_out_under_the_documented_names() -> None:
    query = dict(list_teams("acme", search="plat", names="platform,owners").query)
    assert query == {"q": "plat", "filter[names]": "platform,owners", "page[number]": "1", "page[size]": "20"}


@pytest.mark.parametrize(
    ("asked_for", "impacts"),
    [
        ({"new_name": "base"}, {"grants"}),
        ({"visibility": "organization"}, {"grants"}),
        ({"members_manage_keys": False}, {"grants"}),
        ({"organization_access": {"read-workspaces": True}}, {"grants"}),
        ({"organization_access": {"manage-policies": False}}, {"grants"}),
        ({"organization_access": {"manage-policy-overrides": True}}, {"grants", "weakens control"}),
        ({"organization_access": {"manage-projects": True}}, {"grants", "weakens control"}),
    ],
)
def test_any_change_is_about_who_may_do_what_a_new_name_too(asked_for: dict[str, Any], impacts: set[str]) -> None:
    assert update_team.impacts_of
    assert update_team.impacts_of(update_team(TEAM, **asked_for)) == impacts


def test_making_and_deleting_a_team_always_changes_who_may_do_what() -> None:
    assert create_team.impacts == delete_team.impacts == {"grants"}
    assert delete_team.risk is Risk.DESTRUCTIVE


@pytest.mark.parametrize(
    ("wrong", "argument", "says_so"),
    [
        ({}, "arguments", "organization-access"),
        ({"new_name": "two words"}, "new_name", "platform"),
        ({"new_name": "n" * 10_000}, "new_name", "platform"),
        ({"visibility": "public"}, "visibility", "'secret'"),
        ({"organization_access": {}}, "organization_access", "at least 1"),
        ({"organization_access": {"owner": True}}, "organization_access", "'manage-teams'"),
        ({"organization_access": ["manage-teams"]}, "organization_access", "dictionary"),
    ],
)
def test_what_is_wrong_is_refused_before_any_request_with_the_argument_and_the_fix(
    wrong: dict[str, Any], argument: str, says_so: str, server: Server, make_toolkit: MakeToolkit, use: Use
) -> None:
    message = use(make_toolkit(confirmer=lambda _: True), "update_team", team_id=TEAM, **wrong)
    assert message.text.startswith(f"Wrong argument. {argument}: ")
    assert says_so in message.text
    assert server.sent == []


def test_a_model_reads_every_kind_of_access() -> None:
    shown = slim(update_team.arguments.model_json_schema())["properties"]["organization_access"]
    assert shown["properties"] == {key: {"type": "boolean"} for key in get_args(Access)}
    assert len(get_args(Access)) == 14


def test_a_person_sees_each_right_old_and_new_and_how_many_people_get_it(
    team: dict[str, Any], make_toolkit: MakeToolkit, use: Use, asked: Asked
) -> None:
    toolkit = make_toolkit(confirmer=asked)
    access = {"manage-workspaces": True, "manage-teams": True, "read-projects": False}
    message = use(toolkit, "update_team", team_id=TEAM, organization_access=access, visibility="organization")
    assert message.status == "success", message.content
    for line in (
        "team: platform",
        "people in it: 5",
        "organization-access.manage-workspaces: no → yes",
        "organization-access.manage-teams: unknown → yes",
        "organization-access.read-projects: yes → no",
        "visibility: secret → organization",
    ):
        assert line in asked.questions[0].text
    assert "more or less than now" in asked.questions[0].text


def test_a_new_team_is_shown_with_what_it_will_be_able_to_do(
    team: dict[str, Any], make_toolkit: MakeToolkit, use: Use, asked: Asked
) -> None:
    toolkit = make_toolkit(confirmer=asked)
    access = {"manage-policies": True, "read-projects": False}
    given = {"organization_name": "acme", "name": "platform", "organization_access": access}
    assert use(toolkit, "create_team", **given).status == "success"
    assert "organization access: manage-policies\n" in asked.questions[0].text
    assert "rules which control everybody's runs" in asked.questions[0].text


def test_a_team_whose_access_this_token_may_not_change_is_not_asked_about(
    team: dict[str, Any], server: Server, make_toolkit: MakeToolkit, use: Use, asked: Asked
) -> None:
    team["permissions"]["can-update-organization-access"] = False
    toolkit = make_toolkit(confirmer=asked)
    message = use(toolkit, "update_team", team_id=TEAM, organization_access={"read-projects": True})
    assert "may not change the team's access" in message.text
    assert (asked.questions, server.writes) == ([], [])
    assert use(toolkit, "update_team", team_id=TEAM, new_name="base").status == "success"


def test_a_delete_shows_what_is_lost_and_takes_the_name(
    team: dict[str, Any], make_toolkit: MakeToolkit, use: Use, asked: Asked
) -> None:
    toolkit = make_toolkit(confirmer=asked)
    assert use(toolkit, "delete_team", team_id=TEAM).text == f"{TEAM}: deleted (status 204)"
    assert asked.questions[0].typed == "platform"
    for line in ("people in it: 5", "organization access: read-projects, read-workspaces", "visibility: secret"):
        assert line in asked.questions[0].text


def test_what_could_not_be_read_is_shown_as_unknown(
    team: dict[str, Any], make_toolkit: MakeToolkit, use: Use, asked: Asked
) -> None:
    for name in ("users-count", "organization-access", "name"):
        del team[name]
    use(make_toolkit(confirmer=asked), "delete_team", team_id=TEAM)
    for line in ("team: unknown", "people in it: unknown", "organization access: unknown"):
        assert line in asked.questions[0].text


def test_a_team_that_its_own_flag_protects_is_not_asked_about(
    team: dict[str, Any], server: Server, make_toolkit: MakeToolkit, use: Use, asked: Asked
) -> None:
    team["permissions"] = {"can-destroy": False}
    toolkit = make_toolkit(confirmer=asked)
    assert "can-destroy" in use(toolkit, "delete_team", team_id=TEAM).text
    assert (asked.questions, server.writes) == ([], [])


def test_a_team_is_shown_with_the_access_that_it_has(team: dict[str, Any], make_toolkit: MakeToolkit, use: Use) -> None:
    shown = use(make_toolkit(), "get_team", team_id=TEAM).text
    assert "organization-access: read-projects, read-workspaces" in shown
    assert "users-count: 5" in shown
