"""The harness is tested by breaking the toolkit: each mutant turns a gate red that is green without it."""

from __future__ import annotations

import pytest
from evaluation.mutants import MUTANTS, Mutant

from tfc_agent_tools.evaluation.case import load_cases
from tfc_agent_tools.evaluation.run import play

CASES = load_cases()


def broken_gates(mutant: Mutant) -> set[str]:
    results = [play(CASES[name]) for name in mutant.cases]
    return {name for result in results for name, gate in result.gates.items() if gate.violations}


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda one: one.name)
def test_a_mutant_turns_a_gate_red(mutant: Mutant, monkeypatch: pytest.MonkeyPatch) -> None:
    assert not broken_gates(mutant), "the gate must be green without the mutant"
    mutant.apply(monkeypatch)
    assert broken_gates(mutant) & set(mutant.gates)


def test_there_are_enough_mutants() -> None:
    assert len({mutant.name for mutant in MUTANTS}) == len(MUTANTS) >= 20
