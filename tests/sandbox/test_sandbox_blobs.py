"""Signed URLs: no token, one purpose, for a while."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from sandbox_driver import Api, MakeApi, MakeSandbox

from tfc_agent_tools.sandbox.configurations import pack

FILES = {"main.tf": "locals {}\n"}


def test_a_token_sent_to_a_signed_url_shows_up_as_a_400(api: Api) -> None:
    version = api.configuration("scratch")
    url = version["attributes"]["upload-url"]
    leaked = api.client.put(url, content=pack(FILES))
    assert leaked.status_code == 400
    assert "Authorization" in leaked.json()["errors"][0]["detail"]
    assert api.data(f"/configuration-versions/{version['id']}")["attributes"]["status"] == "pending"
    run = api.run()
    assert api.client.get(api.plan(run)["attributes"]["log-read-url"]).status_code == 400
    assert api.client.get(f"/plans/{api.plan(run)['id']}/json-output", follow_redirects=True).status_code in (
        200,
        400,
    )


def test_an_upload_url_is_shown_once_and_works_once(api: Api) -> None:
    version = api.configuration("scratch", auto_queue_runs=False)
    url = version["attributes"]["upload-url"]
    assert "upload-url" not in api.data(f"/configuration-versions/{version['id']}")["attributes"]
    assert url.startswith(f"{api.sandbox.address}/_blobs/")
    assert api.plain.get(url).status_code == 404
    assert api.plain.put(url, content=pack(FILES)).status_code == 200
    assert api.plain.put(url, content=pack(FILES)).status_code == 404


def test_a_configuration_that_is_not_uploaded_can_not_run(api: Api) -> None:
    version = api.configuration("scratch")
    relationships = {
        "workspace": {"data": {"type": "workspaces", "id": api.workspace("scratch")["id"]}},
        "configuration-version": {"data": {"type": "configuration-versions", "id": version["id"]}},
    }
    assert api.post("/runs", {"data": {"type": "runs", "relationships": relationships}}).status_code == 422


def test_the_url_of_a_plans_json_lives_one_minute(sandboxes: MakeSandbox, apis: MakeApi) -> None:
    now = datetime(2026, 1, 1, tzinfo=UTC)
    api = apis(sandboxes(clock=lambda: now))
    plan = api.plan(api.run())
    redirect = api.get(f"/plans/{plan['id']}/json-output")
    assert (redirect.status_code, redirect.content) == (307, b"")
    assert len(api.plain.get(redirect.headers["location"]).json()["resource_changes"]) == 3
    now += timedelta(seconds=61)
    assert api.plain.get(redirect.headers["location"]).status_code == 404
    assert api.plain.get(plan["attributes"]["log-read-url"]).status_code == 200


def test_there_is_no_json_before_the_plan_is_done(api: Api) -> None:
    api.run()
    waiting = api.run()
    assert api.get(f"/runs/{waiting['id']}/plan/json-output").status_code == 204


def test_a_log_is_read_in_pieces_that_count_its_marks(api: Api) -> None:
    url = api.plan(api.run())["attributes"]["log-read-url"]
    whole = api.plain.get(url).content
    pieces = b""
    while piece := api.plain.get(url, params={"offset": len(pieces), "limit": 100}).content:
        assert len(piece) <= 100
        pieces += piece
    assert pieces == whole
    assert whole[:1] == b"\x02"
    assert whole[-1:] == b"\x03"
    assert api.plain.get(url, params={"offset": "-1"}).status_code == 400


def test_an_unknown_url_is_not_found(api: Api) -> None:
    assert api.plain.get(f"{api.sandbox.address}/_blobs/nothing").status_code == 404


def test_bodies_of_some_megabytes_pass(api: Api) -> None:
    noise = "".join(f"{number * 7919 % 100_003}" for number in range(1_000_000))
    version = api.upload({"main.tf": "locals {}\n", "noise.txt": noise}, auto_queue_runs=False)
    assert version["attributes"]["status"] == "uploaded"
