"""Whatever is bad in a plan, the person reads it in the approval text alone, hidden among 200 harmless updates."""

import pytest
from present.bad_changes import BAD_CHANGES, BadChange
from support.plans import harmless, hidden_among, page_of, plan, summary_of

named = pytest.mark.parametrize("bad", BAD_CHANGES, ids=lambda bad: bad.name.replace(" ", "-"))


@named
def test_a_bad_change_stands_in_the_page_among_two_hundred_harmless_ones(bad: BadChange) -> None:
    says_all(bad, page_of(hidden_among(bad.changes, **bad.members)))


@named
def test_a_bad_change_stands_in_the_summary_too(bad: BadChange) -> None:
    says_all(bad, summary_of(hidden_among(bad.changes, **bad.members)))


def test_all_bad_changes_at_once_are_each_in_the_page() -> None:
    changes = [one for bad in BAD_CHANGES for one in bad.changes]
    page = page_of(hidden_among(changes))
    assert [bad.address for bad in BAD_CHANGES if bad.address not in page] == []
    assert len(page.splitlines()) <= 70


def test_without_a_bad_change_nothing_of_the_kind_is_said() -> None:
    page = page_of(plan(harmless()))
    assert page.splitlines()[:2] == [
        "Updates all 200 resources; none is destroyed.",
        "0 to add, 200 to change, 0 to destroy.",
    ]
    assert "Holds data" not in page
    assert "protected" not in page
    assert len(page.splitlines()) <= 10


def says_all(bad: BadChange, text: str) -> None:
    lines = [line for line in text.splitlines() if bad.address in line]
    for said in bad.says:
        assert any(said in line for line in lines), f"{said!r} is not in:\n{text}"
