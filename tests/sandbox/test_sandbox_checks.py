"""Policies and run tasks that a world declares, and what becomes of runs that meet them."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from operation_calls import Scene
from sandbox_driver import Api, MakeApi, MakeSandbox

from tfc_agent_tools.sandbox import WorldFile
from tfc_agent_tools.sandbox.configurations import SEEDED

Json = dict[str, Any]
Meet = Callable[..., Api]
PASSED = {"name": "tagged"}
ADVISORY = {"name": "small", "enforcement": "advisory", "status": "failed", "output": "a is not small"}
MANDATORY = {"name": "encrypted", "status": "failed", "output": "b is not encrypted"}
ERRORED = {"name": "broken", "status": "errored", "output": "undefined function"}
SOFT = {"name": "hours", "enforcement": "soft-mandatory", "status": "failed", "output": "It is Friday."}
HARD = {"name": "regions", "enforcement": "hard-mandatory", "status": "failed"}


@pytest.fixture
def meet(sandboxes: MakeSandbox, apis: MakeApi) -> Meet:
    """Make a sandbox whose runs in `app` meet some checks, and a client of it."""

    def make(seed: Json | None = None, **checks: object) -> Api:
        workspace = {"configuration": dict(SEEDED["app-staging"]), **(seed or {})}
        workspace |= {name.replace("_", "-"): value for name, value in checks.items()}
        tokens = {
            "ada": {"type": "user", "teams": ["owners"]},
            "overrider": {"type": "team", "team": "overriders"},
            "robot": {"type": "organization"},
            "audit": {"type": "audit-trails"},
        }
        teams = {"overriders": {"access": "read", "organization-access": ["manage-policy-overrides"]}}
        organization = {"workspaces": {"app": workspace}, "teams": teams}
        return apis(
            sandboxes(world=WorldFile.model_validate({"organizations": {"acme": organization}, "tokens": tokens}))
        )

    return make


def evaluation(*policies: Json, **more: str) -> Json:
    return {"policy-set": "rules", "policies": list(policies), **more}


def task(**more: str) -> Json:
    return {"name": "scan", "message": "2 critical", "url": "https://scans.example/1", **more}


def stages(api: Api, run: Json, include: str = "task_results,policy_evaluations") -> Json:
    answer: Json = api.get(f"/runs/{run['id']}/task-stages", include=include).json()
    return answer


@pytest.mark.parametrize(
    ("checks", "status", "stage"),
    [
        ({"policy_evaluations": [evaluation(PASSED)]}, "post_plan_completed", "passed"),
        ({"policy_evaluations": [evaluation(PASSED, ADVISORY)]}, "post_plan_completed", "passed"),
        ({"policy_evaluations": [evaluation(ADVISORY | {"status": "errored"})]}, "post_plan_completed", "passed"),
        ({"policy_evaluations": [evaluation(MANDATORY)]}, "errored", "failed"),
        ({"policy_evaluations": [evaluation(ERRORED)]}, "errored", "errored"),
        ({"policy_evaluations": [evaluation(PASSED), evaluation(MANDATORY, kind="sentinel")]}, "errored", "failed"),
        ({"run_tasks": [task()]}, "post_plan_completed", "passed"),
        ({"run_tasks": [task(status="failed")]}, "post_plan_completed", "passed"),
        ({"run_tasks": [task(status="failed", enforcement="mandatory")]}, "errored", "failed"),
        ({"run_tasks": [task(status="errored", enforcement="mandatory")]}, "errored", "failed"),
        ({"run_tasks": [task(status="failed", enforcement="mandatory", stage="pre_plan")]}, "errored", "failed"),
        ({"run_tasks": [task(stage="pre_plan")]}, "planned", "passed"),
        ({"policy_checks": [{"policies": [PASSED]}]}, "policy_checked", None),
        ({"policy_checks": [{"policies": [ADVISORY]}]}, "policy_checked", None),
        ({"policy_checks": [{"policies": [SOFT, ADVISORY]}]}, "policy_override", None),
        ({"policy_checks": [{"policies": [SOFT, HARD]}]}, "errored", None),
        ({"policy_checks": [{"policies": [ERRORED]}]}, "errored", None),
        ({"policy_checks": [{"policies": [SOFT]}, {"policies": [HARD]}]}, "errored", None),
    ],
)
def test_what_is_mandatory_stops_a_run_and_what_is_advisory_does_not(
    meet: Meet, checks: Json, status: str, stage: str | None
) -> None:
    api = meet(**checks)
    run = api.run("app")
    assert run["attributes"]["status"] == status
    assert run["attributes"]["actions"]["is-confirmable"] is (status not in ("errored", "policy_override"))
    assert run["attributes"]["actions"]["is-discardable"] is (status != "errored")
    assert [row["attributes"]["status"] for row in stages(api, run)["data"]] == ([stage] if stage else [])
    assert api.workspace("app")["attributes"]["locked"] is (status != "errored")
    assert api.workspace("app")["attributes"]["run-failures"] == (status == "errored")


def test_a_run_that_waits_after_its_checks_is_applied_or_discarded_like_another(meet: Meet) -> None:
    checks = {"run_tasks": [task()], "policy_checks": [{"policies": [PASSED]}]}
    api = meet(**checks)
    run = api.run("app")
    assert api.act(run, "apply").status_code == 202
    assert api.status(run) == "applied"
    assert list(api.data(f"/runs/{run['id']}")["attributes"]["status-timestamps"]) == [
        "plan-queueable-at",
        "planning-at",
        "planned-at",
        "post-plan-running-at",
        "post-plan-completed-at",
        "policy-checking-at",
        "policy-checked-at",
        "confirmed-at",
        "applying-at",
        "applied-at",
    ]
    destroying = api.run("app", is_destroy=True)
    assert destroying["attributes"]["status"] == "policy_checked"
    assert api.act(destroying, "discard").status_code == 202


def test_a_run_whose_checks_pass_is_applied_by_itself_where_it_was_to_be(meet: Meet) -> None:
    api = meet(policy_evaluations=[evaluation(ADVISORY)])
    assert api.run("app", auto_apply=True)["attributes"]["status"] == "applied"
    assert api.run("app")["attributes"]["status"] == "planned_and_finished"


def test_a_run_that_waits_for_an_override_can_only_be_discarded(meet: Meet) -> None:
    api = meet(policy_checks=[{"policies": [SOFT]}])
    run = api.run("app", auto_apply=True)
    assert run["attributes"]["status"] == "policy_override"
    assert api.act(run, "apply").status_code == 409
    assert api.act(run, "discard").status_code == 202
    assert api.status(run) == "discarded"


def test_a_plan_only_run_ends_with_a_soft_failure(meet: Meet) -> None:
    api = meet(policy_checks=[{"policies": [SOFT]}])
    run = api.run("app", plan_only=True)
    assert run["attributes"]["status"] == "policy_soft_failed"
    assert api.workspace("app")["attributes"]["locked"] is False
    assert api.apply(run)["attributes"]["status"] == "unreachable"
    check = api.data(f"/runs/{run['id']}/policy-checks")[0]["attributes"]
    assert check["actions"] == {"is-overridable": False}


def test_a_task_before_the_apply_stops_what_was_confirmed(meet: Meet) -> None:
    api = meet(run_tasks=[task(status="failed", enforcement="mandatory", stage="pre_apply")])
    run = api.run("app")
    assert run["attributes"]["status"] == "planned"
    assert api.act(run, "apply").status_code == 202
    assert api.status(run) == "errored"
    assert api.apply(run)["attributes"]["status"] == "unreachable"
    assert api.get(f"/workspaces/{api.workspace('app')['id']}/current-state-version").status_code == 404


def test_a_task_before_the_plan_stops_it(meet: Meet) -> None:
    api = meet(run_tasks=[task(status="failed", enforcement="mandatory", stage="pre_plan")])
    run = api.run("app")
    assert api.plan(run)["attributes"]["status"] == "unreachable"
    assert api.log(api.plan(run)) == "\x02\x03"


def test_a_run_of_a_world_may_have_checks_of_its_own(meet: Meet) -> None:
    own = [{"policy-evaluations": [evaluation(MANDATORY)]}, {"policy-evaluations": []}, {}]
    api = meet({"runs": own}, policy_checks=[{"policies": [HARD]}])
    runs = list(api.sandbox.world.runs)
    assert [run.status for run in runs] == ["errored", "planned", "pending"]
    assert [len(api.data(f"/runs/{run.id}/policy-checks")) for run in runs] == [0, 0, 0]
    api.act(api.data(f"/runs/{runs[1].id}"), "discard")
    assert [len(api.data(f"/runs/{run.id}/policy-checks")) for run in runs] == [0, 0, 1]


def test_task_stages_come_with_results_and_evaluations(meet: Meet) -> None:
    checks = {"run_tasks": [task(status="failed")], "policy_evaluations": [evaluation(PASSED, ADVISORY)]}
    api = meet(**checks)
    run = api.run("app")
    body = stages(api, run)
    (stage,) = body["data"]
    assert set(body) == {"data", "included"}
    assert set(stage["attributes"]) == {"status", "stage", "status-timestamps", "created-at", "updated-at"}
    assert stage["attributes"]["stage"] == "post_plan"
    assert set(stage["attributes"]["status-timestamps"]) == {"running-at", "passed-at"}
    assert set(stage["relationships"]) == {"run", "task-results", "policy-evaluations"}
    assert stage["relationships"]["run"]["data"]["id"] == run["id"]
    assert [row["type"] for row in body["included"]] == ["task-results", "policy-evaluations"]
    result, found = body["included"]
    assert stage["relationships"]["task-results"]["data"] == [{"id": result["id"], "type": "task-results"}]
    assert api.data(f"/task-stages/{stage['id']}") == stage
    assert api.data(f"/task-results/{result['id']}") == result
    assert api.data(f"/policy-evaluations/{found['id']}") == found
    assert api.data(f"/task-stages/{stage['id']}/policy-evaluations") == [found]
    assert stages(api, run, "task-results,policy-evaluations")["included"] == body["included"]
    assert api.get(f"/runs/{run['id']}", include="task_stages").json()["included"] == [stage]
    related = api.data(f"/runs/{run['id']}")["relationships"]["task-stages"]["data"]
    assert related == [{"id": stage["id"], "type": "task-stages"}]


def test_a_stage_is_there_before_it_is_reached_and_unreachable_where_it_never_is(meet: Meet) -> None:
    api = meet(run_tasks=[task(stage="pre_apply")])
    run = api.run("app")

    def stage() -> tuple[str, Json, Json]:
        (found,) = api.data(f"/runs/{run['id']}/task-stages")
        return found["attributes"]["status"], found["attributes"]["status-timestamps"], found["relationships"]

    status, times, related = stage()
    assert (status, times, related["task-results"]) == ("pending", {}, {"data": []})
    api.act(run, "discard")
    assert stage()[0] == "unreachable"


def test_a_task_result_says_what_the_task_answered(meet: Meet) -> None:
    api = meet(run_tasks=[task(status="failed")])
    (result,) = stages(api, api.run("app"))["included"]
    shown = result["attributes"]
    assert set(shown) == {
        "message",
        "status",
        "status-timestamps",
        "url",
        "created-at",
        "updated-at",
        "task-id",
        "task-name",
        "task-url",
        "stage",
        "is-speculative",
        "workspace-task-id",
        "workspace-task-enforcement-level",
    }
    assert (shown["task-name"], shown["status"], shown["message"]) == ("scan", "failed", "2 critical")
    assert (shown["url"], shown["workspace-task-enforcement-level"]) == ("https://scans.example/1", "advisory")


def test_an_evaluation_counts_its_policies_and_its_sets_name_them(meet: Meet) -> None:
    sets = [
        evaluation(PASSED, ADVISORY, MANDATORY),
        {"policy-set": "more", "policies": [PASSED, ERRORED]},
        {"policy-set": "older", "kind": "sentinel", "policies": [PASSED]},
    ]
    api = meet(policy_evaluations=sets)
    opa, sentinel = stages(api, api.run("app"))["included"]
    assert opa["attributes"]["result-count"] == {
        "advisory-failed": 1,
        "errored": 1,
        "mandatory-failed": 1,
        "passed": 2,
    }
    assert (opa["attributes"]["policy-kind"], opa["attributes"]["status"]) == ("opa", "errored")
    assert (sentinel["attributes"]["policy-kind"], sentinel["attributes"]["status"]) == ("sentinel", "passed")
    assert opa["relationships"]["policy-attachable"]["data"]["type"] == "task-stages"
    path = opa["relationships"]["policy-set-outcomes"]["links"]["related"].removeprefix("/api/v2")
    body = api.get(path).json()
    assert body["meta"]["pagination"]["total-count"] == 2
    rules, more = body["data"]
    assert rules["attributes"]["policy-set-name"] == "rules"
    assert rules["attributes"]["result-count"]["mandatory-failed"] == 1
    assert rules["attributes"]["outcomes"][1] == {
        "enforcement_level": "advisory",
        "query": "data.terraform.policies.small.deny",
        "status": "failed",
        "policy_name": "small",
        "description": "",
        "output": [{"print": "a is not small"}],
    }
    assert more["attributes"]["error"] == "undefined function"
    assert more["attributes"]["outcomes"][1]["enforcement_level"] is None
    assert api.data(f"/policy-set-outcomes/{more['id']}") == more


@pytest.mark.parametrize(
    ("filters", "found"),
    [
        ({"filter[0][status]": "passed"}, ["rules", "more"]),
        ({"filter[0][status]": "failed"}, ["rules"]),
        ({"filter[0][status]": "failed", "filter[0][enforcementLevel]": "mandatory"}, []),
        ({"filter[0][status]": "failed", "filter[0][enforcement_level]": "advisory"}, ["rules"]),
        ({"filter[0][status]": "errored"}, ["more"]),
        ({"filter[0][status]": "errored", "filter[1][status]": "failed"}, ["rules", "more"]),
    ],
)
def test_outcomes_are_filtered_by_what_their_policies_are(
    meet: Meet, filters: dict[str, str], found: list[str]
) -> None:
    api = meet(policy_evaluations=[evaluation(PASSED, ADVISORY), evaluation(PASSED, ERRORED) | {"policy-set": "more"}])
    (one,) = stages(api, api.run("app"))["included"]
    path = f"/policy-evaluations/{one['id']}/policy-set-outcomes"
    names = [row["attributes"]["policy-set-name"] for row in api.get(path, **filters).json()["data"]]
    assert names == found
    assert api.get(path, **{"filter[0][status]": "odd"}).status_code == 400
    assert api.get(path, **{"filter[0][enforcementLevel]": "advisory"}).status_code == 400


def test_a_policy_check_counts_what_failed_and_prints_it_apart(meet: Meet) -> None:
    api = meet(policy_checks=[{"policies": [SOFT, ADVISORY, PASSED]}])
    run = api.run("app")
    assert set(api.get(f"/runs/{run['id']}/policy-checks").json()) == {"data"}
    (check,) = api.data(f"/runs/{run['id']}/policy-checks")
    assert check["attributes"]["result"] == {
        "result": False,
        "passed": 1,
        "total-failed": 2,
        "hard-failed": 0,
        "soft-failed": 1,
        "advisory-failed": 1,
        "duration-ms": 0,
        "sentinel": {},
    }
    assert (check["attributes"]["status"], check["attributes"]["scope"]) == ("soft_failed", "organization")
    assert set(check["attributes"]["status-timestamps"]) == {"queued-at", "soft-failed-at"}
    assert check["attributes"]["actions"] == {"is-overridable": True}
    assert check["attributes"]["permissions"] == {"can-override": True}
    assert check["relationships"] == {"run": {"data": {"id": run["id"], "type": "runs"}}}
    assert api.data(f"/policy-checks/{check['id']}") == check
    output = api.get(check["links"]["output"].removeprefix("/api/v2"))
    assert output.headers["content-type"] == "application/octet-stream"
    assert "Sentinel Result: false" in output.text
    assert "## Policy 1: hours (soft-mandatory)\n\nResult: false\n\nIt is Friday." in output.text
    assert "## Policy 3: tagged (hard-mandatory)\n\nResult: true" in output.text
    beside = api.get(f"/policy-checks/{check['id']}", include="run,run.workspace").json()["included"]
    assert [row["type"] for row in beside] == ["runs", "workspaces"]
    paged = api.get(f"/runs/{run['id']}/policy-checks", **{"page[size]": "1"}).json()
    assert paged["meta"]["pagination"]["total-count"] == 1


def test_only_who_manages_overrides_could_override(meet: Meet, apis: MakeApi) -> None:
    api = meet({"runs": [{}]}, policy_checks=[{"policies": [SOFT]}])
    run = next(iter(api.sandbox.world.runs))

    def may(token: str) -> tuple[bool, bool]:
        other = apis(api.sandbox, token=api.sandbox.tokens[token])
        check = other.data(f"/runs/{run.id}/policy-checks")[0]["attributes"]["permissions"]["can-override"]
        return check, other.data(f"/runs/{run.id}")["attributes"]["permissions"]["can-override-policy-check"]

    assert {name: may(name) for name in ("ada", "overrider", "robot")} == {
        "ada": (True, True),
        "overrider": (True, True),
        "robot": (False, False),
    }


def every_path(api: Api) -> list[str]:
    run = next(iter(api.sandbox.world.runs))
    world = api.sandbox.world
    stage, result, check = (
        next(iter(rows)).id for rows in (world.task_stages, world.task_results, world.policy_checks)
    )
    found, outcome = (next(iter(rows)).id for rows in (world.policy_evaluations, world.policy_set_outcomes))
    return [
        f"/runs/{run.id}/task-stages",
        f"/task-stages/{stage}",
        f"/task-stages/{stage}/policy-evaluations",
        f"/policy-evaluations/{found}",
        f"/policy-evaluations/{found}/policy-set-outcomes",
        f"/policy-set-outcomes/{outcome}",
        f"/task-results/{result}",
        f"/runs/{run.id}/policy-checks",
        f"/policy-checks/{check}",
        f"/policy-checks/{check}/output",
    ]


@pytest.fixture
def full(meet: Meet) -> Api:
    """A sandbox with one run that met one of everything."""
    policies = [evaluation(PASSED)]
    return meet({"runs": [{}]}, run_tasks=[task()], policy_evaluations=policies, policy_checks=[{"policies": [PASSED]}])


def test_whoever_can_read_a_run_can_read_what_it_met_and_nobody_else(full: Api, apis: MakeApi) -> None:
    sandbox = full.sandbox
    scene = Scene(sandbox, full, lambda token: apis(sandbox, token=token))
    strangers = apis(sandbox, token=scene.team_token()), apis(sandbox, token=sandbox.tokens["audit"])
    for path in every_path(full):
        for name in ("ada", "overrider", "robot"):
            assert apis(sandbox, token=sandbox.tokens[name]).get(path).status_code == 200, path
        for stranger in strangers:
            assert stranger.get(path).json() == {"errors": [{"status": "404", "title": "not found"}]}, path


def test_what_a_run_met_goes_with_its_workspace(full: Api) -> None:
    paths = every_path(full)
    assert full.client.delete(f"/workspaces/{full.workspace('app')['id']}").status_code == 204
    assert {full.get(path).status_code for path in paths} == {404}


def test_a_run_that_met_nothing_has_empty_lists(api: Api) -> None:
    run = api.run()
    for name in ("task-stages", "policy-checks"):
        assert api.get(f"/runs/{run['id']}/{name}").json() == {"data": []}
        assert api.data(f"/runs/{run['id']}")["relationships"][name]["data"] == []


def test_runs_that_wait_for_a_person_after_checks_are_discardable_by_status_group(meet: Meet) -> None:
    api = meet(policy_checks=[{"policies": [SOFT]}])
    run = api.run("app")
    path = f"/workspaces/{api.workspace('app')['id']}/runs"

    def listed(group: str) -> list[str]:
        rows = api.get(path, **{"filter[status_group]": group}).json()["data"]
        return [row["id"] for row in rows]

    assert listed("discardable") == listed("non_final") == [run["id"]]
    assert listed("final") == []


def test_what_a_plan_warns_of_stands_in_its_log_and_stops_nothing(meet: Meet) -> None:
    api = meet(warnings=["The certificate runs out in 9 days."])
    run = api.run("app")
    assert run["attributes"]["status"] == "planned"
    warning = json.loads(api.log(api.plan(run)).strip("\x02\x03").splitlines()[-1])
    assert warning["diagnostic"]["severity"] == "warning"
    assert warning["@message"] == "Warning: The certificate runs out in 9 days."
    api = meet({"structured-run-output-enabled": False}, warnings=["The certificate runs out in 9 days."])
    assert "\nWarning: The certificate runs out in 9 days.\n" in api.log(api.plan(api.run("app")))
