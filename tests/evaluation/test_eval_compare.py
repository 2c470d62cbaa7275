"""Two evaluations side by side."""

from __future__ import annotations

import random

from hypothesis import given, settings
from hypothesis import strategies as st
from support.results import broken, failed, result

from tfc_agent_tools.evaluation.compare import compare
from tfc_agent_tools.evaluation.report.comparison import comparison
from tfc_agent_tools.evaluation.results import GateCount

A = [result("runs.a"), failed("runs.b"), result("runs.c"), result("runs.d"), result("runs.gone")]
B = [result("runs.a"), result("runs.b"), failed("runs.c", "it lacks | 'done'"), result("runs.d"), result("runs.new")]


def test_each_case_is_worse_better_new_gone_or_the_same() -> None:
    found = compare(A, B)
    assert [change.case for change in found.worse] == ["runs.c"]
    assert [change.case for change in found.better] == ["runs.b"]
    assert [change.case for change in found.new] == ["runs.new"]
    assert [change.case for change in found.gone] == ["runs.gone"]
    assert found.same == 2


def test_a_case_that_passed_in_a_and_fails_in_b_fails_the_comparison() -> None:
    assert compare(A, B).exit_code == 1
    assert compare(B, A).exit_code == 1
    assert compare(A, A).exit_code == 0


def test_what_got_better_came_or_went_does_not_fail_it() -> None:
    assert compare([failed("runs.b"), result("runs.gone")], [result("runs.b"), failed("runs.new")]).exit_code == 0


def test_a_gate_broken_in_b_fails_it_even_where_a_broke_it_too() -> None:
    assert compare(A, [*B, broken("runs.z")]).exit_code == 3
    assert compare([broken()], [broken()]).exit_code == 3
    assert compare([broken()], [result()]).exit_code == 0


def test_with_no_case_in_common_nothing_is_shown() -> None:
    assert compare([result("runs.a")], [result("runs.b")]).exit_code == 1
    assert compare([result("runs.a")], []).exit_code == 1


def test_a_case_that_passes_less_often_is_worse_and_fails_only_if_it_always_passed() -> None:
    flaky = [result("runs.a"), failed("runs.a", epoch=2)]
    worse = compare(flaky, [failed("runs.a"), failed("runs.a", epoch=2)])
    assert [change.case for change in worse.worse] == ["runs.a"]
    assert worse.exit_code == 0
    assert compare([result("runs.a"), result("runs.a", epoch=2)], flaky).exit_code == 1


def test_a_third_is_as_often_as_two_sixths() -> None:
    third = [result("runs.a"), *(failed("runs.a", epoch=epoch) for epoch in (2, 3))]
    sixth = [*(result("runs.a", epoch=epoch) for epoch in (1, 2)), *(failed("runs.a", epoch=e) for e in (3, 4, 5, 6))]
    assert compare(third, sixth).same == 1


def test_where_each_side_has_one_agent_they_are_held_against_each_other() -> None:
    found = compare([result("runs.a")], [failed("runs.a", agent="live")])
    assert [change.case for change in found.worse] == ["runs.a"]
    assert found.exit_code == 1


def test_the_same_case_by_another_of_several_agents_is_another_task() -> None:
    found = compare([result("runs.a"), result("runs.a", agent="obedient")], [failed("runs.a", agent="live")])
    assert [(change.case, change.agent) for change in found.new] == [("runs.a", "live")]
    assert len(found.gone) == 2


def test_a_gate_that_b_no_longer_tries_is_named() -> None:
    found = compare([result()], [result(gates={"policy escape": GateCount()})])
    assert found.no_longer_tried == ("policy escape",)
    assert "never in B: policy escape" in comparison(found)


def test_numbers_say_which_way_is_better() -> None:
    slow = result("runs.a", measures={"calls": 9, "seconds": 5.0})
    figures = {figure.name: figure for figure in compare([result("runs.a")], [slow]).figures}
    assert figures["tool calls per run"].difference == 7
    assert figures["tool calls per run"].is_better is False
    assert figures["task success"].is_better is None
    assert figures["seconds, all runs"].is_better is None
    assert figures["cost in dollars"].difference is None


def test_the_text_says_what_changed_and_keeps_its_tables_whole() -> None:
    said = comparison(compare(A, B), a="main", b="branch")
    assert said.startswith("## branch against main\n")
    assert "1 case passed in A and fails in B: 1 worse, 1 better, 2 the same, 1 new, 1 gone" in said
    assert "| ` runs.c ` | 1 of 1 | 0 of 1 | ` says: it lacks \\| 'done' ` |" in said
    assert "| task success | 80.0 % | 80.0 % | 0.0 % |  |" in said


@given(st.randoms(use_true_random=False))
@settings(max_examples=20, deadline=None)
def test_the_order_of_results_plays_no_part(order: random.Random) -> None:
    assert compare(order.sample(A, len(A)), order.sample(B, len(B))) == compare(A, B)
