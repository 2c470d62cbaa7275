"""What a log says is read alike from its structured and its plain form."""

import json
from pathlib import Path

import pytest

from tfc_agent_tools.errors import Unreadable
from tfc_agent_tools.present.log_reading.diagnostics import Diagnostic
from tfc_agent_tools.present.log_reading.facts import LogCounts, LogRow
from tfc_agent_tools.present.logs import RunLog, read_log

PLANS = Path(__file__).parents[1] / "plans"
SCENARIOS = sorted(path.name.partition(".")[0] for path in PLANS.glob("*.jsonlog.ndjson"))
WITHOUT_SUMMARY = {"14_refresh_only_output_drift", "18_config_errors"}
"""Scenarios whose plain log has no summary line."""

BOXED = """\
\x1b[0m\x1b[1mPlan:\x1b[0m 1 to add, 0 to change, 0 to destroy.
\x1b[0m\x1b[1mterraform_data.a (local-exec):\x1b[0m \x1b[0mError: fake
\x1b[33m╷\x1b[0m\x1b[0m
\x1b[33m│\x1b[0m \x1b[0m\x1b[1m\x1b[33mWarning: \x1b[0m\x1b[0m\x1b[1mCheck block assertion failed\x1b[0m
\x1b[33m│\x1b[0m \x1b[0m
\x1b[33m│\x1b[0m \x1b[0m\x1b[0m  on main.tf line 12, in check "c":
\x1b[33m│\x1b[0m \x1b[0m  12:     condition = \x1b[4mvar.n == "hunter2"\x1b[0m \x1b[0m
\x1b[33m│\x1b[0m \x1b[0m    \x1b[90m├────────────────\x1b[0m
\x1b[33m│\x1b[0m \x1b[0m\x1b[0m    \x1b[90m│\x1b[0m \x1b[1mvar.n\x1b[0m is "swordfish"
\x1b[33m│\x1b[0m \x1b[0m\x1b[0m
\x1b[33m│\x1b[0m \x1b[0mn must be 2
\x1b[33m│\x1b[0m \x1b[0m
\x1b[33m│\x1b[0m \x1b[0mError: fake in detail
\x1b[33m╵\x1b[0m\x1b[0m
\x1b[31m╷\x1b[0m\x1b[0m
\x1b[31m│\x1b[0m \x1b[0m\x1b[1m\x1b[31mError: \x1b[0m\x1b[0m\x1b[1mlocal-exec provisioner error\x1b[0m
\x1b[31m│\x1b[0m \x1b[0m
\x1b[31m│\x1b[0m \x1b[0m\x1b[0m  with terraform_data.a,
\x1b[31m│\x1b[0m \x1b[0m  on main.tf line 4, in resource "terraform_data" "a":
\x1b[31m│\x1b[0m \x1b[0m   4:   provisioner "local-exec" \x1b[4m{\x1b[0m \x1b[0m
\x1b[31m│\x1b[0m \x1b[0m
\x1b[31m│\x1b[0m \x1b[0mError running command 'exit 3': exit status 3.
\x1b[31m╵\x1b[0m\x1b[0m
Operation failed: failed running terraform apply (exit 1)
"""
BOXED_DIAGNOSTICS = (
    Diagnostic(
        severity="warning",
        summary="Check block assertion failed",
        detail="n must be 2\n\nError: fake in detail",
        file="main.tf",
        line=12,
        context='check "c"',
    ),
    Diagnostic(
        severity="error",
        summary="local-exec provisioner error",
        detail="Error running command 'exit 3': exit status 3.",
        address="terraform_data.a",
        file="main.tf",
        line=4,
        context='resource "terraform_data" "a"',
    ),
)


def plain(text: str) -> RunLog:
    return read_log(f"\x02{text}\x03".encode())


def structured(*events: dict[str, object]) -> RunLog:
    lines = [json.dumps({"@level": "info", "@message": "said", **event}) for event in events]
    return plain("\n".join(["Terraform v1.14.0", "on linux_amd64", "Initializing plugins and modules...", *lines, ""]))


def both(scenario: str) -> tuple[RunLog, RunLog]:
    forms = (PLANS / f"{scenario}.jsonlog.ndjson", PLANS / f"{scenario}.log.txt")
    from_json, from_text = (read_log(path.read_bytes()) for path in forms)
    assert (from_json.is_structured, from_text.is_structured) == (True, False)
    return from_json, from_text


def words(diagnostics: tuple[Diagnostic, ...]) -> list[tuple[object, ...]]:
    """All of each, but for how its detail is broken into lines."""
    return sorted(
        (d.severity, d.summary, " ".join(d.detail.split()), d.address or "", d.file, d.line, d.context or "")
        for d in diagnostics
    )


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_both_forms_of_a_log_give_the_same_diagnostics(scenario: str) -> None:
    from_json, from_text = both(scenario)
    assert words(from_json.diagnostics) == words(from_text.diagnostics)
    assert (from_json.is_errored, from_json.failed) == (from_text.is_errored, from_text.failed)


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_both_forms_of_a_log_give_the_same_rows_and_outputs(scenario: str) -> None:
    rows, changed = zip(
        *(
            (
                {(row.address, row.action, row.previous_address, row.is_import) for row in log.planned},
                {name: action for name, action in log.outputs.items() if action != "no-op"},
            )
            for log in both(scenario)
        ),
        strict=True,
    )
    assert rows[0] == rows[1]
    assert changed[0] == changed[1]


@pytest.mark.parametrize("scenario", sorted({*SCENARIOS} - WITHOUT_SUMMARY))
def test_both_forms_of_a_log_give_the_same_counts_and_rows_that_add_up(scenario: str) -> None:
    from_json, from_text = both(scenario)
    assert from_json.counts == from_text.counts
    assert from_text.counts is not None
    assert from_json.rows_are_complete
    assert from_text.rows_are_complete


@pytest.mark.parametrize("scenario", sorted(WITHOUT_SUMMARY))
def test_without_a_summary_line_there_are_no_counts(scenario: str) -> None:
    log = both(scenario)[1]
    assert log.counts is None
    assert not log.rows_are_complete


@pytest.mark.parametrize("scenario", sorted({*SCENARIOS} - {"18_config_errors"}))
def test_the_rows_are_those_of_the_plan_itself(scenario: str) -> None:
    words_of = {("create",): "create", ("update",): "update", ("delete",): "delete", ("read",): "read",
                ("delete", "create"): "replace", ("create", "delete"): "replace", ("forget",): "forget"}  # fmt: skip
    changes = json.loads((PLANS / f"{scenario}.json").read_text()).get("resource_changes", [])
    shown = [c for c in changes if c["change"]["actions"] != ["no-op"] or "previous_address" in c]
    planned = {(c["address"], words_of.get(tuple(c["change"]["actions"]), "move")) for c in shown}
    for log in both(scenario):
        assert {(row.address, row.action) for row in log.planned} == planned


def test_reasons_are_the_structured_logs_own_where_a_plain_log_tells_them() -> None:
    for scenario, reason in {
        "07_force_replace": "requested",
        "08_moved_mixed": "delete_because_count_index",
        "12_data_source_check_warn": "read_because_dependency_pending",
        "16_tainted": "tainted",
    }.items():
        for log in both(scenario):
            assert {row.reason for row in log.planned if row.reason} == {reason}


def test_a_log_of_an_apply_counts_what_was_done() -> None:
    log = read_log((PLANS / "01_create.apply.log.txt").read_bytes())
    assert log.counts == LogCounts(operation="apply", add=11, change=0, remove=0)
    assert log.rows_are_complete
    assert not log.is_errored


def test_an_apply_that_failed_has_only_the_counts_of_its_plan() -> None:
    log = read_log((PLANS / "16_tainted.apply.log.txt").read_bytes())
    assert log.counts == LogCounts(operation="plan", add=1, change=0, remove=0)
    assert (log.is_errored, log.failed) == (True, ("terraform_data.boot",))


def test_boxed_diagnostics_in_colour_are_read_without_source_and_values() -> None:
    log = plain(BOXED)
    assert log.diagnostics == BOXED_DIAGNOSTICS
    assert log.failed == ("terraform_data.a",)
    assert log.counts == LogCounts(operation="plan", add=1, change=0, remove=0)
    assert "hunter2" not in repr(log)
    assert "swordfish" not in repr(log)
    assert log.lines[6:8] == ("│   (source not shown)", "│ ")


def test_a_diagnostic_without_a_box_is_read_without_source_and_values() -> None:
    log = plain(
        '\nError: Invalid value for variable\n\n  on main.tf line 1:\n   1: variable "n" { # hunter2\n   2: x\n'
        '    ├────────────────\n    │ var.n is "swordfish"\n\nn must be < 5\n\nWarning: second\n\nits detail\n'
    )
    assert log.diagnostics == (
        Diagnostic(
            severity="error",
            summary="Invalid value for variable",
            detail="n must be < 5",
            file="main.tf",
            line=1,
        ),
        Diagnostic(severity="warning", summary="second", detail="its detail"),
    )
    assert "hunter2" not in repr(log)
    assert "swordfish" not in repr(log)


def test_a_structured_diagnostic_is_told_without_source_and_values() -> None:
    snippet = {"context": 'check "c"', "code": "hunter2", "values": [{"traversal": "var.n", "statement": "swordfish"}]}
    told = {
        "severity": "error", "summary": "Bad", "detail": "one\ntwo", "address": "a.b", "snippet": snippet,
        "range": {"filename": "main.tf", "start": {"line": 3}},
    }  # fmt: skip
    log = structured({"type": "diagnostic", "diagnostic": told, "@level": "error"})
    assert log.lines[3:] == ("", "Error: Bad", "  with a.b", '  on main.tf line 3, in check "c"', "", "one", "two")
    assert "hunter2" not in repr(log)
    assert "swordfish" not in repr(log)


def test_a_summary_of_several_lines_stays_together() -> None:
    log = plain("╷\n│ Error: 2 problems:\n│ - one\n│ - two\n│\n│   with aws_x.y,\n│ Because.\n╵\n")
    (found,) = log.diagnostics
    assert (found.summary, found.address, found.detail) == ("2 problems:\n- one\n- two", "aws_x.y", "Because.")


def test_an_apply_in_structured_form_names_what_failed_and_drops_the_values_of_outputs() -> None:
    log = structured(
        {"type": "version", "terraform": "1.14.1", "ui": "1.2"},
        {"type": "outputs", "outputs": {"a": {"action": "create"}}},
        {"type": "apply_errored", "hook": {"resource": {"addr": "x.y[0]"}, "action": "create"}},
        {"type": "outputs", "outputs": {"a": {"value": "hunter2"}, "b": {"value": 1}}},
    )
    assert log.outputs == {"a": "create", "b": None}
    assert (log.failed, log.is_errored, log.terraform_version) == (("x.y[0]",), True, "1.14.1")
    assert "hunter2" not in repr(log)


def test_drift_is_told_apart_from_what_is_planned_in_both_forms() -> None:
    moved = {"resource": {"addr": "x.new"}, "previous_resource": {"addr": "x.old"}, "action": "move"}
    from_json = structured(
        {"type": "resource_drift", "change": {"resource": {"addr": "x.a"}, "action": "update"}},
        {"type": "resource_drift", "change": {"resource": {"addr": "x.b"}, "action": "delete"}},
        {"type": "resource_drift", "change": moved},
        {"type": "planned_change", "change": {"resource": {"addr": "x.b"}, "action": "create"}},
        {"type": "change_summary", "changes": {"add": 1, "change": 0, "remove": 0, "operation": "plan"}},
    )
    from_text = plain(
        "\nNote: Objects have changed outside of Terraform\n\nTerraform detected the following changes made outside\n"
        '\n  # x.a has changed\n  ~ resource "x" "a" {\n    }\n'
        '\n  # x.b has been deleted\n  - resource "x" "b" {\n    }\n'
        "\n  # x.old has moved to x.new\n\n─────\n\nTerraform will perform the following actions:\n"
        '\n  # x.b will be created\n  + resource "x" "b" {\n    }\n\nPlan: 1 to add, 0 to change, 0 to destroy.\n'
    )
    for log in (from_json, from_text):
        assert log.drifted == (
            LogRow(address="x.a", action="update"),
            LogRow(address="x.b", action="delete"),
            LogRow(address="x.new", action="move", previous_address="x.old"),
        )
        assert log.planned == (LogRow(address="x.b", action="create"),)
        assert log.rows_are_complete


HEADINGS = {
    "x.y will be created": LogRow(address="x.y", action="create"),
    'module.m["a b"].x.y["will be created"] will be destroyed': LogRow(
        address='module.m["a b"].x.y["will be created"]', action="delete"
    ),
    "x.y will be updated in-place": LogRow(address="x.y", action="update"),
    "x.y must be replaced": LogRow(address="x.y", action="replace"),
    "x.y is tainted, so must be replaced": LogRow(address="x.y", action="replace", reason="tainted"),
    "x.y will be replaced, as requested": LogRow(address="x.y", action="replace", reason="requested"),
    "x.y will be replaced due to changes in replace_triggered_by": LogRow(
        address="x.y", action="replace", reason="replace_triggered_by"
    ),
    "x.y will be imported": LogRow(address="x.y", action="import", is_import=True),
    "x.old has moved to x.y": LogRow(address="x.y", action="move", previous_address="x.old"),
    'x.y["a has moved to b"] will be created': LogRow(address='x.y["a has moved to b"]', action="create"),
    "x.y (deposed object 0a1b2c3d) will be destroyed": LogRow(address="x.y", action="delete"),
    "x.y will no longer be managed by Terraform, but will not be destroyed": LogRow(address="x.y", action="forget"),
    'x.y will be destroyed\n  # (because key ["b"] is not in for_each map)': LogRow(
        address="x.y", action="delete", reason="delete_because_each_key"
    ),
    'x.y will be updated in-place\n  # (moved from x.z)\n  # (imported from "i-1")': LogRow(
        address="x.y", action="update", previous_address="x.z", is_import=True
    ),
}


@pytest.mark.parametrize(("heading", "row"), HEADINGS.items(), ids=HEADINGS)
@pytest.mark.parametrize("start", ["  # ", " # ", "\x1b[1m  # "])
def test_a_heading_of_a_plain_plan_is_a_row(heading: str, row: LogRow, start: str) -> None:
    log = plain(
        f"Terraform will perform the following actions:\n\n{start}{heading}\x1b[0m\n    # x.z will be created\n"
    )
    assert log.planned == (row,)


def test_a_warning_below_a_heading_is_no_heading() -> None:
    warning = "  # Warning: this will destroy the imported resource\n"
    assert plain(ONE_TO_ADD.replace("created\n", f"created\n{warning}")).rows_are_complete


@pytest.mark.parametrize(
    "heading",
    [
        "x.y will be pondered",
        "x.y was deferred",
        'x.y has moved to x.y["a has moved to b"]',
        "x.y must be replaced, but kept",
    ],
)
def test_a_heading_that_is_not_understood_leaves_the_counts_and_makes_the_rows_incomplete(heading: str) -> None:
    text = "Terraform will perform the following actions:\n\n  # {}\n\nPlan: 0 to add, 0 to change, 0 to destroy.\n"
    for said, is_complete in (
        ("x.z will be imported later", False),
        (heading, False),
        ("x.y will be read during apply", True),
    ):
        log = plain(text.format(said))
        assert log.counts == LogCounts(operation="plan", add=0, change=0, remove=0)
        assert log.rows_are_complete == is_complete


@pytest.mark.parametrize("change", [{"action": "ponder"}, {"action": None}, {}, {"action": "create", "resource": 1}])
def test_a_structured_row_that_is_not_understood_makes_the_rows_incomplete(change: dict[str, object]) -> None:
    summary = {"type": "change_summary", "changes": {"add": 0, "change": 0, "remove": 0, "operation": "plan"}}
    log = structured({"type": "planned_change", "change": {"resource": {"addr": "x.y"}, **change}}, summary)
    assert log.counts is not None
    assert not log.rows_are_complete


SUMMARIES = {
    "Plan: 3 to add, 1 to change, 2 to destroy.": LogCounts(operation="plan", add=3, change=1, remove=2),
    "Plan: 1 to import, 3 to add, 1 to change, 2 to destroy.": LogCounts(
        operation="plan", add=3, change=1, remove=2, import_=1
    ),
    "Plan: 3 to add, 1 to change, 2 to destroy, 4 to forget.": LogCounts(
        operation="plan", add=3, change=1, remove=2, forget=4
    ),
    "Plan: 3 to add, 1 to change, 2 to destroy. Actions: 5 to invoke.": LogCounts(
        operation="plan", add=3, change=1, remove=2, invoke=5
    ),
    "No changes. Your infrastructure matches the configuration.": LogCounts(
        operation="plan", add=0, change=0, remove=0
    ),
    "Apply complete! Resources: 1 imported, 3 added, 1 changed, 2 destroyed, 4 forgotten. Actions: 5 invoked.":
        LogCounts(operation="apply", add=3, change=1, remove=2, import_=1, forget=4, invoke=5),
    "Destroy complete! Resources: 7 destroyed.": LogCounts(operation="destroy", add=0, change=0, remove=7),
    "Plan: 3 to add, 1 to change, 2 to destroy, 1 to ponder.": None,
    "Plan: 3 to add, 1 to change.": None,
    "Plan: 3 to add, 1 to change, 2 to destroy, 4 to add.": None,
    "Plan: 3 to add, 1 to change, 2 to destroy. And more.": None,
    "  Plan: 3 to add, 1 to change, 2 to destroy.": None,
    "│ Plan: 3 to add, 1 to change, 2 to destroy.": None,
}  # fmt: skip


@pytest.mark.parametrize(("line", "counts"), SUMMARIES.items(), ids=SUMMARIES)
def test_counts_are_those_of_the_summary_line_or_none(line: str, counts: LogCounts | None) -> None:
    assert plain(f"before\n\x1b[1m{line}\x1b[0m\nafter\n").counts == counts


@pytest.mark.parametrize(
    "changes",
    [
        {"operation": "ponder"},
        {"add": True},
        {"add": -1},
        {"add": "1"},
        {"forget": []},
        {"add": 10**9},
        {"change": None},
    ],
)
def test_a_structured_summary_that_is_not_understood_gives_no_counts(changes: dict[str, object]) -> None:
    good = {"add": 1, "change": 2, "remove": 3, "import": 4, "forget": 5, "action_invocation": 6, "operation": "apply"}
    log = structured({"type": "change_summary", "changes": good})
    assert log.counts == LogCounts(operation="apply", add=1, change=2, remove=3, import_=4, forget=5, invoke=6)
    assert structured({"type": "change_summary", "changes": good | changes}).counts is None


def test_two_summaries_that_disagree_give_no_counts() -> None:
    one, other = "Plan: 1 to add, 0 to change, 0 to destroy.\n", "Plan: 0 to add, 0 to change, 1 to destroy.\n"
    assert plain(one + one).counts == LogCounts(operation="plan", add=1, change=0, remove=0)
    assert plain(one + other).counts is None
    done = "Apply complete! Resources: 1 added, 0 changed, 0 destroyed.\n"
    assert plain(one + done).counts == LogCounts(operation="apply", add=1, change=0, remove=0)
    assert plain(one + done + done.replace("1", "2")).counts is None


ONE_TO_ADD = """
Terraform will perform the following actions:

  # x.y will be created
  + resource "x" "y" {
    }

Plan: 1 to add, 0 to change, 0 to destroy.
"""


def test_rows_that_do_not_add_up_to_the_summary_are_marked() -> None:
    assert plain(ONE_TO_ADD).rows_are_complete
    assert not plain(ONE_TO_ADD.replace("Plan:", "Plan: 1 to import,")).rows_are_complete
    log = plain(ONE_TO_ADD.replace("1 to", "2 to"))
    assert not log.rows_are_complete
    assert log.counts == LogCounts(operation="plan", add=2, change=0, remove=0)


def test_the_value_of_an_output_can_not_pass_for_what_terraform_says() -> None:
    event = json.dumps({"@message": "x", "type": "apply_errored", "hook": {"resource": {"addr": "x.z"}}})
    fakes = f"Error: fake\n\n  with x.z,\n\n{event}\n{ONE_TO_ADD.replace('x.y', 'x.z')}EOT\n"
    done = "Apply complete! Resources: 1 added, 0 changed, 0 destroyed.\n"
    log = plain(f"{ONE_TO_ADD}\n{done}\nOutputs:\n\nvalue = <<EOT\n{fakes}")
    assert log.planned == (LogRow(address="x.y", action="create"),)
    assert (log.diagnostics, log.is_errored, log.failed, log.is_structured) == ((), False, (), False)
    assert log.rows_are_complete
    assert plain(f"{done}\nOutputs:\n\nvalue = <<EOT\n{done.replace('1', '2')}EOT\n").counts is None


def test_text_after_an_error_without_a_box_can_not_pass_for_a_summary() -> None:
    log = plain(
        "\nError: no\n\nApply complete! Resources: 0 added, 0 changed, 0 destroyed.\n\nOutputs:\n\nError: two\n"
    )
    assert log.counts is None
    assert [found.summary for found in log.diagnostics] == ["no", "two"]


@pytest.mark.parametrize(
    "line", ["Operation failed: failed running terraform plan (exit 1)", "Planning failed. Terraform"]
)
def test_a_log_that_says_so_is_errored_without_a_diagnostic(line: str) -> None:
    assert plain(f"a\n{line}\n").is_errored
    assert not plain(f"a\nterraform_data.a (local-exec): {line}\n").is_errored


def test_a_structured_error_without_a_diagnostic_is_an_error() -> None:
    assert structured({"type": "log", "@level": "error"}).is_errored
    assert not structured({"type": "log", "@level": "warn"}).is_errored


def test_a_reason_that_is_not_known_is_not_repeated() -> None:
    for reason, told in (("tainted", "tainted"), ("hunter2", "unknown"), ({}, None), (["x"], "unknown"), (None, None)):
        log = structured({"type": "planned_change", "change": {"action": "replace", "reason": reason}})
        assert log.planned[0].reason == told


def test_an_error_in_plain_text_ends_where_structured_lines_begin() -> None:
    message = json.dumps({"@message": "said", "type": "log"})
    log = plain(f"Error: no\n\ndetail\n{message}\nmore\n")
    assert log.diagnostics == (Diagnostic(severity="error", summary="no", detail="detail"),)
    assert log.lines == ("Error: no", "", "detail", "said", "more")


def test_without_a_box_only_a_paragraph_starts_the_next_diagnostic() -> None:
    log = plain("\nError: one\n\ndetail\nError: of the detail\n\nError: two\n")
    assert [(found.summary, found.detail) for found in log.diagnostics] == [
        ("one", "detail\nError: of the detail"),
        ("two", ""),
    ]


def test_plain_text_in_a_structured_log_silences_no_message() -> None:
    done = "Apply complete! Resources: 1 added, 0 changed, 0 destroyed.\nOutputs:\n"
    messages = [json.dumps({"@message": "said", "@level": level, "type": "log"}) for level in ("info", "error")]
    assert plain(f"{messages[0]}\n{done}{messages[1]}\n").is_errored


def test_a_message_is_parsed_before_it_is_cleaned() -> None:
    log = plain('{"@message":"one \x9b","type":"version","terraform":"1.2.3"}\n')
    assert (log.lines, log.terraform_version) == (("one ",), "1.2.3")


def test_the_version_is_that_of_the_preamble() -> None:
    assert plain("Terraform v1.11.4\non linux_amd64\n").terraform_version == "1.11.4"
    assert plain("OpenTofu v1.6.0-rc1\non linux_amd64\n").terraform_version == "1.6.0-rc1"
    assert plain("Terraform vX\n").terraform_version is None
    assert plain("Terraform v1.11.4\n\nTerraform v1.2.3\n").terraform_version == "1.11.4"
    assert structured({"type": "version", "tofu": "1.6.0"}).terraform_version == "1.6.0"


def test_a_log_is_complete_only_with_its_end_mark_at_the_end() -> None:
    complete = {b"\x02a\x03": True, b"\x02a\n\x03\n": True, b"\x02\x03": True, b"\x02a": False, b"": False,
                b"\x02a\x03b": False, b"\x02": False, b"a\x03": True}  # fmt: skip
    for content, is_complete in complete.items():
        log = read_log(content)
        assert log.is_complete == is_complete
        assert log.lines in {("a",), ("ab",), ()}


def test_the_unfinished_message_at_the_end_of_a_growing_log_is_not_shown() -> None:
    event = json.dumps({"@message": "Outputs: 1", "type": "outputs", "outputs": {"a": {"value": "hunter2"}}})
    for end in range(1, len(event)):
        log = read_log(b"\x02started\n" + event[:end].encode())
        assert log.lines == ("started", "(this line has not ended yet)")
    assert read_log(b"\x02started\n" + event.encode()).lines == ("started", "Outputs: 1")


def test_a_json_line_that_is_not_terraforms_is_plain_text() -> None:
    for line in (
        '{"message": "x"}',
        '{"@message": 1}',
        "{",
        '{"@message": "x"',
        '["@message"]',
        '{"@message":' * 10_000,
    ):
        log = plain(f"{line}\nend\n")
        assert log.lines == (line, "end")
        assert not log.is_structured


@pytest.mark.parametrize("content", [bytes(range(128, 256)) * 9, b"\0" * 99, "Plan".encode("utf-16") * 9])
def test_what_is_no_text_is_refused_without_a_word_of_it(content: bytes) -> None:
    with pytest.raises(Unreadable, match=r"^cannot explain this log, because it is not text$"):
        read_log(content)


def test_a_byte_that_is_no_text_refuses_nothing() -> None:
    assert read_log(b"\x02caf\xe9 au lait, s'il vous plait\x03").lines == ("caf\ufffd au lait, s'il vous plait",)


def test_an_empty_log_is_empty_and_incomplete() -> None:
    assert read_log(b"") == RunLog()
