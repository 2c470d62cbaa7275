"""The LangChain tool: one `StructuredTool` subclass that hands a call to the pipeline and its result to the model.

What a guard or the server says never raises: it is the tool's result, with status `error`. Only LangGraph's own
interrupt, a cancelled task and a defect of this package pass through.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any, cast

from langchain_core.callbacks import AsyncCallbackManagerForToolRun, CallbackManagerForToolRun
from langchain_core.callbacks.manager import adispatch_custom_event, dispatch_custom_event
from langchain_core.runnables import RunnableConfig
from langchain_core.tools import BaseTool, StructuredTool, ToolException
from pydantic import PrivateAttr

from tfc_agent_tools.call import Call
from tfc_agent_tools.drive import AsyncDriver, SyncDriver
from tfc_agent_tools.endpoint import Endpoint
from tfc_agent_tools.errors import ToolkitError
from tfc_agent_tools.host import Caller
from tfc_agent_tools.policy_questions import questions
from tfc_agent_tools.present.compact import present
from tfc_agent_tools.present.untrusted import is_from_outside
from tfc_agent_tools.schema import metadata_of, slim
from tfc_agent_tools.types import Risk

if TYPE_CHECKING:
    from tfc_agent_tools.effects import Progress, Steps
    from tfc_agent_tools.host import Host
    from tfc_agent_tools.present.compact import Presented
    from tfc_agent_tools.present.plan import PlanExplanation
    from tfc_agent_tools.workflow import Workflow

PROGRESS_EVENT = "tfc_progress"
"""The name of the custom callback event that a tool sends while it waits: `{"text": ..., **facts}`."""
_TOOL_CALL_ID: ContextVar[str | None] = ContextVar("tool_call_id", default=None)


class TerraformCloudTool(StructuredTool):
    """One operation as a tool. `content` is short, safe text; `artifact` the allow-listed data for code."""

    response_format: Any = "content_and_artifact"
    _operation: Endpoint[Any] | Workflow[Any] = PrivateAttr()
    _host: Host = PrivateAttr()
    _slim: dict[str, Any] | None = PrivateAttr(default=None)

    def __init__(self, operation: Endpoint[Any] | Workflow[Any], host: Host) -> None:
        template = f"tools/{operation.name}.md.j2"
        description = operation.description
        if host.templates.has(template):
            description = host.templates.render(template, tool=operation.name, description=description)
        super().__init__(
            name=operation.name,
            description=description,
            args_schema=operation.arguments,
            metadata=metadata_of(operation),
            handle_tool_error=str,
        )
        self._operation, self._host = operation, host

    @property
    def is_offered(self) -> bool:
        """Whether the policy could ever let the agent use it. Where it could not, a call is refused all the same."""
        policy, operation = self._host.policy.current(), self._operation
        return all(policy.offers(question) for question in questions(operation, self._host))

    @property
    def tool_call_schema(self) -> dict[str, Any]:
        """What the model is sent: names, types, enums and the few descriptions; every rule is checked on the call."""
        if self._slim is None:
            self._slim = slim(self._operation.arguments.model_json_schema())
        return self._slim

    def run(self, *args: Any, tool_call_id: str | None = None, **kwargs: Any) -> Any:
        """Run, remembering the id of the model's tool call."""
        token = _TOOL_CALL_ID.set(tool_call_id)
        try:
            return super().run(*args, tool_call_id=tool_call_id, **kwargs)
        finally:
            _TOOL_CALL_ID.reset(token)

    async def arun(self, *args: Any, tool_call_id: str | None = None, **kwargs: Any) -> Any:
        """Run, remembering the id of the model's tool call."""
        token = _TOOL_CALL_ID.set(tool_call_id)
        try:
            return await super().arun(*args, tool_call_id=tool_call_id, **kwargs)
        finally:
            _TOOL_CALL_ID.reset(token)

    async def ainvoke(self, input: Any, config: RunnableConfig | None = None, **kwargs: Any) -> Any:  # noqa: A002 - its name
        """Invoke on the event loop, never in a thread."""
        return await BaseTool.ainvoke(self, input, config, **kwargs)

    def _to_args_and_kwargs(
        self, tool_input: str | dict[str, Any], tool_call_id: str | None
    ) -> tuple[tuple[Any, ...], dict[str, Any]]:
        """Pass the input on as one value: the pipeline validates it, once, and no key can pose as a parameter."""
        del tool_call_id
        raw = (
            {next(iter(self._operation.arguments.model_fields)): tool_input}
            if isinstance(tool_input, str)
            else tool_input
        )
        return (raw,), {}

    def _run(  # type: ignore[override]  # `_to_args_and_kwargs` passes exactly this
        self,
        raw: dict[str, Any],
        *,
        config: RunnableConfig,
        run_manager: CallbackManagerForToolRun | None = None,
    ) -> tuple[str, Any]:
        def watch(progress: Progress) -> None:
            if run_manager:
                data = self._host.hide.data({"text": progress.text, **progress.facts})
                dispatch_custom_event(PROGRESS_EVENT, data, config={"callbacks": run_manager.get_child()})

        driver = SyncDriver(self._host.wire, watch)
        try:
            return self._shown(driver.run(self._steps(raw, config)), config)
        except ToolkitError as error:
            raise self._said(error) from None

    async def _arun(  # type: ignore[override]  # `_to_args_and_kwargs` passes exactly this
        self,
        raw: dict[str, Any],
        *,
        config: RunnableConfig,
        run_manager: AsyncCallbackManagerForToolRun | None = None,
    ) -> tuple[str, Any]:
        async def watch(progress: Progress) -> None:
            if run_manager:
                data = self._host.hide.data({"text": progress.text, **progress.facts})
                await adispatch_custom_event(PROGRESS_EVENT, data, config={"callbacks": run_manager.get_child()})

        driver = AsyncDriver(self._host.wire, watch)
        try:
            return self._shown(await driver.run(self._steps(raw, config)), config)
        except ToolkitError as error:
            raise self._said(error) from None

    def _steps(self, raw: Mapping[str, Any], config: RunnableConfig) -> Steps[Presented]:
        tool_call_id = None if self._operation.risk is Risk.READ else _TOOL_CALL_ID.get()
        caller = caller_from(config, tool_call_id, self._host)
        if isinstance(self._operation, Endpoint):
            return _presented(self._operation, raw, self._host, caller)
        return self._operation.steps(raw, self._host, caller)

    def _shown(self, presented: Presented, config: RunnableConfig) -> tuple[str, Any]:
        """What leaves the toolkit, without any secret that it knows.

        An answer in its shape has lost what looks like a credential already; there only known values are looked for.
        """
        hide, content, artifact = self._host.hide, presented.content, presented.artifact
        if is_from_outside(content):
            self._host.shown_outside_text(thread_of(config))
        is_clean = isinstance(self._operation, Endpoint) and not self._operation.reads
        if is_clean and not hide.finds(content + json.dumps(artifact, ensure_ascii=False)):
            return content, artifact
        return hide.text(content), hide.data(artifact)

    def _said(self, error: ToolkitError) -> ToolException:
        """What the model reads of an error, and of what was done before it."""
        said = self._host.templates.render(error.template, error=error)
        done = [f"Before that, and it stays done: {one}." for one in error.done]
        return ToolException(self._host.hide.text("\n".join([said, *done])))


def thread_of(config: RunnableConfig) -> str | None:
    """The graph's thread, if there is one."""
    found = (config.get("configurable") or {}).get("thread_id")
    return None if found is None else str(found)


def caller_from(config: RunnableConfig, tool_call_id: str | None, host: Host) -> Caller:
    """The place in a conversation that a call comes from; none outside a graph, and none that matters for a read."""
    configurable = config.get("configurable") or {}
    if tool_call_id is None or "__pregel_scratchpad" not in configurable:
        return Caller(thread_id=thread_of(config))
    from tfc_agent_tools.langgraph import pause_in

    pause = pause_in(config, tool_call_id, host.approvals)
    in_graph = str(configurable.get("thread_id"))
    return Caller(thread_id=in_graph, tool_call_id=tool_call_id if pause else None, pause=pause)


def _presented(endpoint: Endpoint[Any], raw: Mapping[str, Any], host: Host, caller: Caller) -> Steps[Presented]:
    document = yield from Call(endpoint, raw, host, caller).steps()
    if endpoint.reads and document.body is not None:
        from tfc_agent_tools.plan_reading import PlanRead

        explanation = cast("PlanExplanation", document.body)  # the only kind of body that a tool by itself reads
        return PlanRead(plan_id=endpoint.subject(raw), explanation=explanation).presented(host.templates.render)
    return present(endpoint.shape, document, endpoint.subject(raw))
