"""What code reads: the whole document but for URLs, secrets and values, with people's text apart, and bounded."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.samples import answers, parsed

from tfc_agent_tools.api.jsonapi import Document
from tfc_agent_tools.endpoints import catalog
from tfc_agent_tools.facts import Resource
from tfc_agent_tools.present.artifact import LIMIT, is_word
from tfc_agent_tools.present.compact import items_of, present, present_resource
from tfc_agent_tools.present.shapes import SHAPES, shape_of

ANSWERS = [pytest.param(tool, answer, id=f"{tool}-{place}") for place, (tool, answer) in enumerate(answers())]
SIGNED = "https://archivist.terraform.io/v1/object/s1gned"
MEMBERS = {"type", "id", "attributes", "relationships", "untrusted", "redacted"}


def resources_of(answer: Any) -> list[dict[str, Any]]:
    data = answer["data"]
    return data if isinstance(data, list) else [data]


def leaves(value: Any) -> Iterator[Any]:
    """Every text in a value, names of members included."""
    if isinstance(value, dict):
        for name, member in value.items():
            yield name
            yield from leaves(member)
    elif isinstance(value, list):
        for member in value:
            yield from leaves(member)
    else:
        yield value


def item(shape: str, attributes: dict[str, Any], relationships: dict[str, Any] | None = None) -> Any:
    return present_resource(shape, Resource("x", "x-1", attributes, relationships or {})).artifact


@pytest.mark.parametrize(("tool", "answer"), ANSWERS)
def test_every_attribute_is_there_or_named_as_redacted(tool: str, answer: Any) -> None:
    items = items_of(catalog()[tool].shape, parsed(answer))
    for raw, made in zip(resources_of(answer), items, strict=True):
        kept = {**made["attributes"], **made.get("untrusted", {})}
        missing = {name for name, value in raw["attributes"].items() if name not in kept and value is not None}
        assert missing == {name for name in made.get("redacted", ()) if "." not in name}
        assert set(made) <= MEMBERS


@pytest.mark.parametrize(("tool", "answer"), ANSWERS)
def test_every_relationship_with_data_is_there_as_type_and_id(tool: str, answer: Any) -> None:
    items = items_of(catalog()[tool].shape, parsed(answer))
    for raw, made in zip(resources_of(answer), items, strict=True):
        stated = {name: one["data"] for name, one in raw.get("relationships", {}).items() if "data" in one}
        assert made["relationships"] == stated


@pytest.mark.parametrize(("tool", "answer"), ANSWERS)
def test_no_url_link_or_value_of_an_answer_is_left(tool: str, answer: Any) -> None:
    shown = present(catalog()[tool].shape, parsed(answer), tool)
    texts = [str(leaf) for leaf in leaves(shown.artifact)]
    assert not [text for text in texts if re.search(r"://|/api/v2|/app/|^links$", text)]
    names = set(texts) - set(leaves([made.get("redacted") for made in items_of(catalog()[tool].shape, parsed(answer))]))
    assert not [name for name in names if re.search(r"(^|-)(urls?|value)$", name)]


@pytest.mark.parametrize(("tool", "answer"), ANSWERS)
def test_text_stands_among_facts_only_as_a_word(tool: str, answer: Any) -> None:
    shape = catalog()[tool].shape
    for raw, made in zip(parsed(answer).resources, items_of(shape, parsed(answer)), strict=True):
        assert all(is_word(leaf) for leaf in leaves(made["attributes"]) if isinstance(leaf, str) and leaf)
        assert not set(made["attributes"]) & set(shape_of(shape, raw.type).quoted)


@pytest.mark.parametrize(("tool", "answer"), ANSWERS)
def test_content_shows_nothing_that_the_artifact_does_not_hold(tool: str, answer: Any) -> None:
    document = parsed(answer)
    shown = present(catalog()[tool].shape, document, tool)
    held = {str(leaf) for leaf in leaves(shown.artifact)}
    ids = re.findall(r"\b[a-z]+-[A-Za-z0-9]{16}\b", shown.content)
    assert set(ids) <= held


@pytest.mark.parametrize(
    "name",
    ["url", "upload-url", "hosted_state_url", "trigger-urls", "links", "token", "auth-token", "hmac-key", "private-key",
     "ssh-key", "password", "secret", "aws-secret-key", "set-cookie", "authorization", "value", "values", "headers",
     "body", "Upload-URL", "email", "email-addresses"],
)  # fmt: skip
def test_a_name_that_may_mean_a_url_a_secret_or_a_value_goes_at_any_depth(name: str) -> None:
    made = item("runs", {name: "s3cr3t", "outer": {"kept": 1, name: ["s3cr3t"]}, "list": [{name: {"x": "s3cr3t"}}]})
    assert "s3cr3t" not in json.dumps(made)
    assert made["attributes"] == {"outer": {"kept": 1}, "list": [{}]}
    assert made["redacted"] == sorted([name, f"outer.{name}", f"list.{name}"])


def test_a_flag_or_a_count_with_such_a_name_is_no_secret() -> None:
    flags = {"can-update-api-token": True, "ssh-key": False, "token": None}
    assert item("runs", {"permissions": flags})["attributes"]["permissions"] == {
        "can-update-api-token": True,
        "ssh-key": False,
    }


def test_the_values_of_variables_of_a_run_go_and_their_keys_stay() -> None:
    made = item("runs", {"variables": [{"key": "region", "value": '"eu"'}, {"key": "n", "value": 7}]})
    assert made["attributes"]["variables"] == [{"key": "region"}, {"key": "n"}]
    assert made["redacted"] == ["variables.value"]


@pytest.mark.parametrize("value", [7, 0, True, False, "x", ["x"], {"a": 1}])
def test_a_value_goes_whatever_it_is(value: Any) -> None:
    made = item("vars", {"key": "k", "value": value})
    assert (made["attributes"], made["redacted"]) == ({"key": "k"}, ["value"])


@pytest.mark.parametrize("text", [SIGNED, f"see {SIGNED} now", "HTTPS://user:pw@host/x", "ht\u200btps://host/x"])
def test_a_url_inside_a_text_is_masked_whatever_the_attribute(text: str) -> None:
    made = item("runs", {"message": text, "anything": text, "list": [text], "map": {text: 1}})
    assert "://" not in json.dumps(made)
    assert "[URL]" in made["untrusted"]["message"]


@pytest.mark.parametrize("secret", ["ghp_" + "a1" * 18, "abcdefghijklmn.atlasv1." + "s3" * 30, "AKIA" + "ABCD2345" * 2])
def test_a_credential_is_masked_in_a_text_in_a_word_and_in_an_id(secret: str) -> None:
    attributes = {"message": f"used {secret}", "status": secret, "actions": {secret: True}}
    run = Resource("runs", secret, attributes, {"plan": {"data": {"type": "plans", "id": secret}}})
    shown = present_resource("runs", run)
    assert secret not in shown.content + json.dumps(shown.artifact)
    assert '[untrusted: message] "used (sensitive)"' in shown.content
    assert '[untrusted: status] "(sensitive)"' in shown.content


def test_what_people_write_is_apart_even_as_one_word_or_none_at_all() -> None:
    made = item("projects", {"name": "shop", "description": None, "workspace-count": 2})
    assert made["attributes"] == {"workspace-count": 2}
    assert made["untrusted"] == {"name": "shop", "description": None}


def test_text_is_cleaned_and_cut_only_past_ten_thousand_characters() -> None:
    made = item("runs", {"message": "\x1b[31m" + "x" * 10_000, "trigger": "x " * 9_000})
    assert made["untrusted"]["message"] == "x" * 10_000
    assert 9_990 < len(made["untrusted"]["trigger"]) <= 10_000
    assert made["untrusted"]["trigger"].endswith(" more characters]")


def test_what_is_nested_too_deep_is_redacted() -> None:
    deep: Any = "x"
    for _ in range(900):
        deep = [{"a": deep}]
    made = item("runs", {"deep": deep, "flat": 1})
    assert made["attributes"]["flat"] == 1
    assert [name for name in made["redacted"] if name.startswith("deep.a")]


def test_numbers_that_json_does_not_have_are_redacted() -> None:
    made = item("runs", {"x": float("inf"), "y": [1, float("nan")], "z": 1.5})
    assert made["attributes"] == {"y": [1], "z": 1.5}
    assert made["redacted"] == ["x", "y"]


def workspaces(count: int, size: int) -> Document:
    made = (Resource("workspaces", f"ws-{number}", {"description": "x" * size}) for number in range(count))
    pages = {"total-count": count, "next-page": None, "evil": ["x"]}
    return Document(status=200, resources=tuple(made), is_list=True, pagination=pages)


def test_a_list_is_items_and_pages() -> None:
    made = present("workspaces", workspaces(3, 10), "x").artifact
    assert [one["id"] for one in made["items"]] == ["ws-0", "ws-1", "ws-2"]
    assert made["pagination"] == {"total-count": 3, "next-page": None}


def test_a_list_over_the_limit_becomes_a_summary_with_the_ids() -> None:
    made = present("workspaces", workspaces(40, 9_000), "x").artifact
    assert made == {
        "summary": True,
        "items": 40,
        "ids": [f"ws-{number}" for number in range(40)],
        "pagination": {"total-count": 40, "next-page": None},
        "why": "the document is larger than 256 KB; ask for smaller pages, or for one of the ids",
    }


def test_a_summary_says_how_many_ids_it_leaves_out() -> None:
    made = present("workspaces", workspaces(3_100, 100), "x").artifact
    assert (len(made["ids"]), made["ids-left-out"], made["items"]) == (1_000, 2_100, 3_100)


def test_a_single_resource_over_the_limit_keeps_its_type_and_id() -> None:
    made = item("state-versions", {"resources": [{"name": "x" * 90, "type": "y" * 90}] * 2_000})
    why = "the document is larger than 256 KB"
    assert made == {"summary": True, "items": 1, "ids": ["x-1"], "type": "x", "id": "x-1", "why": why}


def test_all_items_of_a_list_are_whole_whatever_their_size() -> None:
    assert len(items_of("workspaces", workspaces(40, 9_000))[39]["untrusted"]["description"]) == 9_000


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.sampled_from([SIGNED, "a b", "a"]),
    lambda inner: st.lists(inner) | st.dictionaries(st.text() | st.sampled_from(["url", "token", "a"]), inner),
    max_leaves=8,
)
members = st.dictionaries(st.text() | st.sampled_from(["message", "value", "status"]), anything, max_size=5)
related = st.dictionaries(st.text(), st.fixed_dictionaries({"data": anything}) | anything, max_size=3)
resources = st.builds(Resource, st.text(min_size=1), st.text(min_size=1), members, related)
documents = st.builds(
    lambda found, repeated, is_list, pages: Document(
        status=200, resources=tuple(found * repeated if is_list else found[:1]), is_list=is_list, pagination=pages
    ),
    st.lists(resources, min_size=1, max_size=3),
    st.sampled_from([1, 2_000]),
    st.booleans(),
    members,
)


@given(st.sampled_from([None, *sorted(SHAPES)]), documents)
@settings(deadline=None, max_examples=30)
def test_any_document_is_json_of_at_most_256_kb_without_a_url(shape: str | None, document: Document) -> None:
    shown = present(shape, document, "x")
    text = json.dumps(shown.artifact, allow_nan=False)
    assert json.loads(text) == shown.artifact
    assert len(text.encode()) <= LIMIT < 256 * 1024
    assert "://" not in text + shown.content
