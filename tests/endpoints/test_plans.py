"""Plans and applies: of a JSON plan no value gets out."""

from __future__ import annotations

import json
import logging
from pathlib import Path
from typing import Any

import httpx
import pytest
from support.server import PLAN, RUN, Server, document, says
from support.tools import MakeToolkit, Use

SIGNED = "https://archivist.terraform.io/v1/object/s1gned-pl4n"
SECRET = "hunter2-but-much-longer"
RECORDED = Path(__file__).parents[1] / "plans"
PLANS = sorted(path for path in RECORDED.glob("[0-9]*.json") if "resource_changes" in path.read_text())
TOOLS = [("get_plan_json_output", {"plan_id": PLAN}), ("get_run_plan_json_output", {"run_id": RUN})]


def change(*actions: str, **more: Any) -> dict[str, Any]:
    values = {"before": {"password": SECRET}, "after": {"password": SECRET}, "after_sensitive": {"password": True}}
    address = f'terraform_data.a["{SECRET}"]'
    block = {"mode": "data" if actions == ("read",) else "managed", "type": "terraform_data", "name": "a"}
    return {"address": address, **block, "index": SECRET, "change": {"actions": list(actions), **values, **more}}


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
def test_a_json_plan_is_explained_and_no_value_or_url_of_it_gets_out(
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
    assert message.status == "success", message.text
    assert message.artifact["counts"]["create"] == 2
    assert "replace" in message.text
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
    assert message.text.endswith("its plan is not there yet; read it again later (status 204)")


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
        b"[" * 100_000,
        json.dumps(FULL).encode()[:-20],
        json.dumps({**FULL, "format_version": "2.0"}).encode(),
        json.dumps({**FULL, "resource_changes": [change(SECRET)]}).encode(),
        SECRET.encode(),
    ],
    ids=lambda junk: repr(junk[:30]),
)
def test_what_is_no_whole_plan_is_not_explained_and_nothing_of_it_repeated(
    junk: bytes, server: Server, make_toolkit: MakeToolkit, use: Use, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    server.answers["GET /v1/object/s1gned-pl4n"] = lambda _: httpx.Response(200, content=junk)
    message = use(make_toolkit(), "get_plan_json_output", plan_id=PLAN)
    assert message.status == "error"
    assert message.text.startswith("Cannot explain this plan, because ")
    assert "Nothing was changed" in message.text
    assert SECRET not in repr((message, caplog.text))


@pytest.mark.parametrize("path", PLANS, ids=lambda path: path.stem)
def test_a_plan_that_terraform_made_is_counted_whole_and_shows_no_value(
    path: Path, server: Server, make_toolkit: MakeToolkit, use: Use
) -> None:
    plan = json.loads(path.read_text())
    server.answers["GET /v1/object/s1gned-pl4n"] = says(plan)
    message = use(make_toolkit(), "get_plan_json_output", plan_id=PLAN)
    assert message.status == "success", message.text
    changes = [resource["change"]["actions"] for resource in plan.get("resource_changes", [])]
    assert message.artifact["adds"] == sum("create" in one for one in changes)
    assert message.artifact["destroys"] == sum("delete" in one for one in changes)
    assert message.artifact["terraform_version"] == plan["terraform_version"]
    assert "s3cr3t" not in repr(message)


def test_an_apply_is_shown_in_counts_without_its_log(server: Server, make_toolkit: MakeToolkit, use: Use) -> None:
    counts = {"resource-additions": 1, "resource-changes": 0, "resource-destructions": 2, "resource-imports": 0}
    attributes = {"status": "finished", "log-read-url": SIGNED, **counts}
    server.answers["GET /applies/apply-1"] = says(document("applies", "apply-1", attributes))
    message = use(make_toolkit(), "get_apply", apply_id="apply-1")
    assert message.artifact["attributes"] == {"status": "finished", **counts}
    assert message.artifact["redacted"] == ["log-read-url"]
    assert "s1gned" not in repr(message)
