"""What a model and a person read about a plan, kept word for word for each recorded plan.

`python tests/present/test_plan_words.py` writes `plans/explained/` anew; read the difference before you keep it.
"""

from __future__ import annotations

import sys
import warnings
from collections.abc import Callable
from pathlib import Path

import pytest

if __name__ == "__main__":
    sys.path[:0] = [str(Path(__file__).parents[1]), str(Path(__file__).parents[2])]

from present.bad_changes import BAD_CHANGES
from support.plans import change, explained, harmless, hidden_among, page_of, plan, write_large

from tfc_agent_tools.present.plan import explain
from tfc_agent_tools.present.plans.words import SUMMARY_TOKENS, line, page, summary
from tfc_agent_tools.templates import Templates

PLANS = Path(__file__).parents[1] / "plans"
KEPT = PLANS / "explained"
RECORDED = sorted(path.stem for path in PLANS.glob("[0-9][0-9]_*.json") if "state" not in path.name)
GENERATED = {
    "21_seeded_bad_changes": lambda: hidden_among(one for bad in BAD_CHANGES for one in bad.changes),
    "22_harmless": lambda: plan(harmless()),
    "23_data_goes_everywhere": lambda: plan(
        change(f"module.shop[{place % 7}].{type_}.main[{place}]", "destroy", module_address=f"module.shop[{place % 7}]")
        for place in range(120)
        for type_ in ("aws_db_instance", "aws_ebs_volume", "aws_instance")
    ),
}


def told(name: str) -> str:
    """The line, the summary and the page, as they are kept."""
    if name in GENERATED:
        explanation = explained(GENERATED[name]())
    else:
        with (PLANS / f"{name}.json").open("rb") as file:
            explanation = explain(file)
    render = Templates().render
    texts = {"LINE": line, "SUMMARY": summary, "PAGE": page}
    return "\n".join(f"{title}\n{words(explanation, render)}\n" for title, words in texts.items())


@pytest.fixture(scope="module")
def tokens() -> Callable[[str], int]:
    with warnings.catch_warnings(action="ignore"):  # the tokenizer reads its data in a way that Python deprecates
        import bpe_openai

        encoding = bpe_openai.get_encoding("o200k_base")
    return lambda text: len(encoding.encode(text))


@pytest.mark.parametrize("name", [*RECORDED, *GENERATED])
def test_a_plan_is_told_in_the_words_that_were_reviewed(name: str) -> None:
    assert told(name) == (KEPT / f"{name}.txt").read_text(encoding="utf-8")


def test_every_kept_text_is_of_a_plan() -> None:
    assert {path.stem for path in KEPT.iterdir()} == {*RECORDED, *GENERATED}


@pytest.mark.parametrize("name", [*RECORDED, *GENERATED])
def test_a_summary_takes_a_few_hundred_tokens_and_a_page_one_screen_or_two(
    name: str, tokens: Callable[[str], int]
) -> None:
    _, _, rest = told(name).partition("SUMMARY\n")
    summary_text, _, page_text = rest.partition("\nPAGE\n")
    assert tokens(summary_text) <= (700 if name in GENERATED else 350)
    assert len(page_text.splitlines()) <= 60
    assert "{" not in page_text
    assert "None" not in page_text


def test_a_line_is_one() -> None:
    for name in (*RECORDED, *GENERATED):
        title, said, nothing = told(name).splitlines()[:3]
        assert (title, nothing) == ("LINE", "")
        assert len(said) <= 400


def test_a_plan_of_thousands_takes_no_more_tokens(tmp_path: Path, tokens: Callable[[str], int]) -> None:
    with (tmp_path / "large.json").open("wb+") as file:
        write_large(file, number=3_000, parts=0)
        explanation = explain(file)
    assert tokens(summary(explanation, Templates().render)) <= SUMMARY_TOKENS
    assert explanation.counts
    assert sum(total.count for total in explanation.totals) == 3_000 - explanation.counts.no_op


def test_the_words_can_be_edited_without_programming(tmp_path: Path) -> None:
    (tmp_path / "plan").mkdir()
    (tmp_path / "plan/summary.md.j2").write_text("{% for one in loses_data %}ACHTUNG {{ one }}{% endfor %}")
    document = plan([change("aws_db_instance.main", "destroy")])
    own = summary(explained(document), Templates(tmp_path).render)
    assert own == "ACHTUNG aws_db_instance.main (database): destroyed"


def test_the_page_begins_with_the_worst_and_ends_with_what_it_rests_on() -> None:
    lines = page_of(hidden_among(one for bad in BAD_CHANGES for one in bad.changes)).splitlines()
    titles = [said for said in lines if said.endswith(":") and not said.startswith("-")]
    assert titles[:3] == ["Holds data:", "Destroyed, replaced or forgotten:", "Weakens protection:"]
    assert lines[0].startswith("DESTROYS 6, REPLACES 6 and FORGETS 1 of 231 resources; 11 of them hold data")
    assert lines[-1].startswith("Rests on the full plan JSON of Terraform 1.11.4. Plan digest ")


if __name__ == "__main__":
    KEPT.mkdir(exist_ok=True)
    for one in (*RECORDED, *GENERATED):
        (KEPT / f"{one}.txt").write_text(told(one), encoding="utf-8")
