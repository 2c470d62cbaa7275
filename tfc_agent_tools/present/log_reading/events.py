"""The lines of a log that are Terraform's structured messages.

https://developer.hashicorp.com/terraform/internals/machine-readable-ui
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, Final

from tfc_agent_tools.narrow import mapping
from tfc_agent_tools.present.log_reading.diagnostics import diagnostic_of, is_count, whole
from tfc_agent_tools.present.log_reading.facts import ACTIONS, OTHER, LogCounts, LogRow

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tfc_agent_tools.present.log_reading.facts import Findings

VERSION: Final = r"[0-9]{1,4}\.[0-9]{1,4}\.[0-9]{1,4}[0-9A-Za-z.+-]{0,40}"
_OPERATIONS: Final = ("plan", "apply", "destroy")
_RENAMED: Final = {"remove": "forget", "noop": "no-op"}
"""Where a plan's JSON has another word for the same action."""
_REASONS: Final = frozenset(
    {
        "tainted", "requested", "replace_triggered_by", "cannot_update", "delete_because_no_resource_config",
        "delete_because_wrong_repetition", "delete_because_count_index", "delete_because_each_key",
        "delete_because_no_module", "delete_because_no_move_target", "read_because_config_unknown",
        "read_because_dependency_pending", "read_because_check_nested",
    }
)  # fmt: skip


def event_in(line: str) -> Mapping[str, Any] | None:
    """The structured message that a raw line is, or None for a line of plain text."""
    if not line.startswith("{") or '"@message"' not in line:
        return None
    try:
        event = mapping(json.loads(line))
    except (ValueError, RecursionError):
        return None
    return event if isinstance(event.get("@message"), str) else None


def read_event(event: Mapping[str, Any], findings: Findings) -> list[str]:
    """Note what a message says, and tell it in plain lines.

    Nothing but its sentence is told, and of a diagnostic all but the quoted source: the values of outputs that a
    message of an apply carries are dropped.
    """
    findings.is_structured = True
    findings.has_errors |= event.get("@level") == "error"
    kind = event.get("type")
    if kind == "diagnostic" and (told := mapping(event.get("diagnostic"))):
        diagnostic = diagnostic_of(told)
        findings.note(diagnostic)
        return ["", *diagnostic.in_words()]
    if isinstance(kind, str) and kind in _READERS:
        _READERS[kind](event, findings)
    return whole(event.get("@message")).split("\n")


def _version(event: Mapping[str, Any], findings: Findings) -> None:
    version = event.get("terraform", event.get("tofu"))
    if isinstance(version, str) and re.fullmatch(VERSION, version):
        findings.terraform_version = version


def _planned(event: Mapping[str, Any], findings: Findings) -> None:
    row = _row(event)
    findings.planned.append(row)
    findings.has_unknown_rows |= row.action == OTHER or not row.address


def _drifted(event: Mapping[str, Any], findings: Findings) -> None:
    findings.drifted.append(_row(event))


def _row(event: Mapping[str, Any]) -> LogRow:
    change = mapping(event.get("change"))
    reason = change.get("reason")
    return LogRow(
        address=_address(change.get("resource")),
        action=_action(change.get("action")) or OTHER,
        reason=None if not reason else reason if isinstance(reason, str) and reason in _REASONS else "unknown",
        previous_address=_address(change.get("previous_resource")) or None,
        is_import="importing" in change,
    )


def _address(resource: object) -> str:
    return whole(mapping(resource).get("addr"))


def _action(word: object) -> str | None:
    action = _RENAMED.get(word, word) if isinstance(word, str) else None
    return action if action is None or action in ACTIONS else OTHER


def _summary(event: Mapping[str, Any], findings: Findings) -> None:
    changes = mapping(event.get("changes"))
    operation = changes.get("operation")
    numbers = {name: changes.get(name, 0) for name in ("add", "change", "remove", "import")}
    rarer = {name: changes.get(name) for name in ("forget", "action_invocation")}
    told = [*numbers.values(), *(number for number in rarer.values() if number is not None)]
    if operation not in _OPERATIONS or not all(map(is_count, told)):
        findings.summaries.append(None)
        return
    findings.summaries.append(
        LogCounts(
            operation=str(operation),
            add=numbers["add"],
            change=numbers["change"],
            remove=numbers["remove"],
            import_=numbers["import"],
            forget=rarer["forget"],
            invoke=rarer["action_invocation"],
        )
    )


def _outputs(event: Mapping[str, Any], findings: Findings) -> None:
    for name, output in mapping(event.get("outputs")).items():
        action = _action(mapping(output).get("action"))
        findings.outputs[whole(name)] = action or findings.outputs.get(whole(name))


def _failed(event: Mapping[str, Any], findings: Findings) -> None:
    findings.note_failure(_address(mapping(event.get("hook")).get("resource")))


_READERS: Final[Mapping[str, Callable[[Mapping[str, Any], Findings], None]]] = {
    "version": _version,
    "planned_change": _planned,
    "resource_drift": _drifted,
    "change_summary": _summary,
    "outputs": _outputs,
    "apply_errored": _failed,
    "ephemeral_op_errored": _failed,
}
