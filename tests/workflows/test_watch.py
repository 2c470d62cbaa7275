from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import Any

import httpx
import pytest
from langchain_core.callbacks import BaseCallbackHandler
from support.server import RUN, Server, document, says
from support.tools import MakeToolkit, Use, tool_of

from tfc_agent_tools.clock import InstantClock, RealClock
from tfc_agent_tools.tool import PROGRESS_EVENT
from tfc_agent_tools.workflows.watch import FINAL


def goes_through(server: Server, *statuses: str, **attributes: Any) -> None:
    """Answer each read of the run with the next status; the last one stays."""

    def following() -> Iterator[str]:
        yield from statuses
        while True:
            yield statuses[-1]

    turn = following()

    def answer(request: httpx.Request) -> httpx.Response:
        run = {**server.run, "actions": {}, **attributes, "status": next(turn)}
        return says(document("runs", RUN, run))(request)

    server.answers[f"GET /runs/{RUN}"] = answer


@pytest.mark.parametrize("status", sorted(FINAL))
def test_it_ends_when_the_run_is_final(status: str, server: Server, make_toolkit: MakeToolkit, use: Use) -> None:
    goes_through(server, "planning", status)
    message = use(make_toolkit(), "watch_run", run_id=RUN)
    assert str(message.content).startswith(f"{RUN} is {status}; this is final")
    assert len(server.sent) == 2


def test_it_ends_when_the_runs_actions_say_that_a_person_is_needed(
    server: Server, make_toolkit: MakeToolkit, use: Use
) -> None:
    message = use(make_toolkit(), "watch_run", run_id=RUN)
    assert "waits for a person: apply_run or discard_run" in str(message.content)


@pytest.mark.parametrize(
    "status",
    [
        "policy_override",
        "tf_policy_override",
        "planned_and_saved",
        "pre_plan_awaiting_decision",
        "post_plan_awaiting_decision",
    ],
)
def test_it_ends_when_a_person_must_decide_outside_of_this_toolkit(
    status: str, server: Server, make_toolkit: MakeToolkit, use: Use
) -> None:
    goes_through(server, "planning", status)
    message = use(make_toolkit(), "watch_run", run_id=RUN)
    assert str(message.content).startswith(f"{RUN} is {status}; it waits for a person outside this toolkit")
    assert len(server.sent) == 2


def test_planned_alone_is_passed_through(server: Server, make_toolkit: MakeToolkit, use: Use) -> None:
    goes_through(server, "planning", "planned", "cost_estimating", "applied")
    assert "applied; this is final" in str(use(make_toolkit(), "watch_run", run_id=RUN).content)


def test_a_run_that_applies_by_itself_does_not_wait_for_anybody(
    server: Server, make_toolkit: MakeToolkit, use: Use
) -> None:
    goes_through(server, "planned", "applied", **{"auto-apply": True, "actions": {"is-confirmable": True}})
    assert "applied; this is final" in str(use(make_toolkit(), "watch_run", run_id=RUN).content)


def test_a_status_that_is_not_known_is_not_final(server: Server, make_toolkit: MakeToolkit, use: Use) -> None:
    goes_through(server, "pondering")
    message = use(make_toolkit(), "watch_run", run_id=RUN, timeout_seconds=30)
    assert "still pondering after 30 s; nothing was canceled" in str(message.content)


def test_a_timeout_sends_nothing_that_changes_anything(server: Server, make_toolkit: MakeToolkit, use: Use) -> None:
    goes_through(server, "planning")
    use(make_toolkit(), "watch_run", run_id=RUN, timeout_seconds=600)
    assert server.writes == []


class Paced(InstantClock):
    """Remembers when each request left, by its own time."""

    def __init__(self, server: Server) -> None:
        super().__init__()
        self.at: list[float] = []
        server.answers["GET /runs/.*"] = self._noted(server)

    def _noted(self, server: Server) -> Callable[[httpx.Request], httpx.Response]:
        def answer(request: httpx.Request) -> httpx.Response:
            self.at.append(self.now())
            identifier = request.url.path.rpartition("/")[2]
            status = "applied" if self.now() >= 101 else "planning"
            return says(document("runs", identifier, {**server.run, "actions": {}, "status": status}))(request)

        return answer


@pytest.mark.parametrize("more", [0, 1, 4])
def test_it_spends_at_most_half_a_request_a_second_and_notices_a_change_within_two(
    more: int, server: Server, make_toolkit: MakeToolkit, use: Use
) -> None:
    toolkit, clock = make_toolkit(), Paced(server)
    toolkit.use_clock(clock)
    message = use(toolkit, "watch_run", run_id=RUN, more_run_ids=[f"run-{n}" for n in range(more)])
    assert message.status == "success"
    pauses = [after - before for before, after in pairwise(clock.at)]
    assert min(pauses) >= 2
    assert clock.at[-1] <= 101 + 2 * (more + 1)


def test_several_runs_are_followed_until_each_has_ended(server: Server, make_toolkit: MakeToolkit, use: Use) -> None:
    for name, status in (("run-a", "applied"), ("run-b", "errored")):
        server.answers[f"GET /runs/{name}"] = says(
            document("runs", name, {**server.run, "actions": {}, "status": status})
        )
    message = use(make_toolkit(), "watch_run", run_id="run-a", more_run_ids=["run-b", "run-a"])
    assert "run-a is applied" in str(message.content)
    assert "run-b is errored" in str(message.content)
    assert len(server.sent) == 2


def test_one_of_several_that_goes_on_does_not_hide_the_others(
    server: Server, make_toolkit: MakeToolkit, use: Use
) -> None:
    goes_through(server, "planning")
    server.answers["GET /runs/run-b"] = says(document("runs", "run-b", {"status": "errored"}))
    message = use(make_toolkit(), "watch_run", run_id=RUN, more_run_ids=["run-b"], timeout_seconds=20)
    assert f"{RUN} is still planning after 20 s" in str(message.content)
    assert "run-b is errored; this is final" in str(message.content)


def test_a_cancelled_watch_ends_at_once_and_cancels_no_run(server: Server, make_toolkit: MakeToolkit) -> None:
    goes_through(server, "planning")
    toolkit = make_toolkit()
    toolkit.use_clock(RealClock())

    async def cancelled() -> None:
        watching = asyncio.create_task(tool_of(toolkit, "watch_run").ainvoke({"run_id": RUN}))
        await asyncio.sleep(0.2)
        watching.cancel()
        with pytest.raises(asyncio.CancelledError):
            await watching

    asyncio.run(cancelled())
    assert server.writes == []
    assert len(server.sent) == 1


def test_news_reach_the_callbacks_once_a_status(server: Server, make_toolkit: MakeToolkit) -> None:
    class Listener(BaseCallbackHandler):
        news: list[str]

        def __init__(self) -> None:
            self.news = []

        def on_custom_event(self, name: str, data: Any, **_: Any) -> None:
            self.news.append(f"{name}: {data['text']}")

    goes_through(server, "pending", "planning", "planning", "applied")
    listener = Listener()
    tool_of(make_toolkit(), "watch_run").invoke({"run_id": RUN}, {"callbacks": [listener]})
    assert listener.news == [f"{PROGRESS_EVENT}: {RUN} is {s}" for s in ("pending", "planning", "applied")]


def test_an_error_in_between_ends_it_with_that_error(server: Server, make_toolkit: MakeToolkit, use: Use) -> None:
    message = use(make_toolkit(), "watch_run", run_id="run-missing")
    assert message.status == "error"
    assert "404" in str(message.content)
