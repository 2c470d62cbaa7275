"""Tools made of several calls: a workflow is a generator that yields `Invoke` to call an endpoint with all its guards.

@workflow(action="runs.read")
def watch_run(run_id: RunId) -> Workflow: ...
"""

from __future__ import annotations

import inspect
import json
from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final, Generic, ParamSpec, Protocol, get_type_hints

from tfc_agent_tools.arguments import arguments_model, validated
from tfc_agent_tools.attempt import read_facts
from tfc_agent_tools.authority.policy import Effect as PolicyEffect
from tfc_agent_tools.authority.policy import Question
from tfc_agent_tools.call import Call
from tfc_agent_tools.effects import Effect, Steps, in_background
from tfc_agent_tools.errors import ApiError, Refused
from tfc_agent_tools.present.artifact import LIMIT
from tfc_agent_tools.present.compact import Presented
from tfc_agent_tools.types import Risk, TokenType

if TYPE_CHECKING:
    from pydantic import BaseModel

    from tfc_agent_tools.api.jsonapi import Document
    from tfc_agent_tools.endpoint import Endpoint
    from tfc_agent_tools.facts import Resource
    from tfc_agent_tools.host import Caller, Host

P = ParamSpec("P")
_HIDDEN: Final = frozenset({403, 404})


@dataclass(frozen=True, slots=True)
class Invoke:
    """One call of an endpoint inside a workflow. Answered by its `Document`, or the error of its guards."""

    endpoint: Endpoint[...]
    arguments: Mapping[str, Any]
    background: bool = False
    """Nobody waits for just this answer: requests that somebody waits for go first."""


@dataclass(frozen=True, slots=True)
class May:
    """Whether this agent's policy lets it do something that is no request, such as see values. Answered by a bool."""

    action: str
    place: Mapping[str, Any] = field(default_factory=dict[str, Any])
    """Where: `workspace` or `run_id`, as arguments of tools are. Without one the policy can't tell."""


@dataclass(frozen=True, slots=True)
class About:
    """From here on every call is about things of this run, as an answer of the API has shown.

    The id of a plan, a log or a policy's outcome leads to no workspace, and a policy has to know where it is.
    """

    run: Resource


class Report(Protocol):
    """What a workflow found, put into words by the host's templates."""

    def presented(self, render: Callable[..., str]) -> Presented:
        """The text for the model and the data for code. `render` takes a template's name and its variables."""
        ...


WorkflowSteps = Generator[Invoke | May | About | Effect, Any, Presented | Report]


@dataclass(frozen=True, kw_only=True)
class Workflow(Generic[P]):
    """A tool made of several calls. Its risk is the worst of theirs; each call meets its own guards."""

    function: Callable[P, WorkflowSteps]
    action: str
    tokens: frozenset[TokenType]
    risk: Risk = Risk.READ
    group: str = "workflows"
    also: tuple[str, ...] = ()
    """None: each call in it is decided by itself."""

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
                answer, failure = None, None
                try:
                    if isinstance(step, About):
                        caller = replace(caller, shown={"run": step.run})
                    else:
                        answer = yield from _performed(step, host, caller)
                except BaseException as error:  # noqa: BLE001 - all of it goes into the workflow, which decides
                    failure = error
                # Not in the `except`: whatever the workflow raises instead would hang on to this as its context.
                step = steps.throw(failure) if failure else steps.send(answer)
        except StopIteration as stop:
            found: Presented | Report = stop.value
            return _bounded(found if isinstance(found, Presented) else found.presented(host.templates.render))


def workflow(*, action: str, tokens: tuple[TokenType, ...]) -> Callable[[Callable[P, WorkflowSteps]], Workflow[P]]:
    """Make a generator function a workflow."""

    def decorate(function: Callable[P, WorkflowSteps]) -> Workflow[P]:
        return Workflow(function=function, action=action, tokens=frozenset(tokens))

    return decorate


def invoke(endpoint: Endpoint[...], **arguments: Any) -> Generator[Invoke | May | About | Effect, Any, Document]:
    """`Invoke` with its answer's type."""
    document: Document = yield Invoke(endpoint, arguments)
    return document


def poll(endpoint: Endpoint[...], **arguments: Any) -> Generator[Invoke | May | About | Effect, Any, Document]:
    """`invoke` for what is asked again and again: it leaves the rate budget to what somebody waits for."""
    document: Document = yield Invoke(endpoint, arguments, background=True)
    return document


def invoke_one(endpoint: Endpoint[...], **identifier: str) -> Generator[Invoke | May | About | Effect, Any, Resource]:
    """The resource that an id names, under that id: what the answer calls it goes into no text and no path."""
    document = yield from invoke(endpoint, **identifier)
    (asked,) = identifier.values()
    return replace(document.resource, id=asked)


def unless_hidden(
    endpoint: Endpoint[...], missing: list[str], **arguments: Any
) -> Generator[Invoke | May | About | Effect, Any, Document | None]:
    """`invoke` for what may not be there or not be visible: None, and what is missing is noted.

    Raises:
        ToolkitError: Anything but 403, 404, or a refusal by a guard.
    """
    try:
        return (yield from invoke(endpoint, **arguments))
    except ApiError as error:
        if error.status not in _HIDDEN:
            raise
        missing.append(f"{endpoint.name} was answered {error.status}")
    except Refused as error:
        missing.append(str(error).removesuffix("."))
    return None


def may(action: str, **place: Any) -> Generator[Invoke | May | About | Effect, Any, bool]:
    """`May` with its answer's type."""
    allowed: bool = yield May(action, {name: value for name, value in place.items() if value is not None})
    return allowed


def _bounded(found: Presented) -> Presented:
    """The findings with data of at most 256 KB."""
    if len(json.dumps(found.artifact)) <= LIMIT:
        return found
    return replace(found, artifact={"summary": True, "why": "the data is larger than 256 KB; ask for less of it"})


def _performed(step: Invoke | May | Effect, host: Host, caller: Caller) -> Steps[Any]:
    if isinstance(step, Invoke):
        steps = Call(step.endpoint, step.arguments, host, caller).steps()
        return (yield from in_background(steps) if step.background else steps)
    if isinstance(step, May):
        return (yield from _allowed(step, host))
    return (yield step)


def _allowed(step: May, host: Host) -> Steps[bool]:
    policy = host.policy.current()
    question = Question(agent=host.agent, requester=host.requester, tool="", action=step.action, risk=Risk.READ)
    if policy.at_a_glance(question):
        return False
    needed = policy.facts_for(question)
    facts = (yield from read_facts(needed, step.place)) if needed else {}
    return policy.decide(replace(question, facts=facts, arguments=step.place)).effect is PolicyEffect.ALLOW
