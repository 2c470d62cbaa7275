"""Rules over the whole catalogue, and the operations' facts against the API data where it lies beside the tree."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from support.tools import MakeToolkit

from tfc_agent_tools.endpoint import Endpoint
from tfc_agent_tools.endpoints import GROUPS, catalog
from tfc_agent_tools.facts import wanted_by
from tfc_agent_tools.present.compact import SHAPES
from tfc_agent_tools.routes import ROUTES
from tfc_agent_tools.templates import content_dir
from tfc_agent_tools.types import Impact, Risk, TokenType
from tfc_agent_tools.workflows import workflows

ENDPOINTS = list(catalog().values())
WRITES = [endpoint for endpoint in ENDPOINTS if not endpoint.is_read]
DATA = Path(__file__).parents[2] / "shared" / "api" / "seed_operations.yaml"
OPERATIONS: dict[str, Any] = (
    {operation["id"]: operation for operation in yaml.safe_load(DATA.read_text())} if DATA.exists() else {}
)


def named(endpoint: Endpoint[Any]) -> str:
    return endpoint.name


def test_the_catalogue_is_whole() -> None:
    assert len(ENDPOINTS) == 11
    assert {endpoint.group for endpoint in ENDPOINTS} == set(GROUPS)


@pytest.mark.parametrize("endpoint", WRITES, ids=named)
def test_a_write_states_every_guard(endpoint: Endpoint[Any]) -> None:
    expected = {"tokens", "permission", "confirms", "explains", "previews", "impacts", "returns"}
    assert expected <= endpoint.stated


@pytest.mark.parametrize("endpoint", ENDPOINTS, ids=named)
def test_an_endpoint_states_tokens_permission_and_shape(endpoint: Endpoint[Any]) -> None:
    assert {"tokens", "permission", "returns"} <= endpoint.stated
    assert endpoint.shape in SHAPES


@pytest.mark.parametrize("endpoint", WRITES, ids=named)
def test_the_explanation_of_a_write_exists(endpoint: Endpoint[Any]) -> None:
    assert (content_dir("prompts") / str(endpoint.explanation)).is_file()


@pytest.mark.parametrize("endpoint", ENDPOINTS, ids=named)
def test_every_fact_of_a_preview_has_a_route(endpoint: Endpoint[Any]) -> None:
    assert set(wanted_by(endpoint.preview)) <= {*ROUTES, *endpoint.routes}
    assert set(endpoint.flags) <= set(wanted_by(endpoint.preview)) | {"workspace", "run"}


@pytest.mark.parametrize("operation", [*ENDPOINTS, *workflows().values()], ids=lambda o: o.name)
def test_a_tool_says_what_it_does_in_one_short_sentence_or_two(operation: Any) -> None:
    assert re.fullmatch(r"[a-z][a-z0-9_]{2,63}", operation.name)
    assert 10 < len(operation.description) <= 120
    assert operation.description.endswith(".")


@pytest.mark.parametrize("endpoint", ENDPOINTS, ids=named)
def test_no_argument_of_a_tool_can_confirm_or_widen_anything(endpoint: Endpoint[Any]) -> None:
    forbidden = re.compile(r"confirm|approv|force|token|policy|yes|override|skip|dry_run|sure")
    assert not [name for name in endpoint.arguments.model_fields if forbidden.search(name)]


@pytest.mark.parametrize("endpoint", ENDPOINTS, ids=named)
def test_an_audit_trails_token_can_use_nothing_here(endpoint: Endpoint[Any]) -> None:
    assert TokenType.AUDIT_TRAILS not in endpoint.tokens


def test_applying_is_destructive_and_says_that_it_applies() -> None:
    apply_run = catalog()["apply_run"]
    assert apply_run.risk is Risk.DESTRUCTIVE
    assert Impact.APPLIES in apply_run.impacts


def test_the_metadata_of_a_tool_is_what_callbacks_and_mcp_clients_read(make_toolkit: MakeToolkit) -> None:
    tool = next(tool for tool in make_toolkit().get_tools() if tool.name == "apply_run")
    assert tool.metadata == {
        "tfc": {
            "method": "POST",
            "path": "/runs/{run_id}/actions/apply",
            "group": "runs",
            "action": "runs.apply",
            "risk": "destructive",
            "token_types": ["team", "user"],
            "permission": "apply runs",
        },
        "readOnlyHint": False,
        "destructiveHint": True,
        "idempotentHint": False,
        "openWorldHint": True,
    }


@pytest.mark.parametrize("endpoint", ENDPOINTS, ids=named)
def test_method_path_risk_and_tokens_are_as_the_api_documents_them(endpoint: Endpoint[Any]) -> None:
    facts = FACTS[endpoint.name]
    method, _, path = facts[0].partition(" ")
    assert (endpoint.method, re.sub(r"{\w+}", "{}", endpoint.path)) == (method, path)
    assert endpoint.is_read is (facts[1] == "read")
    assert (TokenType.ORGANIZATION in endpoint.tokens) is facts[2]


@pytest.mark.skipif(not OPERATIONS, reason="the API data is not beside this checkout")
@pytest.mark.parametrize("name", sorted(catalog()))
def test_the_projects_own_copy_of_the_facts_is_the_documented_one(name: str) -> None:
    operation = OPERATIONS[name]
    route = operation["method"] + " " + re.sub(r"{\w+}", "{}", operation["path"])
    # The upload itself carries no token; it takes the rules of the call that its URL came from.
    organization = operation["tokens"]["organization"] and name != "upload_configuration_files"
    assert FACTS[name] == (route, operation["access"], organization)


FACTS = {
    "list_workspaces": ("GET /organizations/{}/workspaces", "read", True),
    "get_workspace_by_name": ("GET /organizations/{}/workspaces/{}", "read", True),
    "lock_workspace": ("POST /workspaces/{}/actions/lock", "write", True),
    "unlock_workspace": ("POST /workspaces/{}/actions/unlock", "write", True),
    "create_run": ("POST /runs", "write", False),
    "get_run": ("GET /runs/{}", "read", True),
    "apply_run": ("POST /runs/{}/actions/apply", "write", False),
    "discard_run": ("POST /runs/{}/actions/discard", "write", False),
    "get_plan": ("GET /plans/{}", "read", True),
    "create_configuration_version": ("POST /workspaces/{}/configuration-versions", "write", False),
    "upload_configuration_files": ("PUT {}", "write", False),
}
"""Name → route, access, and whether an organization token may: the project's own copy of the documented facts."""
