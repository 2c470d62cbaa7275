"""Playing a case against its cassette. No socket is opened, whatever the environment says."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, Final

from langchain.agents import create_agent  # pyright: ignore[reportUnknownVariableType] - its generics are open
from langchain_core.messages import AIMessage, BaseMessage, HumanMessage
from langsmith import tracing_context  # pyright: ignore[reportUnknownVariableType] - likewise

from tfc_agent_tools.clock import InstantClock
from tfc_agent_tools.errors import ConfigurationError
from tfc_agent_tools.evaluation.case import Case, cassette_path
from tfc_agent_tools.evaluation.graders import Result, grade
from tfc_agent_tools.evaluation.scripted import ScriptedChatModel
from tfc_agent_tools.evaluation.trace import Person, Spoken, Trace
from tfc_agent_tools.replay import CassetteTransport
from tfc_agent_tools.toolkit import TerraformCloudToolkit

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from langchain_core.callbacks import BaseCallbackHandler

_NO_TOKEN: Final = "no-token-is-needed-on-tape"  # noqa: S105 - it opens nothing


def play(case: Case, *, tape: Path | None = None) -> Result:
    """Play a case with the scripted agent and grade it.

    Args:
        case: The case.
        tape: Another cassette than the case's own.

    Raises:
        ConfigurationError: There is no cassette, or it can't be read.
    """
    started = time.perf_counter()
    path = tape or cassette_path(case)
    if path is None:
        msg = f"{case.id} has no cassette"
        raise ConfigurationError(msg)
    trace = replayed(case, path)
    return grade(case, trace, time.perf_counter() - started)


def replayed(case: Case, tape: Path) -> Trace:
    """The trace of a case played against a cassette."""
    transport = CassetteTransport(tape)
    person = Person(case.confirm, lambda: len(transport.writes))
    toolkit = toolkit_for(case, person, token=_NO_TOKEN, transport=transport, async_transport=transport)
    toolkit.use_clock(InstantClock())
    return Trace(
        spoken=converse(case, toolkit),
        writes=transport.writes,
        answers=person.answers,
        approvals_used=approvals_used(toolkit),
        off_tape=transport.off_tape,
        unused=transport.unused,
    )


def toolkit_for(case: Case, person: Person, **settings: Any) -> TerraformCloudToolkit:
    """The toolkit that a case is played with."""
    confirmer = None if case.confirm == "absent" else person
    return TerraformCloudToolkit(agent="eval", token_type=case.token_type, confirmer=confirmer, **settings)


def converse(case: Case, toolkit: TerraformCloudToolkit, callbacks: Sequence[BaseCallbackHandler] = ()) -> Spoken:
    """Let the scripted agent do what the case asks. What it raises ends the conversation and is noted."""
    model = ScriptedChatModel(script=case.script)
    agent: Any = create_agent(  # pyright: ignore[reportUnknownVariableType] - likewise
        model, toolkit.get_tools(), system_prompt=toolkit.system_prompt()
    )
    messages: list[BaseMessage] = [HumanMessage(case.prompt)]
    error = None
    try:
        with tracing_context(enabled=False):
            for state in agent.stream({"messages": messages}, {"callbacks": list(callbacks)}, stream_mode="values"):
                messages = state["messages"]
    except Exception as raised:  # noqa: BLE001 - whatever an agent raises, its case has failed and the others go on
        error = f"{type(raised).__name__}: {raised}"
    return _spoken(messages[1:], error)


def approvals_used(toolkit: TerraformCloudToolkit) -> list[str | None]:
    """The approval of each write that was put on record before it left."""
    return [row.approval for row in toolkit.audit.records() if row.kind == "intent"]


def _spoken(messages: Sequence[BaseMessage], error: str | None) -> Spoken:
    own = [message for message in messages if isinstance(message, AIMessage)]
    return Spoken(
        said=own[-1].text if own else "",
        read="\n".join(f"{message.text} {getattr(message, 'tool_calls', '')}" for message in messages),
        calls=sum(len(message.tool_calls) for message in own),
        error=error,
    )
