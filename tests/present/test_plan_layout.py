"""Members found by brackets alone are those that a parser finds."""

import io
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tfc_agent_tools.errors import Unreadable
from tfc_agent_tools.present.plans import layout as plan_layout
from tfc_agent_tools.present.plans.layout import MOST_MEMBERS, layout

text = st.text(alphabet='ab{}[],:"\\\n é\U0001f600', max_size=8)
values = st.recursive(
    st.none() | st.booleans() | st.integers() | text,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(text, inner, max_size=4),
    max_leaves=20,
)
objects = st.dictionaries(text, values, max_size=8)
forms: dict[str, dict[str, Any]] = {"compact": {"separators": (",", ":")}, "indented": {"indent": 1}, "spaced": {}}


def members(document: bytes) -> dict[str, Any]:
    return {name: json.loads(document[span.start : span.end]) for name, span in layout(io.BytesIO(document)).items()}


@settings(deadline=None, max_examples=60)
@given(objects, st.sampled_from(sorted(forms)), st.booleans())
def test_every_member_is_found_with_its_value(value: Any, form: str, ascii_only: bool) -> None:
    assert members(json.dumps(value, ensure_ascii=ascii_only, **forms[form]).encode()) == value


@settings(deadline=None, max_examples=20)
@given(objects, st.integers(1, 9))
def test_it_does_not_matter_where_a_block_ends(value: Any, size: int) -> None:
    whole = plan_layout._BLOCK
    for padding in range(size):
        start = f'{{"pad": "{"x" * (whole - 30 + padding)}"'
        rest = json.dumps(value)[1:]
        document = f"{start}, {rest}" if value else f"{start}{rest}"
        found = members(document.encode())
        found.pop("pad") if "pad" not in value else None
        assert found == value


@pytest.mark.parametrize("escapes", ["\\\\", '\\"', '\\\\\\"', "\\u005c\\u0022", "\\\\" * 9 + '\\"'])
def test_an_escape_across_two_blocks_does_not_matter(escapes: str) -> None:
    for padding in range(2, 25):  # the escapes begin 23 - padding bytes before a block ends, and are at most 20 long
        filler = "x" * (plan_layout._BLOCK - 30 + padding)
        document = f'{{"a": "{filler}{escapes}", "b": {{"c": ["{escapes}", "}}{{"]}}}}'
        assert members(document.encode()) == json.loads(document)


def test_more_members_than_a_plan_has_are_refused() -> None:
    with pytest.raises(Unreadable):
        members(json.dumps(dict.fromkeys(map(str, range(MOST_MEMBERS + 1)), 0)).encode())
