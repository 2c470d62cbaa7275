from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml

from tfc_agent_tools import ConfigurationError
from tfc_agent_tools.replay import CassetteTransport, OffTape

API = "https://app.terraform.io/api/v2"
JSON_API = "application/vnd.api+json"
RECORDED_MARK, LIVE_MARK = f"[ap-{'0' * 24}]", f"[ap-{'a1' * 12}]"

MakeTape = Callable[..., CassetteTransport]


def exchange(method: str, path: str, answer: Any = "", *, body: Any = None, status: int = 200) -> dict[str, Any]:
    is_json = isinstance(body, dict)
    content_type = JSON_API if is_json else "application/octet-stream"
    return {
        "request": {
            "method": method,
            "uri": path if path.startswith("http") else API + path,
            "headers": {} if body is None else {"Content-Type": [content_type]},
            "body": json.dumps(body) if is_json else body,
        },
        "response": {
            "status": {"code": status, "message": "OK"},
            "headers": {"Content-Type": [JSON_API], "content-length": ["1"]},
            "body": {"string": answer if isinstance(answer, (str, bytes)) else json.dumps(answer)},
        },
    }


@pytest.fixture
def tape(tmp_path: Path) -> MakeTape:
    def make(*exchanges: dict[str, Any]) -> CassetteTransport:
        path = tmp_path / "tape.yaml"
        path.write_text(yaml.safe_dump({"interactions": list(exchanges), "version": 1}))
        return CassetteTransport(path)

    return make


def send(
    transport: CassetteTransport, method: str, path: str, body: Any = None, *, address: str = API, **headers: str
) -> httpx.Response:
    given = {"content-type": JSON_API, **{name.replace("_", "-"): value for name, value in headers.items()}}
    content = json.dumps(body).encode() if isinstance(body, dict) else body
    url = path if path.startswith("http") else address + path
    return transport.handle_request(httpx.Request(method, url, headers=given, content=content))


def test_a_poll_sees_the_statuses_in_the_order_of_the_recording(tape: MakeTape) -> None:
    statuses = ["planning", "planned", "applied"]
    transport = tape(*(exchange("GET", "/runs/run-1", {"status": status}) for status in statuses))
    assert [send(transport, "GET", "/runs/run-1").json()["status"] for _ in statuses] == statuses
    assert transport.all_used


def test_an_exchange_answers_once(tape: MakeTape) -> None:
    transport = tape(exchange("GET", "/runs/run-1"))
    send(transport, "GET", "/runs/run-1")
    with pytest.raises(OffTape, match="GET /runs/run-1 was asked more often than recorded"):
        send(transport, "GET", "/runs/run-1")


def test_a_secret_that_was_taken_out_of_the_tape_is_taken_out_of_what_is_asked_before_they_are_compared(
    tmp_path: Path,
) -> None:
    path = tmp_path / "tape.yaml"
    path.write_text(yaml.safe_dump({"interactions": [exchange("POST", "/a", body={"v": "(sensitive)"})], "version": 1}))
    transport = CassetteTransport(path, hide=lambda text: text.replace("s3cr3t", "(sensitive)"))
    assert send(transport, "POST", "/a", {"v": "s3cr3t"}).status_code == 200
    with pytest.raises(OffTape):
        send(CassetteTransport(path), "POST", "/a", {"v": "s3cr3t"})


def test_reads_of_different_things_may_come_in_any_order(tape: MakeTape) -> None:
    transport = tape(exchange("GET", "/a", "1"), exchange("GET", "/b", "2"))
    assert [send(transport, "GET", path).text for path in ("/b", "/a")] == ["2", "1"]


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", "/runs/run-1", {"a": 1}),
        ("GET", "/runs/run-2", None),
        ("GET", "/runs/run-1?include=plan", None),
        ("GET", "/runs/run-1", {"a": 1}),
    ],
)
def test_another_method_path_query_or_body_is_off_the_tape(
    tape: MakeTape, method: str, path: str, body: dict[str, Any] | None
) -> None:
    transport = tape(exchange("GET", "/runs/run-1"), exchange("GET", "/runs/run-1?x=1"))
    with pytest.raises(OffTape, match="is not on the tape"):
        send(transport, method, path, body)
    assert transport.off_tape == ((method, path.partition("?")[0]),)


def test_off_tape_is_no_network_error() -> None:
    assert not issubclass(OffTape, (httpx.HTTPError, httpx.InvalidURL, OSError))


def test_nothing_is_answered_after_a_request_off_the_tape(tape: MakeTape) -> None:
    transport = tape(exchange("GET", "/a"))
    with pytest.raises(OffTape):
        send(transport, "DELETE", "/a")
    with pytest.raises(OffTape, match="comes after a request that was off the tape"):
        send(transport, "GET", "/a")
    assert transport.writes == (("DELETE", "/a"),)


def test_writes_keep_their_order_among_each_other(tape: MakeTape) -> None:
    transport = tape(exchange("POST", "/runs", body={"n": 1}), exchange("POST", "/other", body={"n": 2}))
    with pytest.raises(OffTape, match="before a write that was recorded earlier"):
        send(transport, "POST", "/other", {"n": 2})


def test_the_order_of_query_parameters_does_not_count(tape: MakeTape) -> None:
    transport = tape(exchange("GET", "/runs?page%5Bsize%5D=20&search=a+b"))
    assert send(transport, "GET", "/runs?search=a%20b&page[size]=20").status_code == 200


def test_json_bodies_are_compared_as_data(tape: MakeTape) -> None:
    transport = tape(exchange("POST", "/runs", body={"a": {"x": 1, "y": 2}, "b": None}, status=201))
    assert send(transport, "POST", "/runs", {"b": None, "a": {"y": 2, "x": 1}}).status_code == 201


def test_a_json_body_with_another_value_is_off_the_tape(tape: MakeTape) -> None:
    transport = tape(exchange("POST", "/runs", body={"auto-apply": False}))
    with pytest.raises(OffTape):
        send(transport, "POST", "/runs", {"auto-apply": True})


@pytest.mark.parametrize(("body", "matches"), [(b"\x1f\x8b\xff{}", True), (b"\x1f\x8b\xff{ }", False)])
def test_uploads_are_compared_byte_by_byte(tape: MakeTape, body: bytes, matches: bool) -> None:
    url = "https://archivist.terraform.io/v1/object/x"
    transport = tape(exchange("PUT", url, body=b"\x1f\x8b\xff{}"))
    if matches:
        send(transport, "PUT", url, body, content_type="application/octet-stream")
        assert transport.writes == (("PUT", "/v1/object/x"),)
    else:
        with pytest.raises(OffTape):
            send(transport, "PUT", url, body, content_type="application/octet-stream")


def test_an_answer_holds_the_approval_id_of_this_call(tape: MakeTape) -> None:
    def message(mark: str) -> dict[str, str]:
        return {"message": f"plan {mark}"}

    transport = tape(
        exchange("POST", "/runs", message(RECORDED_MARK), body=message(RECORDED_MARK)),
        exchange("GET", "/runs/run-1", message(RECORDED_MARK)),
    )
    assert send(transport, "POST", "/runs", message(LIVE_MARK)).json() == message(LIVE_MARK)
    assert send(transport, "GET", "/runs/run-1").json() == message(LIVE_MARK)


def test_a_tape_plays_under_any_address_and_its_answers_name_that(tape: MakeTape) -> None:
    answer = {"upload-url": "https://app.terraform.io/_blobs/signed-1"}
    transport = tape(exchange("GET", "/cv-1", answer))
    here = send(transport, "GET", "/cv-1", address="http://127.0.0.1:8080/api/v2").json()
    assert here == {"upload-url": "http://127.0.0.1:8080/_blobs/signed-1"}


def test_an_answer_that_is_no_text_comes_as_it_was(tape: MakeTape) -> None:
    assert send(tape(exchange("GET", "/a", b"\x1f\x8b\xff")), "GET", "/a").content == b"\x1f\x8b\xff"


def test_what_was_sent_and_what_is_left_is_counted(tape: MakeTape) -> None:
    transport = tape(exchange("GET", "/a"), exchange("POST", "/b", body={}), exchange("GET", "/c"))
    send(transport, "GET", "/a")
    send(transport, "POST", "/b", {})
    assert transport.sent == (("GET", "/a"), ("POST", "/b"))
    assert transport.writes == (("POST", "/b"),)
    assert transport.unused == (("GET", "/c"),)
    assert not transport.all_used


def test_many_threads_use_each_exchange_once(tape: MakeTape) -> None:
    transport = tape(*(exchange("GET", "/a", str(number)) for number in range(64)))
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: send(transport, "GET", "/a").text, range(64)))
    assert sorted(map(int, answers)) == list(range(64))
    assert transport.all_used


def test_a_loop_gets_the_same_answers(tape: MakeTape) -> None:
    transport = tape(exchange("GET", "/a", "1"))
    answer = asyncio.run(transport.handle_async_request(httpx.Request("GET", f"{API}/a")))
    assert answer.text == "1"


def test_a_missing_file_is_a_configuration_error(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="no cassette can be read"):
        CassetteTransport(tmp_path / "none.yaml")


@pytest.mark.parametrize("text", ["[]", "interactions: [{}]", "{", "a: 1", "!!python/object/apply:os.getcwd []", ""])
def test_a_file_that_is_no_cassette_is_a_configuration_error(tmp_path: Path, text: str) -> None:
    path = tmp_path / "tape.yaml"
    path.write_text(text)
    with pytest.raises(ConfigurationError, match="not a cassette") as caught:
        CassetteTransport(path)
    assert "\n" not in str(caught.value)


def test_bytes_that_are_no_text_are_no_cassette(tmp_path: Path) -> None:
    path = tmp_path / "tape.yaml"
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ConfigurationError, match="not a cassette"):
        CassetteTransport(path)


@pytest.mark.parametrize("version", [2, "1", None, 1.5])
def test_a_tape_of_another_version_says_which(tmp_path: Path, version: object) -> None:
    path = tmp_path / "tape.yaml"
    path.write_text(yaml.safe_dump({"interactions": [], "version": version}))
    with pytest.raises(ConfigurationError, match=re.escape(f"its version is {version!r}, and only 1 can be read")):
        CassetteTransport(path)


def test_a_tape_without_a_version_is_not_guessed_at(tmp_path: Path) -> None:
    path = tmp_path / "tape.yaml"
    path.write_text("interactions: []")
    with pytest.raises(ConfigurationError, match="version: it is missing"):
        CassetteTransport(path)


PARTS = [
    "request", "request.method", "request.uri", "request.headers", "request.body", "response", "response.status",
    "response.status.code", "response.headers", "response.body", "response.body.string",
]  # fmt: skip


@pytest.mark.parametrize("part", PARTS)
def test_a_part_that_is_missing_is_named_with_its_exchange(tape: MakeTape, part: str) -> None:
    one = exchange("GET", "/a")
    *parents, last = part.split(".")
    parent: Any = one
    for name in parents:
        parent = parent[name]
    del parent[last]
    with pytest.raises(ConfigurationError, match=re.escape(f"interactions.1.{part}: it is missing")) as caught:
        tape(exchange("GET", "/a"), one)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("side", "part", "value"),
    [
        ("request", "uri", "nowhere"),
        ("request", "uri", "https:///a"),
        ("request", "method", ""),
        ("request", "body", {"a": 1}),
        ("request", "headers", {"a": "b"}),
        ("response", "status", {"code": "200"}),
        ("response", "status", {"code": 7}),
        ("response", "body", "text"),
        ("response", "body", {"string": 5}),
    ],
)
def test_a_part_that_is_something_else_is_named_with_its_exchange(
    tape: MakeTape, side: str, part: str, value: object
) -> None:
    one = exchange("GET", "/a")
    one[side][part] = value
    with pytest.raises(ConfigurationError, match=rf"interactions\.0\.{side}\.{part}") as caught:
        tape(one)
    assert "\n" not in str(caught.value)


def test_a_tape_with_nothing_on_it_lets_nothing_be_sent(tape: MakeTape) -> None:
    transport = tape()
    assert transport.all_used
    with pytest.raises(OffTape, match="is not on the tape"):
        send(transport, "GET", "/a")
