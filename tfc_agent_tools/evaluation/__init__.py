"""The eval harness: cases, agents that play them, and what is checked of the requests that leave.

    from tfc_agent_tools.evaluation import Built, assert_passes, parametrize, play, run_jobs

`play` plays one case with one agent; `jobs_for` and `run_jobs` play many, in any executor. `parametrize` and
`assert_passes` keep a team's cases beside its agent's tests. The command is `tfc-agent eval`.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from tfc_agent_tools.evaluation.agents import Agent, Built, Scripted
    from tfc_agent_tools.evaluation.campaign import Job, jobs_for, run_jobs
    from tfc_agent_tools.evaluation.case import Case, load_cases
    from tfc_agent_tools.evaluation.in_pytest import assert_passes, parametrize
    from tfc_agent_tools.evaluation.live import Limits, Live, Recorded
    from tfc_agent_tools.evaluation.results import Result
    from tfc_agent_tools.evaluation.run import play

__all__ = [
    "Agent",
    "Built",
    "Case",
    "Job",
    "Limits",
    "Live",
    "Recorded",
    "Result",
    "Scripted",
    "assert_passes",
    "jobs_for",
    "load_cases",
    "parametrize",
    "play",
    "run_jobs",
]
_HOMES: Final = {
    **dict.fromkeys(("Agent", "Built", "Scripted"), "agents"),
    **dict.fromkeys(("Job", "jobs_for", "run_jobs"), "campaign"),
    **dict.fromkeys(("Case", "load_cases"), "case"),
    **dict.fromkeys(("assert_passes", "parametrize"), "in_pytest"),
    **dict.fromkeys(("Limits", "Live", "Recorded"), "live"),
    "Result": "results",
    "play": "run",
}


def __getattr__(name: str) -> Any:
    """A public name, from its module. What is not asked for is not imported: a case's model is far quicker to load."""
    if name not in _HOMES:
        msg = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(msg)
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
