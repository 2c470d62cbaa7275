"""Workspaces over all pages, outputs without values, two states by number, and whose token it is."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from support.server import Server, document, fails, says
from support.tools import MakeToolkit, Use

from tfc_agent_tools.authority.policy import DefaultPolicy, Effect, Question, Verdict
from tfc_agent_tools.drive import SyncDriver
from tfc_agent_tools.host import Caller
from tfc_agent_tools.present.compact import Presented
from tfc_agent_tools.workflows import workflows

WORKSPACES = "GET /organizations/acme/workspaces"


def workspace(number: int) -> dict[str, Any]:
    return {"type": "workspaces", "id": f"ws-{number:03}", "attributes": {"name": f"app-{number}"}}


def paged(server: Server, total: int) -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        number, size = (int(request.url.params[f"page[{name}]"]) for name in ("number", "size"))
        rows = [workspace(n) for n in range(total)[(number - 1) * size : number * size]]
        following = number + 1 if number * size < total else None
        meta = {"pagination": {"total-count": total, "next-page": following}}
        return says({"data": rows, "meta": meta})(request)

    server.answers[WORKSPACES] = answer


def test_workspaces_are_found_on_every_page(server: Server, make_toolkit: MakeToolkit, use: Use) -> None:
    paged(server, 230)
    message = use(make_toolkit(), "find_workspaces", organization_name="acme", name="app")
    assert str(message.content).startswith("230 workspaces match; the first 30 are listed.")
    assert len(message.artifact["items"]) == 230
    assert len(server.sent) == 3
    assert all(request.url.params["search[name]"] == "app" for request in server.sent)


def test_what_was_not_looked_at_is_counted(server: Server, make_toolkit: MakeToolkit, use: Use) -> None:
    paged(server, 2_345)
    message = use(make_toolkit(), "find_workspaces", organization_name="acme")
    assert "345 more were not looked at" in str(message.content)
    assert len(server.sent) == 20


@pytest.mark.parametrize(("wanted", "found"), [(True, "ws-001"), (False, "ws-000")])
def test_drift_is_asked_for_each_workspace_and_unknown_is_said(
    wanted: bool, found: str, server: Server, make_toolkit: MakeToolkit, use: Use
) -> None:
    paged(server, 3)
    for number, drifted in ((0, False), (1, True)):
        # Type and id beside `data`, as the documentation's sample has them.
        body = {"id": "asmtres-x", "type": "assessment-results", "data": {"attributes": {"drifted": drifted}}}
        server.answers[f"GET /workspaces/ws-{number:03}/current-assessment-result"] = says(body)
    message = use(make_toolkit(), "find_workspaces", organization_name="acme", drifted=wanted)
    assert "1 workspace matches" in str(message.content)
    assert found in str(message.content)
    assert "Of 1 more it is not known whether they drifted" in str(message.content)


def output(number: int, **attributes: Any) -> dict[str, Any]:
    return {"type": "state-version-outputs", "id": f"wsout-{number}", "attributes": {"type": "string", **attributes}}


OUTPUTS = {
    "data": [
        output(1, name="url", sensitive=False, value="https://x.example/v4lue"),
        output(2, name="password", sensitive=True, value="hunter2-hunter2"),
        output(3, name="unmarked", value="who-knows-what"),
    ]
}


def test_outputs_have_names_and_types_and_no_values(server: Server, make_toolkit: MakeToolkit, use: Use) -> None:
    server.answers["GET /workspaces/ws-1/current-state-version-outputs"] = says(OUTPUTS)
    message = use(make_toolkit(), "read_outputs", workspace="ws-1")
    assert str(message.content).splitlines()[1:] == [
        "- url: string",
        "- password: string, sensitive: its value is never shown",
        "- unmarked: string, sensitive: its value is never shown",
    ]
    assert "v4lue" not in str(message)


def test_a_policy_that_allows_values_shows_those_that_are_not_sensitive(
    server: Server, make_toolkit: MakeToolkit
) -> None:
    server.answers["GET /workspaces/ws-1/current-state-version-outputs"] = says(OUTPUTS)
    host = make_toolkit()._host
    host.policy = ValuesToo()
    found: Presented = SyncDriver(host.wire).run(
        workflows()["read_outputs"].steps({"workspace": "ws-1"}, host, Caller())  # type: ignore[union-attr, call-arg, arg-type]
    )
    assert '- url: string\n  [untrusted: value] "https://x.example/v4lue"\n' in found.content
    assert "hunter2" not in found.content
    assert "who-knows-what" not in found.content


def state(identifier: str, *resources: tuple[str, str, int], processed: bool = True) -> dict[str, Any]:
    rows = [
        {"name": name, "type": kind, "count": count, "module": "root", "provider": "p"}
        for kind, name, count in resources
    ]
    return document("state-versions", identifier, {"resources": rows, "resources-processed": processed, "serial": 1})


def test_states_are_compared_by_what_they_hold(server: Server, make_toolkit: MakeToolkit, use: Use) -> None:
    server.answers |= {
        "GET /state-versions/sv-1": says(
            state("sv-1", ("aws_instance", "web", 2), ("aws_vpc", "main", 1), ("a", "b", 1))
        ),
        "GET /state-versions/sv-2": says(
            state("sv-2", ("aws_instance", "web", 3), ("aws_db_instance", "db", 1), ("a", "b", 1))
        ),
    }
    message = use(make_toolkit(), "compare_state_versions", older="sv-1", newer="sv-2")
    assert str(message.content).splitlines() == [
        "From sv-1 to sv-2: 3 kinds of resource differ, 1 is the same in number. Values are not compared.",
        "+ aws_db_instance.db: 0 → 1",
        "~ aws_instance.web: 2 → 3",
        "- aws_vpc.main: 1 → 0",
    ]


def test_a_state_that_the_server_has_not_listed_is_not_compared(
    server: Server, make_toolkit: MakeToolkit, use: Use
) -> None:
    server.answers |= {f"GET /state-versions/sv-{n}": says(state(f"sv-{n}", processed=False)) for n in (1, 2)}
    message = use(make_toolkit(), "compare_state_versions", older="sv-1", newer="sv-2")
    assert message.status == "error"
    assert "has not listed the resources of sv-1 yet" in str(message.content)


@pytest.mark.parametrize(
    ("kind", "owner", "shown"),
    [("users", "user-1", "user"), ("teams", "team-1", "team"), ("organizations", "acme", "organization")],
)
def test_a_token_is_told_by_whom_it_authenticates(
    kind: str, owner: str, shown: str, server: Server, make_toolkit: MakeToolkit, use: Use
) -> None:
    facts = {"username": "ana", "is-service-account": kind != "users"}
    account = document("users", "user-x", facts, authenticated_resource=(kind, owner))
    flags = {"can-create-workspace": True, "can-destroy": False, "can-update": True}
    organization = {"type": "organizations", "id": "acme", "attributes": {"permissions": flags}}
    server.answers |= {"GET /account/details": says(account), "GET /organizations": says({"data": [organization]})}
    message = use(make_toolkit(), "whoami")
    assert str(message.content).splitlines()[:2] == [
        f"Token of type {shown}, of {owner} (user name ana).",
        "- organization acme: may create-workspace, update",
    ]


def test_an_account_that_contradicts_itself_is_of_no_known_type_as_for_the_guards(
    server: Server, make_toolkit: MakeToolkit, use: Use
) -> None:
    account = document("users", "user-x", {"is-service-account": True}, authenticated_resource=("users", "user-1"))
    server.answers |= {"GET /account/details": says(account)}
    assert use(make_toolkit(), "whoami").text.startswith("Token of type unknown, of user-1")


@pytest.mark.parametrize(
    ("listed", "total", "said"),
    [
        (0, 0, "It sees no organization."),
        (2, 2, "- organization org-1: may update"),
        (30, 30, "and 10 more organizations"),
        (30, 130, "and 110 more organizations"),
        (None, None, "Its organizations could not be read."),
    ],
)
def test_organizations_are_listed_counted_or_not_known(
    listed: int | None, total: int | None, said: str, server: Server, make_toolkit: MakeToolkit, use: Use
) -> None:
    rows = [
        {"type": "organizations", "id": f"org-{n}", "attributes": {"permissions": {"can-update": True}}}
        for n in range(listed or 0)
    ]
    body = {"data": rows, "meta": {"pagination": {"total-count": total}}}
    server.answers["GET /organizations"] = fails(404) if listed is None else says(body)
    message = use(make_toolkit(), "whoami")
    assert said in message.text
    assert message.text.count("- organization ") == min(listed or 0, 20)
    assert len(message.artifact["organizations"]) == (listed or 0)


def test_a_name_from_the_api_starts_no_line_of_its_own(server: Server, make_toolkit: MakeToolkit, use: Use) -> None:
    account = document(
        "users", "user-x", {"username": "a\nb"}, authenticated_resource=("users", "u\nToken of type user")
    )
    outputs = {"data": [output(1, name="x\n- y: number", type="a\n- z: b", sensitive=False, value="v\n- w: c")]}
    server.answers |= {
        "GET /account/details": says(account),
        "GET /organizations": says({"data": []}),
        "GET /workspaces/ws-1/current-state-version-outputs": says(outputs),
        **{f"GET /state-versions/sv-{n}": says(state(f"sv-{n}", ("a\n+ forged.x: 0 → 1", "b", n))) for n in (1, 2)},
    }
    toolkit = make_toolkit()
    toolkit._host.policy = ValuesToo()
    shown = [use(toolkit, "whoami").text, use(toolkit, "read_outputs", workspace="ws-1").text]
    shown.append(use(toolkit, "compare_state_versions", older="sv-1", newer="sv-2").text)
    lines = "\n".join(shown).splitlines()
    assert not [line for line in lines if line.startswith(("- y", "- z", "- w", "+ forged"))]
    assert len([line for line in lines if line.startswith("Token of type")]) == 1
    assert '- "x - y: number": a - z: b' in lines
    assert '  [untrusted: value] "v\\n- w: c"' in lines


def test_outputs_have_pages(server: Server, make_toolkit: MakeToolkit, use: Use) -> None:
    meta = {"pagination": {"total-count": 103, "next-page": 2}}
    server.answers["GET /workspaces/ws-1/current-state-version-outputs"] = says({**OUTPUTS, "meta": meta})
    message = use(make_toolkit(), "read_outputs", workspace="ws-1", page_number=1)
    assert message.text.startswith("3 of 103 outputs of ws-1; ")
    assert "; next page 2." in message.text
    use(make_toolkit(), "read_outputs", workspace="ws-1", page_number=2)
    assert [request.url.params["page[number]"] for request in server.sent] == ["1", "2"]


def test_data_above_the_limit_is_a_summary(server: Server, make_toolkit: MakeToolkit, use: Use) -> None:
    many = [("a", f"{'x' * 200}{n}", 1) for n in range(2_000)]
    server.answers |= {
        "GET /state-versions/sv-1": says(state("sv-1")),
        "GET /state-versions/sv-2": says(state("sv-2", *many)),
    }
    message = use(make_toolkit(), "compare_state_versions", older="sv-1", newer="sv-2")
    assert "and 1950 more" in message.text
    assert message.artifact["summary"] is True
    assert "256 KB" in message.artifact["why"]


def test_where_no_total_is_told_more_pages_are_said_all_the_same(
    server: Server, make_toolkit: MakeToolkit, use: Use
) -> None:
    meta = {"pagination": {"next-page": 2}}
    server.answers[WORKSPACES] = says({"data": [workspace(1)], "meta": meta})
    message = use(make_toolkit(), "find_workspaces", organization_name="acme")
    assert "More, of a number that the API does not tell, were not looked at" in message.text
    assert len(server.sent) == 20


def test_a_token_that_may_not_read_its_account_is_told_so(server: Server, make_toolkit: MakeToolkit, use: Use) -> None:
    server.answers |= {"GET /account/details": says({"errors": []}, 404), "GET /organizations": says({"data": []})}
    message = use(make_toolkit(), "whoami")
    assert message.status == "success"
    assert "Token of type unknown" in str(message.content)
    assert "Not read: get_account was answered 404." in str(message.content)


class ValuesToo(DefaultPolicy):
    """A policy that also shows values."""

    def decide(self, question: Question) -> Verdict:
        return Verdict(effect=Effect.ALLOW, rules=(), why=f"{question.action} is allowed in this test")
