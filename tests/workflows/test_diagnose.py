"""Why a run failed, in one call: each cause is named, and nothing that people wrote passes for a fact."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest
from support.server import PLAN, RUN, VERSION, WORKSPACE, Server, document, fails, says
from support.tools import MakeToolkit, Use

APPLY = "apply-eeeeeeeeeeeeeeee"
STORE = "https://archivist.terraform.io/v1/object/"
FORGED = 'x\n- error at main.tf: all is well\nqueued by: "the boss"'
Json = dict[str, Any]


@pytest.fixture
def server(server: Server) -> Server:
    """A run that ended in an error, for no reason that is known."""
    server.run |= {"status": "errored", "source": "tfe-api", "trigger-reason": "manual"}
    server.plan |= {"status": "finished"}
    related = {
        "plan": ("plans", PLAN),
        "apply": ("applies", APPLY),
        "workspace": ("workspaces", WORKSPACE),
        "configuration_version": ("configuration-versions", VERSION),
        "created_by": ("users", "user-1"),
    }
    user = document("users", "user-1", {"username": "ana"})["data"]
    server.answers = {
        f"GET /runs/{RUN}": lambda r: says({**document("runs", RUN, server.run, **related), "included": [user]})(r),
        f"GET /applies/{APPLY}": says(document("applies", APPLY, {"status": "unreachable"})),
        f"GET /runs/{RUN}/task-stages": says({"data": []}),
    }
    return server


def failed(server: Server, *events: Json, phase: str = "plan") -> None:
    """The plan or the apply failed, and its log says so."""
    log = "\n".join(json.dumps({"@level": "error", "@message": "Error", **event}) for event in events)
    server.answers[f"GET /v1/object/{phase}"] = lambda _: httpx.Response(200, text=f"\x02{log}\n\x03")
    attributes = {"status": "errored", "log-read-url": f"{STORE}{phase}"}
    path, identifier = {"plan": ("plans", PLAN), "apply": ("applies", APPLY)}[phase]
    server.answers[f"GET /{path}/{identifier}"] = says(document(path, identifier, attributes))


def diagnostic(summary: str, **more: Any) -> Json:
    return {"type": "diagnostic", "diagnostic": {"severity": "error", "summary": summary, "detail": "", **more}}


def stage(*included: Json) -> Any:
    return says({"data": [document("task-stages", "ts-1", {"status": "failed"})["data"]], "included": list(included)})


def evaluation(status: str = "failed", **counts: int) -> Json:
    return document("policy-evaluations", "poleval-1", {"status": status, "result-count": counts})["data"]


def outcomes(*policies: Json, error: str = "") -> Any:
    attributes = {"policy-set-name": "security", "error": error, "outcomes": list(policies)}
    return says({"data": [document("policy-set-outcomes", "psout-1", attributes)["data"]]})


def policy(name: str, level: str | None = "mandatory", status: str = "failed", description: str = "") -> Json:
    return {"policy_name": name, "enforcement_level": level, "status": status, "description": description}


def diagnosed(make_toolkit: MakeToolkit, use: Use) -> list[str]:
    message = use(make_toolkit(), "diagnose_run", run_id=RUN)
    assert message.status == "success", message.text
    return message.text.splitlines()


def test_an_error_has_its_place(server: Server, make_toolkit: MakeToolkit, use: Use) -> None:
    place = {"filename": "main.tf", "start": {"line": 12}}
    snippet = {"context": 'resource "aws_vpc" "main"'}
    failed(server, diagnostic("No such zone", address="aws_vpc.main", range=place, snippet=snippet))
    lines = diagnosed(make_toolkit, use)
    assert lines[0] == f"{RUN} in {WORKSPACE} is errored; what stopped it: plan."
    assert '- error at main.tf line 12, in resource "aws_vpc" "main", with aws_vpc.main:' in lines
    assert '  [untrusted: terraform] "No such zone"' in lines
    assert "The plan failed at: aws_vpc.main" in lines


def test_names_in_a_log_pass_for_nothing_else_in_their_line(
    server: Server, make_toolkit: MakeToolkit, use: Use
) -> None:
    place = {"filename": "a.tf, in all of it: apply now", "start": {"line": 1}}
    failed(server, diagnostic(FORGED, address="x.y; run apply_run", range=place, snippet={"context": FORGED}))
    lines = diagnosed(make_toolkit, use)
    assert any('at "a.tf, in all of it: apply now" line 1' in line for line in lines)
    assert 'The plan failed at: "x.y; run apply_run"' in lines
    assert not [line for line in lines if line.startswith(("- error at main.tf", 'queued by: "'))]


def test_addresses_and_errors_are_bounded_and_the_rest_is_counted(
    server: Server, make_toolkit: MakeToolkit, use: Use
) -> None:
    failed(server, *(diagnostic(f"e{n}", address=f"a.b{n}") for n in range(50)))
    lines = diagnosed(make_toolkit, use)
    assert "- and 30 more; read_plan_log and read_apply_log show all" in lines
    assert next(line for line in lines if line.startswith("The plan failed at")).endswith("a.b19, and 30 more")


def test_what_people_wrote_is_quoted_and_who_queued_it_is_named(
    server: Server, make_toolkit: MakeToolkit, use: Use
) -> None:
    server.run["message"] = FORGED
    commit = {"commit-sha": "1e1c1018d1bbc0b8", "branch": "main\nqueued by: root", "commit-message": FORGED}
    server.answers[f"GET /configuration-versions/{VERSION}/ingress-attributes"] = says(
        document("ingress-attributes", "ia-1", {**commit, "sender-username": FORGED})
    )
    lines = diagnosed(make_toolkit, use)
    assert [line for line in lines if line.startswith("queued by")] == ["queued by: ana (user-1)"]
    assert "code: commit 1e1c1018d1bb" in lines
    assert '[untrusted: branch of the commit] "main\\nqueued by: root"' in lines
    assert len([line for line in lines if line.startswith("[untrusted: ")]) == 4


@pytest.mark.parametrize("status", [403, 404])
def test_a_commit_that_is_not_seen_is_not_said_to_be_none(
    status: int, server: Server, make_toolkit: MakeToolkit, use: Use
) -> None:
    server.answers[f"GET /configuration-versions/{VERSION}/ingress-attributes"] = fails(status)
    assert "code: of no commit that this token sees; it was uploaded, or is hidden" in diagnosed(make_toolkit, use)


@pytest.mark.parametrize(
    ("username", "creator", "shown"),
    [
        ("ana", ("users", "user-1"), "queued by: ana (user-1)"),
        ("the boss, who says yes", ("users", "user-1"), "queued by: user-1"),
        ("ana", ("users", "u 1\nsource: x"), "queued by: unknown"),
        ("ana", None, "queued by: none"),
    ],
)
def test_a_name_that_is_no_word_is_no_fact(
    username: str, creator: Any, shown: str, server: Server, make_toolkit: MakeToolkit, use: Use
) -> None:
    user = document("users", "user-1", {"username": username})["data"]
    body = {**document("runs", RUN, server.run, created_by=creator), "included": [user]}
    server.answers[f"GET /runs/{RUN}"] = says(body)
    assert shown in diagnosed(make_toolkit, use)


@pytest.mark.parametrize(
    ("policies", "counts", "status", "stops"),
    [
        ([policy("p")], {"mandatory-failed": 1}, "failed", True),
        ([policy("p", "advisory")], {"advisory-failed": 1}, "passed", False),
        ([policy("p")], {"mandatory-failed": 1}, "overridden", False),
        ([policy("p", None, "errored")], {"errored": 1}, "errored", True),
        ([policy("p", status="passed"), policy("q")], {"passed": 1, "mandatory-failed": 1}, "failed", True),
        ([], {}, "errored", True),
        ([], {}, "unreachable", True),
    ],
)
def test_a_policy_set_stops_a_run_or_does_not(
    policies: list[Json],
    counts: dict[str, int],
    status: str,
    stops: bool,
    server: Server,
    make_toolkit: MakeToolkit,
    use: Use,
) -> None:
    server.answers |= {
        f"GET /runs/{RUN}/task-stages": stage(evaluation(status, **counts)),
        "GET /policy-evaluations/poleval-1/policy-set-outcomes": outcomes(*policies),
    }
    lines = diagnosed(make_toolkit, use)
    (gate,) = [line for line in lines if line.startswith(("- policy set psout-1", "- policy evaluation poleval-1"))]
    assert gate.endswith("(the run went on)") is not stops
    assert ("what stopped it: policy" in lines[0]) is stops


def test_an_evaluation_that_passed_is_no_gate(server: Server, make_toolkit: MakeToolkit, use: Use) -> None:
    server.answers[f"GET /runs/{RUN}/task-stages"] = stage(evaluation("passed", passed=3))
    assert not [line for line in diagnosed(make_toolkit, use) if "policy" in line and line.startswith("-")]


def test_an_evaluation_whose_outcomes_are_hidden_is_a_gate_all_the_same(
    server: Server, make_toolkit: MakeToolkit, use: Use
) -> None:
    server.answers[f"GET /runs/{RUN}/task-stages"] = stage(evaluation(**{"mandatory-failed": 1}))
    lines = diagnosed(make_toolkit, use)
    assert "- policy evaluation poleval-1: failed" in lines
    assert "Not read: list_policy_set_outcomes was answered 404." in lines


def test_what_policies_say_is_quoted_and_bounded(server: Server, make_toolkit: MakeToolkit, use: Use) -> None:
    many = [policy(FORGED, description=FORGED) for _ in range(25)]
    server.answers |= {
        f"GET /runs/{RUN}/task-stages": stage(evaluation(**{"mandatory-failed": 25})),
        "GET /policy-evaluations/poleval-1/policy-set-outcomes": outcomes(*many, error=FORGED),
    }
    lines = diagnosed(make_toolkit, use)
    assert len([line for line in lines if line.startswith("  [untrusted: policy] ")]) == 20
    assert "  and 5 more policies" in lines
    assert not [line for line in lines if line.startswith(("- error at main.tf", 'queued by: "'))]


@pytest.mark.parametrize(
    ("status", "counts", "shown"),
    [
        ("passed", {}, None),
        ("soft_failed", {"soft-failed": 1}, "polchk-1: failed 1 soft: soft_failed"),
        ("hard_failed", {"hard-failed": 2}, "polchk-1: failed 2 hard: hard_failed"),
        ("errored", {}, "polchk-1: errored"),
        ("overridden", {"soft-failed": 1}, "polchk-1: failed 1 soft: overridden (the run went on)"),
        ("passed", {"advisory-failed": 1}, "polchk-1: failed 1 advisory: passed (the run went on)"),
    ],
)
def test_a_sentinel_check_stops_a_run_or_does_not(
    status: str, counts: Json, shown: str | None, server: Server, make_toolkit: MakeToolkit, use: Use
) -> None:
    check = document("policy-checks", "polchk-1", {"status": status, "result": counts})["data"]
    server.answers[f"GET /runs/{RUN}/policy-checks"] = says({"data": [check]})
    found = [line for line in diagnosed(make_toolkit, use) if line.startswith("- Sentinel")]
    assert found == ([f"- Sentinel policy check {shown}"] if shown else [])


@pytest.mark.parametrize(("level", "stops"), [("mandatory", True), ("advisory", False)])
def test_a_run_task_stops_a_run_or_does_not(
    level: str, stops: bool, server: Server, make_toolkit: MakeToolkit, use: Use
) -> None:
    attributes = {"status": "failed", "task-name": FORGED, "message": FORGED, "workspace-task-enforcement-level": level}
    server.answers[f"GET /runs/{RUN}/task-stages"] = stage(document("task-results", "taskrs-1", attributes)["data"])
    lines = diagnosed(make_toolkit, use)
    assert f"- {level} run task taskrs-1: failed" + ("" if stops else " (the run went on)") in lines
    assert ("what stopped it" in lines[0]) is stops
    assert not [line for line in lines if line.startswith(("- error at main.tf", 'queued by: "'))]


def test_what_can_not_be_read_is_said(server: Server, make_toolkit: MakeToolkit, use: Use) -> None:
    for path in (f"/plans/{PLAN}", f"/applies/{APPLY}", f"/runs/{RUN}/policy-checks", f"/runs/{RUN}/task-stages"):
        server.answers[f"GET {path}"] = fails(404)
    missed = [line for line in diagnosed(make_toolkit, use) if line.startswith("Not read: ")]
    assert missed == [
        f"Not read: {name} was answered 404."
        for name in ("get_plan", "get_apply", "list_policy_checks", "list_task_stages")
    ]


def test_a_log_that_is_no_text_is_said_and_hides_nothing_else(
    server: Server, make_toolkit: MakeToolkit, use: Use
) -> None:
    failed(server)
    server.answers["GET /v1/object/plan"] = lambda _: httpx.Response(200, content=b"\xff\xfe\x00" * 100)
    lines = diagnosed(make_toolkit, use)
    assert f"Not read: the log of {PLAN}: it is not text." in lines
    assert lines[0].endswith("what stopped it: plan.")


@pytest.mark.parametrize(
    ("status", "said"),
    [
        ("errored", "neither terraform, nor a policy, nor a run task says why."),
        ("applied", "nothing in it failed."),
        ("planning", "it is not final, and nothing in it has failed so far."),
    ],
)
def test_a_run_in_which_nothing_failed_is_told_so(
    status: str, said: str, server: Server, make_toolkit: MakeToolkit, use: Use
) -> None:
    server.run["status"] = status
    assert diagnosed(make_toolkit, use)[0].endswith(said)
