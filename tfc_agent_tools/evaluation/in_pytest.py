"""A team's own cases beside its agent's tests. There is no plugin: a decorator and an assertion."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from tfc_agent_tools.evaluation.case import Case, load_what_can_be
from tfc_agent_tools.evaluation.report.words import reasons
from tfc_agent_tools.evaluation.run import SCRIPTED, broken, play

if TYPE_CHECKING:
    from tfc_agent_tools.evaluation.agents import Agent
    from tfc_agent_tools.evaluation.results import Result


def parametrize(home: str | Path) -> Any:
    """A pytest decorator: the test is called with each `case` of the folder `home/cases`.

    Cassettes, worlds and configurations are looked for beside `cases`. A file that is no case is a test that fails, and
    the others are played.

    Raises:
        ConfigurationError: There is no such folder.
    """
    import pytest

    cases, broken = load_what_can_be(Path(home).resolve())
    found: list[Case | BrokenCase] = [*cases.values(), *(BrokenCase(name, why) for name, why in broken.items())]
    return pytest.mark.parametrize("case", [pytest.param(case, id=case.id) for case in found])


class BrokenCase:
    """A file that is no case. Whoever plays it learns why."""

    def __init__(self, case_id: str, why: str) -> None:
        self.id, self.why = case_id, why


def assert_passes(case: Case | BrokenCase, agent: Agent = SCRIPTED) -> Result:
    """Play a case, and let the test fail with what graders and gates found.

    Raises:
        AssertionError: It did not pass; each reason is a line.
    """
    result = play(case, agent) if isinstance(case, Case) else broken(case.id, agent.name, 1, case.why)
    if not result.passed:
        lines = [f"{case.id}, played by {agent.name}:", *reasons(result)]
        raise AssertionError("\n- ".join(lines))
    return result
