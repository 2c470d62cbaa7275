"""Whatever is bad in a plan, the person reads it in the approval text alone, hidden among harmless updates."""

import pytest
from present.bad_changes import BAD_CHANGES, BadChange
from present.cloud_incidents import INCIDENTS
from support.plans import explained, harmless, hidden_among, page_of, plan

from tfc_agent_tools.present.plan import PlanExplanation
from tfc_agent_tools.present.plans.words import page, summary
from tfc_agent_tools.templates import Templates

BAD = [*BAD_CHANGES, *INCIDENTS]
named = pytest.mark.parametrize("bad", BAD, ids=lambda bad: bad.name.replace(" ", "-"))
RENDER = Templates().render


def found(bad: BadChange) -> PlanExplanation:
    return explained(hidden_among(bad.changes, number=40, **bad.members))


@named
def test_a_bad_change_stands_in_page_and_summary_among_harmless_ones(bad: BadChange) -> None:
    explanation = found(bad)
    says_all(bad, page(explanation, RENDER))
    says_all(bad, summary(explanation, RENDER))


def test_each_is_there_once() -> None:
    assert len({bad.name for bad in BAD}) == len(BAD)
    assert len({bad.address for bad in INCIDENTS}) == len(INCIDENTS)


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
    assert "protection" not in page
    assert len(page.splitlines()) <= 10


def says_all(bad: BadChange, text: str) -> None:
    lines = [line for line in text.splitlines() if bad.address in line]
    for said in bad.says:
        assert any(said in line for line in lines), f"{said!r} is not in:\n{text}"
