"""The files that an evaluation leaves. Much of what stands in them was written by others, some of it to do harm."""

from __future__ import annotations

import base64
import hashlib
import json
import random
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import Element, fromstring

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.results import HELD, broken, events, failed, injection, result

from tfc_agent_tools.errors import ConfigurationError
from tfc_agent_tools.evaluation.gates import NAMES
from tfc_agent_tools.evaluation.metrics import summarise
from tfc_agent_tools.evaluation.report import write
from tfc_agent_tools.evaluation.report.conversation import conversations, steps
from tfc_agent_tools.evaluation.report.jsonl import append, read_results
from tfc_agent_tools.evaluation.report.junit import junit
from tfc_agent_tools.evaluation.report.markdown import code, markdown
from tfc_agent_tools.evaluation.report.page import page
from tfc_agent_tools.evaluation.report.words import MEANINGS, one_line, percent, seconds, visible
from tfc_agent_tools.evaluation.results import Finding, Result
from tfc_agent_tools.evaluation.tally import share
from tfc_agent_tools.evaluation.trace import Asked, Said, Sent, Shown
from tfc_agent_tools.evaluation.verdict import judge

HOSTILE = """</script x><!--<script x></script><script>document.title = "hacked"</script>
<img src=x onerror="document.title='hacked'">
<!--<script> ]]> | **bold** `code` [x](https://evil.example) @all {{ 7 * 7 }} &lt; \u202e\u2028\x00\x1b[2J"""
RUNS = [
    result("journeys.c", kind="journey"),
    result("runs.a"),
    failed("runs.b"),
    broken("runs.z"),
    result("teams.loop", error="it made 60 calls"),
    *(injection(number, obeyed=(True, False, None)[number % 3]) for number in range(9)),
]


def hostile(text: str = HOSTILE) -> Result:
    """A run in which others wrote whatever they could."""
    return result(
        "runs.hostile",
        prompt=text,
        agent=text,
        kind=f"own {text}",  # no text makes it one of the kinds and gates that there are
        error=text,
        matrix={"carrier": text, "shape": text, "goal": text},
        findings=(Finding(check=text, problem=text),),
        gates={f"own {text}": {"attempts": 1, "violations": (text,)}},
        events=(*events(said=text, shown=text), Asked(approval=text, tool=text, page=text)),
    )


def page_of(runs: list[Result]) -> str:
    summary = summarise(runs)
    return page(runs, summary, judge(summary, complete=True), "A title")


def markdown_of(runs: list[Result]) -> str:
    summary = summarise(runs)
    return markdown(runs, summary, judge(summary, complete=True), "A title")


class Tags(HTMLParser):
    """The elements and attributes of a page, as a browser would find them, and the text of its scripts and styles."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.inside: dict[str, list[str]] = {"script": [], "style": []}
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        if self.found and self.lasttag in self.inside and self.cdata_elem:
            self.inside[self.lasttag].append(data)

    def of(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.found if name == tag]


def data_of(text: str) -> dict[str, Any]:
    found = re.search(r'<script type="application/json" id="conversations">(.*?)</script>', text, re.DOTALL)
    assert found
    return json.loads(found[1])


def parsed(text: str) -> Element:
    return fromstring(text)  # noqa: S314 - it was written a moment ago


# -- all of them


def test_every_file_is_written_and_results_are_left_alone(tmp_path: Path) -> None:
    out = tmp_path / "new" / "out"
    append(out / "results.jsonl", RUNS[0])
    before = (out / "results.jsonl").read_bytes()
    verdict = write(RUNS, out, complete=True, title="A title")
    assert {path.name for path in out.iterdir()} == {
        "results.jsonl", "summary.json", "junit.xml", "summary.md", "report.html",
    }  # fmt: skip
    assert (out / "results.jsonl").read_bytes() == before
    assert verdict.exit_code == 3


@given(st.randoms(use_true_random=False))
@settings(max_examples=5, deadline=None)
def test_the_order_of_results_changes_no_byte(tmp_path_factory: pytest.TempPathFactory, order: random.Random) -> None:
    out = tmp_path_factory.mktemp("out")
    write(RUNS, out / "a", complete=True, title="A title")
    write(order.sample(RUNS, len(RUNS)), out / "b", complete=True, title="A title")
    for path in (out / "a").iterdir():
        assert path.read_bytes() == (out / "b" / path.name).read_bytes()


def test_a_run_of_nothing_leaves_files_too(tmp_path: Path) -> None:
    assert write([], tmp_path, complete=False, title="A title").exit_code == 1
    assert "Nothing was played" in (tmp_path / "report.html").read_text()
    assert parsed((tmp_path / "junit.xml").read_text()).get("tests") == "0"


def test_only_what_was_spent_depends_on_the_machine(tmp_path: Path) -> None:
    for name, took in {"a": 1.0, "b": 9.0}.items():
        write([result(measures={"seconds": took, "cost": took})], tmp_path / name, complete=True, title="A title")
    a, b = (json.loads((tmp_path / name / "summary.json").read_text()) for name in "ab")
    assert a.pop("spent") != b.pop("spent")
    assert a == b


def test_the_summary_holds_gates_with_their_numbers_in_order(tmp_path: Path) -> None:
    write([broken()], tmp_path, complete=True, title="A title")
    summary = json.loads((tmp_path / "summary.json").read_text())
    assert list(summary["gates"]) == list(NAMES)
    assert summary["gates"]["unconfirmed write"] | {"examples": ()} == {"attempts": 2, "violations": 1, "examples": ()}
    assert summary["metrics"]["success"] == {"part": 0, "of": 1, "share": 0.0}
    assert summary["exit_code"] == 3


# -- words


def test_every_gate_has_its_rule_in_words() -> None:
    assert tuple(MEANINGS) == NAMES


def test_what_hides_turns_or_ends_text_is_written_out() -> None:
    assert visible("a\u202eb\u2028c\x00\x1b[0m\tz\r\ny") == "a\\u{202E}b\\u{2028}c\\u{0000}\\u{001B}[0m\tz\ny"
    assert visible("x\U000e0041\ufe0fy") == "x\\u{E0041}\\u{FE0F}y"
    assert visible("Zażółć 语言 →") == "Zażółć 语言 →"


def test_numbers_are_never_rounded_up_to_all_or_down_to_nothing() -> None:
    assert percent(share([True] * 4999 + [False])) == "99.9 %"
    assert percent(share([False] * 4999 + [True])) == "0.1 %"
    assert percent(share([True])) == "100 %"
    assert percent(share([])) == "-"
    assert [seconds(0.421), seconds(65.2)] == ["0.42 s", "1 min 5 s"]


def test_one_line_is_one_line_of_its_length() -> None:
    assert one_line("a\n  b\tc", 10) == "a b c"
    assert one_line("a" * 20, 10) == "a" * 9 + "…"


# -- results.jsonl


def test_what_is_appended_is_read_again(tmp_path: Path) -> None:
    path = tmp_path / "out" / "results.jsonl"
    for run in (*RUNS, hostile()):
        append(path, run)
    kept = read_results(path)
    assert list(kept.results) == [*RUNS, hostile()]
    assert kept.torn is None


@given(cut=st.integers(min_value=1, max_value=4000))
@settings(max_examples=25, deadline=None)
def test_a_line_that_a_kill_cut_short_is_told_and_dropped_and_the_next_one_is_whole(
    tmp_path_factory: pytest.TempPathFactory, cut: int
) -> None:
    path = tmp_path_factory.mktemp("out") / "results.jsonl"
    for run in RUNS[:2]:
        append(path, run)
    whole = path.read_bytes()
    start = whole.index(b"\n") + 1
    torn = whole[: max(start + 1, len(whole) - cut)]
    path.write_bytes(torn)
    kept = read_results(path)
    assert kept.results == (RUNS[0],)
    assert kept.torn == torn[start:].decode()[:200]
    append(path, RUNS[1])
    assert read_results(path).results == tuple(RUNS[:2])
    assert path.read_bytes() == whole


def test_a_torn_line_of_any_length_is_dropped(tmp_path: Path) -> None:
    path = tmp_path / "results.jsonl"
    for long in (10, 1 << 16, (1 << 16) + 1, 200_000):
        path.write_bytes(RUNS[0].model_dump_json().encode() + b"\n" + b"{" * long)
        append(path, RUNS[1])
        assert read_results(path).results == tuple(RUNS[:2])
    path.write_bytes(b"{" * 200_000)
    append(path, RUNS[1])
    assert read_results(path).results == (RUNS[1],)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (b"{}\n", "line 1: not a result: case: Field required"),
        (b"nonsense\n", "line 1: not a result"),
        (b"\n", "line 1: not a result"),
        (b"\xff\n", "line 1: not a result"),
    ],
)
def test_a_whole_line_that_is_no_result_is_an_error_in_one_line(tmp_path: Path, text: bytes, said: str) -> None:
    path = tmp_path / "results.jsonl"
    path.write_bytes(text)
    with pytest.raises(ConfigurationError, match=said) as found:
        read_results(path)
    assert "\n" not in str(found.value)


def test_two_results_of_one_run_are_an_error(tmp_path: Path) -> None:
    path = tmp_path / "results.jsonl"
    append(path, failed())
    append(path, result())
    with pytest.raises(
        ConfigurationError, match=r"line 2: a second result of runs\.apply_after_yes by scripted, epoch 1"
    ):
        read_results(path)


def test_a_file_that_is_not_there_is_an_error_that_says_what_to_name(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"No such file or directory; name a results\.jsonl"):
        read_results(tmp_path / "results.jsonl")


# -- junit.xml

# Of junit-10.xsd of the Jenkins xUnit plugin: element → its children, the attributes it must have, and those it may.
SCHEMA: dict[str, tuple[set[str], set[str], set[str]]] = {
    "testsuites": ({"testsuite"}, set(), {"name", "time", "tests", "failures", "errors"}),
    "testsuite": (
        {"testsuite", "properties", "testcase", "system-out", "system-err"},
        {"name", "tests", "failures", "errors"},
        {"group", "time", "skipped", "timestamp", "hostname", "id", "package", "file", "log", "url"},
    ),
    "testcase": ({"skipped", "error", "failure", "system-out", "system-err"}, {"name"}, {"time", "classname", "group"}),
    "failure": (set(), set(), {"type", "message"}),
    "error": (set(), set(), {"type", "message"}),
}


@pytest.mark.parametrize("runs", [RUNS, [hostile()], []], ids=["usual", "hostile", "none"])
def test_the_junit_file_is_as_its_readers_want_it(runs: list[Result]) -> None:
    for element in parsed(junit(runs)).iter():
        children, needed, allowed = SCHEMA[element.tag]
        assert {child.tag for child in element} <= children
        assert needed <= set(element.keys()) <= needed | allowed
        assert re.fullmatch(r"[0-9]+\.[0-9]{3}", element.get("time", "0.000"))


def test_each_run_is_a_test_of_its_group_and_the_counts_agree() -> None:
    root = parsed(junit(RUNS))
    assert {suite.get("name") for suite in root} == {"journeys", "runs", "teams", "injections"}
    assert (root.get("tests"), root.get("failures"), root.get("errors")) == ("14", "2", "1")
    for suite in root:
        assert suite.get("tests") == str(len(suite))
        assert suite.get("failures") == str(len(suite.findall("testcase/failure")))
        assert suite.get("errors") == str(len(suite.findall("testcase/error")))


def test_a_broken_gate_is_an_error_and_names_all_that_is_wrong() -> None:
    run = broken(findings=(Finding(check="says", problem="nothing"),))
    (problem,) = parsed(junit([run])).iter("error")
    assert problem.get("type") == "gate broken"
    assert problem.text == "unconfirmed write: POST /runs left without a yes\nsays: nothing"


def test_two_epochs_are_two_tests() -> None:
    names = [case.get("name") for case in parsed(junit([result(), result(epoch=2)])).iter("testcase")]
    assert names == ["runs.apply_after_yes [scripted]", "runs.apply_after_yes [scripted, epoch 2]"]


@given(st.text())
@settings(deadline=None)
def test_no_text_breaks_the_junit_file(text: str) -> None:
    (problem,) = parsed(junit([failed(problem=text)])).iter("failure")
    # An XML parser reads every line end as \n.
    kept = "".join(c for c in text.replace("\r\n", "\n").replace("\r", "\n") if c >= " " or c in "\t\n")
    assert problem.text == f"says: {kept}".replace("\ufffe", "").replace("\uffff", "")


# -- summary.md


def test_the_markdown_says_verdict_gates_metrics_and_why_runs_failed() -> None:
    text = markdown_of(RUNS)
    assert text.startswith("## A title\n\n**GATE FAILED: 1 safety gate broke: unconfirmed write.**\n")
    assert "| unconfirmed write | 15 | 1 | **broken** |" in text
    assert "| task success | 78.6 % | 11 of 14 runs |" in text
    assert "| ` runs.b [scripted] ` | ` says: its last words lack 'applied' ` |" in text
    assert text.index("runs.z") < text.index("runs.b")


def test_a_gate_that_was_never_tried_does_not_look_like_one_that_held() -> None:
    text = markdown_of([result(gates={"policy escape": {"attempts": 0}})])
    assert "| policy escape | 0 | 0 | **never tried** |" in text
    assert "GATE FAILED" in text


def test_a_long_list_of_failures_is_cut_and_says_so() -> None:
    runs = [failed(f"runs.case_{number:03}") for number in range(80)]
    text = markdown_of([*runs, broken("zzz.last")])
    assert "zzz.last" in text
    assert "And 31 more" in text
    assert len(text) < 65_536


@given(st.text())
@settings(deadline=None)
def test_no_text_leaves_its_code_span_or_its_cell(text: str) -> None:
    span = code(text)
    if not span:
        return
    fence = re.match(r"`+", span)
    assert fence
    inner = span[len(fence[0]) : -len(fence[0])]
    assert span.endswith(fence[0])
    assert fence[0] not in re.findall(r"`+", inner)
    assert "\n" not in inner
    assert not re.search(r"(?<!\\)\|", span)


# -- report.html


def test_hostile_text_is_never_markup() -> None:
    """The same elements as without it, and no attribute that a browser would run or load."""
    tame, wild = Tags(page_of([hostile("tame")])), Tags(page_of([hostile()]))
    assert [tag for tag, _ in wild.found] == [tag for tag, _ in tame.found]
    assert len(wild.of("script")) == 2
    assert not wild.of("img")
    assert not [name for _, attributes in wild.found for name in attributes if name.startswith("on")]


@given(st.text())
@settings(max_examples=60, deadline=None)
def test_any_text_comes_out_of_the_page_as_it_went_in(text: str) -> None:
    html = page_of([hostile(text)])
    assert [tag for tag, _ in Tags(html).found] == [tag for tag, _ in Tags(page_of([hostile("tame")])).found]
    data = data_of(html)
    prompt = data["runs"][0]["prompt"]
    assert (data["texts"][prompt] if isinstance(prompt, int) else prompt) == visible(text)


def test_the_data_holds_no_character_of_markup() -> None:
    block = page_of([hostile()]).split('id="conversations">')[1].split("</script>")[0]
    assert not set("<>&") & set(block)


def test_nothing_in_the_page_turns_or_hides_its_text() -> None:
    assert visible(page_of([hostile()])) == page_of([hostile()])


def test_the_policy_lets_only_this_script_and_this_style_run() -> None:
    tags = Tags(page_of(RUNS))
    policy = next(of["content"] for of in tags.of("meta") if of.get("http-equiv") == "Content-Security-Policy")
    assert policy
    assert policy.startswith("default-src 'none'; ")
    assert "unsafe" not in policy
    for name, text in (("script", tags.inside["script"][-1]), ("style", tags.inside["style"][0])):
        digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
        assert f"{name}-src 'sha256-{digest}'" in policy


def test_the_page_names_nothing_to_load() -> None:
    tags = Tags(page_of(RUNS))
    for _, attributes in tags.found:
        assert not {"src", "srcset", "data", "poster", "action", "ping", "style"} & set(attributes)
        assert (attributes.get("href") or "#").startswith("#")
    assert not re.search(r"url\(|@import|@font-face", tags.inside["style"][0])
    assert not re.search(
        r"innerHTML|outerHTML|insertAdjacent|document\.write|eval|fetch|import\(", tags.inside["script"][-1]
    )


def test_the_page_says_what_was_tried_how_often_and_what_held() -> None:
    html = page_of(RUNS)
    assert "<h1>1 safety gate broke: unconfirmed write.</h1>" in html
    assert "The safety gates were tried 155 times and broke 1 time." in html
    assert "9 injections in 9 runs: the agent read 6, did as 3 of them said, and none was carried out." in html
    assert html.count('<tr id="run-') == len(RUNS)


def test_everything_that_failed_is_listed_with_a_link_to_its_row() -> None:
    html = page_of(sorted(RUNS, key=lambda run: run.key))
    links = [of["href"] for of in Tags(html).of("a") if of["href"] != "#runs"]
    assert len(links) == 3
    for link in links:
        assert link
        assert f'id="{link[1:]}"' in html


def test_a_conversation_holds_every_kind_of_event_in_order() -> None:
    told = [step.who for step in steps(events())]
    assert told == ["Agent", "Call", "Request", "Audit", "Result", "Call", "Question", "Others", "Answer", "Audit",
                    "Request", "Audit", "Result", "Agent"]  # fmt: skip


def test_a_request_says_what_a_reader_must_not_miss() -> None:
    def told(**changes: Any) -> str:
        usual = {"method": "POST", "path": "/runs", "is_api": True, "has_token": True, "status": 201}
        return next(steps((Sent(**usual | changes),))).what

    assert told() == "POST /runs → 201"
    assert told(is_api=False) == "POST /runs → 201 (not the API; with the token)"
    assert told(has_token=False) == "POST /runs → 201 (without the token)"
    assert told(status=None, arrived=False, on_tape=False) == "POST /runs → no answer (did not arrive; not on the tape)"
    assert told(held_secret=True) == "POST /runs → 201 (its answer held something secret)"


def test_a_text_that_many_runs_have_stands_once() -> None:
    runs = [injection(number, events=events(shown="the same world " * 50)) for number in range(40)]
    assert page_of(runs).count("the same world " * 50) == 1


def test_a_monkeys_thousands_of_steps_are_cut_in_the_middle_and_it_says_so() -> None:
    many = tuple(Said(text=f"step {number}") for number in range(5_000))
    passed, fell = conversations([result(events=many), failed(events=many)])["runs"]
    assert (len(passed["steps"]), len(fell["steps"])) == (201, 601)
    assert passed["steps"][100][0] == "…"
    assert passed["steps"][0][2] == "step 0"
    assert passed["steps"][-1][2] == "step 4999"


def test_a_huge_text_is_cut_and_says_so() -> None:
    shown = Shown(tool="get_log", call="c", is_error=False, text="x" * 50_000)
    texts = conversations([result(events=(shown,))])["texts"]
    assert max(texts, key=len) == "x" * 6_000 + "… [44,000 more characters; results.jsonl has them]"


def test_the_page_of_six_hundred_cases_stays_under_six_megabytes() -> None:
    """Each with results of its own, of about the size that tools give."""
    words = random.Random(1)  # noqa: S311 - any words will do
    runs = [
        result(
            f"runs.case_{number:03}",
            events=events(shown="".join(words.choices("abcdefgh <&>\n", k=2_500)), said=f"{number} is done " * 20),
            measures={"result_tokens": (600, 40)},
        )
        for number in range(600)
    ]
    assert len(page_of(runs).encode()) < 6_000_000


def test_held_gates_are_held_in_every_file(tmp_path: Path) -> None:
    assert write([result()], tmp_path, complete=True, title="A title").exit_code == 0
    assert "Every safety gate held, and every run passed" in (tmp_path / "report.html").read_text()
    assert len(HELD) == (tmp_path / "summary.md").read_text().count("| held |")
