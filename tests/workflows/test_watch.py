from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from langchain_core.callbacks import BaseCallbackHandler
from support.server import RUN, Server, document, says
from support.tools import MakeToolkit, Use, tool_of

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


def test_a_timeout_sends_nothing_that_changes_anything_and_polls_ever_slower(
    server: Server, make_toolkit: MakeToolkit, use: Use
) -> None:
    goes_through(server, "planning")
    use(make_toolkit(), "watch_run", run_id=RUN, timeout_seconds=600)
    assert server.writes == []
    assert 60 <= len(server.sent) <= 75


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
