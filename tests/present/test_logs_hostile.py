"""A log is text from outside: whatever is in it, it is read as text, in linear time, and shown safely."""

import json
import time
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tfc_agent_tools.errors import Unreadable
from tfc_agent_tools.present.log_reading.facts import LogCounts
from tfc_agent_tools.present.log_reading.views import errors, tail
from tfc_agent_tools.present.logs import RunLog, facts_only, read_log

PLANS = Path(__file__).parents[1] / "plans"
INVISIBLE = {
    *range(9), *range(0x0B, 0x20), *range(0x7F, 0xA0), 0xAD, 0x34F, 0x61C, 0x180E, *range(0x200B, 0x2010),
    *range(0x2028, 0x202F), *range(0x2060, 0x2070), 0x3164, 0xFEFF, *range(0xFE00, 0xFE10), *range(0xE0000, 0xE1000),
    *range(0xD800, 0xE000),
}  # fmt: skip

few = settings(max_examples=40)
"""A log is thirty pieces, so that each example tries many of them at once."""
anything = st.one_of(
    st.text(alphabet=st.characters(codec=None, exclude_categories=())),
    st.text(alphabet="\x1b\x90\x9b\x9d\x07\x02\x03[]\\0;m8a│╷╵#:,. \n\r\t\u200b\u202e\u2066\U000e0041\ud800\"'{}"),
)
NOISE = [
    "\n", "\n\n", "╷\n", "╵\n", "│ ", "│\n", "Error: ", "Warning: ", "  with ", "x.y", ",\n", "  on main.tf line 3",
    ", in ", ":\n", "  3: code\n", "    ├────\n", "    │ var.n is 1\n", "  # ", " will be created\n", "\x1b[31m",
    "Terraform will perform the following actions:\n", " has moved to ", "  # (because key [", "\r", "\x02", "\x03",
    "Outputs:\n", "Changes to Outputs:\n", "  + a = 1\n", "Operation failed: x\n", "Terraform v1.1.1\n",
    "Note: Objects have changed outside of Terraform\n", "] is not in for_each map)\n", "'", " will be destroyed\n",
]  # fmt: skip
PIECES = [
    *NOISE, "Plan: ", "1 to add, ", "2 to change, 3 to destroy.\n", "No changes.\n",
    "Apply complete! Resources: 1 added, 0 changed, 0 destroyed.\n",
]  # fmt: skip
KEYS = [
    "severity", "summary", "detail", "address", "range", "filename", "start", "line", "snippet", "context", "resource",
    "addr", "action", "reason", "importing", "previous_resource", "add", "change", "remove", "import", "operation", "x",
]  # fmt: skip
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | anything | st.sampled_from(["error", "plan", "create"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=4),
    max_leaves=8,
)
KINDS = [
    "version",
    "diagnostic",
    "planned_change",
    "resource_drift",
    "change_summary",
    "outputs",
    "apply_errored",
    "log",
]
events = st.fixed_dictionaries(
    {"@message": anything, "type": st.sampled_from(KINDS)},
    optional=dict.fromkeys(("@level", "terraform", "diagnostic", "change", "changes", "outputs", "hook"), values),
).map(lambda event: json.dumps(event) + "\n")
resources = st.fixed_dictionaries({"addr": anything})
actions = st.sampled_from(["create", "remove", "ponder"])
places = st.fixed_dictionaries({"filename": anything, "start": st.just({"line": 3})})
bodies = {
    "diagnostic": st.fixed_dictionaries(
        {"severity": st.sampled_from(["error", "warning", "x"]), "summary": anything, "detail": anything},
        optional={"address": anything, "range": places, "snippet": st.fixed_dictionaries({"context": anything})},
    ),
    "change": st.fixed_dictionaries(
        {"resource": resources, "action": actions, "reason": anything}, optional={"previous_resource": resources}
    ),
    "outputs": st.dictionaries(anything, st.fixed_dictionaries({"action": actions}), max_size=3),
    "hook": st.fixed_dictionaries({"resource": resources}),
}
well_formed = st.fixed_dictionaries({"@message": anything, "type": st.sampled_from(KINDS), **bodies}).map(
    lambda event: json.dumps(event) + "\n"
)
logs = st.lists(st.one_of(st.sampled_from(PIECES), anything, events, well_formed), max_size=30).map(
    lambda parts: "".join(parts).encode(errors="surrogatepass")
)


def texts_of(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from texts_of(key)
            yield from texts_of(item)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from texts_of(item)


def read(content: bytes) -> RunLog:
    """The log, or an empty one for what is refused."""
    try:
        return read_log(content)
    except Unreadable:
        return RunLog()


@few
@given(st.binary() | logs)
def test_any_bytes_are_a_log_or_refused(content: bytes) -> None:
    log = read(content)
    for view in (tail(log), errors(log), tail(log.scrubbed(str)), errors(facts_only(log))):
        assert view.lines_not_shown == view.total - len(view.lines)


@few
@given(logs)
def test_nothing_invisible_or_acted_on_is_left_in_any_text(content: bytes) -> None:
    for text in texts_of(asdict(read(content))):
        assert INVISIBLE.isdisjoint(map(ord, text))


@few
@given(logs)
def test_a_line_is_one_line(content: bytes) -> None:
    assert not [line for line in read(content).lines if "\n" in line]


@few
@given(logs)
def test_what_is_scrubbed_is_short_on_one_line_and_stays_as_it_is(content: bytes) -> None:
    log = read(content).scrubbed(str)
    assert max(map(len, log.lines), default=0) <= 500
    for found in log.diagnostics:
        assert max(len(found.summary), len(found.address or ""), len(found.detail) - 1_700) <= 500
        assert "\n" not in f"{found.summary}{found.address}{found.file}{found.context}"
    assert log.scrubbed(str) == log


@few
@given(logs)
def test_scrubbing_reaches_every_text(content: bytes) -> None:
    log = read(content).scrubbed(lambda text: "\n".join("█" * min(len(line), 9) for line in text.split("\n")))
    rows = [text for row in (*log.planned, *log.drifted) for text in (row.address, row.previous_address)]
    told = [text for d in log.diagnostics for text in (d.summary, d.detail, d.address, d.file, d.context)]
    texts = [*log.lines, *log.failed, *log.outputs, *rows, *told]
    assert {char for text in texts if text for char in text} <= {"█", "\n", " "}


@few
@given(logs)
def test_the_facts_alone_hold_no_line_and_no_detail(content: bytes) -> None:
    log, facts = read(content), facts_only(read(content))
    assert (facts.lines, {found.detail for found in facts.diagnostics} - {""}) == ((), set())
    assert facts.withheld == len(log.lines)
    assert (facts.counts, len(facts.planned), len(facts.failed)) == (log.counts, len(log.planned), len(log.failed))
    assert (log.withheld, facts.is_errored) == (None, log.is_errored)


numbers = st.integers(0, 10_000)


noise = st.lists(st.sampled_from(NOISE) | events.filter(lambda event: "change_summary" not in event), max_size=30)


@few
@given(numbers, numbers, numbers, noise.map("".join))
def test_counts_never_differ_from_the_summary_line(add: int, change: int, remove: int, around: str) -> None:
    line = f"Plan: {add} to add, {change} to change, {remove} to destroy."
    counts = LogCounts(operation="plan", add=add, change=change, remove=remove)
    log = read(f"{line}\n{around}\n".encode(errors="surrogatepass"))
    assert log.counts == counts
    created = sum(row.action in {"create", "replace"} for row in log.planned)
    assert not log.rows_are_complete or created == add
    assert read(f"{around}\n{line}\n".encode(errors="surrogatepass")).counts in {counts, None}


@few
@given(logs)
def test_only_an_end_mark_at_the_end_completes_a_log(content: bytes) -> None:
    body = content.replace(b"\x03", b"")
    assert not read(body).is_complete
    assert not read(body + b"\x03 more").is_complete
    assert read(b"\x02" + body + b"\x03\n").is_complete or read(body) == RunLog()


@pytest.mark.parametrize("name", ["16_tainted.apply.log.txt", "20_variable_validation_error.jsonlog.ndjson"])
def test_every_beginning_of_a_log_can_be_read(name: str) -> None:
    content = (PLANS / name).read_bytes()
    for end in range(len(content)):
        log = read_log(content[:end])
        assert not log.is_complete
        assert not [line for line in log.lines if "traversal" in line or "var.n" in line]


PLANNED = "Terraform will perform the following actions:\n  # "
SECRET = "correct-horse-battery-staple"


@pytest.mark.parametrize("before", [*range(250, 300, 3), *range(450, 500, 3), *range(1950, 2000, 3)])
def test_a_secret_is_found_before_a_line_is_cut(before: int) -> None:
    text = "x" * before + SECRET + "y" * 900
    told = {"severity": "error", "summary": text, "detail": text * 9, "address": text}
    event = json.dumps({"@message": text, "type": "diagnostic", "diagnostic": told})
    change = {"action": "move", "resource": {"addr": text}, "previous_resource": {"addr": text}}
    event += "\n" + json.dumps({"@message": text, "type": "planned_change", "change": change})
    rows = f"{PLANNED}{text} will be created\nChanges to Outputs:\n  + {text} = 1\n"
    log = read_log(f"{text}\n{rows}{event}\n\nError: {text}\n\n{text}\n".encode())
    assert (len(log.planned), len(log.outputs), len(log.diagnostics), len(log.failed)) == (2, 1, 2, 1)
    scrubbed = log.scrubbed(lambda said: said.replace(SECRET, "[secret]"))
    assert not [part for part in SECRET.split("-") if part in repr(scrubbed)]


def test_a_secret_of_several_lines_is_found() -> None:
    log = read_log(b"key: one\ntwo\nthree\n").scrubbed(lambda said: said.replace("one\ntwo", "[secret]"))
    assert log.lines == ("key: [secret]", "three")


HUGE = {
    "one line": "x" * 2_500_000,
    "empty lines": "\n" * 500_000,
    "open brackets": "{" * 2_500_000,
    "lines of brackets": "{\n" * 250_000,
    "nested messages": '{"@message":' * 100_000,
    "lines of nested messages": ('{"@message":' * 10_000 + "\n") * 40,
    "escaped escapes": json.dumps({"@message": "\x1b[" * 250_000}),
    "escapes": "\x1b]" * 250_000,
    "errors": "\nError: x\n" * 25_000,
    "warnings and summaries": "\nWarning: x\n\nPlan: 1 to add, 0 to change, 0 to destroy.\n" * 10_000,
    "boxes": "╷\n│ Error: x\n" * 25_000,
    "a long place": "Error: x\n\n  on " + "a line 1, in " * 75_000,
    "a long address": "Error: x\n\n  with " + "a," * 500_000,
    "a long summary": "Error: " + "a\n" * 250_000,
    "a long note": f"{PLANNED}a will be created\n  # (because " + " was moved to " * 75_000,
    "a long heading": PLANNED + " has moved to " * 75_000,
    "a deposed heading": PLANNED + " (deposed object " * 75_000 + " will be created",
    "headings": PLANNED + "a will be created\n  # " * 25_000,
    "a long plan": "Plan: 1" + " to add, 1" * 75_000,
    "an output without end": 'Changes to Outputs:\n  + "' + "a" * 1_500_000,
    "an output of spaces": "Changes to Outputs:\n  + a" + " " * 1_500_000,
    "a long version": "Terraform v1.1.1" + "-" * 1_500_000,
}


@pytest.mark.parametrize("text", HUGE.values(), ids=HUGE)
def test_a_huge_log_takes_linear_time(text: str) -> None:
    content = text.encode()
    start = time.perf_counter()
    log = read_log(content)
    log.scrubbed(str)
    errors(log)
    assert time.perf_counter() - start < 4  # under half a second for the worst; a quadratic one takes minutes
