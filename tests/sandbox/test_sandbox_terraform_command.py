"""The terraform command itself, with a cloud block, against a served sandbox."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tfc_agent_tools.sandbox.terraform import find_binary

pytestmark = pytest.mark.terraform

SERVER = """
import json
from tfc_agent_tools.sandbox import serve
serve(on_ready=lambda description: print(json.dumps(description), flush=True))
"""
CHECKED_SERVER = """
import json
from tfc_agent_tools.sandbox import Sandbox, WorldFile, serve
policies = [{"name": "small", "enforcement": "advisory", "status": "failed"}, {"name": "tagged"}]
workspace = {
    "structured-run-output-enabled": False,
    "policy-evaluations": [{"policy-set": "cost", "policies": policies}],
    "run-tasks": [{"name": "scan", "enforcement": "mandatory", "status": "failed", "message": "2 critical"}],
}
world = {
    "organizations": {"acme": {"workspaces": {"from-the-command": workspace}}},
    "tokens": {"ada": {"type": "user", "teams": ["owners"]}},
}
with Sandbox(world=WorldFile.model_validate(world)) as sandbox:
    serve(sandbox=sandbox, on_ready=lambda description: print(json.dumps(description), flush=True))
"""
CONFIGURATION = """
terraform {
  cloud {
    organization = "acme"
    workspaces {
      name = "from-the-command"
    }
  }
}

variable "who" {
  default = "nobody"
}

resource "terraform_data" "a" {
  input = var.who
}

output "who" {
  value = terraform_data.a.output
}
"""
# Plain HTTP on loopback for the service's own name: no discovery, no TLS.
CLI_CONFIG = """
host "app.terraform.io" {
  services = { "tfe.v2" = "%s/api/v2/" }
}
credentials "app.terraform.io" {
  token = "%s"
}
"""


@pytest.fixture
def description(request: pytest.FixtureRequest) -> Iterator[dict[str, Any]]:
    script = getattr(request, "param", SERVER)
    server = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True)
    assert server.stdout
    with server:
        yield json.loads(server.stdout.readline())
        server.terminate()


class Command:
    """The terraform command in a folder with a cloud block, with a token of a served sandbox."""

    def __init__(self, folder: Path, description: dict[str, Any]) -> None:
        binary = find_binary()
        if binary is None or binary.stem != "terraform":
            pytest.skip("terraform is not on PATH")
        (folder / "home").mkdir()
        (folder / "main.tf").write_text(CONFIGURATION)
        (folder / "tfrc").write_text(CLI_CONFIG % (description["address"], description["tokens"]["user"]))
        self.binary, self.folder = binary, folder
        self.env = {
            "PATH": os.environ["PATH"],
            "HOME": str(folder / "home"),
            "TF_CLI_CONFIG_FILE": str(folder / "tfrc"),
            "TF_IN_AUTOMATION": "1",
            "CHECKPOINT_DISABLE": "1",
        }

    def __call__(self, *arguments: str, code: int = 0) -> str:
        done = subprocess.run(
            [str(self.binary), *arguments], cwd=self.folder, env=self.env, capture_output=True, text=True, check=False
        )
        assert done.returncode == code, done.stdout + done.stderr
        return done.stdout + done.stderr if code else done.stdout


def test_a_project_goes_through_its_whole_life(tmp_path: Path, description: dict[str, Any]) -> None:
    run = Command(tmp_path, description)
    options = ("-input=false", "-no-color")
    run("init", *options)
    assert "Plan: 1 to add" in run("plan", *options, "-var", "who=bob")
    assert "SANDBOX" in run("apply", *options, "-auto-approve", "-var", "who=bob")
    assert run("output", "-raw", "who") == "bob"
    assert run("state", "list").strip() == "terraform_data.a"
    run("state", "rm", "terraform_data.a")
    assert run("state", "list").strip() == ""


@pytest.mark.parametrize("description", [CHECKED_SERVER], indirect=True)
def test_the_command_shows_a_plain_log_and_what_the_run_met(tmp_path: Path, description: dict[str, Any]) -> None:
    run = Command(tmp_path, description)
    run("init", "-input=false", "-no-color")
    shown = run("plan", "-input=false", "-no-color", code=1)
    assert "terraform_data.a" in shown
    assert "2 policies evaluated" in shown
    assert "PASSED (with advisory)" in shown
    assert "2 critical" in shown
    assert "the run task, scan, is required to succeed" in shown
