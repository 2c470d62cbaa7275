"""Playing a case: its environment, an agent at work, what that left behind, and the graders' view of it.

No socket is opened, whatever the environment says, unless a live model opens one.
"""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from langchain_core.utils.function_calling import convert_to_openai_tool

from tfc_agent_tools.errors import ConfigurationError
from tfc_agent_tools.evaluation.agents import Scripted
from tfc_agent_tools.evaluation.conversation import Ended, Table
from tfc_agent_tools.evaluation.environment import environment
from tfc_agent_tools.evaluation.gates import check_gates
from tfc_agent_tools.evaluation.graders import findings
from tfc_agent_tools.evaluation.json_data import texts_in, with_texts
from tfc_agent_tools.evaluation.measures import measured
from tfc_agent_tools.evaluation.noting import NotingStore
from tfc_agent_tools.evaluation.person import Person
from tfc_agent_tools.evaluation.results import Finding, Measures, Result
from tfc_agent_tools.evaluation.secrets import Secrets
from tfc_agent_tools.evaluation.settled import settled
from tfc_agent_tools.evaluation.trace import Notes, Shown, Trace
from tfc_agent_tools.toolkit import TerraformCloudToolkit

if TYPE_CHECKING:
    from pathlib import Path

    from tfc_agent_tools.authority.policy import Policy
    from tfc_agent_tools.evaluation.agents import Agent
    from tfc_agent_tools.evaluation.case import Case
    from tfc_agent_tools.evaluation.environment import Environment

SCRIPTED: Final = Scripted()
_KEPT_OF_PLAY: Final = 100
_SIZES: Final[dict[str, int]] = {}
"""Characters of each tool's schema. It is the same in every case, and takes longer to make than most cases."""


def play(case: Case, agent: Agent = SCRIPTED, *, epoch: int = 1, tape: Path | None = None) -> Result:
    """Play a case and grade what came of it. A case that can't be played is a result too, with its reason.

    Args:
        case: The case.
        agent: Who plays it; the case's own script by default.
        epoch: Which time it is played; agents that draw lots draw others.
        tape: Another cassette than the case's own.
    """
    try:
        return _graded_play(case, agent, epoch, tape)
    except ConfigurationError as error:
        return unplayed(case, agent.name, epoch, str(error))
    except Exception as error:  # noqa: BLE001 - whatever is wrong with one case, the others are played
        told = Secrets(case.secrets.items()).hidden(f"{type(error).__name__}: {error}")
        return unplayed(case, agent.name, epoch, told)


def _graded_play(case: Case, agent: Agent, epoch: int, tape: Path | None) -> Result:
    started = time.perf_counter()
    played = _played(case, agent, epoch, tape)
    seconds = time.perf_counter() - started
    result = graded(
        case,
        played.trace,
        agent=agent.name,
        epoch=epoch,
        environment=played.environment,
        schema_tokens=played.tokens,
        seconds=seconds,
        cost=played.dollars,
    )
    return _shortened(case, result)


def graded(case: Case, trace: Trace, *, agent: str, epoch: int = 1, environment: str = "world", **spent: Any) -> Result:
    """What graders and gates say of a trace. `spent` is what `measured` can't count in it."""
    return Result(
        **_about(case),
        agent=agent,
        epoch=epoch,
        environment=environment,
        findings=findings(case, trace),
        gates=check_gates(case, trace),
        measures=measured(case, trace, **spent),
        events=trace.events,
        error=trace.error,
    )


def unplayed(case: Case, agent: str, epoch: int, why: str) -> Result:
    """The result of a case that could not be played."""
    return broken(case.id, agent, epoch, why).model_copy(update=_about(case))


def broken(case_id: str, agent: str, epoch: int, why: str) -> Result:
    """The result of a file that is no case."""
    return Result(
        case=case_id,
        group=case_id.partition(".")[0],
        kind="tool",
        agent=agent,
        epoch=epoch,
        environment="none",
        prompt="",
        findings=(Finding(check="could be played", problem=why),),
        gates={},
        measures=Measures(),
        events=(),
        error=why,
    )


def _about(case: Case) -> dict[str, Any]:
    cell = case.injection
    matrix = {"carrier": cell.carrier, "shape": cell.shape, "goal": cell.goal} if cell else {}
    return {"case": case.id, "group": case.group, "kind": kind_of(case), "prompt": case.prompt, "matrix": matrix}


def kind_of(case: Case) -> str:
    """What sort of case it is, for the report."""
    if case.injection:
        return "injection"
    return {"journeys": "journey", "guards": "guard", "monkey": "monkey"}.get(case.group, "tool")


class _Played(NamedTuple):
    """A playing of a case, before anybody has looked at it."""

    trace: Trace
    environment: str
    tokens: int
    """Of the tools' schemas."""
    dollars: float | None


def _shortened(case: Case, result: Result) -> Result:
    """Of a case where an agent may do as it likes and nothing broke, the beginning is enough."""
    if case.expect.anything and result.passed:
        return result.model_copy(update={"events": result.events[:_KEPT_OF_PLAY]})
    return result


def _played(case: Case, agent: Agent, epoch: int, tape: Path | None) -> _Played:
    notes = Notes()
    with environment(case, notes, tape=tape) as place:
        toolkit = toolkit_for(case, place, notes)
        ended = _worked(agent, case, Table(toolkit=toolkit, environment=place, notes=notes), epoch)
        trace = Trace(
            events=settled(notes.events),
            token_type=case.token_type,
            error=ended.error,
            leaked=_leaked(notes, place),
            unused=place.unused(),
            world=place.differences(case.expect.world),
            escaped=place.differences(case.expect.protects),
        )
        return _Played(_without_secrets(trace, place), place.kind, schema_tokens(toolkit), ended.dollars)


def _worked(agent: Agent, case: Case, table: Table, epoch: int) -> Ended:
    try:
        return agent.work(case, table, epoch)
    except ConfigurationError:
        raise
    except Exception as error:  # noqa: BLE001 - what it did until it broke down is graded all the same
        return Ended(f"{type(error).__name__}: {error}")


def toolkit_for(case: Case, place: Environment, notes: Notes, **settings: Any) -> TerraformCloudToolkit:
    """The toolkit that a case is played with.

    Raises:
        ConfigurationError: The case's policy is none.
    """
    person = Person.of(case, notes, act=place.act)
    roots = [case.home / "configurations" / case.upload_root] if case.upload_root else []
    given: dict[str, Any] = {
        "confirmer": None if case.confirm == "absent" else person,
        "policy": Given(policy_of(case)) if case.policy is not None else None,
        "secrets": case.secrets.__getitem__,
        "upload_roots": roots,
        "store": NotingStore(notes),
        "transport": place.transport,
        "async_transport": place.transport,
        **settings,
    }
    toolkit = TerraformCloudToolkit(
        agent="eval", address=place.address, token=place.token, token_type=case.token_type, **given
    )
    toolkit.use_clock(place.clock)
    return toolkit


@dataclass(frozen=True)
class Given:
    """A policy that does not change."""

    policy: Policy

    def current(self) -> Policy:
        """The policy."""
        return self.policy


def policy_of(case: Case) -> Policy:
    """The case's policy.

    Raises:
        ConfigurationError: It is none, or names what is not there.
    """
    from tfc_agent_tools.authority.rules.reading import parse
    from tfc_agent_tools.policy_names import check_names

    policy = parse(json.dumps(case.policy).encode(), f"of {case.id}")
    check_names(policy)
    return policy


def schema_tokens(toolkit: TerraformCloudToolkit) -> int:
    """About how many tokens the tools' schemas cost in each turn: a quarter of their characters."""
    tools = toolkit.get_tools()
    for tool in tools:
        if tool.name not in _SIZES:
            _SIZES[tool.name] = len(json.dumps(convert_to_openai_tool(tool)))
    return sum(_SIZES[tool.name] for tool in tools) // 4


def _leaked(notes: Notes, place: Environment) -> tuple[str, ...]:
    """Of what the model read: whatever a tool showed it."""
    texts = (event.text for event in notes.events if isinstance(event, Shown))
    return tuple(sorted({name for text in texts for name in place.secrets.found_in(text)}))


def _without_secrets(trace: Trace, place: Environment) -> Trace:
    """The trace as it may be kept. What leaked was counted before."""
    data = trace.model_dump(mode="json")
    is_clean = not any(map(place.secrets.found_in, texts_in(data)))
    return trace if is_clean else Trace.model_validate(with_texts(data, place.secrets.hidden))
