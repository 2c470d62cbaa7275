"""Plans and applies: of a JSON plan only numbers get out."""

from __future__ import annotations

import json
import logging
from pathlib import Path
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.server import PLAN, RUN, Server, document, says
from support.tools import MakeToolkit, Use

from tfc_agent_tools.endpoints.plans import counts_in
from tfc_agent_tools.errors import UnexpectedResponse

SIGNED = "https://archivist.terraform.io/v1/object/s1gned-pl4n"
SECRET = "hunter2-but-much-longer"
BESIDE = Path(__file__).parents[3] / "shared" / "plans"
PLANS = sorted(path for path in BESIDE.glob("*.json") if "terraform_version" in path.read_text()[:200])
TOOLS = [("get_plan_json_output", {"plan_id": PLAN}), ("get_run_plan_json_output", {"run_id": RUN})]


def change(*actions: str, **more: Any) -> dict[str, Any]:
    values = {"before": {"password": SECRET}, "after": {"password": SECRET}, "after_sensitive": {"password": True}}
    address = f'terraform_data.a["{SECRET}"]'
    return {"address": address, "index": SECRET, "change": {"actions": list(actions), **values, **more}}


FULL = {
    "format_version": "1.2",
    "terraform_version": "1.11.4",
    "variables": {"password": {"value": SECRET}},
    "planned_values": {"outputs": {SECRET: {"value": SECRET, "sensitive": True}}},
    "output_changes": {SECRET: {"actions": ["create"], "after": SECRET}},
    "prior_state": {"values": {"root_module": {"resources": [{"values": {"password": SECRET}}]}}},
    "configuration": {"provider_config": {"x": {"expressions": {"token": {"constant_value": SECRET}}}}},
    "resource_changes": [
        change("create"),
        change("create"),
        change("update"),
        change("delete"),
        change("delete", "create"),
        change("create", "delete"),
        change("read"),
        change("no-op", importing={"id": SECRET}),
        change("forget"),
        change("create", "forget"),
        change(SECRET),
    ],
}


@pytest.fixture
def server(server: Server) -> Server:
    """A finished plan whose JSON lies behind a redirect."""
    server.answers = {
        f"GET /plans/{PLAN}/json-output|GET /runs/{RUN}/plan/json-output": redirects,
        "GET /v1/object/s1gned-pl4n": says(FULL),
    }
    return server


def redirects(_: httpx.Request) -> httpx.Response:
    return httpx.Response(307, headers={"location": SIGNED})


@pytest.mark.parametrize(("tool", "arguments"), TOOLS)
def test_a_json_plan_is_counted_by_action_and_nothing_else_of_it_gets_out(
    tool: str,
    arguments: dict[str, Any],
    server: Server,
    make_toolkit: MakeToolkit,
    use: Use,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    toolkit = make_toolkit()
    message = use(toolkit, tool, **arguments)
    assert message.artifact == {
        "type": "plan",
        "id": "json-output",
        "create": 2,
        "update": 1,
        "delete": 1,
        "replace": 2,
        "read": 1,
        "no-op": 1,
        "forget": 1,
        "import": 1,
        "other": 2,
        "terraform-version": "1.11.4",
    }
    assert "replace: 2" in message.text
    for place in (message, toolkit.audit.records(), caplog.text):
        assert SECRET not in repr(place)
        assert "s1gned" not in repr(place)
    assert "authorization" not in server.sent[-1].headers


@pytest.mark.parametrize(("tool", "arguments"), TOOLS)
def test_a_plan_that_is_not_finished_is_no_plan_of_nothing(
    tool: str, arguments: dict[str, Any], server: Server, make_toolkit: MakeToolkit, use: Use
) -> None:
    server.answers = {"GET .*json-output": lambda _: httpx.Response(204)}
    message = use(make_toolkit(), tool, **arguments)
    assert message.text == "plan json-output\nstatus: not finished yet; read it again later"


@pytest.mark.parametrize(
    "junk",
    [
        b"{",
        b"[]",
        b"null",
        b"7",
        b"\xff\xfe",
        b"{}",
        b'{"data": {"id": "plan-1", "type": "plans"}}',
        b'{"terraform_version": 7}',
        b'{"terraform_version": "1.1.1 <b>"}',
        b'{"terraform_version": "1.1.1", "resource_changes": {}}',
        b'{"terraform_version": "1.1.1", "resource_changes": [{}]}',
        b'{"terraform_version": "1.1.1", "resource_changes": [{"change": {"actions": "create"}}]}',
        b"[" * 100_000,
        json.dumps(FULL).encode()[:-20],
        SECRET.encode(),
    ],
    ids=lambda junk: repr(junk[:30]),
)
def test_what_is_no_whole_plan_is_an_unexpected_answer_that_repeats_nothing(
    junk: bytes, server: Server, make_toolkit: MakeToolkit, use: Use, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    server.answers["GET /v1/object/s1gned-pl4n"] = lambda _: httpx.Response(200, content=junk)
    message = use(make_toolkit(), "get_plan_json_output", plan_id=PLAN)
    assert message.status == "error"
    assert "not a whole JSON plan" in message.text
    assert "Nothing was changed" in message.text
    assert SECRET not in repr((message, caplog.text))


@given(
    st.binary()
    | st.recursive(
        st.none() | st.integers() | st.text(), lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner)
    ).map(lambda value: json.dumps({"terraform_version": "1.0.0", "resource_changes": value}).encode())
)
def test_the_reader_raises_nothing_else_and_keeps_nothing_of_what_it_read(content: bytes) -> None:
    failed: UnexpectedResponse | None = None
    try:
        counts_in(content)
    except UnexpectedResponse as error:
        failed = error
    if failed:
        assert (failed.__cause__, failed.__context__) == (None, None)
        assert str(failed) == "GET the plan's JSON output: the answer is not a whole JSON plan"


@pytest.mark.skipif(not PLANS, reason="the recorded plans are not beside this checkout")
@pytest.mark.parametrize("path", PLANS, ids=lambda path: path.stem)
def test_a_plan_that_terraform_made_is_counted_whole_and_shows_no_value(
    path: Path, server: Server, make_toolkit: MakeToolkit, use: Use
) -> None:
    plan = json.loads(path.read_text())
    server.answers["GET /v1/object/s1gned-pl4n"] = says(plan)
    message = use(make_toolkit(), "get_plan_json_output", plan_id=PLAN)
    assert message.status == "success", message.text
    counted = {name: value for name, value in message.artifact.items() if isinstance(value, int) and name != "import"}
    assert sum(counted.values()) == len(plan.get("resource_changes", []))
    assert counted["other"] == 0
    assert message.artifact["terraform-version"] == plan["terraform_version"]
    assert "s3cr3t" not in repr(message)
    assert set(message.artifact) == {*counted, "type", "id", "import", "terraform-version"}


def test_an_apply_is_shown_in_counts_without_its_log(server: Server, make_toolkit: MakeToolkit, use: Use) -> None:
    counts = {"resource-additions": 1, "resource-changes": 0, "resource-destructions": 2, "resource-imports": 0}
    attributes = {"status": "finished", "log-read-url": SIGNED, **counts}
    server.answers["GET /applies/apply-1"] = says(document("applies", "apply-1", attributes))
    message = use(make_toolkit(), "get_apply", apply_id="apply-1")
    assert message.artifact == {"type": "applies", "id": "apply-1", "status": "finished", **counts}
    assert "s1gned" not in repr(message)
