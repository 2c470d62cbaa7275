"""Plans without their secrets."""

from __future__ import annotations

import json

import pytest
from sandbox_driver import Api

from tfc_agent_tools.sandbox.redaction import redacted_plan


def test_what_is_marked_sensitive_is_hidden_at_any_depth() -> None:
    change = {
        "actions": ["update"],
        "before": {"input": {"user": "ada", "password": "old-secret"}, "list": ["a", "old-secret"]},
        "before_sensitive": {"input": {"password": True}, "list": [False, True]},
        "after": {"input": "new-secret", "list": ["a"]},
        "after_sensitive": {"input": True, "list": []},
    }
    plan = {
        "format_version": "1.2",
        "resource_changes": [{"address": "terraform_data.a", "change": change}],
        "resource_drift": [{"address": "terraform_data.a", "change": change}],
        "output_changes": {"o": {"actions": ["create"], "after": "new-secret", "after_sensitive": True}},
        "variables": {"password": {"value": "new-secret"}},
    }
    text = redacted_plan(plan, {}).decode()
    assert "secret" not in text
    assert json.loads(text)["resource_changes"][0]["change"]["before"]["input"]["user"] == "ada"


@pytest.mark.terraform
def test_a_redacted_plan_is_shown_to_readers(real: Api) -> None:
    secret = 'variable "p" {\n  default = "hunter2"\n  sensitive = true\n}\n'
    real.upload({"main.tf": secret + 'resource "terraform_data" "a" {\n  input = var.p\n}\n'})
    run = real.wait_for(real.newest_run("scratch"), "planned")
    shown = real.get(f"/plans/{real.plan(run)['id']}/json-output-redacted")
    assert shown.status_code == 200
    assert "hunter2" not in shown.text
    assert "terraform.io/builtin/terraform" in shown.json()["provider_schemas"]
