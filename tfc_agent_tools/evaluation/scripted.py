"""A chat model that plays a script: the deterministic agent of demos, tests and recorded cases.

It keeps no state, so it survives an interrupt and a resume: its step is the number of its own messages since the person
last spoke. A value `${create_run.id}` in a script is looked up in the artifact of that tool's latest result:
its own members first, then the attributes of its resource, then the ids of what is related. Dots lead further in:
`${list_workspaces.items.0.id}`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Self, cast

from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, BaseMessage, HumanMessage, ToolMessage
from langchain_core.outputs import ChatGeneration, ChatResult

from tfc_agent_tools.narrow import mapping

if TYPE_CHECKING:
    from langchain_core.callbacks import CallbackManagerForLLMRun
    from langchain_core.tools import BaseTool

_REFERENCE = re.compile(r"\$\{(\w+)\.([\w.-]+)\}")

Step = Mapping[str, Mapping[str, Any]] | Sequence[Mapping[str, Mapping[str, Any]]] | str | AIMessage
"""`{tool: arguments}`, several of them in one turn as a list, what the model says at the end; or a whole message."""


class ScriptedChatModel(BaseChatModel):
    """Plays its script one step a turn. A step too many, or a call of a tool that is not bound, is an error."""

    script: Sequence[Any]
    bound: frozenset[str] = frozenset()

    @property
    def _llm_type(self) -> str:
        return "scripted"

    def bind_tools(self, tools: Sequence[Any], **kwargs: Any) -> Self:
        """Remember which tools may be called."""
        del kwargs
        names = frozenset(_name_of(tool) for tool in tools)
        return self.model_copy(update={"bound": names})

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        del stop, run_manager, kwargs
        number = _step_number(messages)
        if number >= len(self.script):
            msg = f"the script has {len(self.script)} steps and is asked for step {number + 1}"
            raise ValueError(msg)
        return ChatResult(generations=[ChatGeneration(message=self._message(self.script[number], number, messages))])

    def _message(self, step: Step, number: int, messages: Sequence[BaseMessage]) -> AIMessage:
        if isinstance(step, AIMessage):
            return step.model_copy()
        if isinstance(step, str):
            return AIMessage(content=filled(step, messages))
        wanted = [step] if isinstance(step, Mapping) else step
        calls = [(name, arguments) for call in wanted for name, arguments in call.items()]
        for name, _ in calls:
            if name not in self.bound:
                msg = f"the script calls {name}, which is not among the tools it was given"
                raise ValueError(msg)
        return AIMessage(
            content="",
            tool_calls=[
                {"id": f"call-{number + 1}-{place}", "name": name, "args": filled(dict(arguments or {}), messages)}
                for place, (name, arguments) in enumerate(calls, start=1)
            ],
        )


def _name_of(tool: BaseTool | Mapping[str, Any]) -> str:
    return str(tool.get("name", "")) if isinstance(tool, Mapping) else tool.name


def _step_number(messages: Sequence[BaseMessage]) -> int:
    spoken = max((i for i, message in enumerate(messages) if isinstance(message, HumanMessage)), default=-1)
    return sum(isinstance(message, AIMessage) for message in messages[spoken + 1 :])


def filled(value: Any, messages: Sequence[BaseMessage]) -> Any:
    """A value of a script with what its references stand for."""
    if isinstance(value, str):
        return _REFERENCE.sub(lambda match: _looked_up(match[1], match[2], messages), value)
    if isinstance(value, dict):
        return {name: filled(item, messages) for name, item in cast("dict[str, Any]", value).items()}
    items = cast("list[Any]", value)
    return [filled(item, messages) for item in items] if isinstance(value, list) else value


def _field(artifact: Mapping[str, Any], name: str) -> object:
    related = mapping(mapping(artifact.get("relationships")).get(name)).get("id")
    found = artifact.get(name, mapping(artifact.get("attributes")).get(name, related))
    first, _, rest = name.partition(".")
    if found is not None or not rest:
        return "" if found is None else found
    return _inside(artifact.get(first), rest)


def _inside(value: object, place: str) -> object:
    """What stands at `0.id` of a list, or at `plan.id` of a mapping."""
    first, _, rest = place.partition(".")
    if isinstance(value, list):
        listed = cast("list[object]", value)
        inner = listed[int(first)] if first.isdigit() and int(first) < len(listed) else None
        return _inside(inner, rest) if rest else "" if inner is None else inner
    return _field(cast("Mapping[str, Any]", value), place) if isinstance(value, Mapping) else ""


def _looked_up(tool: str, field: str, messages: Sequence[BaseMessage]) -> str:
    for message in reversed(messages):
        if isinstance(message, ToolMessage) and message.name == tool:
            artifact = cast("Mapping[str, Any] | None", message.artifact)
            if isinstance(artifact, Mapping):
                return str(_field(artifact, field))
    return "unknown"
