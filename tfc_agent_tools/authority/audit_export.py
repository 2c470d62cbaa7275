"""The audit log for other systems: JSON lines, and OpenTelemetry spans `execute_tool …` (extra `otel`).

The names of the attributes are those of the semantic conventions for generative AI, which are in development:
https://opentelemetry.io/docs/specs/semconv/gen-ai/gen-ai-spans/
"""

from __future__ import annotations

import json
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from tfc_agent_tools.authority.audit import AuditRecord, data_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

OPERATION: Final = "gen_ai.operation.name"
TOOL: Final = "gen_ai.tool.name"
AGENT: Final = "gen_ai.agent.name"
CONVERSATION: Final = "gen_ai.conversation.id"
_OWN: Final = "tfc_agent."
_FACTS: Final = ("kind", "requester", "action", "server", "workspace", "request", "effect", "approval", "approver")
_FACTS_TOO: Final = ("result", "policy", "plan", "id", "hash")


def json_lines(records: Iterable[AuditRecord]) -> Iterator[str]:
    """One row a line, with its sentence."""
    for record in records:
        yield json.dumps({**data_of(record), "sentence": record.sentence}, sort_keys=True, ensure_ascii=False)


def spans(records: Iterable[AuditRecord], tracer: Any) -> int:
    """A span for each row, by a tracer of the OpenTelemetry API; the answer is how many.

    An outcome ends the span that its intent began. Arguments are left out: the row in the store has them.
    """
    begun: dict[str, str] = {}
    number = 0
    for record in records:
        if record.kind == "intent" and record.id:
            begun[record.id] = record.at
            continue
        start = begun.pop(record.id, record.at) if record.id else record.at
        span = tracer.start_span(
            f"execute_tool {record.tool}", start_time=_nanoseconds(start), attributes=_attributes(record)
        )
        span.end(end_time=_nanoseconds(record.at))
        number += 1
    return number


def _attributes(record: AuditRecord) -> dict[str, Any]:
    found: dict[str, Any] = {OPERATION: "execute_tool", TOOL: record.tool, AGENT: record.agent}
    if record.thread:
        found[CONVERSATION] = record.thread
    for name in (*_FACTS, *_FACTS_TOO):
        if value := getattr(record, name):
            found[_OWN + name] = str(value)
    return found | ({f"{_OWN}rules": list(record.rules)} if record.rules else {})


def _nanoseconds(at: str) -> int:
    return int(datetime.fromisoformat(at).timestamp() * 1e9)
