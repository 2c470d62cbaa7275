"""Checkpoints, export and the trail of HCP Terraform."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from tfc_agent_tools.authority.audit import Audit, AuditRecord, Checkpoint
from tfc_agent_tools.authority.audit_chain import findings
from tfc_agent_tools.authority.audit_export import json_lines, spans
from tfc_agent_tools.authority.audit_trail import Event, events_of, unexplained
from tfc_agent_tools.errors import UnexpectedResponse
from tfc_agent_tools.store import MemoryStore

WRITE = AuditRecord(
    kind="intent",
    agent="infra",
    requester="ana",
    tool="apply_run",
    action="runs.apply",
    arguments={"run_id": "run-1"},
    request="POST /runs/run-1/actions/apply",
    id="send-1",
    call="write-1",
    rules=("zoe",),
    thread="t1",
)


def filled(count: int = 5) -> Audit:
    audit = Audit(MemoryStore())
    for number in range(count):
        audit.append(replace(WRITE, kind="read", request=None, id="", call="", arguments={"run_id": f"run-{number}"}))
    return audit


def test_rows_cut_off_at_the_end_show_against_a_checkpoint_only() -> None:
    audit = filled()
    before = audit.checkpoint()
    audit._store._rows.pop()  # type: ignore[attr-defined]
    assert audit.findings() == []
    assert audit.findings(before) == ["1 rows are missing: there were 5"]
    assert not audit.verify(before)


def test_a_log_that_went_on_is_whole_by_an_older_checkpoint() -> None:
    audit = filled()
    before = audit.checkpoint()
    assert audit.verify(before)
    audit.append(WRITE)
    assert audit.verify(before)


@pytest.mark.parametrize("dropped", [1, 2, 3])
def test_a_checkpoint_tells_nothing_of_rows_that_are_no_longer_kept(dropped: int) -> None:
    audit = filled()
    rows, second = audit.records(), Checkpoint(2, "0" * 64)
    wrong = ["row 2 is not the one that the checkpoint saw"]
    assert findings(rows[dropped:], second, dropped) == (wrong if dropped < 2 else [])


def test_a_chain_written_anew_shows_against_a_checkpoint() -> None:
    before = filled().checkpoint()
    anew = Audit(MemoryStore())
    for _ in range(6):
        anew.append(replace(WRITE, kind="read"))
    assert anew.verify()
    assert anew.findings(before) == ["row 5 is not the one that the checkpoint saw"]


def test_a_finding_names_the_row() -> None:
    audit = filled()
    rows: Any = audit._store._rows  # type: ignore[attr-defined]
    rows[2] = replace(rows[2], agent="other")
    assert [one.partition(" (")[0] for one in audit.findings()] == ["row 3"]
    del rows[2]
    assert audit.findings()[0].startswith("row 3 ")


def test_a_checkpoint_is_one_line_that_can_be_read_back() -> None:
    checkpoint = filled().checkpoint()
    assert Checkpoint.parse(f"{checkpoint}\n") == checkpoint
    with pytest.raises(ValueError, match="no checkpoint"):
        Checkpoint.parse("tfc-agent-audit 2 5 abc")


def test_json_lines_hold_the_row_and_its_sentence() -> None:
    audit = filled(2)
    lines = [json.loads(line) for line in json_lines(audit.records())]
    assert [line["hash"] for line in lines] == [row.hash for row in audit.records()]
    assert lines[0]["sentence"] == audit.records()[0].sentence


def test_a_write_is_one_span_from_its_intent_to_its_outcome_without_its_arguments() -> None:
    audit = Audit(MemoryStore())
    audit.append_intent(replace(WRITE, at="2026-11-24T12:00:00+00:00"))
    audit.append_outcome(replace(WRITE, kind="outcome", result="answered 202", at="2026-11-24T12:00:03+00:00"))
    exporter, provider = InMemorySpanExporter(), TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    assert spans(audit.records(), provider.get_tracer("test")) == 1
    (span,) = exporter.get_finished_spans()
    assert span.name == "execute_tool apply_run"
    assert span.end_time
    assert span.start_time
    assert span.end_time - span.start_time == 3_000_000_000
    found = dict(span.attributes or {})
    assert found["gen_ai.operation.name"] == "execute_tool"
    assert found["gen_ai.conversation.id"] == "t1"
    assert found["tfc_agent.result"] == "answered 202"
    assert "run_id" not in json.dumps(found, default=str)


DOCUMENTED = b"""{"data": [{"id": "ae66e491-db59-457c-8445-9c908ee726ae", "version": "0", "type": "Resource",
 "timestamp": "2020-06-30T17:52:46.000Z", "auth": {"accessor_id": "user-MaPuLxAXvtq2PWTH", "description": "pveverka",
 "type": "Client", "impersonator_id": null, "organization_id": "org-AGLwRmx1snv34Yts"},
 "request": {"id": "4df584d4-7e2a-01e6-6cc0-4adbefa020e6"}, "resource": {"id": "at-sjt83qTw3GZatuPm",
 "type": "authentication_token", "action": "create", "meta": null}}],
 "pagination": {"current_page": 1, "prev_page": null, "next_page": 2, "total_pages": 8, "total_count": 778}}"""
"""https://developer.hashicorp.com/terraform/cloud-docs/api-docs/audit-trails"""
NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)


def event(**changes: Any) -> Event:
    given: dict[str, Any] = {"at": NOW, "accessor": "user-1", "action": "apply", "kind": "run", "resource": "run-1"}
    return Event(**{**given, **changes})


@pytest.mark.parametrize(
    ("change", "is_explained"),
    [
        ({}, True),
        ({"at": NOW + timedelta(minutes=1)}, True),
        ({"at": NOW + timedelta(minutes=5)}, False),
        ({"resource": "run-2"}, False),
        ({"action": "some-new-action", "resource": "run-2"}, False),
        ({"action": "read", "resource": "run-2"}, True),
        ({"accessor": "user-2", "resource": "run-2"}, True),
    ],
)
def test_a_change_by_this_token_without_a_write_on_record_is_told(change: dict[str, Any], is_explained: bool) -> None:
    rows = [replace(WRITE, at=NOW.isoformat())]
    assert (unexplained([event(**change)], rows, "user-1") == []) is is_explained


def test_what_a_write_makes_is_explained_by_its_kind() -> None:
    rows = [replace(WRITE, at=NOW.isoformat(), request="POST /runs")]
    assert unexplained([event(action="create", resource="run-9")], rows, "user-1") == []
    assert unexplained([event(action="create", kind="workspace", resource="ws-9")], rows, "user-1")


def test_the_documented_page_of_a_trail_is_read() -> None:
    found, following = events_of(DOCUMENTED)
    assert found[0].accessor == "user-MaPuLxAXvtq2PWTH"
    assert (found[0].action, found[0].kind, following) == ("create", "authentication_token", 2)


@pytest.mark.parametrize("content", [b"", b"[]", b'{"data": [{}]}', b'{"data": [{"auth": {}, "resource": {}}]}'])
def test_a_page_that_is_none_is_an_error_and_not_an_empty_trail(content: bytes) -> None:
    with pytest.raises(UnexpectedResponse):
        events_of(content)


def test_hostile_words_of_a_trail_stay_words() -> None:
    page = {
        "data": [
            {
                "timestamp": "2026-11-24T12:00:00.000Z",
                "auth": {"accessor_id": "user-1"},
                "resource": {"id": "x\n[31mrow", "type": "run", "action": "create"},
            }
        ]
    }
    (found,), _ = events_of(json.dumps(page).encode())
    assert found.resource == "x31mrow"
