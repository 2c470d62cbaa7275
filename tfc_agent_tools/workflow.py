"""Tools made of several calls: a workflow is a generator that yields `Invoke` to call an endpoint with all its guards.

@workflow(action="runs.read")
def watch_run(run_id: RunId) -> Workflow: ...
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Generic, ParamSpec, get_type_hints

from tfc_agent_tools.arguments import arguments_model, validated
from tfc_agent_tools.call import Call
from tfc_agent_tools.effects import Effect, Steps
from tfc_agent_tools.present.compact import Presented
from tfc_agent_tools.types import Risk, TokenType

if TYPE_CHECKING:
    from pydantic import BaseModel

    from tfc_agent_tools.api.jsonapi import Document
    from tfc_agent_tools.endpoint import Endpoint
    from tfc_agent_tools.host import Caller, Host

P = ParamSpec("P")


@dataclass(frozen=True, slots=True)
class Invoke:
    """One call of an endpoint inside a workflow. Answered by its `Document`, or the error of its guards."""

    endpoint: Endpoint[Any]
    arguments: Mapping[str, Any]


WorkflowSteps = Generator[Invoke | Effect, Any, Presented]


@dataclass(frozen=True, kw_only=True)
class Workflow(Generic[P]):
    """A tool made of several calls. Its risk is the worst of theirs; each call meets its own guards."""

    function: Callable[P, WorkflowSteps]
    action: str
    tokens: frozenset[TokenType]
    risk: Risk = Risk.READ
    group: str = "workflows"

    @property
    def name(self) -> str:
        """The tool's name."""
        return self.function.__name__

    @cached_property
    def description(self) -> str:
        """The first paragraph of the docstring, on one line."""
        return " ".join((inspect.getdoc(self.function) or "").partition("\n\n")[0].split())

    @cached_property
    def arguments(self) -> type[BaseModel]:
        """The model that checks a call's arguments."""
        hints = get_type_hints(self.function, include_extras=True)
        return arguments_model(inspect.signature(self.function), hints, takes_reason=False)

    def steps(self, raw: Mapping[str, Any], host: Host, caller: Caller) -> Steps[Presented]:
        """Run the workflow, each `Invoke` as a call of its own."""
        steps = self.function(**validated(self.arguments, raw))  # type: ignore[call-arg]  # names from its signature
        try:
            step = next(steps)
            while True:
                try:
                    answer = yield from _performed(step, host, caller)
                except BaseException as error:  # noqa: BLE001 - all of it goes into the workflow, which decides
                    step = steps.throw(error)
                else:
                    step = steps.send(answer)
        except StopIteration as stop:
            presented: Presented = stop.value
            return presented


def workflow(*, action: str, tokens: tuple[TokenType, ...]) -> Callable[[Callable[P, WorkflowSteps]], Workflow[P]]:
    """Make a generator function a workflow."""

    def decorate(function: Callable[P, WorkflowSteps]) -> Workflow[P]:
        return Workflow(function=function, action=action, tokens=frozenset(tokens))

    return decorate


def invoke(endpoint: Endpoint[Any], **arguments: Any) -> Generator[Invoke | Effect, Any, Document]:
    """`Invoke` with its answer's type."""
    document: Document = yield Invoke(endpoint, arguments)
    return document


def _performed(step: Invoke | Effect, host: Host, caller: Caller) -> Steps[Any]:
    if isinstance(step, Invoke):
        return (yield from Call(step.endpoint, step.arguments, host, caller).steps())
    return (yield step)
