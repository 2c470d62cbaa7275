"""Asking inside a graph: a yes reaches only the call it was given to, and every call is sent at most once."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Annotated, Any, TypedDict

import httpx
import pytest
from langchain.agents import create_agent
from langchain_core.messages import AIMessage, HumanMessage, ToolMessage
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.graph import END, START, StateGraph
from langgraph.graph.message import add_messages
from langgraph.prebuilt import ToolNode
from langgraph.types import Command, Send
from support.office import BY_ANA, PUBLIC, Demanding, signed
from support.server import RUN, WORKSPACE, Server, document, says
from support.tools import MakeToolkit, tool_of

from tfc_agent_tools.authority.approvals import Approvals
from tfc_agent_tools.authority.requirement import Approver, Proof
from tfc_agent_tools.evaluation.scripted import ScriptedChatModel

OTHER = "run-zzzzzzzzzzzzzzzz"
THREAD: Any = {"configurable": {"thread_id": "conversation-1"}}
APPLY_BOTH = [[{"apply_run": {"run_id": RUN}}, {"apply_run": {"run_id": OTHER}}], "done"]
APPLY_ONE = [{"apply_run": {"run_id": RUN, "reason": "asked to"}}, "done"]
YES, NO = {"type": "approve"}, {"type": "reject", "message": "not now"}

Drive = Callable[[Any, Any], dict[str, Any]]


class State(TypedDict):
    messages: Annotated[list[Any], add_messages]


@pytest.fixture(params=["sync", "async"])
def drive(request: pytest.FixtureRequest) -> Drive:
    """Run a graph on the thread, blocking or on a loop of its own."""

    def run(graph: Any, given: Any) -> dict[str, Any]:
        if request.param == "sync":
            return graph.invoke(given, THREAD)
        return asyncio.run(graph.ainvoke(given, THREAD))

    return run


@pytest.fixture
def server() -> Server:
    """Two runs that wait for confirmation."""
    server = Server()
    other = document("runs", OTHER, server.run, plan=("plans", "plan-other"), workspace=("workspaces", WORKSPACE))
    server.answers[f"GET /runs/{OTHER}"] = says(other)
    server.answers[f"POST /runs/{OTHER}/actions/apply"] = lambda _: httpx.Response(202)
    server.answers["GET /plans/plan-other"] = lambda r: says(document("plans", "plan-other", server.plan))(r)
    return server


def start(script: list[Any], toolkit: Any, *, middleware: bool = False, saver: Any = None) -> Any:
    return create_agent(
        ScriptedChatModel(script=script),
        toolkit.get_tools(),
        middleware=[toolkit.middleware()] if middleware else [],
        checkpointer=saver if saver is not None else InMemorySaver(),
    )


def prompt() -> dict[str, Any]:
    return {"messages": [HumanMessage("go")]}


def answers(*decisions: Any) -> Command[Any]:
    return Command(resume={"decisions": list(decisions)})


def applied(server: Server) -> list[str]:
    return [request.url.path.split("/")[-3] for request in server.writes]


@pytest.mark.parametrize("middleware", [False, True])
def test_the_question_has_the_shape_that_stock_interfaces_show(
    middleware: bool, make_toolkit: MakeToolkit, drive: Drive
) -> None:
    state = drive(start(APPLY_ONE, make_toolkit(), middleware=middleware), prompt())
    (interrupt,) = state["__interrupt__"]
    (request,) = interrupt.value["action_requests"]
    assert request["name"] == "apply_run"
    assert request["args"]["run_id"] == RUN
    assert "2 to add, 1 to change, 0 to destroy" in request["description"]
    assert "The agent's own words (not checked):\n  asked to" in request["description"]
    assert interrupt.value["review_configs"] == [
        {"action_name": "apply_run", "allowed_decisions": ["approve", "reject"]}
    ]


@pytest.mark.parametrize("middleware", [False, True])
def test_an_approved_call_is_sent_once_and_a_rejected_one_never(
    middleware: bool, server: Server, make_toolkit: MakeToolkit, drive: Drive
) -> None:
    for decision, sent in ((NO, []), (YES, [RUN])):
        toolkit = make_toolkit()
        agent = start(APPLY_ONE, toolkit, middleware=middleware)
        drive(agent, prompt())
        state = drive(agent, answers(decision))
        assert applied(server) == sent
        assert {row.thread for row in toolkit.audit.records()} == {"conversation-1"}
        assert "__interrupt__" not in state
        (result,) = [m for m in state["messages"] if isinstance(m, ToolMessage)]
        assert (result.status == "success") is bool(sent)


@pytest.mark.parametrize("middleware", [False, True])
@pytest.mark.parametrize(
    "answer",
    [
        True,
        "yes",
        {"decisions": None},
        {"decisions": []},
        {"decisions": [YES, YES]},
        {"decisions": "approve"},
        {"decisions": [{"type": "edit", "edited_action": {"name": "apply_run", "args": {}}}]},
        {"decisions": [{"type": "respond", "message": "approve"}]},
        {"decisions": ["approve"]},
        [YES],
    ],
)
def test_anything_but_a_clear_yes_is_a_no(
    answer: Any, middleware: bool, server: Server, make_toolkit: MakeToolkit, drive: Drive
) -> None:
    agent = start(APPLY_ONE, make_toolkit(), middleware=middleware)
    drive(agent, prompt())
    drive(agent, Command(resume=answer))
    assert server.writes == []


@pytest.mark.parametrize(("first", "second", "sent"), [(YES, NO, [RUN]), (NO, YES, [OTHER]), (NO, NO, [])])
def test_the_middleware_asks_once_for_all_writes_of_a_turn(
    first: Any, second: Any, sent: list[str], server: Server, make_toolkit: MakeToolkit, drive: Drive
) -> None:
    agent = start(APPLY_BOTH, make_toolkit(), middleware=True)
    state = drive(agent, prompt())
    (interrupt,) = state["__interrupt__"]
    assert [request["args"]["run_id"] for request in interrupt.value["action_requests"]] == [RUN, OTHER]
    state = drive(agent, answers(first, second))
    assert "__interrupt__" not in state
    assert applied(server) == sent


def test_without_the_middleware_each_write_of_a_turn_asks_for_itself(
    server: Server, make_toolkit: MakeToolkit, drive: Drive
) -> None:
    agent = start(APPLY_BOTH, make_toolkit())
    state = drive(agent, prompt())
    asked = {i.value["action_requests"][0]["args"]["run_id"]: i.id for i in state["__interrupt__"]}
    drive(agent, Command(resume={asked[RUN]: {"decisions": [NO]}, asked[OTHER]: {"decisions": [YES]}}))
    assert applied(server) == [OTHER]


def test_answering_one_question_at_a_time_sends_each_call_once(
    server: Server, make_toolkit: MakeToolkit, drive: Drive
) -> None:
    agent = start(APPLY_BOTH, make_toolkit())
    state = drive(agent, prompt())
    for interrupt in state["__interrupt__"]:
        state = drive(agent, Command(resume={interrupt.id: {"decisions": [YES]}}))
    assert sorted(applied(server)) == sorted([RUN, OTHER])


def shared_node(toolkit: Any, saver: Any) -> Any:
    """A raw ToolNode that runs all calls of a turn in one task."""
    graph = StateGraph(State)
    graph.add_node("tools", ToolNode(toolkit.get_tools()))
    graph.add_edge(START, "tools")
    graph.add_edge("tools", END)
    return graph.compile(checkpointer=saver)


def sent_node(toolkit: Any, saver: Any) -> Any:
    """A raw ToolNode that is sent several calls at once by somebody's own graph."""
    graph = StateGraph(State)
    graph.add_node("tools", ToolNode(toolkit.get_tools()))
    graph.add_conditional_edges(START, lambda state: [Send("tools", state)], ["tools"])
    graph.add_edge("tools", END)
    return graph.compile(checkpointer=saver)


def two_calls() -> dict[str, Any]:
    calls = [
        {"id": "call-1", "name": "apply_run", "args": {"run_id": RUN}},
        {"id": "call-2", "name": "apply_run", "args": {"run_id": OTHER}},
    ]
    return {"messages": [AIMessage("", tool_calls=calls)]}


@pytest.mark.parametrize("saver", [None, InMemorySaver()], ids=["no checkpointer", "checkpointer"])
def test_a_shared_node_asks_nothing_in_place_and_runs_nothing(
    saver: Any, server: Server, make_toolkit: MakeToolkit, drive: Drive
) -> None:
    toolkit = make_toolkit()
    state = drive(shared_node(toolkit, saver), two_calls())
    assert server.writes == []
    assert "__interrupt__" not in state
    assert {a.confirmation.arguments["run_id"] for a in toolkit.approvals.pending()} == {RUN, OTHER}
    toolkit.approvals.approve(pending_for(toolkit, RUN), approver="ana")
    drive(shared_node(toolkit, saver), two_calls())
    assert applied(server) == [RUN], "approved out of band, the next call of the model is sent"


def pending_for(toolkit: Any, run_id: str) -> str:
    return next(a.id for a in toolkit.approvals.pending() if a.confirmation.arguments["run_id"] == run_id)


@pytest.mark.parametrize("flips", [False, True], ids=["timing same", "timing flips"])
@pytest.mark.parametrize("decision", [YES, NO], ids=["yes", "no"])
def test_in_a_node_that_is_sent_several_calls_a_yes_reaches_only_the_call_it_was_given_to(
    decision: Any, flips: bool, server: Server, make_toolkit: MakeToolkit, drive: Drive
) -> None:
    """Whichever call asks first, and whichever comes first when the node runs again."""
    slow = {"run": OTHER}

    def slowly(run_id: str, answer: Any) -> Any:
        def reply(request: httpx.Request) -> httpx.Response:
            if slow["run"] == run_id:
                time.sleep(0.05)
            return answer(request)

        return reply

    related = {"plan": ("plans", "plan-other"), "workspace": ("workspaces", WORKSPACE)}
    for run_id in (RUN, OTHER):
        server.answers[f"GET /runs/{run_id}"] = slowly(run_id, says(document("runs", run_id, server.run, **related)))
    graph = sent_node(make_toolkit(), InMemorySaver())
    state = drive(graph, two_calls())
    (interrupt,) = state["__interrupt__"]
    assert server.writes == []
    asked = interrupt.value["action_requests"][0]["args"]["run_id"]
    slow["run"] = RUN if flips else OTHER
    drive(graph, answers(decision))
    assert applied(server) == ([asked] if decision is YES else [])


def test_without_a_checkpointer_nothing_is_asked_in_place(server: Server, make_toolkit: MakeToolkit) -> None:
    toolkit = make_toolkit()
    agent = create_agent(ScriptedChatModel(script=APPLY_ONE), toolkit.get_tools(), middleware=[toolkit.middleware()])
    state = agent.invoke(prompt())
    assert "__interrupt__" not in state
    assert (server.writes, len(toolkit.approvals.pending())) == ([], 1)


@pytest.mark.parametrize("middleware", [False, True])
def test_a_plan_that_changes_between_question_and_answer_is_refused_and_asked_anew(
    middleware: bool, server: Server, make_toolkit: MakeToolkit, drive: Drive
) -> None:
    twice = [{"apply_run": {"run_id": RUN}}, {"apply_run": {"run_id": RUN}}, "done"]
    agent = start(twice, make_toolkit(), middleware=middleware)
    drive(agent, prompt())
    server.plan = {**server.plan, "resource-destructions": 9}
    state = drive(agent, answers(YES))
    assert server.writes == []
    (refusal,) = [m for m in state["messages"] if isinstance(m, ToolMessage)]
    assert "no longer true" in str(refusal.content)
    (interrupt,) = state["__interrupt__"]
    assert "9 to destroy" in interrupt.value["action_requests"][0]["description"]
    drive(agent, answers(YES))
    assert applied(server) == [RUN]


@pytest.mark.parametrize(
    ("script", "middleware"),
    [(APPLY_ONE, False), (APPLY_ONE, True), (APPLY_BOTH, True)],
    ids=["tool", "middleware, one write", "middleware, two writes"],
)
def test_after_a_restart_the_old_answer_is_passed_over_and_the_question_asked_again(
    script: list[Any], middleware: bool, server: Server, make_toolkit: MakeToolkit, drive: Drive
) -> None:
    saver = InMemorySaver()
    count = 1 if script is APPLY_ONE else 2
    drive(start(script, make_toolkit(), middleware=middleware, saver=saver), prompt())
    restarted = start(script, make_toolkit(), middleware=middleware, saver=saver)
    state = drive(restarted, answers(*[YES] * count))
    assert server.writes == [], "nobody has said yes to a question of this process"
    assert len(state["__interrupt__"]) == 1
    drive(restarted, answers(*[YES] * count))
    assert len(applied(server)) == count


def test_a_resume_that_is_repeated_sends_nothing_twice(server: Server, make_toolkit: MakeToolkit, drive: Drive) -> None:
    agent = start(APPLY_ONE, make_toolkit())
    drive(agent, prompt())
    drive(agent, answers(YES))
    drive(agent, answers(YES))
    assert applied(server) == [RUN]


def test_the_middleware_leaves_reads_and_refused_calls_alone(
    server: Server, make_toolkit: MakeToolkit, drive: Drive
) -> None:
    script = [[{"get_run": {"run_id": RUN}}, {"apply_run": {"run_id": "run-missing"}}], "done"]
    state = drive(start(script, make_toolkit(), middleware=True), prompt())
    assert "__interrupt__" not in state
    assert [m.status for m in state["messages"] if isinstance(m, ToolMessage)] == ["success", "error"]
    assert server.writes == []


def test_an_explicit_confirmer_comes_before_the_graph(server: Server, make_toolkit: MakeToolkit, drive: Drive) -> None:
    agent = start(APPLY_ONE, make_toolkit(confirmer=lambda _: True), middleware=True)
    state = drive(agent, prompt())
    assert "__interrupt__" not in state
    assert applied(server) == [RUN]


def test_the_private_names_that_are_relied_on_mean_what_they_should(make_toolkit: MakeToolkit) -> None:
    """Fails when LangGraph renames one: the toolkit then asks out of band only, which is safe but not wanted."""
    from langgraph.config import get_config

    seen: list[Any] = []
    tool = tool_of(make_toolkit(confirmer=lambda _: bool(seen.append(get_config()))), "apply_run")
    agent = create_agent(ScriptedChatModel(script=APPLY_ONE), [tool], checkpointer=InMemorySaver())
    agent.invoke(prompt(), THREAD)
    (config,) = seen
    assert config["metadata"]["langgraph_path"][0] == "__pregel_push"
    assert config["configurable"]["__pregel_checkpointer"]
    assert config["configurable"]["__pregel_task_id"]
    assert "__pregel_scratchpad" in config["configurable"]


# What a policy demands of an answer


def demanding(make_toolkit: MakeToolkit, **demands: Any) -> Any:
    toolkit = make_toolkit()
    toolkit._host.policy = Demanding(**demands)
    toolkit._host.approvals = Approvals(toolkit.approvals._store, keys_of=lambda name: {"ana": (PUBLIC,)}.get(name, ()))
    return toolkit


@pytest.mark.parametrize("middleware", [False, True])
@pytest.mark.parametrize(
    "answer", [YES, {**YES, "approver": "ana"}, {**YES, "approver": "ana", "signature": "ed25519:AAAA"}]
)
def test_a_bare_resume_is_not_what_a_policy_demands_and_is_asked_for_once(
    answer: Any, middleware: bool, server: Server, make_toolkit: MakeToolkit, drive: Drive
) -> None:
    agent = start(APPLY_ONE, demanding(make_toolkit, approvers=BY_ANA.requirements), middleware=middleware)
    drive(agent, prompt())
    state = drive(agent, answers(answer))
    assert "__interrupt__" not in state
    (result,) = [m for m in state["messages"] if isinstance(m, ToolMessage)]
    assert result.status == "error"
    assert applied(server) == []


@pytest.mark.parametrize("middleware", [False, True])
def test_a_resume_can_carry_a_signature(
    middleware: bool, server: Server, make_toolkit: MakeToolkit, drive: Drive
) -> None:
    toolkit = demanding(make_toolkit, approvers=BY_ANA.requirements)
    agent = start(APPLY_ONE, toolkit, middleware=middleware)
    drive(agent, prompt())
    (asked,) = toolkit.approvals.pending()
    drive(agent, answers({**YES, "approver": "ana", "signature": signed(asked)}))
    assert applied(server) == [RUN]


@pytest.mark.parametrize("middleware", [False, True])
def test_a_proven_yes_given_out_of_band_serves_the_graph_that_waits(
    middleware: bool, server: Server, make_toolkit: MakeToolkit, drive: Drive
) -> None:
    toolkit = demanding(make_toolkit, approvers=BY_ANA.requirements)
    agent = start(APPLY_ONE, toolkit, middleware=middleware)
    drive(agent, prompt())
    (asked,) = toolkit.approvals.pending()
    toolkit.approvals.approve(asked.id, approver=Approver("ana", Proof.HOST))
    drive(agent, answers(YES))
    assert applied(server) == [RUN]


@pytest.mark.parametrize("middleware", [False, True])
@pytest.mark.parametrize(("typed", "sent"), [(None, []), ("app", []), (1, []), ("app-staging", [RUN])])
def test_a_demanded_name_is_shown_in_the_question_and_carried_by_the_resume(
    typed: Any, sent: list[str], middleware: bool, server: Server, make_toolkit: MakeToolkit, drive: Drive
) -> None:
    agent = start(APPLY_ONE, demanding(make_toolkit, typed=True), middleware=middleware)
    (interrupt,) = drive(agent, prompt())["__interrupt__"]
    assert interrupt.value["action_requests"][0]["typed"] == "app-staging"
    drive(agent, answers({**YES, "typed": typed} if typed else YES))
    assert applied(server) == sent
