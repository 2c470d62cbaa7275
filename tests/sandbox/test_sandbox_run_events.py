"""Who did what to a run, and when."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from operation_calls import Scene
from sandbox_driver import Api, MakeApi, MakeSandbox

from tfc_agent_tools.sandbox import Sandbox


def history(api: Api, run: dict[str, Any]) -> list[tuple[str, str | None, str | None]]:
    """Each action with the name of its actor and what was said."""
    body = api.get(f"/runs/{run['id']}/run-events", include="actor,comment").json()
    beside = {row["id"]: row["attributes"] for row in body.get("included", [])}
    found = []
    for event in body["data"]:
        related = {name: event["relationships"][name]["data"] for name in ("actor", "comment")}
        actor, comment = (beside[one["id"]] if one else {} for one in related.values())
        found.append((event["attributes"]["action"], actor.get("username"), comment.get("body")))
    return found


def test_the_events_of_a_run_name_who_created_and_who_confirmed_it(sandbox: Sandbox, apis: MakeApi) -> None:
    run = apis(sandbox, token=sandbox.team_tokens["planners"]).run()
    api = apis(sandbox)
    assert api.act(run, "apply").status_code == 202
    assert history(api, run) == [
        ("created", "api-team_planners", None),
        ("planning", None, None),
        ("planned", None, None),
        ("confirmed", "ada", "by a test"),
        ("applying", None, None),
        ("applied", None, None),
    ]


def test_what_the_workspace_applies_by_itself_nobody_confirmed(api: Api) -> None:
    assert ("confirmed", None, None) in history(api, api.run(auto_apply=True))


def test_a_discarded_run_says_by_whom(api: Api) -> None:
    run = api.run()
    assert api.act(run, "discard").status_code == 202
    assert history(api, run)[-1] == ("discarded", "ada", "by a test")


def test_a_run_that_is_canceled_at_work_says_who_asked(sandboxes: MakeSandbox, apis: MakeApi) -> None:
    api = apis(sandboxes(force_cancel_after=timedelta(0)))
    api.sandbox.hold()
    run = api.queue().json()["data"]
    assert api.post(f"/runs/{run['id']}/actions/cancel", {"comment": "too slow"}).status_code == 202
    assert history(api, run)[-1] == ("cancel_requested", "ada", "too slow")
    assert api.act(run, "force-cancel").status_code == 202
    assert history(api, run)[-1] == ("force_canceled", "ada", "by a test")


def test_events_have_the_time_of_what_they_tell(sandboxes: MakeSandbox, apis: MakeApi) -> None:
    now = [datetime(2026, 1, 1, tzinfo=UTC)]
    api = apis(sandboxes(clock=lambda: now[0]))
    run = api.run()
    now[0] += timedelta(hours=2)
    api.act(run, "discard")
    events = api.data(f"/runs/{run['id']}/run-events")
    times = [event["attributes"]["created-at"] for event in events]
    assert times == ["2026-01-01T00:00:00.000Z"] * 3 + ["2026-01-01T02:00:00.000Z"]
    assert api.data(f"/run-events/{events[0]['id']}") == events[0]


def test_comments_are_listed_with_the_event_that_they_belong_to(api: Api) -> None:
    run = api.run()
    path = f"/runs/{run['id']}/comments"
    assert api.get(path).json() == {"data": []}
    api.act(run, "discard")
    (comment,) = api.data(path)
    event = api.data(f"/runs/{run['id']}/run-events")[-1]
    assert comment["attributes"] == {"body": "by a test"}
    assert comment["relationships"]["run-event"]["data"] == {"id": event["id"], "type": "run-events"}
    assert api.data(f"/comments/{comment['id']}") == comment
    related = api.data(f"/runs/{run['id']}")["relationships"]["comments"]["links"]["related"]
    assert related == f"/api/v2{path}"
    assert api.get(path, **{"page[size]": "1"}).json()["meta"]["pagination"]["total-count"] == 1


def test_an_action_without_a_comment_leaves_none(api: Api) -> None:
    run = api.run()
    assert api.post(f"/runs/{run['id']}/actions/discard").status_code == 202
    assert api.data(f"/runs/{run['id']}/comments") == []
    assert api.post(f"/runs/{api.run()['id']}/actions/discard", {"comment": 3}).status_code == 422


def test_the_ids_of_events_repeat_for_a_seed(sandboxes: MakeSandbox, apis: MakeApi) -> None:
    def ids() -> list[str]:
        api = apis(sandboxes(seed="again"))
        run = api.run()
        api.act(run, "apply")
        return [event["id"] for event in api.data(f"/runs/{run['id']}/run-events")]

    assert ids() == ids()


def test_whoever_can_not_read_a_run_finds_nothing_of_what_was_done_to_it(
    sandbox: Sandbox, apis: MakeApi, api: Api
) -> None:
    run = api.run()
    api.act(run, "discard")
    event, comment = (api.data(f"/runs/{run['id']}/{name}")[-1]["id"] for name in ("run-events", "comments"))
    scene = Scene(sandbox, api, lambda token: apis(sandbox, token=token))
    strangers = apis(sandbox, token=scene.team_token()), apis(sandbox, "audit-trails")
    for path in (
        f"/runs/{run['id']}/run-events",
        f"/run-events/{event}",
        f"/runs/{run['id']}/comments",
        f"/comments/{comment}",
    ):
        assert apis(sandbox, token=sandbox.team_tokens["readers"]).get(path).status_code == 200
        assert [stranger.get(path).status_code for stranger in strangers] == [404, 404]


def test_what_was_done_goes_with_its_workspace(api: Api) -> None:
    run = api.run()
    event = api.data(f"/runs/{run['id']}/run-events")[0]
    assert api.client.delete(f"/workspaces/{api.workspace()['id']}").status_code == 204
    assert api.get(f"/run-events/{event['id']}").status_code == 404
    assert len(api.sandbox.world.run_events) == 0


@pytest.mark.parametrize("name", ["run-events", "policy-checks", "task-stages"])
def test_an_unknown_include_beside_a_run_is_a_400(api: Api, name: str) -> None:
    assert api.get(f"/runs/{api.run()['id']}/{name}", include="nonsense").status_code == 400
