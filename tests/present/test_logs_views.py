"""A part of a log says which part it is, and what it leaves out."""

from itertools import count

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tfc_agent_tools.present.log_reading.diagnostics import Diagnostic
from tfc_agent_tools.present.log_reading.views import LogView, errors, page, tail
from tfc_agent_tools.present.logs import RunLog, facts_only

some_lines = st.lists(st.text(st.characters(categories=["L", "N"]), max_size=9), max_size=40).map(tuple)


def pages_of(log: RunLog, size: int) -> list[LogView]:
    pages: list[LogView] = []
    for number in count(1):
        pages.append(page(log, number, size))
        if not pages[-1].lines:
            return pages[:-1]
    raise AssertionError


@given(some_lines, st.integers(1, 50))
def test_the_pages_of_a_log_are_all_of_it_once(lines: tuple[str, ...], size: int) -> None:
    pages = pages_of(RunLog(lines=lines), size)
    assert tuple(line for view in pages for line in view.lines) == lines
    assert [number for view in pages for number in range(view.first, view.last + 1)] == [*range(1, len(lines) + 1)]
    assert all(len(view.lines) == size for view in pages[:-1])


@given(some_lines, st.integers(1, 50))
def test_the_tail_is_the_end_and_counts_what_it_leaves_out(lines: tuple[str, ...], wanted: int) -> None:
    view = tail(RunLog(lines=lines, is_complete=True), wanted)
    assert view.lines == lines[-wanted:]
    assert (view.lines_not_shown, view.total) == (len(lines) - len(view.lines), len(lines))
    assert view.characters_not_shown == sum(map(len, lines[:-wanted]))
    assert (view.last, view.is_complete) == (len(lines), True)


def test_a_page_beyond_the_last_has_no_lines() -> None:
    assert page(RunLog(lines=("a", "b")), 9, 2) == LogView(
        lines=(), first=0, last=0, total=2, is_complete=False, lines_not_shown=2, characters_not_shown=2
    )


@pytest.mark.parametrize(("number", "size"), [(0, 1), (1, 0), (-1, 5)])
def test_a_page_that_can_not_be_is_an_error(number: int, size: int) -> None:
    with pytest.raises(ValueError, match="start at 1"):
        page(RunLog(lines=("a",)), number, size)


def test_a_long_line_says_how_much_of_it_is_cut() -> None:
    (line,) = tail(RunLog(lines=("x" * 1700,))).lines
    assert line == "x" * 475 + "… [1,225 more characters]"
    assert len(line) == 500


def test_the_errors_are_told_without_the_warnings_and_the_other_lines() -> None:
    log = RunLog(
        lines=("a",) * 9,
        diagnostics=(
            Diagnostic(severity="error", summary="One", detail="why\nnot", address="x.y", file="main.tf", line=3),
            Diagnostic(severity="warning", summary="Careful"),
            Diagnostic(severity="error", summary="Two", file="a.tf", context='check "c"'),
        ),
    )
    told = (
        "Error: One",
        "  with x.y",
        "  on main.tf line 3",
        "",
        "why",
        "not",
        "",
        "Error: Two",
        '  on a.tf, in check "c"',
    )
    assert errors(log).lines == told
    assert errors(log).total == 9
    assert errors(log, lines=2).lines == told[:2]
    assert errors(log, lines=2).lines_not_shown == 7
    assert errors(facts_only(log)).lines == (*told[:3], "", *told[7:])
    assert errors(RunLog(lines=("Error: x",))).lines == ()


def test_a_summary_of_facts_alone_is_cut_short() -> None:
    log = RunLog(diagnostics=(Diagnostic(severity="error", summary="x" * 999, detail="y"),), lines=("a", "b"))
    (found,) = facts_only(log).diagnostics
    assert (len(found.summary), found.detail) == (300, "")
    assert facts_only(log).withheld == 2
