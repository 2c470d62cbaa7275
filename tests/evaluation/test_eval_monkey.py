"""The monkey breaks no gate, whatever it does, and does the same again for the same seed."""

from __future__ import annotations

from random import Random

import pytest

from tfc_agent_tools import TerraformCloudToolkit
from tfc_agent_tools.evaluation.campaign import without_times
from tfc_agent_tools.evaluation.gates import NAMES
from tfc_agent_tools.evaluation.guesses import Guesses
from tfc_agent_tools.evaluation.monkey import Monkey, monkey_cases
from tfc_agent_tools.evaluation.run import play

CASES = monkey_cases(6)


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_no_gate_breaks_under_a_monkey(case: object) -> None:
    result = play(case, Monkey(steps=150))  # type: ignore[arg-type]
    assert result.error is None
    assert {name: gate.violations for name, gate in result.gates.items() if gate.violations} == {}
    assert result.measures.calls >= 150


def test_a_seed_can_be_played_again() -> None:
    case = next(one for one in CASES.values() if one.token == "platform")
    again = [without_times(play(case, Monkey(steps=60, at_once=False))) for _ in range(2)]
    assert again[0] == again[1]


def test_seeds_differ_in_token_policy_and_faults() -> None:
    assert len({(case.token, case.token_type) for case in CASES.values()}) >= 4
    assert len({case.policy is None for case in CASES.values()}) == 2
    assert len({case.faults for case in CASES.values()}) == len(CASES)


def test_guesses_are_mostly_what_tools_take_and_sometimes_attacks() -> None:
    toolkit = TerraformCloudToolkit(token="x" * 20, token_type="user")
    guesses = Guesses(Random(1))  # noqa: S311 - it must repeat
    fitting, attacks = 0, 0
    tools = toolkit.get_tools()
    for _ in range(10):
        for tool in tools:
            schema = tool.args_schema
            assert isinstance(schema, type)
            drawn = guesses.arguments(schema.model_json_schema())
            unknown = set(drawn) - set(schema.model_fields)
            attacks += bool(unknown)
            fitting += not unknown and set(drawn) >= {n for n, f in schema.model_fields.items() if f.is_required()}
    assert 0.02 < attacks / (10 * len(tools)) < 0.3
    assert fitting / (10 * len(tools)) > 0.6


def test_every_gate_has_a_name() -> None:
    assert len(NAMES) == 11
