from __future__ import annotations

import itertools
import json
from typing import Any

import pytest

from tfc_agent_tools.evaluation.scrub import HOME, canonical

ADDRESS, TOKEN = "http://127.0.0.1:4711", "a-token-of-no-known-form"
OTHER_TOKEN = "abcdefghijklmn.atlasv1." + "s3cr3t" * 10


def exchange(method: str, path: str, answer: str = "", body: str | None = None, **headers: str) -> dict[str, Any]:
    named = {name.replace("_", "-").title(): [value] for name, value in headers.items()}
    return {
        "request": {"method": method, "uri": f"{ADDRESS}{path}", "headers": named, "body": body},
        "response": {"status": {"code": 200, "message": "OK"}, "headers": named, "body": {"string": answer}},
    }


def scrubbed(*exchanges: dict[str, Any]) -> list[dict[str, Any]]:
    return canonical(exchanges, address=ADDRESS, token=TOKEN)


@pytest.mark.parametrize("header", ["authorization", "cookie", "set-cookie", "x-request-id", "user-agent", "date"])
def test_a_header_that_means_nothing_to_the_toolkit_goes(header: str) -> None:
    (one,) = scrubbed(exchange("GET", "/a", **{header: "secret"}, content_type="text/plain"))
    assert one["request"]["headers"] == one["response"]["headers"] == {"content-type": ["text/plain"]}


@pytest.mark.parametrize("token", [TOKEN, OTHER_TOKEN])
def test_a_token_goes_wherever_it_stands(token: str) -> None:
    text = str(
        scrubbed(exchange("POST", f"/a?t={token}", f'{{"token":"{token}"}}', f'{{"t":"{token}"}}', location=token))
    )
    assert token not in text
    assert "s3cr3t" not in text
    assert text.count("[token]") + text.count("(sensitive)") == 4


@pytest.mark.parametrize(
    "url",
    [
        f"{ADDRESS}/_blobs/s3cr3t",
        "https://archivist.terraform.io/v1/object/dmF1bHQ6djI6/s3cr3t==",
        "https://tfe.example/_archivist/v1/object/s3cr3t",
    ],
)
def test_a_signed_url_gets_one_name_so_that_its_use_still_matches(url: str) -> None:
    made = exchange("POST", "/api/v2/cv", f'{{"upload-url":"{url}"}}')
    used = exchange("PUT", "/x")
    used["request"]["uri"] = url
    first, second = scrubbed(made, used)
    assert first["response"]["body"]["string"] == f'{{"upload-url":"{HOME}/_blobs/signed-1"}}'
    assert second["request"]["uri"] == f"{HOME}/_blobs/signed-1"


def test_a_state_without_secrets_stays_as_it_was_sent_so_that_its_upload_still_matches() -> None:
    state = '{\n  "version": 4,\n  "outputs": {"a": {"value": "hello", "type": "string"}}, "resources": []\n}\n'
    secret = state.replace('"string"', '"string", "sensitive": true').replace("hello", "a-secret-value")
    plain, hidden = scrubbed(exchange("PUT", "/x", body=state), exchange("PUT", "/y", body=secret))
    assert plain["request"]["body"] == state
    assert "a-secret-value" not in str(hidden)


def test_a_plan_that_the_server_redacted_is_settled_too() -> None:
    def plan(*resources: str) -> dict[str, Any]:
        found = [{"resource": name, "attribute": [0]} for name in resources]
        return exchange("GET", "/x", json.dumps({"plan_format_version": "1.2", "relevant_attributes": found}))

    assert scrubbed(plan("a", "b")) == scrubbed(plan("b", "a"))


def test_what_the_host_holds_goes_although_nothing_marks_it() -> None:
    hook = "https://hooks.example/services/s3cr3t"
    made = exchange("POST", "/a", f'{{"url":"{hook}"}}', f'{{"url":"{hook}"}}')
    (one,) = canonical([made], address=ADDRESS, token=TOKEN, secrets=[hook])
    assert "s3cr3t" not in str(one)


def test_approval_ids_are_numbered() -> None:
    mark = f"[ap-{'f' * 24}]"
    (one,) = scrubbed(exchange("POST", "/a", f"made {mark}", f"make {mark}"))
    assert one["request"]["body"] == f"make [ap-{1:024x}]"
    assert one["response"]["body"]["string"] == f"made [ap-{1:024x}]"


def test_the_address_gives_way_to_the_one_that_every_tape_names() -> None:
    (one,) = scrubbed(exchange("GET", "/a", f"{ADDRESS}/api/v2/b"))
    assert one["request"]["uri"] == f"{HOME}/a"
    assert one["response"]["body"]["string"] == f"{HOME}/api/v2/b"


def test_concurrent_reads_are_kept_in_the_same_order_whoever_was_first() -> None:
    reads = [exchange("GET", path, f"{ADDRESS}/_blobs/{path}") for path in ("/a", "/b", "/c")]
    write = exchange("POST", "/w")
    tapes = [scrubbed(*order, write) for order in itertools.permutations(reads)]
    assert all(tape == tapes[0] for tape in tapes)


def test_polls_and_writes_stay_in_their_order() -> None:
    told = ["planning", "planned"]
    polls = [exchange("GET", "/run", status) for status in told]
    tape = scrubbed(exchange("POST", "/2"), *polls, exchange("POST", "/1"), exchange("GET", "/a"))
    assert [one["request"]["uri"].removeprefix(HOME) for one in tape] == ["/2", "/run", "/run", "/1", "/a"]
    assert [one["response"]["body"]["string"] for one in tape[1:3]] == told


def test_an_archive_is_kept_as_it_was_sent() -> None:
    one = exchange("PUT", "/a")
    one["request"]["body"] = b"\x1f\x8b\xff"
    assert scrubbed(one)[0]["request"]["body"] == b"\x1f\x8b\xff"


PASSWORD = "correct-horse-battery"


def test_what_a_plan_marks_as_secret_goes_from_every_exchange() -> None:
    change = {"actions": ["create"], "before": None, "after": {"password": PASSWORD}, "after_unknown": {}}
    resource = {"address": "a.b", "type": "a", "change": {**change, "after_sensitive": {"password": True}}}
    plan = json.dumps({"format_version": "1.2", "terraform_version": "1.11.4", "resource_changes": [resource]})
    tape = scrubbed(exchange("GET", "/log", f"Creating with {PASSWORD}"), exchange("GET", "/plan", plan))
    assert PASSWORD not in str(tape)
    assert '"actions": ["create"]' in str(tape)


def test_the_value_of_a_sensitive_variable_goes_from_every_exchange() -> None:
    attributes = {"key": "k", "value": PASSWORD, "sensitive": True}
    body = json.dumps({"data": {"type": "vars", "attributes": attributes}})
    tape = scrubbed(exchange("POST", "/vars", body=body), exchange("GET", "/log", f"x={PASSWORD}"))
    assert PASSWORD not in str(tape)
    assert str(tape).count("(sensitive)") == 2
