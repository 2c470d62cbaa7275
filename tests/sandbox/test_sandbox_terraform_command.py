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
def description() -> Iterator[dict[str, Any]]:
    server = subprocess.Popen([sys.executable, "-c", SERVER], stdout=subprocess.PIPE, text=True)
    assert server.stdout
    with server:
        yield json.loads(server.stdout.readline())
        server.terminate()


def test_a_project_goes_through_its_whole_life(tmp_path: Path, description: dict[str, Any]) -> None:
    binary = find_binary()
    if binary is None or binary.stem != "terraform":
        pytest.skip("terraform is not on PATH")
    (tmp_path / "home").mkdir()
    (tmp_path / "main.tf").write_text(CONFIGURATION)
    (tmp_path / "tfrc").write_text(CLI_CONFIG % (description["address"], description["tokens"]["user"]))
    env = {
        "PATH": os.environ["PATH"],
        "HOME": str(tmp_path / "home"),
        "TF_CLI_CONFIG_FILE": str(tmp_path / "tfrc"),
        "TF_IN_AUTOMATION": "1",
        "CHECKPOINT_DISABLE": "1",
    }

    def run(*arguments: str) -> str:
        done = subprocess.run(
            [str(binary), *arguments], cwd=tmp_path, env=env, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    options = ("-input=false", "-no-color")
    run("init", *options)
    assert "Plan: 1 to add" in run("plan", *options, "-var", "who=bob")
    assert "SANDBOX" in run("apply", *options, "-auto-approve", "-var", "who=bob")
    assert run("output", "-raw", "who") == "bob"
    assert run("state", "list").strip() == "terraform_data.a"
    run("state", "rm", "terraform_data.a")
    assert run("state", "list").strip() == ""
