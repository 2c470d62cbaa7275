"""Asking inside a LangGraph: the interrupt of a single call, and the middleware that asks once for a whole turn.

The only module that knows langchain and langgraph (extra `[langchain]`). It reads private names of LangGraph,
held to their meaning by a contract test: `__pregel_scratchpad`, `__pregel_checkpointer` and `__pregel_task_id` in
`configurable`, and `langgraph_path` in `metadata`, whose first item is `__pregel_push` where a node was sent its input.

In a task that runs several calls, answers are matched to questions by order, and a yes can reach another call. So a
call asks in place only in a task that was sent to it, and only the first call of that task does.
"""

from __future__ import annotations

from collections import OrderedDict
from itertools import count
from threading import Lock
from typing import TYPE_CHECKING, Any, Final

from langchain.agents.middleware import AgentMiddleware
from langchain_core.messages import AIMessage
from langgraph.config import get_config
from langgraph.types import interrupt

from tfc_agent_tools.authority.approvals import Approval, Approvals, State
from tfc_agent_tools.authority.confirm import Decision
from tfc_agent_tools.call import Call
from tfc_agent_tools.drive import AsyncDriver, SyncDriver
from tfc_agent_tools.errors import ToolkitError
from tfc_agent_tools.host import Caller
from tfc_agent_tools.narrow import items, mapping

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from langchain.agents.middleware import AgentState
    from langchain_core.runnables import RunnableConfig
    from langgraph.runtime import Runtime

    from tfc_agent_tools.effects import Steps
    from tfc_agent_tools.endpoint import Endpoint
    from tfc_agent_tools.host import Host, Pause

_ALLOWED: Final = ["approve", "reject"]
_OWNERS: Final[OrderedDict[str, str]] = OrderedDict()
_TASKS_KEPT: Final = 10_000
_LOCK: Final = Lock()


def pause_in(config: RunnableConfig, tool_call_id: str | None, approvals: Approvals) -> Pause | None:
    """How to ask in place, or None where that is not safe."""
    task = (config.get("configurable") or {}).get("__pregel_task_id")
    if not _can_resume(config) or _path(config)[:1] != ("__pregel_push",) or not task or not tool_call_id:
        return None
    if _owner(str(task), tool_call_id) != tool_call_id:
        return None
    return lambda approval: _interrupted([approval], approvals)[0]


class ConfirmationMiddleware(AgentMiddleware[Any, Any, Any]):
    """Opens the records of a turn's writes and asks once for all of them. The tools then find their answers.

    The interrupt's value is a `HITLRequest`, as `HumanInTheLoopMiddleware` makes it; `approve` and `reject` are the
    only answers. It changes no call and grants nothing: a tool without an answered record still asks for itself.
    """

    def __init__(self, host: Host, endpoints: Mapping[str, Endpoint[Any]]) -> None:
        super().__init__()
        self._host, self._endpoints = host, endpoints

    def after_model(self, state: AgentState[Any], runtime: Runtime[Any]) -> None:
        """Ask about the writes of the model's last message."""
        del runtime
        config = get_config()
        if self._asks(config):
            driver = SyncDriver(self._host.wire)
            self._ask([driver.run(_opened(call)) for call in self._writes(state, config)])

    async def aafter_model(self, state: AgentState[Any], runtime: Runtime[Any]) -> None:
        """Ask about the writes of the model's last message."""
        del runtime
        config = get_config()
        if self._asks(config):
            driver = AsyncDriver(self._host.wire)
            self._ask([await driver.run(_opened(call)) for call in self._writes(state, config)])

    def _asks(self, config: RunnableConfig) -> bool:
        return self._host.confirmer is None and _can_resume(config)

    def _writes(self, state: AgentState[Any], config: RunnableConfig) -> list[Call]:
        messages = state["messages"]
        last = messages[-1] if messages else None
        if not isinstance(last, AIMessage):
            return []
        thread = str((config.get("configurable") or {}).get("thread_id"))
        return [
            Call(endpoint, call["args"], self._host, Caller(thread_id=thread, tool_call_id=call["id"]))
            for call in last.tool_calls
            if (endpoint := self._endpoints.get(call["name"])) and not endpoint.is_read
        ]

    def _ask(self, opened: Sequence[Approval | None]) -> None:
        approvals = [approval for approval in opened if approval]
        if any(approval.state is State.PENDING and not approval.was_asked_in_place for approval in approvals):
            decisions = _interrupted(approvals, self._host.approvals)
            for approval, decision in zip(approvals, decisions, strict=True):
                self._host.approvals.settle(approval, decision)


def _opened(call: Call) -> Steps[Approval | None]:
    """The record of a write; None where there is nothing to ask, or where a guard refuses it (the tool will say so)."""
    try:
        yield from call.check()
        _, approval = yield from call.open()
    except ToolkitError:
        return None
    return approval


def _interrupted(approvals: Sequence[Approval], store: Approvals) -> list[Decision]:
    """Stop the graph until a person answers; when it runs again, the decisions in the same order.

    LangGraph hands answers out by order alone. So a record remembers the question it was shown in and how many answers
    were there before; an answer to any other question (of a process that was restarted, or about other calls) is passed
    over for good, and the question is put anew.
    """
    question, value = " ".join(approval.id for approval in approvals), _request(approvals)
    if any(approval.shown_with != question for approval in approvals):
        for stale_answers in count():
            for approval in approvals:
                store.shown(approval, question, stale_answers)
            interrupt(value)  # stops here, unless an answer to an earlier question is still in the way
    for _ in range(approvals[0].stale_answers):
        interrupt(value)
    return _decisions(interrupt(value), len(approvals))


def _request(approvals: Sequence[Approval]) -> dict[str, Any]:
    asked = [approval.confirmation for approval in approvals]
    return {
        "action_requests": [_action(approval) for approval in approvals],
        "review_configs": [{"action_name": c.tool, "allowed_decisions": _ALLOWED} for c in asked],
    }


def _action(approval: Approval) -> dict[str, Any]:
    asked, typed = approval.confirmation, approval.demands.typed
    shown = {"name": asked.tool, "args": dict(asked.arguments), "description": asked.page(), "approval_id": asked.id}
    return shown | ({"typed": typed} if typed else {})


def _decisions(answer: Any, expected: int) -> list[Decision]:
    """One decision each. An answer of another form, or of another number of decisions, says yes to nothing."""
    given = items(mapping(answer).get("decisions"))
    if len(given) != expected:
        reason = "the answer had another form"
        return [Decision(approved=False, approver="interrupt", reason=reason, road="interrupt")] * expected
    return [_decision(one) for one in given]


def _decision(one: Any) -> Decision:
    """`{"type": "approve"}`, with `typed` where a name must be typed, `approver` and `signature` where it is signed.

    A name without its signature is a name that anyone can write.
    """
    said = mapping(one)
    message, approver = said.get("message"), _text(said.get("approver"))
    return Decision(
        approved=said.get("type") == "approve",
        approver=approver or "interrupt",
        reason=str(message)[:300] if message else None,
        typed=_text(said.get("typed")),
        signature=_text(said.get("signature")),
        road="interrupt",
    )


def _text(value: object) -> str | None:
    return value[:300] if isinstance(value, str) and value else None


def _owner(task: str, tool_call_id: str) -> str:
    """The call that a task belongs to: the first that came. A task keeps its id through every resume."""
    with _LOCK:
        owner = _OWNERS.setdefault(task, tool_call_id)
        while len(_OWNERS) > _TASKS_KEPT:
            _OWNERS.popitem(last=False)
        return owner


def _can_resume(config: RunnableConfig) -> bool:
    configurable = config.get("configurable") or {}
    return "__pregel_scratchpad" in configurable and bool(configurable.get("__pregel_checkpointer"))


def _path(config: RunnableConfig) -> tuple[Any, ...]:
    return tuple((config.get("metadata") or {}).get("langgraph_path") or ())
