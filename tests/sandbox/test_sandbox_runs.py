"""The life of a run, with recorded plans."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from operation_calls import Scene
from sandbox_driver import Api, MakeApi, MakeSandbox

from tfc_agent_tools.sandbox import Sandbox
from tfc_agent_tools.sandbox.models import RunStatus


def test_a_run_waits_for_confirmation_and_is_applied_on_it(api: Api) -> None:
    run = api.run()
    assert run["attributes"]["status"] == "planned"
    assert run["attributes"]["actions"] == {
        "is-cancelable": False,
        "is-confirmable": True,
        "is-discardable": True,
        "is-force-cancelable": False,
    }
    answer = api.act(run, "apply")
    assert (answer.status_code, answer.content) == (202, b"")
    assert api.status(run) == "applied"
    assert api.apply(run)["attributes"]["resource-additions"] == 3
    state = api.data(f"/workspaces/{api.workspace()['id']}/current-state-version")
    assert state["relationships"]["run"]["data"]["id"] == run["id"]
    assert (
        api.plain.get(state["attributes"]["hosted-state-download-url"]).json()["serial"]
        == state["attributes"]["serial"]
    )


def test_a_discarded_run_changes_nothing_and_frees_the_workspace(api: Api) -> None:
    run = api.run()
    assert api.act(run, "discard").status_code == 202
    assert api.status(run) == "discarded"
    workspace = api.workspace()
    assert workspace["attributes"]["locked"] is False
    assert api.get(f"/workspaces/{workspace['id']}/current-state-version").status_code == 404


def test_a_plan_without_changes_ends_the_run(api: Api) -> None:
    api.act(api.run(), "apply")
    run = api.run()
    assert run["attributes"]["status"] == "planned_and_finished"
    assert run["attributes"]["has-changes"] is False


def test_a_plan_only_run_is_never_applied_and_locks_nothing(api: Api) -> None:
    waiting = api.run()
    run = api.run(plan_only=True)
    assert run["attributes"]["status"] == "planned_and_finished"
    assert run["attributes"]["has-changes"] is True
    assert api.act(run, "apply").status_code == 409
    assert api.workspace()["relationships"]["locked-by"]["data"]["id"] == waiting["id"]


def test_an_applied_destroy_run_empties_the_state(api: Api) -> None:
    api.act(api.run(), "apply")
    run = api.run(is_destroy=True)
    assert api.plan(run)["attributes"]["resource-destructions"] == 3
    api.act(run, "apply")
    assert api.status(run) == "applied"
    assert api.workspace()["attributes"]["resource-count"] == 0


def test_auto_apply_is_the_workspaces_setting_unless_the_run_says_otherwise(api: Api) -> None:
    workspace = api.workspace()
    body = {"data": {"type": "workspaces", "attributes": {"auto-apply": True}}}
    assert api.client.patch(f"/workspaces/{workspace['id']}", json=body).status_code == 200
    assert api.run(auto_apply=False)["attributes"]["status"] == "planned"
    api.act(api.newest_run("app-staging"), "discard")
    assert api.run()["attributes"]["status"] == "applied"


def test_auto_apply_needs_a_token_that_may_apply(sandbox: Sandbox, apis: MakeApi) -> None:
    planner = apis(sandbox, token=sandbox.team_tokens["planners"])
    run = planner.run(auto_apply=True)
    assert run["attributes"]["status"] == "planned"
    assert run["attributes"]["permissions"]["can-apply"] is False
    assert planner.act(run, "apply").status_code == 404


def test_runs_of_one_workspace_take_turns(api: Api) -> None:
    first, second, third = api.run(), api.run(), api.run()
    assert [api.status(run) for run in (first, second, third)] == ["planned", "pending", "pending"]
    api.act(first, "discard")
    assert [api.status(run) for run in (first, second, third)] == ["discarded", "planned", "pending"]


def test_runs_of_two_workspaces_do_not_wait_for_each_other(api: Api) -> None:
    first, second = api.run("app-staging"), api.run("app-production")
    assert [api.status(run) for run in (first, second)] == ["planned", "planned"]


def test_a_run_on_a_locked_workspace_stays_pending_until_it_is_unlocked(api: Api) -> None:
    path = f"/workspaces/{api.workspace()['id']}/actions"
    assert api.post(f"{path}/lock", {"reason": "maintenance"}).status_code == 200
    run = api.run()
    assert run["attributes"]["status"] == "pending"
    assert api.post(f"{path}/unlock").status_code == 200
    assert api.sandbox.settle(20)
    assert api.status(run) == "planned"


def test_a_planned_run_holds_the_lock(api: Api) -> None:
    run = api.run()
    workspace = api.workspace()
    assert workspace["attributes"]["locked"] is True
    assert workspace["relationships"]["locked-by"]["data"] == {"type": "runs", "id": run["id"]}
    answer = api.post(f"/workspaces/{workspace['id']}/actions/unlock")
    assert answer.status_code == 409
    assert f"is locked by Run {run['id']}" in answer.json()["errors"][0]["detail"]


@pytest.mark.parametrize("action", ["apply", "discard", "cancel"])
def test_an_action_in_the_wrong_state_is_a_conflict(api: Api, action: str) -> None:
    run = api.run()
    api.act(run, "discard")
    answer = api.act(run, action)
    assert answer.status_code == 409
    assert answer.json()["errors"][0]["status"] == "409"


def test_a_pending_run_can_be_canceled(api: Api) -> None:
    api.run()
    waiting = api.run()
    assert api.act(waiting, "cancel").status_code == 202
    assert api.status(waiting) == "canceled"
    assert api.data(f"/runs/{waiting['id']}")["attributes"]["canceled-at"]


def test_a_saved_plan_waits_without_a_lock_and_takes_it_when_applied(api: Api) -> None:
    run = api.run(save_plan=True)
    assert run["attributes"]["status"] == "planned_and_saved"
    assert api.workspace()["attributes"]["locked"] is False
    assert api.act(run, "apply").status_code == 202
    assert api.status(run) == "applied"


def test_an_empty_apply_happens_by_itself_when_it_is_allowed(api: Api) -> None:
    api.act(api.run(), "apply")
    assert api.run(allow_empty_apply=True)["attributes"]["status"] == "applied"


def test_destroy_and_refresh_only_exclude_each_other(api: Api) -> None:
    assert api.queue(is_destroy=True, refresh_only=True).status_code == 422


def test_a_workspace_without_configuration_takes_no_run(api: Api) -> None:
    assert api.queue("scratch").status_code == 422


def test_an_upload_queues_a_run_by_itself(api: Api) -> None:
    api.upload({"main.tf": 'output "a" {\n  value = 1\n}\n'})
    assert api.sandbox.settle(20)
    run = api.newest_run("scratch")
    assert run["attributes"]["source"] == "tfe-configuration-version"
    assert run["attributes"]["status"] == "planned"


def test_an_upload_queues_no_run_when_told_so(api: Api) -> None:
    api.upload({"main.tf": 'output "a" {\n  value = 1\n}\n'}, auto_queue_runs=False)
    assert api.data(f"/workspaces/{api.workspace('scratch')['id']}/runs") == []
    assert api.run("scratch")["attributes"]["status"] == "planned"


def test_a_speculative_configuration_is_only_planned(api: Api) -> None:
    version = api.upload({"main.tf": ""}, auto_queue_runs=False, speculative=True)
    workspace = api.workspace("scratch")
    assert workspace["relationships"]["current-configuration-version"]["data"] is None
    relationships = {
        "workspace": {"data": {"type": "workspaces", "id": workspace["id"]}},
        "configuration-version": {"data": {"type": "configuration-versions", "id": version["id"]}},
    }
    answer = api.post("/runs", {"data": {"type": "runs", "relationships": relationships}})
    assert answer.json()["data"]["attributes"]["plan-only"] is True


def test_every_log_says_sandbox_first_and_ends_with_etx(api: Api) -> None:
    run = api.run()
    api.act(run, "apply")
    for phase in (api.plan(run), api.apply(run)):
        log = api.log(phase)
        assert log.startswith("\x02SANDBOX")
        assert log.endswith("\x03")


def test_a_recorded_run_says_that_it_is_a_replay(api: Api) -> None:
    assert api.sandbox.engine == "recorded"
    assert "REPLAY of a recorded run of app-staging" in api.log(api.plan(api.run()))
    api.upload({"main.tf": "locals {}"})
    assert api.sandbox.settle(20)
    assert "the uploaded configuration was not planned" in api.log(api.plan(api.newest_run("scratch")))


def test_deleting_a_workspace_ends_what_it_does(api: Api) -> None:
    run = api.run()
    assert api.client.delete(f"/workspaces/{api.workspace()['id']}").status_code == 204
    assert api.get(f"/runs/{run['id']}").status_code == 404
    assert api.get("/organizations/acme/workspaces/app-staging").status_code == 404


def test_a_sandbox_without_a_binary_can_be_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    with Sandbox() as sandbox:
        assert sandbox.engine == "recorded"
    with pytest.raises(RuntimeError, match="neither terraform nor tofu"):
        Sandbox(engine="terraform")


def test_the_queue_and_the_capacity_show_what_the_token_sees(sandbox: Sandbox, apis: MakeApi, api: Api) -> None:
    _, second = api.run(), api.run()
    assert [row["id"] for row in api.data("/organizations/acme/runs/queue")] == [second["id"]]
    assert api.data("/organizations/acme/capacity")["attributes"] == {"pending": 1, "running": 0}
    stranger = apis(sandbox, token=Scene(sandbox, api, lambda token: apis(sandbox, token=token)).team_token())
    assert stranger.data("/organizations/acme/runs/queue") == []
    assert stranger.data("/organizations/acme/capacity")["attributes"]["pending"] == 0


def test_a_phase_that_is_never_reached_is_unreachable(api: Api) -> None:
    run = api.run()
    assert api.apply(run)["attributes"]["status"] == "pending"
    waiting = api.run()
    api.act(waiting, "discard")
    api.act(run, "discard")
    assert [api.plan(run)["attributes"]["status"], api.apply(run)["attributes"]["status"]] == [
        "finished",
        "unreachable",
    ]
    assert {api.plan(waiting)["attributes"]["status"], api.apply(waiting)["attributes"]["status"]} == {"unreachable"}


def at_work(api: Api, **changes: object) -> dict[str, Any]:
    """A run that applies and never ends by itself."""
    run = api.run()
    world = api.sandbox.world
    world.runs.put(replace(world.runs[run["id"]], status=RunStatus.APPLYING, **changes))
    return run


def test_a_run_is_canceled_by_force_only_after_a_cancel_and_some_time(sandboxes: MakeSandbox, apis: MakeApi) -> None:
    now = datetime(2026, 1, 1, tzinfo=UTC)
    api = apis(sandboxes(clock=lambda: now, force_cancel_after=timedelta(seconds=10)))
    run = at_work(api)
    assert api.act(run, "force-cancel").status_code == 409
    assert "force-cancel-available-at" not in api.data(f"/runs/{run['id']}")["attributes"]
    assert api.act(run, "cancel").status_code == 202
    shown = api.data(f"/runs/{run['id']}")["attributes"]
    assert shown["force-cancel-available-at"] == "2026-01-01T00:00:10.000Z"
    assert shown["actions"]["is-force-cancelable"] is False
    assert api.act(run, "force-cancel").status_code == 409
    now += timedelta(seconds=10)
    assert api.data(f"/runs/{run['id']}")["attributes"]["actions"]["is-force-cancelable"] is True
    assert api.act(run, "force-cancel").status_code == 202
    assert api.status(run) == "force_canceled"
    assert api.workspace()["attributes"]["locked"] is False
    assert api.act(run, "force-cancel").status_code == 409
    assert api.run()["attributes"]["status"] == "planned"


def test_what_is_canceled_by_force_needs_admin(sandbox: Sandbox, apis: MakeApi) -> None:
    api = apis(sandbox)
    past = sandbox.world.clock()
    run = at_work(api, canceled_at=past, force_cancel_available_at=past)
    planner = apis(sandbox, token=sandbox.team_tokens["planners"])
    assert planner.data(f"/runs/{run['id']}")["attributes"]["permissions"]["can-force-cancel"] is False
    assert planner.act(run, "force-cancel").status_code == 404
    assert apis(sandbox, "organization").act(run, "force-cancel").status_code == 404


@pytest.mark.parametrize(
    ("params", "found"),
    [
        ({}, True),
        ({"filter[status]": "planned,applied"}, True),
        ({"filter[status]": "applied"}, False),
        ({"filter[source]": "tfe-ui"}, False),
        ({"filter[operation]": "destroy"}, False),
        ({"filter[status_group]": "discardable"}, True),
        ({"filter[status_group]": "unknown"}, False),
        ({"filter[workspace_names]": "network,app-staging"}, True),
        ({"filter[workspace_names]": "network"}, False),
        ({"filter[agent_pool_names]": "any"}, False),
        ({"filter[timeframe]": "2024"}, True),
        ({"filter[timeframe]": "2026"}, False),
        ({"filter[timeframe]": "year"}, False),
        ({"search[user]": "ADA"}, True),
        ({"search[user]": "eve"}, False),
        ({"search[commit]": "abc"}, False),
        ({"search[basic]": "release 7"}, True),
        ({"search[basic]": "ada"}, True),
        ({"search[basic]": "nothing"}, False),
        ({"search[user]": "ada", "search[basic]": "nothing"}, True),
    ],
)
def test_runs_are_filtered_and_searched(
    sandboxes: MakeSandbox, apis: MakeApi, params: dict[str, str], found: bool
) -> None:
    now = datetime(2024, 6, 1, tzinfo=UTC)
    api = apis(sandboxes(clock=lambda: now))
    run = api.run(message="Release 7")
    now = datetime(2026, 6, 1, tzinfo=UTC)
    listed = api.get(f"/workspaces/{api.workspace()['id']}/runs", **params).json()["data"]
    assert [row["id"] for row in listed] == ([run["id"]] if found else [])
    everywhere = api.get("/organizations/acme/runs", **{"filter[timeframe]": "2024", **params}).json()["data"]
    assert len(everywhere) == found
    assert api.data("/organizations/acme/runs") == []
