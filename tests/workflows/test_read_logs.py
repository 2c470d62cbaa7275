"""Lines of a log are shown only where the secrets in them are known; facts always are."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from support.server import PLAN, RUN, Server, document, fails, says
from support.tools import MakeToolkit, Use

from tfc_agent_tools.authority.policy import DefaultPolicy, Effect, Question, Verdict

APPLY = "apply-eeeeeeeeeeeeeeee"
SECRET = "hunter2-but-longer"
LINES = [f"provisioner says {SECRET}", "Plan: 1 to add, 0 to change, 0 to destroy."]
LOG = "\x02" + "\n".join(LINES) + "\n\x03"
WITHHELD = "lines and details are withheld, since secrets in them can't be recognised"


def plan_json(after_unknown: Any) -> dict[str, Any]:
    marks = {"before_sensitive": False, "after_sensitive": {"password": True}, "after_unknown": after_unknown}
    change = {"actions": ["create"], "before": None, "after": {"password": SECRET}, **marks}
    resource = {"address": "a.b", "mode": "managed", "type": "a", "name": "b", "change": change}
    return {"format_version": "1.2", "terraform_version": "1.11.4", "resource_changes": [resource]}


@pytest.fixture
def server(server: Server) -> Server:
    """A plan and an apply with one log, in which a provider printed a secret."""
    attributes = {"status": "finished", "log-read-url": server.plan["log-read-url"]}
    related = {"plan": ("plans", PLAN), "apply": ("applies", APPLY)}
    server.answers = {
        "GET /v1/object/l0g": lambda _: httpx.Response(200, text=LOG),
        f"GET /plans/{PLAN}/json-output": says(plan_json({})),
        f"GET /applies/{APPLY}": says(document("applies", APPLY, attributes)),
        f"GET /runs/{RUN}": lambda r: says(document("runs", RUN, server.run, **related))(r),
    }
    return server


READS = [("read_plan_log", {"plan_id": PLAN}), ("read_plan_log", {"run_id": RUN}), ("read_apply_log", {"run_id": RUN})]


@pytest.mark.parametrize(("tool", "named"), READS)
def test_known_secrets_are_taken_out_of_lines_that_are_marked_as_text_from_outside(
    tool: str, named: dict[str, str], make_toolkit: MakeToolkit, use: Use
) -> None:
    message = use(make_toolkit(), tool, **named, show="tail")
    assert "| provisioner says (sensitive)" in message.text.splitlines()
    assert SECRET not in f"{message.text}{message.artifact}"
    assert message.artifact["withheld"] is None


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        (fails(404), "get_plan_secrets was answered 404"),
        (lambda _: httpx.Response(204), f"{PLAN} has no JSON"),
        (lambda _: httpx.Response(200, text="{"), f"{PLAN}: it is not whole JSON"),
        (
            lambda _: httpx.Response(307, headers={"location": "https://evil.example"}),
            f"{PLAN}: its JSON could not be read",
        ),
        (fails(503), f"{PLAN}: its JSON could not be read"),
    ],
)
@pytest.mark.parametrize(("tool", "named"), READS)
def test_where_the_secrets_can_not_be_known_no_line_is_shown_and_the_facts_are(
    answer: Any, why: str, tool: str, named: dict[str, str], server: Server, make_toolkit: MakeToolkit, use: Use
) -> None:
    server.answers[f"GET /plans/{PLAN}/json-output"] = answer
    message = use(make_toolkit(), tool, **named, show="page")
    assert f"{WITHHELD}: {why}." in message.text
    assert "provisioner" not in f"{message.text}{message.artifact}"
    assert "complete, 1 to add, 0 to change, 0 to destroy." in message.text
    assert message.artifact["lines"] == []


def test_an_apply_that_makes_secrets_shows_no_line(server: Server, make_toolkit: MakeToolkit, use: Use) -> None:
    server.answers[f"GET /plans/{PLAN}/json-output"] = says(plan_json({"password": True}))
    message = use(make_toolkit(), "read_apply_log", run_id=RUN, show="tail")
    assert "the apply made secret values that the plan did not know yet" in message.text
    assert "provisioner" not in message.text
    assert "provisioner" in use(make_toolkit(), "read_plan_log", run_id=RUN, show="tail").text


def test_an_apply_does_not_become_a_plan_by_what_the_answer_calls_it(
    server: Server, make_toolkit: MakeToolkit, use: Use
) -> None:
    attributes = {"status": "finished", "log-read-url": server.plan["log-read-url"]}
    server.answers[f"GET /applies/{APPLY}"] = says(document("plans", APPLY, attributes))
    server.answers[f"GET /plans/{PLAN}/json-output"] = says(plan_json({"password": True}))
    assert "provisioner" not in use(make_toolkit(), "read_apply_log", run_id=RUN, show="tail").text


def test_by_the_applys_id_alone_its_secrets_are_not_known(make_toolkit: MakeToolkit, use: Use) -> None:
    message = use(make_toolkit(), "read_apply_log", apply_id=APPLY, show="tail")
    assert f"{WITHHELD}: the plan is not known." in message.text
    assert "provisioner" not in message.text


def test_a_policy_can_let_lines_be_seen(server: Server, make_toolkit: MakeToolkit, use: Use) -> None:
    class LinesToo(DefaultPolicy):
        def decide(self, question: Question) -> Verdict:
            return Verdict(effect=Effect.ALLOW, rules=(), why=f"{question.action} is allowed in this test")

    server.answers[f"GET /plans/{PLAN}/json-output"] = fails(404)
    toolkit = make_toolkit()
    toolkit._host.policy = LinesToo()
    assert f"| {LINES[0]}" in use(toolkit, "read_plan_log", plan_id=PLAN, show="tail").text


@pytest.mark.parametrize("tool", ["read_plan_log", "read_apply_log"])
@pytest.mark.parametrize("named", [{}, {"run_id": RUN, "plan_id": PLAN, "apply_id": APPLY}])
def test_exactly_one_thing_is_named(
    tool: str, named: dict[str, str], server: Server, make_toolkit: MakeToolkit, use: Use
) -> None:
    other = "apply_id" if tool == "read_plan_log" else "plan_id"
    message = use(make_toolkit(), tool, **{name: value for name, value in named.items() if name != other})
    assert message.text.startswith("Wrong argument. ")
    assert server.sent == []


def test_what_has_no_log_is_told_so(server: Server, make_toolkit: MakeToolkit, use: Use) -> None:
    server.plan["log-read-url"] = None
    assert f"{PLAN} has no log." in use(make_toolkit(), "read_plan_log", plan_id=PLAN).text


def test_a_log_is_read_by_the_url_of_the_answer_just_given(server: Server, make_toolkit: MakeToolkit, use: Use) -> None:
    toolkit = make_toolkit()
    for name in ("l0g", "an0ther"):
        server.plan["log-read-url"] = f"https://archivist.terraform.io/v1/object/{name}"
        use(toolkit, "read_plan_log", plan_id=PLAN)
    read = [request.url.path for request in server.sent if "object" in request.url.path]
    assert read == ["/v1/object/l0g", "/v1/object/an0ther"]
    assert not [
        request for request in server.sent if "object" in request.url.path and "authorization" in request.headers
    ]
