from __future__ import annotations

from typing import Annotated

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tfc_agent_tools.endpoint import document, endpoint, fill
from tfc_agent_tools.endpoints.runs import RunVariable, apply_run, create_run, get_run
from tfc_agent_tools.endpoints.workspaces import force_delete_workspace_by_name, list_workspaces
from tfc_agent_tools.errors import ArgumentError
from tfc_agent_tools.request import Json
from tfc_agent_tools.types import Query, RunId


@endpoint("GET /things/{thing_id}", action="things.read")
def get_thing(thing_id: str, verbose: Annotated[bool | None, Query("show[verbose]")] = None) -> Json:
    """Read a thing.

    More for people.
    """


def test_a_model_reads_only_the_first_paragraph_of_the_docstring() -> None:
    assert get_thing.description == "Read a thing."


def test_calling_an_endpoint_builds_its_request_and_touches_nothing() -> None:
    assert get_run("run-1").path == "/runs/run-1"
    assert get_run(run_id="run-1").method == "GET"


def test_an_argument_marked_as_query_goes_to_the_query_under_its_documented_name() -> None:
    assert get_thing("a", verbose=True).query == (("show[verbose]", "true"),)
    assert get_thing("a").query == ()


def test_the_page_is_always_sent_so_that_unpaged_lists_are_paged() -> None:
    assert dict(list_workspaces("acme").query) == {"page[number]": "1", "page[size]": "20"}


@given(st.text(min_size=1, max_size=40).filter(lambda text: text.strip(".")))
def test_no_argument_climbs_out_of_its_place_in_the_path(text: str) -> None:
    path = fill("/things/{thing_id}/end", {"thing_id": text})
    assert path.startswith("/things/")
    assert path.endswith("/end")
    assert path.count("/") == 3


@pytest.mark.parametrize("text", [".", "..", "..."])
def test_a_value_of_only_dots_is_refused(text: str) -> None:
    with pytest.raises(ArgumentError, match="only dots"):
        get_thing(text)


def test_a_document_leaves_out_what_was_not_given() -> None:
    body = document("runs", {"a": 1, "b": None}, workspace=("workspaces", "ws-1"), other=("others", None))
    relationships = {"workspace": {"data": {"type": "workspaces", "id": "ws-1"}}}
    assert body == {"data": {"type": "runs", "attributes": {"a": 1}, "relationships": relationships}}


def test_a_run_never_applies_by_itself_unless_asked_to() -> None:
    assert create_run("ws-1").body["data"]["attributes"]["auto-apply"] is False


def test_a_run_variable_is_sent_as_key_and_hcl_literal() -> None:
    body = create_run("ws-1", variables=[RunVariable(key="region", value='"eu"')]).body
    assert body["data"]["attributes"]["variables"] == [{"key": "region", "value": '"eu"'}]


def test_exclusive_options_are_refused_by_name() -> None:
    with pytest.raises(ArgumentError, match="refresh_only"):
        create_run("ws-1", is_destroy=True, refresh_only=True)


def test_reads_take_no_reason_and_writes_do() -> None:
    assert "reason" not in get_run.arguments.model_fields
    assert "reason" in create_run.arguments.model_fields


def test_the_reason_is_kept_apart_from_the_arguments() -> None:
    arguments, reason = create_run.validate({"workspace": "acme/app", "reason": "because"})
    assert reason == "because"
    assert "reason" not in arguments


def test_what_a_call_is_about_is_what_its_path_names() -> None:
    by_name = {"reason": "old", "organization_name": "acme", "workspace_name": "app"}
    assert force_delete_workspace_by_name.subject(by_name) == "acme/app"
    assert apply_run.subject({"comment": "looks fine", "run_id": "run-1"}) == "run-1"
    assert create_run.subject({"workspace": "acme/app"}) == "acme/app"


def test_an_id_type_is_a_plain_string_to_callers() -> None:
    run_id: RunId = "run-1"
    assert get_run(run_id).path == "/runs/run-1"
