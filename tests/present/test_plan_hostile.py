"""Whatever a plan's file holds: a true explanation, or an honest refusal that says nothing of what is in it."""

from __future__ import annotations

import io
import json
import sys
import time
import traceback
import unicodedata
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.plans import all_texts, change, explained, harmless, page_of, plan, summary_of

from tfc_agent_tools.errors import Unreadable
from tfc_agent_tools.present.plan import explain
from tfc_agent_tools.present.plans.layout import LONGEST

PLANS = Path(__file__).parents[1] / "plans"
WHOLE = (PLANS / "04_replace.json").read_bytes()
COMPACT = json.dumps(json.loads(WHOLE), separators=(",", ":")).encode()
SECRET = "s3cr3t-pa55"

slow = settings(deadline=None, max_examples=30)
anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)
odd = st.one_of(
    st.sampled_from(['"; rm -rf /', "x" * 10_000, "\u202egnp.exe", "a\nDESTROYS 0", "\x1b[2J", "", "`$(id)`", "]\n- "]),
    st.text(min_size=1, max_size=60),
    st.text(alphabet='[]"\\.\n\r\u2028 (){}:;-', min_size=1, max_size=40),
)


def refusal_of(document: Any, **options: Any) -> str:
    """Why the document is refused, once it is certain that the refusal says nothing of what is in it."""
    with pytest.raises(Unreadable) as caught:
        explained(document, **options)
    assert caught.value.__context__ is None
    assert caught.value.__cause__ is None
    assert SECRET not in "".join(traceback.format_exception(caught.value))
    assert str(caught.value).startswith("cannot explain this plan, because ")
    return caught.value.why


# Files that are no whole JSON object


@slow
@given(st.integers(0, len(WHOLE.rstrip()) - 1), st.booleans())
def test_a_truncated_plan_is_refused(at: int, is_compact: bool) -> None:
    refusal_of(COMPACT[: at % len(COMPACT)] if is_compact else WHOLE[:at])


@pytest.mark.parametrize("size", [1, 7, 64])
def test_a_plan_that_a_cut_download_left_in_the_middle_of_a_block_is_refused(size: int) -> None:
    large = json.dumps(plan(harmless(2_000))).encode()
    assert len(large) > 500_000
    assert refusal_of(large[: len(large) - size]) == "it is cut short"


@pytest.mark.parametrize(
    ("document", "why"),
    [
        (b"", "it is empty"),
        (b" \n\t", "it is empty"),
        (b"null", "no JSON object"),
        (b"[]", "no JSON object"),
        (b'"plan"', "no JSON object"),
        (b"<html>login</html>", "no JSON object"),
        (b"\x1f\x8b\x08\x00zipped", "no JSON object"),
        (b"\xef\xbb\xbf{}", "no JSON object"),
        (b"{", "cut short"),
        (b'{"a": "', "cut short"),
        (b'{"a": "\\', "cut short"),
        (b"}{", "no JSON object"),
        (b"{}}", "it is cut short"),
        (b"{} {}", "not valid"),
        (b"{]", "not valid"),
        (b"{[}]", "not valid"),
        (b'{"a" 1}', "not valid"),
        (b'{"a": nope}', "not valid"),
        (b'{"a": NaN}', "not valid"),
        (b'{"a": "\xff"}', "not valid"),
        (b'{"a": "\n"}', "not valid"),
        (b'{"\\q": 1}', "not valid"),
        (b"{}", "format version"),
        (b"{} ", "format version"),
    ],
)
def test_what_is_no_plan_is_refused(document: bytes, why: str) -> None:
    assert why in refusal_of(document)


@slow
@given(st.binary(max_size=200))
def test_any_bytes_are_refused(document: bytes) -> None:
    refusal_of(document)


@slow
@given(st.dictionaries(st.text(max_size=12), anything, max_size=5))
def test_any_object_that_is_no_plan_is_refused(document: Any) -> None:
    refusal_of(document)


@pytest.mark.parametrize("pair", ["[]", "{}"])
@pytest.mark.parametrize("where", ["resource_changes", "variables", "configuration", "anything", "prior_state"])
def test_ten_thousand_levels_are_refused(where: str, pair: str) -> None:
    opening = pair[0] if pair == "[]" else '{"a":'
    deep = opening * 10_000 + "1" + pair[1] * 10_000
    document = json.dumps(plan(**{where: "DEEP"})).replace('"DEEP"', deep)
    assert refusal_of(document) == "it is nested too deep"
    assert refusal_of(document[:20_000]) in {"it is nested too deep", "it is cut short"}


def test_levels_that_real_plans_have_are_read() -> None:
    value: Any = 1
    for _ in range(60):
        value = {"a": [value]}
    assert (
        explained(plan([change("aws_vpc.a", after={"deep": value})], configuration={"root_module": value})).changes == 1
    )


def test_a_text_of_many_megabytes_is_refused() -> None:
    assert refusal_of(plan(note="x" * (LONGEST + 2**20))) == "a text in it is too long"


def test_a_hostile_file_is_refused_quickly() -> None:
    hostile = [b"[" * 1_000_000, b'{"a":' * 300_000, b'{"a":"' + b"\\" * 1_000_000, b'{"' + b'","' * 300_000]
    start = time.perf_counter()
    for document in hostile:
        refusal_of(document)
    assert time.perf_counter() - start < 4


# Objects that are no plan of a known format


@pytest.mark.parametrize(
    "version", ["2.0", "10.0", "1", "1.x", "", "01.0", "1.2.3", " 1.2", "-1.0", 1.2, None, ["1.2"], {}]
)
def test_a_format_of_the_future_is_refused(version: Any) -> None:
    assert "format version" in refusal_of(plan(format_version=version))


@pytest.mark.parametrize("version", ["0.1", "1.0", "1.99"])
def test_a_newer_minor_version_is_read(version: str) -> None:
    assert explained(plan(format_version=version)).adds == 0


@pytest.mark.parametrize("name", ["format_version", "terraform_version"])
def test_what_every_plan_has_must_be_there(name: str) -> None:
    document = plan()
    del document[name]
    assert "version" in refusal_of(document)


def test_a_state_is_no_plan() -> None:
    assert refusal_of({"format_version": "1.0", "terraform_version": "1.11.4", "values": {}}) == "it is no plan"
    assert refusal_of((PLANS / "01_create.state.show.json").read_bytes()) == "it is no plan"
    assert "format version" in refusal_of((PLANS / "01_create.tfstate.json").read_bytes())


@pytest.mark.parametrize("name", ["errored", "applyable", "complete"])
def test_a_flag_must_be_one(name: str) -> None:
    assert "flag" in refusal_of(plan(**{name: "false"}))


@pytest.mark.parametrize("name", ["resource_changes", "resource_drift", "deferred_changes", "action_invocations"])
@pytest.mark.parametrize("value", [{}, {"item": {}}, "text", 7, True, [[]], [7], ["text"], [None], [{}]])
def test_a_list_of_anything_else_is_refused(name: str, value: Any) -> None:
    refusal_of(plan(**{name: value}))


def test_a_list_that_is_null_is_none() -> None:
    assert explained(plan(resource_drift=None)).adds == 0


@pytest.mark.parametrize("twice", ['"resource_changes": [], ', '"resource\\u005fchanges": [], '])
def test_a_member_that_is_there_twice_is_refused(twice: str) -> None:
    text = json.dumps(plan([change("aws_db_instance.main", "destroy")]))
    assert "twice" in refusal_of(f"{{{twice}{text[1:]}")


def test_a_name_that_looks_like_a_path_hides_nothing() -> None:
    real = [change("aws_db_instance.main", "destroy")]
    document = {"resource_changes.item": change("aws_vpc.a"), **plan(real), "resource_changes": real}
    assert [one.address for one in explained(document).listed] == ["aws_db_instance.main"]


# Changes that are none


@pytest.mark.parametrize(
    "actions",
    [
        None,
        [],
        "delete",
        ["explode"],
        ["delete", "delete"],
        ["update", "delete"],
        ["delete", "create", "delete"],
        [["delete"]],
        [{}],
        {"delete": 1},
        ["no-op", None],
        ["open"],
        ["read"],
        7,
    ],
)
@pytest.mark.parametrize("where", ["resource_changes", "resource_drift"])
def test_an_unknown_action_is_refused(actions: Any, where: str) -> None:
    document = plan(**{where: [*harmless(3), change("aws_vpc.a", inside={"actions": actions})]})
    assert refusal_of(document) == "it holds an action or a kind of resource that this version does not know"


@slow
@given(
    anything,
    st.sampled_from(["address", "mode", "type", "change", "provider_name", "module_address", "previous_address"]),
)
def test_an_entry_with_anything_in_place_of_a_member_is_counted_or_refused(value: Any, name: str) -> None:
    document = plan([*harmless(2), {**change("aws_vpc.a"), name: value}])
    try:
        explanation = explained(document)
    except Unreadable:
        return
    assert explanation.changes == 3


@slow
@given(
    anything,
    st.sampled_from(
        ["before", "after", "after_unknown", "before_sensitive", "after_sensitive", "replace_paths", "importing"]
    ),
)
def test_a_change_with_anything_in_it_is_counted_or_refused(value: Any, name: str) -> None:
    document = plan(
        [*harmless(2), change("aws_db_instance.a", "replace", before={"a": {"b": 1}}, inside={name: value})]
    )
    try:
        explanation = explained(document)
    except Unreadable:
        return
    assert (explanation.adds, explanation.changes, explanation.destroys) == (1, 2, 1)
    all_texts(explanation)


@slow
@given(anything, st.sampled_from(["output_changes", "checks", "variables", "configuration", "relevant_attributes"]))
def test_anything_in_a_small_member_is_read_or_refused(value: Any, name: str) -> None:
    try:
        explanation = explained(plan(harmless(2), **{name: value}))
    except Unreadable:
        return
    assert explanation.changes == 2
    all_texts(explanation)


@pytest.mark.parametrize("actions", [[[]], [{}], [["create"], "delete"], [["create"], ["delete"]], "create", None, []])
def test_an_unknown_action_on_an_output_is_refused(actions: Any) -> None:
    assert "action on an output" in refusal_of(plan(output_changes={"url": {"actions": actions}}))


@pytest.mark.parametrize("status", [[], {}, ["pass"], None, 7])
def test_a_try_of_a_check_with_an_odd_status_counts_as_failed(status: Any) -> None:
    tried = {"address": {"to_display": "check.health"}, "status": status, "problems": [{"message": "no answer"}]}
    document = plan(checks=[{"address": {"to_display": "check.health"}, "status": "fail", "instances": [tried]}])
    assert "no answer" in page_of(document)


# Names


def lines_of(text: str) -> list[str]:
    return text.splitlines()


@slow
@given(odd, st.sampled_from(["address", "key", "module", "type", "provider", "attribute", "cause", "moved", "reason"]))
def test_no_name_is_a_line_of_its_own_or_looks_like_another_part(name: str, where: str) -> None:
    plain, hostile = (page_of(named(where, one)) for one in ("plain", name))
    assert len(lines_of(hostile)) == len(lines_of(plain))
    for one, other in zip(lines_of(plain), lines_of(hostile), strict=True):
        assert one.split(" ")[0][:2] == other.split(" ")[0][:2] or one.startswith("- ")
    assert not [sign for sign in hostile if unicodedata.category(sign) in {"Cc", "Cs", "Zl", "Zp"} and sign != "\n"]
    assert "\u202e" not in hostile
    assert "REPLACES" in lines_of(hostile)[0]


def named(where: str, name: str) -> Any:
    """A plan with one replaced database and this name somewhere."""
    given: dict[str, Any] = {"before": {"a": 1}, "after": {"a": 2}, "inside": {"replace_paths": [["a"]]}}
    address, members = "aws_db_instance.main", {}
    if where == "address":
        address = name or "x"
    elif where == "key":
        address = f"aws_db_instance.main[{json.dumps(name)}]"
    elif where == "attribute":
        given["after"] = {"a": {name: 1}}
    elif where == "cause":
        given["inside"] = {"replace_paths": [[name]]}
    else:
        keys = {"module": "module_address", "type": "type", "moved": "previous_address", "reason": "action_reason"}
        members = {keys[where]: name or "x"} if where in keys else {"provider_name": name}
    entry = change(address, "replace", **given)
    return plan([{**entry, "type": "aws_db_instance", **members}, change("aws_vpc.b"), *harmless(3)])


def test_a_hostile_key_can_not_pass_for_a_harmless_line() -> None:
    key = 'x"]: updated: tags\n- aws_instance.web'
    page = page_of(plan([change(f'aws_db_instance.main["{key}"]', "destroy")]))
    (line,) = [line for line in page.splitlines() if "aws_db_instance.main" in line]
    assert line.startswith('- "aws_db_instance.main[')
    assert line.endswith("(database): destroyed")


def test_a_long_name_is_cut_and_says_how_much_is() -> None:
    page = page_of(plan([change(f'aws_db_instance.main["{"k" * 10_000}"]', "destroy")]))
    assert "more characters]" in page
    assert max(map(len, page.splitlines())) < 400


def test_a_name_longer_than_any_is_refused() -> None:
    assert "longer than 20,000 characters" in refusal_of(plan([change(f"aws_vpc.{'x' * 20_001}")]))


# Many


@slow
@given(st.integers(0, 300), st.integers(0, 300), st.integers(0, 40))
def test_the_page_accounts_for_every_change(databases: int, instances: int, weak: int) -> None:
    entries = [change(f"aws_db_instance.d{place}", "destroy") for place in range(databases)]
    entries += [change(f"aws_instance.i{place}", "replace") for place in range(instances)]
    open_ = {"before": {"acl": "private"}, "after": {"acl": "public-read"}}
    entries += [change(f"aws_s3_bucket.b{place}", **open_) for place in range(weak)]
    lines = page_of(plan(entries)).splitlines()
    for type_, number in (("aws_db_instance", databases), ("aws_instance", instances), ("aws_s3_bucket", weak)):
        listed = [line for line in lines if line.startswith(f"- {type_}.")]
        more = next((counted(line, type_) for line in lines if line.startswith("- and ") and type_ in line), 0)
        assert len(listed) + more == number
    assert len(lines) <= 90


def counted(line: str, type_: str) -> int:
    """How many of a type a last line is about: `and 6 more aws_vpc destroyed`, `and 9 more: 6 aws_vpc, 3 aws_eip …`."""
    words = line.replace(",", "").split()
    number = words[words.index(type_) - 1]
    return int(words[2] if number == "more" else number)


def test_a_summary_keeps_to_its_tokens_whatever_the_names() -> None:
    count = tokens()
    for name in (
        "web",
        "\u6f22" * 190,
        '"; rm -rf' * 20,
        "\U0001f600" * 100,
        "xqzjvk" * 30,
        "0" * 190,
        "\u0301a" * 90,
        "-._" * 60,
    ):
        entries = [
            change(
                f"{kind}.{name}{place}",
                act,
                provider=f"{name}{place}/aws",
                module_address=f"module.{name}{place}",
                before={name: 1},
                after={name: {name: 2}},
            )
            for kind, act in (
                ("aws_db_instance", "destroy"),
                ("aws_instance", "replace"),
                ("aws_iam_role", "update"),
                (f"t{name}", "update"),
            )
            for place in range(40)
        ]
        outputs = {f"{name}{place}": {"actions": ["create"]} for place in range(40)}
        assert count(summary_of(plan(entries, output_changes=outputs))) <= 1_200


def tokens() -> Any:
    import warnings

    with warnings.catch_warnings(action="ignore"):
        import bpe_openai

        encoding = bpe_openai.get_encoding("o200k_base")
    return lambda text: len(encoding.encode(text))


def test_an_error_while_reading_is_not_an_unreadable_plan() -> None:
    class Broken(io.BytesIO):
        def read(self, size: int | None = -1, /) -> bytes:  # noqa: ARG002 - as its base class has it
            raise OSError(5, "disk")

    with pytest.raises(OSError, match="disk"):
        explain(Broken(WHOLE))


def test_a_deep_stack_of_the_caller_does_not_matter() -> None:
    def deeper(levels: int) -> int | None:
        return deeper(levels - 1) if levels else explained(WHOLE).counts and 1

    assert deeper(sys.getrecursionlimit() - 250) == 1
