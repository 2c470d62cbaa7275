"""The same life, with a real terraform or tofu."""

from __future__ import annotations

import json
import threading
import time
from datetime import timedelta
from pathlib import Path, PurePosixPath

import pytest
from sandbox_driver import Api, MakeApi, MakeSandbox

from tfc_agent_tools.sandbox.archive import Member
from tfc_agent_tools.sandbox.engine import Order
from tfc_agent_tools.sandbox.folder import RunFolder
from tfc_agent_tools.sandbox.logs import Log
from tfc_agent_tools.sandbox.models import RunOptions
from tfc_agent_tools.sandbox.process import Limits, run_command
from tfc_agent_tools.sandbox.terraform import find_binary

pytestmark = pytest.mark.terraform

CONFIGURATION = """
variable "color" {
  default = "red"
}

resource "terraform_data" "a" {
  input = var.color
}

resource "terraform_data" "b" {
  input            = "fixed"
  triggers_replace = [terraform_data.a.output]
}

module "inner" {
  source = "./inner"
}

output "color" {
  value = terraform_data.a.output
}
"""
FILES = {
    "main.tf": CONFIGURATION,
    "inner/main.tf": 'resource "terraform_data" "c" {\n  input = file("${path.module}/text.txt")\n}\n',
    "inner/text.txt": "hello",
}
SLOW = """
output "slow" {
  value = sum([for a in range(1000) : sum([for b in range(1000) : sum([for c in range(99) : a + b + c])])])
}
"""
CLOUD = (
    'terraform {\n  cloud {\n    hostname = "198.51.100.1"\n    organization = "x"\n'
    '    workspaces {\n      name = "y"\n    }\n  }\n}\n'
)


def _state(api: Api, workspace: str) -> dict:
    state = api.data(f"/workspaces/{api.workspace(workspace)['id']}/current-state-version")
    return api.plain.get(state["attributes"]["hosted-state-download-url"]).json()


def test_upload_plan_apply_and_state_are_real(real: Api) -> None:
    real.upload(FILES)
    run = real.wait_for(real.newest_run("scratch"), "planned")
    plan = real.plan(run)
    assert plan["attributes"]["resource-additions"] == 3
    redirect = real.get(f"/plans/{plan['id']}/json-output")
    assert redirect.status_code == 307
    changes = real.plain.get(redirect.headers["location"]).json()["resource_changes"]
    assert {change["address"] for change in changes} == {
        "terraform_data.a",
        "terraform_data.b",
        "module.inner.terraform_data.c",
    }
    assert real.act(run, "apply").status_code == 202
    assert real.status(run) == "applied"
    assert real.apply(run)["attributes"]["resource-additions"] == 3
    assert _state(real, "scratch")["outputs"]["color"]["value"] == "red"
    assert real.workspace("scratch")["attributes"]["resource-count"] == 3


def test_state_carries_over_to_the_next_run(real: Api) -> None:
    real.act(real.run(), "apply")
    serial = _state(real, "app-staging")["serial"]
    run = real.run(variables=[{"key": "size", "value": "3"}])
    assert real.plan(run)["attributes"]["resource-additions"] == 1
    real.act(run, "apply")
    state = _state(real, "app-staging")
    assert state["serial"] > serial
    assert len(state["outputs"]["servers"]["value"]) == 3


def test_run_options_reach_terraform(real: Api) -> None:
    real.act(real.run(), "apply")
    replaced = real.run(replace_addrs=["terraform_data.server[0]"])
    assert real.plan(replaced)["attributes"]["resource-destructions"] == 1
    real.act(replaced, "discard")
    destroyed = real.run(is_destroy=True, target_addrs=["terraform_data.server[1]"])
    assert real.plan(destroyed)["attributes"]["resource-destructions"] == 1
    real.act(destroyed, "discard")
    assert real.run(refresh_only=True)["attributes"]["status"] == "planned_and_finished"


def test_an_invalid_configuration_errs_with_terraforms_own_words(real: Api) -> None:
    real.upload({"main.tf": 'output "a" {\n  value = nothing.here\n}\n'})
    assert real.sandbox.settle(20)
    run = real.newest_run("scratch")
    assert run["attributes"]["status"] == "errored"
    assert "Reference to undeclared resource" in real.log(real.plan(run))
    assert real.workspace("scratch")["attributes"]["locked"] is False


def test_what_a_run_that_is_canceled_by_force_still_does_is_dropped(sandboxes: MakeSandbox, apis: MakeApi) -> None:
    sandbox = sandboxes(engine="terraform", force_cancel_after=timedelta(0), limits=Limits(grace=0.5))
    api = apis(sandbox)
    version = api.upload({"main.tf": SLOW}, auto_queue_runs=False)
    assert version["attributes"]["status"] == "uploaded"
    run = api.wait_for(api.queue("scratch").json()["data"], "planning")
    while api.plan(run)["attributes"]["status"] != "running":
        time.sleep(0.01)
    for action in ("cancel", "force-cancel"):
        assert api.post(f"/runs/{run['id']}/actions/{action}").status_code == 202
    assert api.status(run) == "force_canceled"
    assert api.plan(run)["attributes"]["status"] == "canceled"
    assert api.workspace("scratch")["attributes"]["locked"] is False
    assert sandbox.settle(20)
    assert (api.status(run), api.plan(run)["attributes"]["status"]) == ("force_canceled", "canceled")


def test_an_invalid_run_variable_name_is_refused(real: Api) -> None:
    run = real.run(variables=[{"key": "a = 1\nb", "value": "2"}])
    assert run["attributes"]["status"] == "errored"


def test_a_cloud_block_is_replaced_by_the_sandboxs_backend(real: Api) -> None:
    real.upload({"main.tf": CLOUD + CONFIGURATION.split("module", maxsplit=1)[0]})
    assert real.wait_for(real.newest_run("scratch"), "planned")["attributes"]["has-changes"] is True


def test_the_hosts_environment_does_not_reach_a_run(real: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TF_VAR_color", "leaked")
    monkeypatch.setenv("TF_CLI_ARGS", "-lock=nonsense")
    real.upload({"main.tf": CONFIGURATION.split("module", maxsplit=1)[0]})
    run = real.wait_for(real.newest_run("scratch"), "planned")
    assert "leaked" not in real.log(real.plan(run))


def test_no_provider_is_downloaded_even_past_the_text_check(tmp_path: Path) -> None:
    binary = find_binary()
    if binary is None:
        pytest.skip("neither terraform nor tofu is on PATH")
    order = Order(archive=b"", state=None, options=RunOptions(), folder=tmp_path, log=Log(), cancel=threading.Event())
    folder = RunFolder(order, trusted=False)
    folder.prepare([Member(PurePosixPath("main.tf"), b'resource "null_resource" "a" {}')])
    done = run_command(
        [str(binary), "init", "-input=false", "-no-color"],
        cwd=folder.root,
        env=folder.environment(),
        limits=Limits(seconds=20),
        cancel=order.cancel,
    )
    assert not done.good
    assert b"provider registry.terraform.io/hashicorp/null was not found" in b" ".join(done.output.split())


def test_a_configuration_can_be_trusted(sandboxes: MakeSandbox, apis: MakeApi, tmp_path: Path) -> None:
    outside = tmp_path / "outside.txt"
    outside.write_text("from outside")
    api = apis(sandboxes(engine="terraform", trust_configurations=True))
    api.upload({"main.tf": f'output "a" {{\n  value = file("{outside}")\n}}\n'})
    run = api.wait_for(api.newest_run("scratch"), "planned")
    assert "from outside" in json.dumps(
        api.plain.get(api.get(f"/plans/{api.plan(run)['id']}/json-output").headers["location"]).json()
    )


def test_a_run_that_takes_too_long_is_stopped(sandboxes: MakeSandbox, apis: MakeApi) -> None:
    api = apis(sandboxes(engine="terraform", limits=Limits(seconds=0.01)))
    run = api.run()
    assert run["attributes"]["status"] == "errored"


def test_canceling_a_plan_stops_the_process(sandboxes: MakeSandbox, apis: MakeApi) -> None:
    real = apis(sandboxes(engine="terraform", limits=Limits(grace=0.3)))
    real.upload({"main.tf": SLOW})
    run = real.newest_run("scratch")
    while '"type":"version"' not in real.log(real.plan(run)):
        time.sleep(0.01)
    started = time.monotonic()
    assert real.post(f"/runs/{run['id']}/actions/cancel").status_code == 202
    assert real.wait_for(run, "canceled")["attributes"]["canceled-at"]
    assert time.monotonic() - started < 8
    assert real.workspace("scratch")["attributes"]["locked"] is False


def children() -> set[str]:
    """The processes that this one started and has not waited for, by every one of its threads."""
    lists = Path("/proc/self/task").glob("*/children")
    return {pid for one in lists for pid in one.read_text().split()}


def test_closing_a_sandbox_ends_its_threads_and_processes(sandboxes: MakeSandbox, apis: MakeApi) -> None:
    before = children()  # such as a database that other tests use
    api = apis(sandboxes(engine="terraform", limits=Limits(grace=0.3)))
    api.upload({"main.tf": SLOW})
    plan = api.plan(api.newest_run("scratch"))
    while '"type":"version"' not in api.log(plan):
        time.sleep(0.01)
    assert children() - before
    api.sandbox.close()
    assert not [thread.name for thread in threading.enumerate() if thread.name.startswith("tfc-sandbox")]
    assert not children() - before
