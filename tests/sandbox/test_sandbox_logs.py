"""Logs of plans and applies: structured or plain, and readable while they grow."""

from __future__ import annotations

import json
import threading
from pathlib import Path

import pytest
from sandbox_driver import Api, MakeApi, MakeSandbox

from tfc_agent_tools.sandbox.engine import Order
from tfc_agent_tools.sandbox.logs import Log
from tfc_agent_tools.sandbox.models import Counts, RunOptions
from tfc_agent_tools.sandbox.plan_facts import applied_counts
from tfc_agent_tools.sandbox.run_log import diagnose, for_people

ENGINES = [pytest.param("terraform", marks=pytest.mark.terraform), "recorded"]


@pytest.fixture(params=ENGINES)
def api(request: pytest.FixtureRequest, sandboxes: MakeSandbox, apis: MakeApi) -> Api:
    return apis(sandboxes(engine=request.param))


def make_plain(api: Api, name: str = "app-staging") -> None:
    body = {"data": {"type": "workspaces", "attributes": {"structured-run-output-enabled": False}}}
    answer = api.client.patch(f"/workspaces/{api.workspace(name)['id']}", json=body)
    assert answer.json()["data"]["attributes"]["structured-run-output-enabled"] is False


def own_lines(log: str) -> list[str]:
    """The lines of a finished log that terraform wrote."""
    assert (log[0], log[-1]) == ("\x02", "\x03")
    return [line for line in log[1:-1].splitlines()[3:] if line.strip() and not line.startswith("SANDBOX")]


def structured(log: str) -> int:
    """How many of terraform's own lines are JSON."""
    return sum(line.startswith("{") for line in own_lines(log))


def test_a_structured_log_is_lines_of_json(api: Api) -> None:
    run = api.run()
    api.act(run, "apply")
    for log in (api.log(api.plan(run)), api.log(api.apply(run))):
        assert structured(log) == len(own_lines(log)) > 0
        assert all(json.loads(line)["@message"] for line in own_lines(log))


def test_a_plain_log_has_none_and_the_counts_are_the_same(api: Api) -> None:
    make_plain(api)
    run = api.run()
    api.act(run, "apply")
    assert [structured(api.log(phase)) for phase in (api.plan(run), api.apply(run))] == [0, 0]
    assert "Plan: 3 to add, 0 to change, 0 to destroy." in api.log(api.plan(run)).replace("\x1b[1m", "").replace(
        "\x1b[0m", ""
    )
    assert "Apply complete! Resources: 3 added, 0 changed, 0 destroyed." in api.log(api.apply(run))
    assert [phase["attributes"]["resource-additions"] for phase in (api.plan(run), api.apply(run))] == [3, 3]
    destroying = api.run(is_destroy=True)
    api.act(destroying, "apply")
    counts = [phase["attributes"]["resource-destructions"] for phase in (api.plan(destroying), api.apply(destroying))]
    assert counts == [3, 3]


@pytest.mark.terraform
def test_an_error_of_a_plain_run_is_in_terraforms_own_words(real: Api) -> None:
    make_plain(real, "scratch")
    real.upload({"main.tf": 'resource "terraform_data" "a" {\n  input = var.nothing\n}\n'})
    run = real.wait_for(real.newest_run("scratch"), "errored")
    log = real.log(real.plan(run))
    assert structured(log) == 0
    assert "Reference to undeclared input variable" in log


@pytest.mark.parametrize("wanted", [True, False])
def test_a_new_workspace_has_structured_logs_unless_it_asks_for_plain_ones(api: Api, wanted: bool) -> None:
    attributes = {"name": "new"} if wanted else {"name": "new", "structured-run-output-enabled": False}
    body = {"data": {"type": "workspaces", "attributes": attributes}}
    made = api.post("/organizations/acme/workspaces", body).json()["data"]
    assert made["attributes"]["structured-run-output-enabled"] is wanted


def test_a_log_has_its_address_before_it_begins_and_grows_until_its_end(sandboxes: MakeSandbox, apis: MakeApi) -> None:
    api = apis(sandboxes())
    api.sandbox.hold()
    run = api.queue().json()["data"]
    url = api.plan(run)["attributes"]["log-read-url"]
    assert api.plain.get(url).content == b""
    log = api.sandbox.world.logs[run["relationships"]["plan"]["data"]["id"]]
    log.write("first\n")
    assert api.plain.get(url).content == b"\x02first\n"
    assert api.plain.get(url, params={"offset": "3", "limit": "2"}).content == b"rs"
    assert api.sandbox.settle(20)
    assert api.plain.get(url).content[-1:] == b"\x03"
    assert api.plan(run)["attributes"]["log-read-url"] == url


@pytest.mark.parametrize(
    ("text", "counts"),
    [
        ("\x1b[0m\x1b[1m\x1b[32m\nApply complete! Resources: 1 added, 2 changed, 3 destroyed.\n", Counts(1, 2, 3)),
        ("\x1b[1mApply complete! Resources: 4 imported, 1 added, 2 changed, 3 destroyed.", Counts(1, 2, 3, 4)),
        ("Destroy complete! Resources: 12 destroyed.\n", Counts(destructions=12)),
        ('text = "Apply complete! Resources: 9 added, 9 changed, 9 destroyed."\n', Counts()),
        ('  {"type":"change_summary","changes":{"operation":"apply","add":9,"change":9,"remove":9}}\n', Counts()),
        ("Error: nothing\n", Counts()),
    ],
)
def test_the_counts_of_a_plain_log_are_those_of_terraforms_summary(text: str, counts: Counts) -> None:
    assert applied_counts(text.encode(), structured=False) == counts


def test_a_recorded_log_is_told_for_people_with_its_errors_and_where_they_are() -> None:
    diagnostic = {
        "severity": "error",
        "summary": "Invalid reference",
        "detail": "There is no such thing.",
        "range": {"filename": "main.tf", "start": {"line": 7}},
    }
    log = json.dumps({"@message": "Terraform 1.11.4"}) + "\nnot JSON\n"
    log += json.dumps({"@message": "Error: Invalid reference", "diagnostic": diagnostic}) + "\n"
    assert for_people(log) == (
        "Terraform 1.11.4\nnot JSON\n\nError: Invalid reference\n\n  on main.tf line 7:\n\nThere is no such thing.\n"
    )


@pytest.mark.parametrize("is_structured", [True, False])
def test_an_error_of_the_sandbox_itself_has_the_form_of_the_log(tmp_path: Path, is_structured: bool) -> None:
    log = Log()
    order = Order(
        archive=b"",
        state=None,
        options=RunOptions(),
        structured=is_structured,
        folder=tmp_path,
        log=log,
        cancel=threading.Event(),
    )
    diagnose(order, "refused")
    text = log.read(1, 1000).decode()
    assert text == "\nError: refused\n" if not is_structured else json.loads(text)["@message"] == "Error: refused"
