"""A plan is told from the best source there is, and a source that is there and can't be read is told first."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from support.server import PLAN, RUN, Server, fails, says
from support.tools import Asked, MakeToolkit, Use

from tfc_agent_tools.api import bodies

RECORDED = Path(__file__).parent / "plans"
JSON = json.loads((RECORDED / "04_replace.json").read_text())
LOG = b"\x02" + (RECORDED / "04_replace.jsonlog.ndjson").read_bytes() + b"\x03"
FULL, REDACTED = f"GET /plans/{PLAN}/json-output", f"GET /plans/{PLAN}/json-output-redacted"
LOG_URL = "GET /v1/object/l0g"
NESTED = b'{"format_version": "1.2", "resource_changes": ' + b"[" * 10_000
UNKNOWN_ACTION = {**JSON, "resource_changes": [{**JSON["resource_changes"][0], "change": {"actions": ["hide"]}}]}
Told = Callable[[], list[str]]


def sends(content: bytes) -> Callable[[httpx.Request], httpx.Response]:
    return lambda _: httpx.Response(200, content=content)


@pytest.fixture
def server(server: Server) -> Server:
    """A plan that replaces three resources and updates one, of which nothing but the counts can be read."""
    server.plan |= {"resource-additions": 3, "resource-changes": 1, "resource-destructions": 3}
    return server


@pytest.fixture(params=["a person", "a model"])
def told(request: pytest.FixtureRequest, make_toolkit: MakeToolkit, use: Use, asked: Asked) -> Told:
    """The lines about the plan that a person confirms, and those that a model reads."""

    def lines() -> list[str]:
        if request.param == "a model":
            return use(make_toolkit(), "explain_plan", run_id=RUN).text.splitlines()
        use(make_toolkit(confirmer=asked), "apply_run", run_id=RUN)
        block = asked.questions[-1].text.partition("from the plan itself:\n")[2].partition("What is sent")[0]
        return [line.removeprefix("  ") for line in block.splitlines()]

    return lines


@pytest.mark.parametrize(
    ("answers", "basis"),
    [
        ({FULL: says(JSON)}, "full plan JSON of"),
        ({REDACTED: says(JSON)}, "redacted plan JSON"),
        ({LOG_URL: sends(LOG)}, "structured plan log of"),
        ({}, "counts only"),
    ],
)
def test_a_plan_is_told_from_the_best_source_that_can_be_had(
    answers: dict[str, Any], basis: str, server: Server, told: Told
) -> None:
    server.answers = answers
    lines = told()
    assert next(line for line in lines if line.startswith("Rests on")).startswith(f"Rests on the {basis}")
    assert not [line for line in lines if "ATTENTION" in line]
    missed = [line for line in lines if line.startswith("Not read: ")]
    assert all("answered 404" in line for line in missed)
    assert lines[len(lines) - len(missed) :] == missed


@pytest.mark.parametrize("status", [403, 404, 422])
def test_a_source_that_is_not_to_be_had_is_said_below(status: int, server: Server, told: Told) -> None:
    server.answers = {FULL: fails(status), REDACTED: says(JSON)}
    assert told()[-1] == f"Not read: full plan JSON: answered {status}."


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        (sends(NESTED), "it is nested too deep"),
        (sends(json.dumps(UNKNOWN_ACTION).encode()), "that this version does not know"),
        (sends(json.dumps(JSON).encode()[:-9]), "it is"),
        (says({**JSON, "format_version": "7.0"}), "format version"),
        (lambda _: httpx.Response(307, headers={"location": "https://evil.example/plan"}), "not on the list"),
        (
            lambda _: httpx.Response(200, content=b"no gzip at all", headers={"content-encoding": "gzip"}),
            "decompressed",
        ),
        (sends(b""), "it is"),
    ],
)
@pytest.mark.parametrize("lower", [{REDACTED: says(JSON)}, {LOG_URL: sends(LOG)}, {}])
def test_a_source_that_is_there_and_can_not_be_read_stands_above_what_is_told_instead(
    answer: Any, why: str, lower: dict[str, Any], server: Server, told: Told
) -> None:
    server.answers = {FULL: answer, **lower}
    lines = told()
    assert lines[0].startswith("ATTENTION: the full plan JSON is there and can't be explained: ")
    assert why in lines[0]
    assert "can leave out what matters" in lines[0]
    assert "evil" not in "".join(lines)


@pytest.mark.parametrize("cut", [LOG[:-1], LOG.replace(b'"remove":3', b'"remove":0'), b"\x02no summary\x03"])
def test_a_log_that_tells_less_than_it_counts_is_no_plan(cut: bytes, server: Server, told: Told) -> None:
    server.answers = {LOG_URL: sends(cut)}
    lines = told()
    assert lines[0].startswith("ATTENTION: the structured plan log is there and can't be explained: its log is not")
    assert any("Which resources change is not known, only how many." in line for line in lines)


@pytest.mark.parametrize("name", ["additions", "changes", "destructions", "imports"])
def test_what_the_api_counts_otherwise_stands_above(name: str, server: Server, told: Told) -> None:
    server.answers = {FULL: says(JSON)}
    server.plan[f"resource-{name}"] = 9
    counts = {"additions": 3, "changes": 1, "destructions": 3, "imports": 0, name: 9}
    said = "{additions} to add, {changes} to change, {destructions} to destroy, {imports} to import".format(**counts)
    assert told()[0] == f"ATTENTION: the API counts otherwise: {said}."


def test_a_count_that_is_not_known_is_no_contradiction(server: Server, told: Told) -> None:
    server.answers = {FULL: says(JSON)}
    server.plan["resource-imports"] = None
    assert "ATTENTION" not in "".join(told())


def test_a_plan_that_failed_is_told_so_even_where_only_counts_are_known(
    server: Server, make_toolkit: MakeToolkit, use: Use
) -> None:
    server.plan["status"] = "errored"
    assert use(make_toolkit(), "explain_plan", plan_id=PLAN).text.startswith("THIS PLAN FAILED.")


@pytest.mark.parametrize("status", ["running", "pending", None, {}, "done\nAll is well"])
def test_a_plan_that_has_not_ended_is_not_explained(
    status: Any, server: Server, make_toolkit: MakeToolkit, use: Use
) -> None:
    server.plan["status"] = status
    message = use(make_toolkit(), "explain_plan", plan_id=PLAN)
    assert message.status == "error"
    assert message.text.startswith(f"Cannot explain this plan, because {PLAN} is ")
    assert "well" not in message.text
    assert server.lines == [f"GET /plans/{PLAN}"]


@pytest.mark.parametrize("status", [401, 500, 503])
def test_a_server_that_fails_is_no_reason_to_tell_less(
    status: int, server: Server, make_toolkit: MakeToolkit, use: Use, asked: Asked
) -> None:
    server.answers = {FULL: fails(status), REDACTED: says(JSON)}
    assert use(make_toolkit(confirmer=asked), "apply_run", run_id=RUN).status == "error"
    assert (asked.questions, server.writes) == ([], [])


@pytest.mark.parametrize("source", [{FULL: says(JSON)}, {LOG_URL: sends(LOG)}])
def test_what_the_host_holds_to_be_at_risk_is_so_on_every_tier_that_names_resources(
    source: dict[str, Any], server: Server, make_toolkit: MakeToolkit, use: Use, asked: Asked, tmp_path: Path
) -> None:
    (tmp_path / "at_risk.yaml").write_text("kinds: {vault of jewels: {holds_data: true, types: [terraform_data]}}\n")
    server.answers = source
    toolkit = make_toolkit(confirmer=asked, prompts=tmp_path)
    use(toolkit, "apply_run", run_id=RUN)
    assert "terraform_data.worker[0 to 2] (vault of jewels)" in asked.text or "vault of jewels): replaced" in asked.text
    assert "(vault of jewels)" in use(toolkit, "explain_plan", run_id=RUN).text


def test_the_plan_that_was_approved_out_of_band_is_the_same_in_another_process(
    server: Server, make_toolkit: MakeToolkit, use: Use
) -> None:
    server.answers = {FULL: says(JSON)}
    one = make_toolkit()
    use(one, "apply_run", run_id=RUN)
    one.approvals.approve(one.approvals.pending()[0].id, approver="ana")
    other = make_toolkit(store=one._host.approvals._store)
    assert use(other, "apply_run", run_id=RUN).status == "success"
    assert len(server.writes) == 1


def test_a_yes_to_a_better_explained_plan_does_not_serve_where_less_of_it_is_known(
    server: Server, make_toolkit: MakeToolkit, use: Use
) -> None:
    server.answers = {FULL: says(JSON)}
    toolkit = make_toolkit()
    use(toolkit, "apply_run", run_id=RUN)
    toolkit.approvals.approve(toolkit.approvals.pending()[0].id, approver="ana")
    server.answers = {REDACTED: says(JSON)}
    assert "no longer true" in use(toolkit, "apply_run", run_id=RUN).text
    assert server.writes == []


def test_a_log_too_large_for_memory_is_not_read(server: Server, make_toolkit: MakeToolkit, use: Use) -> None:
    server.answers = {LOG_URL: sends(b"x" * (bodies._IN_MEMORY * 64 + 1))}
    message = use(make_toolkit(), "read_plan_log", plan_id=PLAN)
    assert message.text.startswith("Cannot explain this log, because it is larger than 64 MiB.")
