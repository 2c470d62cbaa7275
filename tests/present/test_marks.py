"""What Terraform marks is hidden, by trees and by paths, and so is what its marks leave in doubt."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tfc_agent_tools.present.secrets.marks import marks_of_paths, masked

PLANS = Path(__file__).parents[1] / "plans"
HIDDEN = "(sensitive)"
Steps = tuple[str | int, ...]


def hide(value: Any, marks: Any) -> tuple[Any, list[object]]:
    secrets: list[object] = []
    return masked(value, marks, secrets), secrets


@pytest.mark.parametrize(
    ("value", "marks", "shown", "secrets"),
    [
        ("s", True, HIDDEN, ["s"]),
        ("s", False, "s", []),
        (None, True, None, []),
        (True, True, HIDDEN, []),
        ("", True, HIDDEN, [""]),
        (5, True, HIDDEN, [5]),
        ({"a": "s", "b": "t"}, {"a": True}, {"a": HIDDEN, "b": "t"}, ["s"]),
        ({"a": "s"}, {"a": False, "gone": True}, {"a": "s"}, []),
        ({"a": {"b": "s", "c": 1}}, {"a": True}, {"a": HIDDEN}, [1, "s"]),
        (["s", {"a": "t"}], [False, {"a": True}], ["s", {"a": HIDDEN}], ["t"]),
        ({"x-1": {"a_1": "s"}}, True, HIDDEN, ["x-1", "s"]),
        ({}, {}, {}, []),
        ([], [], [], []),
    ],
)
def test_what_is_marked_is_hidden_and_remembered(value: Any, marks: Any, shown: Any, secrets: list[object]) -> None:
    assert hide(value, marks) == (shown, secrets)


@pytest.mark.parametrize("marks", [None, "true", 1, 0, [], [True, False], {"a": True}, {}, ["x"]])
@pytest.mark.parametrize("value", ["s3cr3t-pa55", ["s3cr3t-pa55"], {"b": {"c": "s3cr3t-pa55"}}])
def test_a_mark_that_is_none_or_does_not_fit_hides_all(value: Any, marks: Any) -> None:
    if isinstance(value, dict) and isinstance(marks, dict):
        return  # members that a tree leaves out are not secret
    assert "s3cr3t" not in json.dumps(hide(value, marks)[0])
    assert "s3cr3t-pa55" in hide(value, marks)[1]


names = st.text("ab-", min_size=1, max_size=3)
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(names, inner, max_size=3),
    max_leaves=12,
)
trees = st.recursive(
    st.booleans() | st.none() | st.integers(0, 1),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(names, inner, max_size=3),
    max_leaves=12,
)


def leaves_of(value: Any, steps: Steps = ()) -> Iterator[tuple[Steps, Any]]:
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else None
    if inner is None:
        yield steps, value
    else:
        for step, below in inner:
            yield from leaves_of(below, (*steps, step))


def is_secret(value: Any, marks: Any, steps: Steps) -> bool:
    """Whether the leaf at the end of the steps is secret, said once more and step by step."""
    for step in steps:
        fits = type(value) is type(marks) and (isinstance(value, dict) or len(value) == len(marks))
        if marks is False or (fits and isinstance(value, dict) and step not in marks):
            return False
        if not fits:
            return True
        value, marks = value[step], marks[step]
    return marks is not False


def at(value: Any, steps: Steps) -> Any:
    """What the steps lead to, or the placeholder on the way."""
    for step in steps:
        if value == HIDDEN:
            break
        value = value[step]
    return value


@given(values, trees)
def test_exactly_the_marked_leaves_are_hidden_whatever_value_and_marks_are(value: Any, marks: Any) -> None:
    before = json.dumps([value, marks])
    shown, secrets = hide(value, marks)
    for steps, leaf in leaves_of(value):
        hidden = is_secret(value, marks, steps) and not (leaf is None and at(shown, steps) is None)
        assert at(shown, steps) == (HIDDEN if hidden else leaf)
        assert not hidden or leaf is None or isinstance(leaf, bool) or leaf in secrets
    assert json.dumps([value, marks]) == before


@given(values, trees)
def test_masking_twice_is_masking_once(value: Any, marks: Any) -> None:
    once, _ = hide(value, marks)
    assert hide(once, marks)[0] == once


def attribute(*names: str) -> list[dict[str, Any]]:
    return [{"type": "get_attr", "value": name} for name in names]


def index(key: str | int) -> dict[str, Any]:
    return {"type": "index", "value": {"value": key, "type": "number" if isinstance(key, int) else "string"}}


WRAPPED = {
    "value": {"user": "u", "pass": ["p", "q"]},
    "type": ["object", {"user": "string", "pass": ["list", "string"]}],
}


@pytest.mark.parametrize(
    ("attributes", "path", "marks"),
    [
        ({"a": "s"}, attribute("a"), {"a": True}),
        ({"a": {"b": "s"}}, attribute("a", "b"), {"a": {"b": True}}),
        ({"a": ["s", "t", "u"]}, [*attribute("a"), index(1)], {"a": [False, True, False]}),
        ({"a": {"k-1": "s"}}, [*attribute("a"), index("k-1")], {"a": {"k-1": True}}),
        ({"a": WRAPPED}, attribute("a", "user"), {"a": {"value": {"user": True}}}),
        ({"a": WRAPPED}, [*attribute("a", "pass"), index(0)], {"a": {"value": {"pass": [True, False]}}}),
        ({"a": WRAPPED}, attribute("a"), {"a": True}),
        ({"a": None}, attribute("a", "b"), {"a": False}),
        ({"a": {"value": "v", "type": "string"}}, attribute("a", "value"), {"a": {"value": True}}),
        ({"a": {"value": "v", "type": "A"}}, attribute("a", "value"), {"a": {"value": True}}),
    ],
)
def test_a_path_leads_through_the_wrapper_of_dynamic_values(attributes: Any, path: Any, marks: Any) -> None:
    assert marks_of_paths(attributes, [path]) == marks


@pytest.mark.parametrize(
    ("path", "marks"),
    [
        (attribute("gone"), True),
        (attribute("a", "gone"), {"a": True}),
        (attribute("list", "x"), {"list": True}),
        ([*attribute("list"), index(2)], {"list": True}),
        ([*attribute("list"), index(-1)], {"list": True}),
        ([*attribute("list"), index("0")], {"list": True}),
        ([*attribute("list"), index(True)], {"list": True}),
        (attribute("text", "x"), {"text": True}),
        ([], True),
        ([{"type": "splat"}], True),
        (["a"], True),
        ("a", True),
        (None, True),
    ],
)
def test_a_path_that_leads_nowhere_marks_the_last_thing_it_reached(path: Any, marks: Any) -> None:
    assert marks_of_paths({"a": {"b": "s"}, "list": ["s", "t"], "text": "s"}, [path]) == marks


def test_several_paths_add_up_and_missing_ones_mean_all() -> None:
    attributes = {"a": ["s", "t"], "b": {"c": "u", "d": "v"}}
    paths = [[*attribute("a"), index(0)], [*attribute("a"), index(1)], attribute("b", "c")]
    assert marks_of_paths(attributes, paths) == {"a": [True, True], "b": {"c": True}}
    assert marks_of_paths(attributes, [*paths, attribute("b")]) == {"a": [True, True], "b": True}
    assert marks_of_paths(attributes, [attribute("b"), attribute("b", "c")]) == {"b": True}
    assert marks_of_paths(attributes, []) is False
    assert marks_of_paths(attributes, None) is True
    assert marks_of_paths(attributes, {}) is True


def true_paths(marks: Any) -> set[Steps]:
    return {tuple(step for step in steps if step != "value") for steps, mark in leaves_of(marks) if mark is True}


def resources_of(module: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield from module.get("resources", ())
    for child in module.get("child_modules", ()):
        yield from resources_of(child)


def test_paths_of_a_real_state_file_say_what_the_trees_of_the_same_state_say() -> None:
    compared = 0
    for path in sorted(PLANS.glob("*.tfstate.json")):
        shown = json.loads(path.with_name(path.name.replace("tfstate", "state.show")).read_text())
        trees = [resource["sensitive_values"] for resource in resources_of(shown["values"]["root_module"])]
        marks = [
            marks_of_paths(instance["attributes"], instance["sensitive_attributes"])
            for resource in json.loads(path.read_text())["resources"]
            for instance in resource["instances"]
        ]
        said = sorted(map(sorted, map(true_paths, marks)))
        assert said == sorted(map(sorted, map(true_paths, trees)))
        compared += sum(map(len, said))
    assert compared >= 1
