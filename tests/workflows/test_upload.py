"""One confirmation for three requests, sent in order, and none after a failure."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from support.server import RUN, VERSION, WORKSPACE, Server, fails, says
from support.tools import Asked, MakeToolkit, Use

from tfc_agent_tools import TerraformCloudToolkit

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


def test_what_changed_in_between_ends_the_list(server: Server, upload: Upload) -> None:
    def uploaded(request: httpx.Request) -> httpx.Response:
        server.workspace["locked"] = True
        return httpx.Response(200)

    server.answers[UPLOAD] = uploaded
    message = upload()
    assert "no longer true" in str(message.content)
    assert writes(server) == [CREATE, UPLOAD]


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
