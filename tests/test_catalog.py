"""Rules over the whole catalogue, and the operations' facts against the API data where it lies beside the tree."""

from __future__ import annotations

import inspect
import json
import re
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from support import samples as sample_answers
from support.calls import GOOD
from support.tools import MakeToolkit

from tfc_agent_tools.api.jsonapi import parse
from tfc_agent_tools.effects import Reply
from tfc_agent_tools.endpoint import Endpoint
from tfc_agent_tools.endpoints import GROUPS, catalog
from tfc_agent_tools.facts import wanted_by
from tfc_agent_tools.present.compact import present
from tfc_agent_tools.present.shapes import SHAPES
from tfc_agent_tools.request import Payload, Request
from tfc_agent_tools.routes import ROUTES
from tfc_agent_tools.templates import content_dir
from tfc_agent_tools.types import Impact, Risk, TokenType
from tfc_agent_tools.workflows import workflows

ENDPOINTS = list(catalog().values())
WRITES = [endpoint for endpoint in ENDPOINTS if not endpoint.is_read]
FACTS: dict[str, Any] = yaml.safe_load(Path(__file__).with_name("operations.yaml").read_text())
"""The project's own copy of the documented facts."""
DATA = Path(__file__).parents[2] / "shared" / "api" / "seed_operations.yaml"
OPERATIONS: dict[str, Any] = (
    {operation["id"]: operation for operation in yaml.safe_load(DATA.read_text())} if DATA.exists() else {}
)
NEED_NO_PERMISSION = {
    "list_organizations",
    "get_organization",
    "list_projects",
    "get_project",
    "list_teams",
    "get_team",
}
"""Rows of the guide where none is required: who may see the thing may read it."""
UPLOADS = {"upload_configuration_files", "upload_state_file"}
"""They carry no token; they take the rules of the call that their URL came from."""


def named(endpoint: Endpoint[Any]) -> str:
    return endpoint.name


def test_the_catalogue_is_whole() -> None:
    assert set(catalog()) == set(FACTS)
    assert {endpoint.group for endpoint in ENDPOINTS} == set(GROUPS)


@pytest.mark.parametrize("endpoint", WRITES, ids=named)
def test_a_write_states_every_guard(endpoint: Endpoint[Any]) -> None:
    expected = {"tokens", "permission", "confirms", "explains", "previews", "impacts", "returns"}
    assert expected <= endpoint.stated


@pytest.mark.parametrize("endpoint", ENDPOINTS, ids=named)
def test_an_endpoint_states_tokens_permission_and_shape(endpoint: Endpoint[Any]) -> None:
    assert {"tokens", "returns"} <= endpoint.stated
    assert ("permission" in endpoint.stated) is (endpoint.name not in NEED_NO_PERMISSION)
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
    forbidden = re.compile(r"confirm|approv|force|^token$|token_type|policy|yes|override|skip|dry_run|sure")
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
    path = re.sub(r"{\w+}", "{}", endpoint.path)
    assert f"{endpoint.method} {path}" == facts["route"]
    assert endpoint.is_read is (facts["access"] == "read")
    documented = {"user", "team"} if endpoint.name in UPLOADS else set(facts["tokens"])
    assert {kind.value for kind in endpoint.tokens} == documented


@pytest.mark.parametrize("endpoint", ENDPOINTS, ids=named)
def test_a_query_parameter_is_documented_and_a_documented_one_is_offered_or_named_as_left_out(
    endpoint: Endpoint[Any],
) -> None:
    documented, offered = set(FACTS[endpoint.name].get("query", [])), set(endpoint._query.values())
    assert offered <= documented | FROM_THE_SPECIFICATION
    missing = {name for name in documented - offered if name not in source_of(endpoint)}
    assert not missing


FROM_THE_SPECIFICATION = {"page[number]", "page[size]"}


@pytest.mark.parametrize("endpoint", WRITES, ids=named)
def test_a_documented_attribute_is_sent_or_named_as_left_out(endpoint: Endpoint[Any]) -> None:
    text = source_of(endpoint)
    assert not [name for name in FACTS[endpoint.name].get("body", []) if name.rpartition(".")[2] not in text]


@pytest.mark.parametrize("endpoint", WRITES, ids=named)
def test_a_documented_choice_is_the_same_choice_here(endpoint: Endpoint[Any]) -> None:
    schema = json.dumps(endpoint.arguments.model_json_schema())
    for choices in FACTS[endpoint.name].get("enums", {}).values():
        given = [json.loads(one) for one in re.findall(r'"enum": (\[[^\]]*\])', schema)]
        assert any(set(one) == set(choices) for one in given), choices


def source_of(endpoint: Endpoint[Any]) -> str:
    """The text of the endpoint's module and of what it imports from the same folder."""
    folder = Path(str(sys.modules[endpoint.function.__module__].__file__)).parent
    own = (folder / f"{endpoint.group}.py").read_text()
    siblings = re.findall(r"from tfc_agent_tools\.endpoints\.(\w+) import", own)
    return own + "".join((folder / f"{name}.py").read_text() for name in siblings if (folder / f"{name}.py").exists())


@pytest.mark.skipif(not OPERATIONS, reason="the API data is not beside this checkout")
@pytest.mark.parametrize("name", sorted(FACTS))
def test_the_projects_own_copy_of_the_facts_is_the_documented_one(name: str) -> None:
    operation, facts = OPERATIONS[name], FACTS[name]
    assert operation["method"] + " " + re.sub(r"{\w+}", "{}", operation["path"]) == facts["route"]
    assert operation["access"] == facts["access"]
    body = operation.get("body") or {}
    attributes = [one["name"] for one in [*body.get("attributes", []), *body.get("root", [])]]
    assert attributes == facts.get("body", [])
    allowed = {kind.replace("_trail", "-trails") for kind, may in operation["tokens"].items() if may}
    assert allowed == set(facts["tokens"])


@pytest.mark.parametrize("endpoint", ENDPOINTS, ids=named)
def test_an_endpoint_is_short(endpoint: Endpoint[Any]) -> None:
    """Twenty lines with decorators at the median; those with many settings are longer."""
    lengths = sorted(len(inspect.getsource(one.function).splitlines()) for one in ENDPOINTS)
    assert lengths[len(lengths) // 2] <= 20
    assert len(inspect.getsource(endpoint.function).splitlines()) <= 80


@pytest.mark.skipif(not (DATA.parent / "samples").is_dir(), reason="the API data is not beside this checkout")
@pytest.mark.parametrize("endpoint", ENDPOINTS, ids=named)
def test_every_sample_answer_parses_and_is_shown(endpoint: Endpoint[Any]) -> None:
    request = Request(method=endpoint.method, path="/x")
    for sample in sorted((DATA.parent / "samples").glob(f"{endpoint.name}.response*.json")):
        document = parse(request, Reply(200, {}, sample.read_bytes()))
        assert document.resources
        shown = present(endpoint.shape, document, endpoint.name)
        assert shown.content
        assert "://" not in shown.content


@pytest.mark.skipif(not (DATA.parent / "samples").is_dir(), reason="the API data is not beside this checkout")
def test_the_projects_own_copy_of_the_samples_is_the_documented_one() -> None:
    assert sample_answers.COPY.read_text() == sample_answers.made_from(DATA.parent / "samples")


SAMPLES = DATA.parent / "samples"
FULL: dict[str, dict[str, Any]] = {
    "create_workspace": {"name": "app", "description": "x", "project_id": "prj-1", "terraform_version": "1.11.4"},
    "update_workspace_by_id": {"description": "x"},
    "update_workspace_by_name": {"description": "x"},
    "lock_workspace": {"lock_reason": "because"},
    "create_run": {"message": "x", "configuration_version_id": "cv-1"},
    "apply_run": {"comment": "x"},
    "discard_run": {"comment": "x"},
    "cancel_run": {"comment": "x"},
    "force_cancel_run": {"comment": "x"},
    "create_workspace_variable": {"key": "k", "category": "env", "value": "v", "description": "d"},
    "update_workspace_variable": {"key": "k", "value": "v"},
    "create_project": {"description": "x"},
    "update_project": {"new_name": "other", "description": "x"},
    "update_organization": {"new_name": "other", "email": "ops@example.com"},
    "create_team": {"organization_access": {"manage-workspaces": True}},
    "update_team": {"visibility": "secret", "organization_access": {"manage-vcs-settings": True}},
    "create_workspace_notification_configuration": {"destination_type": "generic", "url": "https://example.com/hook"},
    "update_notification_configuration": {"name": "x", "enabled": False},
}
"""Optional arguments beside the required ones, for a body worth comparing."""


@pytest.mark.skipif(not SAMPLES.is_dir(), reason="the API data is not beside this checkout")
@pytest.mark.parametrize("name", sorted(name for name in catalog() if list(SAMPLES.glob(f"{name}.request*.json"))))
def test_a_request_has_the_shape_of_the_sample_request(name: str) -> None:
    endpoint = catalog()[name]
    arguments, _ = endpoint.validate({**GOOD[name], **FULL.get(name, {})})
    state = Payload(content=b"", sha256="", shown={}, about={"serial": 1, "lineage": "l", "md5": "m"})
    body = endpoint.build({**arguments, **dict.fromkeys(endpoint.local, state)}).body
    samples = [json.loads(path.read_text()) for path in sorted(SAMPLES.glob(f"{name}.request*.json"))]
    if "data" not in samples[0]:
        assert set(body) <= set(samples[0])
        return
    assert {"data"} == set(body)
    assert body["data"]["type"] in {sample["data"].get("type") for sample in samples}
    known = {member: one for sample in samples for member, one in sample["data"].get("attributes", {}).items()}
    documented = {attribute.partition(".")[0] for attribute in FACTS[name]["body"]}
    for attribute, value in body["data"]["attributes"].items():
        assert attribute in known or attribute in documented
        if value is not None and known.get(attribute) is not None:
            assert type(value) is type(known[attribute]), attribute
    for relationship, target in body["data"].get("relationships", {}).items():
        assert set(target) == {"data"}, relationship


@pytest.mark.parametrize("name", catalog())
def test_what_a_policy_goes_by_is_read_in_one_place_for_all(name: str) -> None:
    place = {"workspace", "tags", "project", "current_project", "team", "organization"}
    assert not place & set(catalog()[name].routes)
