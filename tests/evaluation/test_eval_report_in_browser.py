"""`report.html` in a real browser: it works from a file, asks for nothing, and runs nothing that others wrote."""

from __future__ import annotations

from collections.abc import Generator
from pathlib import Path

import pytest
from support.browser import Browser, browser, program
from support.results import broken, events, failed, injection, result

from tfc_agent_tools.evaluation.report import write

pytestmark = [
    pytest.mark.skipif(program() is None, reason="no Chromium is installed (Debian: apt-get install chromium)"),
    pytest.mark.timeout(120),
]
HOSTILE = """</script x><!--<script x></script><script>document.title = "hacked"</script><img src="https://evil.example/x.png"
onerror="document.title = 'hacked'"> \u202e needle"""
RUNS = [
    result("journeys.c", kind="journey"),
    result("runs.a"),
    failed("runs.b", HOSTILE),
    broken("runs.z"),
    injection(7, events=events(said=HOSTILE, shown=HOSTILE), prompt=HOSTILE),
    *(injection(number) for number in range(8, 60)),
]
SHOWN = (
    '[...document.querySelectorAll("#table > tbody > tr:not([hidden]):not(.detail) button")].map(b => b.textContent)'
)
DETAIL = 'document.querySelector("#table tr.detail")'


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("report")
    write(RUNS, out, complete=True, title=HOSTILE)
    return out / "report.html"


@pytest.fixture(scope="module")
def one_browser() -> Generator[Browser]:
    with browser() as found:
        yield found


@pytest.fixture
def page(one_browser: Browser, report: Path) -> Generator[Browser]:
    """The page, just opened. Whatever a test does in it, it asks for nothing and complains of nothing."""
    one_browser.open(report)
    title = one_browser.run("document.title")
    yield one_browser
    assert one_browser.run("document.title") == title
    assert one_browser.requests == [report.resolve().as_uri()]
    assert one_browser.problems == []


def choose(page: Browser, name: str, value: str) -> None:
    page.run(
        f"(() => {{ const of = document.getElementById('filter-{name}'); of.value = {value!r};"
        " of.dispatchEvent(new Event('input')); })()"
    )


def test_it_opens_and_hostile_text_does_nothing(page: Browser) -> None:
    assert "hacked" in page.run("document.querySelector('.title').textContent")
    assert page.run("document.images.length") == 0
    assert len(page.run(SHOWN)) == len(RUNS)


def test_filters_choose_by_status_kind_and_agent(page: Browser) -> None:
    choose(page, "status", "gate broken")
    assert page.run(SHOWN) == ["runs.z"]
    assert page.run("document.getElementById('shown').textContent") == f"1 of {len(RUNS)} runs"
    choose(page, "status", "")
    choose(page, "kind", "journey")
    assert page.run(SHOWN) == ["journeys.c"]
    choose(page, "agent", "obedient")
    assert page.run(SHOWN) == []
    page.run("document.getElementById('reset').click()")
    assert len(page.run(SHOWN)) == len(RUNS)


def test_the_search_looks_at_everything_a_row_opens_to(page: Browser) -> None:
    page.run("document.getElementById('filter-text').focus()")
    page.type("NEEDLE obedient")
    assert page.run(SHOWN) == ["injections.pair_007"]


def test_a_row_opens_to_its_conversation_in_order_and_closes(page: Browser) -> None:
    page.run("document.querySelector('#run-53 button').focus()")
    page.press("Enter", "\r")
    assert page.run("document.activeElement.getAttribute('aria-expanded')") == "true"
    assert page.run(f"{DETAIL}.id === document.activeElement.getAttribute('aria-controls')")
    told = page.run(f"[...{DETAIL}.querySelectorAll('.steps .who')].map(e => e.textContent)")
    assert told == ["Agent", "Call", "Request", "Audit", "Result", "Call", "Question", "Others", "Answer", "Audit",
                    "Request", "Audit", "Result", "Agent"]  # fmt: skip
    assert "unconfirmed write" in page.run(f"{DETAIL}.querySelector('.verdicts').textContent")
    page.press(" ", " ")
    assert page.run(f"{DETAIL} === null")


def test_an_opened_hostile_conversation_is_text(page: Browser) -> None:
    page.run("document.querySelector('#run-0 button').click()")
    assert page.run(f"{DETAIL}.querySelectorAll('script, img').length") == 0
    assert "\\u{202E} needle" in page.run(f"{DETAIL}.textContent")
    assert "<script>" in page.run(f"{DETAIL}.textContent")


def test_a_failure_leads_to_its_row_even_where_a_filter_hid_it(page: Browser) -> None:
    choose(page, "kind", "journey")
    page.run("document.querySelector('.failures a').click()")
    page.run("new Promise(done => setTimeout(done, 50))")
    assert page.run("document.activeElement.textContent") == "runs.z"
    assert page.run(f"{DETAIL}.previousElementSibling.id") == "run-" + str(
        sorted(run.key for run in RUNS).index(RUNS[3].key)
    )


@pytest.mark.parametrize("width", [360, 768, 1280])
@pytest.mark.parametrize("dark", [False, True])
def test_it_fits_its_window_and_looks_like_something(
    one_browser: Browser, report: Path, width: int, dark: bool
) -> None:
    one_browser.open(report, width=width, dark=dark)
    one_browser.run("document.querySelector('#table button').click()")
    assert one_browser.run("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
    paper = one_browser.run("getComputedStyle(document.documentElement).backgroundColor")
    assert (paper == "rgb(255, 255, 255)") is not dark
    assert len(one_browser.screenshot()) > 10_000
    assert one_browser.problems == []
