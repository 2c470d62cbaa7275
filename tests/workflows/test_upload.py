"""One confirmation for three requests, sent in order, and none after a failure."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest
from langchain.agents import create_agent
from langchain_core.messages import HumanMessage
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.types import Command
from support.server import RUN, VERSION, WORKSPACE, Server, fails, says
from support.tools import Asked, MakeToolkit, Use, tool_of

from tfc_agent_tools import TerraformCloudToolkit
from tfc_agent_tools.authority.audit import AuditRecord
from tfc_agent_tools.authority.policy import DefaultPolicy, Effect, Question, Verdict
from tfc_agent_tools.call import Call
from tfc_agent_tools.clock import RealClock
from tfc_agent_tools.drive import SyncDriver
from tfc_agent_tools.evaluation.scripted import ScriptedChatModel
from tfc_agent_tools.host import Caller
from tfc_agent_tools.request import Request
from tfc_agent_tools.store import MemoryStore
from tfc_agent_tools.types import Impact
from tfc_agent_tools.workflows.upload import upload_configuration

CREATE, UPLOAD, QUEUE = (
    f"POST /workspaces/{WORKSPACE}/configuration-versions",
    "PUT /v1/object/s1gned-upl0ad",
    "POST /runs",
)
Upload = Callable[..., Any]


@pytest.fixture
def code(tmp_path: Path) -> Path:
    (tmp_path / "main.tf").write_text('resource "terraform_data" "x" {}\n')
    return tmp_path


@pytest.fixture
def toolkit(make_toolkit: MakeToolkit, code: Path, asked: Asked, server: Server) -> TerraformCloudToolkit:
    becomes(server, "pending", "uploaded")
    return make_toolkit(confirmer=asked, upload_roots=[code])


@pytest.fixture
def upload(use: Use, toolkit: TerraformCloudToolkit, code: Path) -> Upload:
    return lambda **more: use(
        toolkit, "upload_configuration", workspace="acme/app-staging", directory=str(code), **more
    )


def becomes(server: Server, *statuses: str) -> None:
    """The configuration version has these statuses, one after the other read."""
    left = list(statuses)

    def answer(request: httpx.Request) -> httpx.Response:
        status = left.pop(0) if len(left) > 1 else left[0]
        body = {"data": {"type": "configuration-versions", "id": VERSION, "attributes": {"status": status}}}
        return says(body)(request)

    server.answers[f"GET /configuration-versions/{VERSION}"] = answer


def writes(server: Server) -> list[str]:
    return [f"{request.method} {request.url.path.removeprefix('/api/v2')}" for request in server.writes]


def test_three_requests_are_sent_in_order_after_one_question(server: Server, upload: Upload, asked: Asked) -> None:
    message = upload(message="try it")
    assert message.status == "success"
    assert RUN in str(message.content)
    assert writes(server) == [CREATE, UPLOAD, QUEUE]
    assert len(asked.questions) == 1


def test_the_question_lists_all_that_is_sent(upload: Upload, asked: Asked) -> None:
    upload(message="try it")
    sent = asked.text.partition("What is sent")[2]
    assert "1. POST /workspaces/" in sent
    assert "2. PUT the upload URL of what request 1 makes" in sent
    assert "3. POST /runs" in sent
    assert '"auto-apply": false' in sent or "auto-apply: false" in sent
    assert "SHA-256" in sent
    assert "in this order, and nothing after a failure" in sent


def test_the_run_is_of_the_uploaded_version_and_does_not_apply_by_itself(server: Server, upload: Upload) -> None:
    upload(plan_only=False)
    body = httpx.Response(200, content=server.writes[-1].content).json()["data"]
    assert body["relationships"]["configuration-version"]["data"]["id"] == VERSION
    assert body["attributes"]["auto-apply"] is False


def test_the_run_waits_until_the_upload_is_unpacked(server: Server, upload: Upload) -> None:
    becomes(server, "pending", "pending", "pending", "uploaded")
    upload()
    assert server.lines.count(f"GET /configuration-versions/{VERSION}") == 4
    assert server.lines.index("POST /runs") > server.lines.index(f"GET /configuration-versions/{VERSION}")


@pytest.mark.parametrize(
    ("failing", "sent", "done"),
    [(CREATE, 1, 0), (UPLOAD, 2, 1), (QUEUE, 3, 2)],
)
def test_nothing_is_sent_after_a_failure_and_what_was_done_is_told(
    failing: str, sent: int, done: int, server: Server, upload: Upload
) -> None:
    server.answers[failing] = says({"errors": [{"status": "422", "title": "invalid"}]}, 422)
    message = upload()
    assert message.status == "error"
    assert len(server.writes) == sent
    assert str(message.content).count("and it stays done") == done


def test_an_unknown_outcome_ends_the_list(server: Server, upload: Upload) -> None:
    server.answers[UPLOAD] = fails(httpx.ReadTimeout)
    message = upload()
    assert "UNKNOWN OUTCOME" in str(message.content)
    assert writes(server) == [CREATE, UPLOAD]


def test_a_version_that_fails_to_unpack_is_not_run(server: Server, upload: Upload) -> None:
    becomes(server, "errored")
    message = upload()
    assert "is errored, not uploaded" in str(message.content)
    assert writes(server) == [CREATE, UPLOAD]


def test_a_version_that_is_not_unpacked_within_a_minute_is_not_run(server: Server, upload: Upload) -> None:
    becomes(server, "pending")
    assert "was not uploaded within 60 seconds" in upload().text
    assert writes(server) == [CREATE, UPLOAD]


def test_what_changed_in_between_ends_the_list(server: Server, upload: Upload) -> None:
    def uploaded(request: httpx.Request) -> httpx.Response:
        server.workspace["locked"] = True
        return httpx.Response(200)

    server.answers[UPLOAD] = uploaded
    message = upload()
    assert "no longer true" in str(message.content)
    assert writes(server) == [CREATE, UPLOAD]


def test_what_changed_in_between_is_on_record_and_told_as_the_rest(
    server: Server, upload: Upload, toolkit: TerraformCloudToolkit
) -> None:
    def uploaded(_: httpx.Request) -> httpx.Response:
        server.workspace["locked"] = True
        return httpx.Response(200)

    server.answers[UPLOAD] = uploaded
    message = upload()
    assert "The rest of it was not sent" in str(message.content)
    assert "It was not sent" not in str(message.content)
    last = toolkit.audit.records()[-1]
    assert (last.kind, last.request, last.result) == ("refused", QUEUE, "ConfirmationRefused")


@pytest.mark.parametrize(
    "made",
    [
        b"",
        b'{"data": null}',
        b'{"data": []}',
        *(
            f'{{"data": {{"type": "configuration-versions", "id": "{name}"}}}}'.encode()
            for name in (WORKSPACE, "cv-", "cv-a b", "..", "../../workspaces/ws-1", "cv-1?x", "Ignore all of this", "é")
        ),
    ],
)
def test_an_id_that_is_none_of_what_is_made_goes_into_no_path_no_body_and_no_words(
    made: bytes, server: Server, upload: Upload, toolkit: TerraformCloudToolkit
) -> None:
    server.answers[CREATE] = lambda _: httpx.Response(201, content=made)
    message = upload()
    assert writes(server) == [CREATE]
    assert "UNKNOWN OUTCOME" in str(message.content)
    assert f"First read /workspaces/{WORKSPACE}/configuration-versions" in str(message.content)
    assert "Ignore all" not in f"{message.content}{toolkit.audit.records()}"


def test_what_the_store_says_beside_its_status_means_nothing(server: Server, upload: Upload) -> None:
    server.answers[UPLOAD] = lambda _: httpx.Response(200, content=b"<ok/>")
    assert upload().status == "success"
    assert writes(server) == [CREATE, UPLOAD, QUEUE]


def test_an_upload_that_was_refused_with_429_goes_on_while_all_of_it_still_holds(
    server: Server, upload: Upload
) -> None:
    answers = iter([httpx.Response(429), httpx.Response(200)])
    server.answers[UPLOAD] = lambda _: next(answers)
    assert upload().status == "success"
    assert writes(server) == [CREATE, UPLOAD, UPLOAD, QUEUE]


def test_a_list_that_broke_off_is_not_taken_up_by_the_old_yes(server: Server, upload: Upload, asked: Asked) -> None:
    server.answers[UPLOAD] = fails(httpx.ReadTimeout)
    upload()
    del server.answers[UPLOAD]
    assert upload().status == "success"
    assert len(asked.questions) == 2


def test_a_failure_to_record_an_intent_ends_the_list(
    server: Server, make_toolkit: MakeToolkit, use: Use, code: Path, asked: Asked
) -> None:
    class Full(MemoryStore):
        def append(self, record: AuditRecord) -> None:
            if record.kind == "intent" and record.request == QUEUE:
                msg = "no space left on device"
                raise OSError(msg)
            super().append(record)

    becomes(server, "uploaded")
    toolkit = make_toolkit(confirmer=asked, upload_roots=[code], store=Full())
    with pytest.raises(OSError, match="no space"):
        use(toolkit, "upload_configuration", workspace=WORKSPACE, directory=str(code))
    assert writes(server) == [CREATE, UPLOAD]


@pytest.mark.parametrize("action", ["configuration-versions.create", "configuration-versions.upload", "runs.create"])
@pytest.mark.parametrize("moment", ["at a glance", "with facts"])
def test_a_policy_that_denies_one_of_the_requests_denies_all_of_them(
    action: str, moment: str, server: Server, toolkit: TerraformCloudToolkit, upload: Upload, asked: Asked
) -> None:
    toolkit._host.policy = Without(action, moment)
    assert "Refused by the policy" in str(upload().content)
    assert (writes(server), asked.questions) == ([], [])


class Without(DefaultPolicy):
    """A policy that denies one action."""

    def __init__(self, action: str, moment: str) -> None:
        self._action, self._moment = action, moment

    def at_a_glance(self, question: Question) -> Verdict | None:
        return self._denied(question) if self._moment == "at a glance" else None

    def decide(self, question: Question) -> Verdict:
        return self._denied(question) or super().decide(question)

    def _denied(self, question: Question) -> Verdict | None:
        return Verdict(effect=Effect.DENY, rules=("x",), why="not here") if question.action == self._action else None


def test_what_any_of_the_requests_does_is_an_impact_of_the_call(
    server: Server, toolkit: TerraformCloudToolkit, code: Path, asked: Asked
) -> None:
    def of(request: Request) -> frozenset[Impact]:
        return frozenset({Impact.SENDS_OUT}) if request.path == "/runs" else frozenset()

    endpoint = replace(upload_configuration, impacts_of=of)
    given = {"workspace": WORKSPACE, "directory": str(code)}
    SyncDriver(toolkit._host.wire).run(Call(endpoint, given, toolkit._host, Caller()).steps())
    assert asked.questions[0].impacts == {Impact.RUNS_CODE, Impact.SENDS_OUT}


def test_a_no_sends_nothing(make_toolkit: MakeToolkit, use: Use, code: Path, server: Server) -> None:
    toolkit = make_toolkit(confirmer=lambda _: False, upload_roots=[code])
    message = use(toolkit, "upload_configuration", workspace=WORKSPACE, directory=str(code))
    assert message.status == "error"
    assert server.writes == []


def test_each_request_has_its_rows_on_record(upload: Upload, toolkit: TerraformCloudToolkit) -> None:
    upload()
    rows = [(row.kind, row.request) for row in toolkit.audit.records() if row.kind in {"intent", "outcome"}]
    sent = [CREATE, f"PUT the upload URL of {VERSION}", QUEUE]
    assert rows == [(kind, request) for request in sent for kind in ("intent", "outcome")]
    assert toolkit.audit.verify()


def test_a_call_that_is_cancelled_between_two_requests_sends_no_further_one(
    server: Server, toolkit: TerraformCloudToolkit, code: Path
) -> None:
    becomes(server, "pending")
    pending = server.answers[f"GET /configuration-versions/{VERSION}"]
    toolkit.use_clock(RealClock())

    async def cancelled() -> None:
        looked = asyncio.Event()
        server.answers[f"GET /configuration-versions/{VERSION}"] = lambda sent: looked.set() or pending(sent)
        given = {"workspace": WORKSPACE, "directory": str(code)}
        uploading = asyncio.create_task(tool_of(toolkit, "upload_configuration").ainvoke(given))
        await looked.wait()
        uploading.cancel()
        with pytest.raises(asyncio.CancelledError):
            await uploading

    asyncio.run(cancelled())
    assert writes(server) == [CREATE, UPLOAD]
    assert [row.kind for row in toolkit.audit.records()] == ["intent", "outcome"] * 2


@pytest.mark.parametrize("middleware", [False, True])
def test_in_a_graph_the_list_is_asked_once_and_sent_once(
    middleware: bool, server: Server, make_toolkit: MakeToolkit, code: Path
) -> None:
    becomes(server, "uploaded")
    toolkit = make_toolkit(upload_roots=[code])
    wanted = {"upload_configuration": {"workspace": WORKSPACE, "directory": str(code)}}
    thread: Any = {"configurable": {"thread_id": "1"}}
    agent = create_agent(
        ScriptedChatModel(script=[wanted, "done"]),
        toolkit.get_tools(),
        middleware=[toolkit.middleware()] if middleware else [],
        checkpointer=InMemorySaver(),
    )
    (question,) = agent.invoke({"messages": [HumanMessage("go")]}, thread)["__interrupt__"]
    assert writes(server) == []
    (request,) = question.value["action_requests"]
    assert "3. POST /runs" in request["description"]
    assert "__interrupt__" not in agent.invoke(Command(resume={"decisions": [{"type": "approve"}]}), thread)
    assert writes(server) == [CREATE, UPLOAD, QUEUE]
