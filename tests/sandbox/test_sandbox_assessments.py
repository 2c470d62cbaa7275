"""Health assessments that a world declares."""

from __future__ import annotations

from operation_calls import Scene
from sandbox_driver import Api, MakeApi, MakeSandbox

from tfc_agent_tools.sandbox import WorldFile

DRIFTED = {"drifted": True, "resources-drifted": 1, "resources-undrifted": 4, "checks-passed": 2, "checks-failed": 1}
FAILED = {"succeeded": False, "error-message": "the provider's credentials have expired"}


def assessed(sandboxes: MakeSandbox, apis: MakeApi) -> Api:
    workspaces = {"drifted": {"assessment": DRIFTED}, "failed": {"assessment": FAILED}, "never": None}
    tokens = {"ada": {"type": "user", "teams": ["owners"]}, "robot": {"type": "organization"}}
    world = {"organizations": {"acme": {"workspaces": workspaces}}, "tokens": tokens}
    return apis(sandboxes(world=WorldFile.model_validate(world)))


def current(api: Api, name: str) -> str:
    return f"/workspaces/{api.workspace(name)['id']}/current-assessment-result"


def test_a_drifted_workspace_says_how_much_drifted(sandboxes: MakeSandbox, apis: MakeApi) -> None:
    api = assessed(sandboxes, apis)
    found = api.data(current(api, "drifted"))
    shown = found["attributes"]
    assert (shown["drifted"], shown["succeeded"], shown["error-msg"]) == (True, True, None)
    assert (shown["resources-drifted"], shown["resources-undrifted"]) == (1, 4)
    assert (shown["all-checks-succeeded"], shown["checks-passed"], shown["checks-failed"]) == (False, 2, 1)
    assert {"self", "json-output", "json-schema", "log-output"} == set(found["links"])
    assert api.data(f"/assessment-results/{found['id']}") == found


def test_an_assessment_that_failed_says_why(sandboxes: MakeSandbox, apis: MakeApi) -> None:
    api = assessed(sandboxes, apis)
    shown = api.data(current(api, "failed"))["attributes"]
    assert (shown["drifted"], shown["succeeded"], shown["all-checks-succeeded"]) == (False, False, False)
    assert shown["error-msg"] == shown["error-message"] == FAILED["error-message"]


def test_a_workspace_points_to_its_assessment(sandboxes: MakeSandbox, apis: MakeApi) -> None:
    api = assessed(sandboxes, apis)
    workspace, never = api.workspace("drifted"), api.workspace("never")
    found = api.data(current(api, "drifted"))
    relationship = workspace["relationships"]["current-assessment-result"]
    assert relationship["data"] == {"id": found["id"], "type": "assessment-results"}
    assert workspace["attributes"]["last-assessment-result-at"] == found["attributes"]["created-at"]
    assert (workspace["attributes"]["assessments-enabled"], never["attributes"]["assessments-enabled"]) == (True, False)
    assert never["relationships"]["current-assessment-result"] == {"data": None}
    beside = api.get("/organizations/acme/workspaces", include="current_assessment_result").json()["included"]
    assert len(beside) == 2
    assert found in beside


def test_a_workspace_without_an_assessment_has_none_to_show(sandboxes: MakeSandbox, apis: MakeApi) -> None:
    api = assessed(sandboxes, apis)
    for path in (current(api, "never"), "/assessment-results/asmtres-nothing"):
        assert api.get(path).json() == {"errors": [{"status": "404", "title": "not found"}]}


def test_an_assessment_is_for_whoever_reads_the_workspace(sandboxes: MakeSandbox, apis: MakeApi) -> None:
    api = assessed(sandboxes, apis)
    sandbox = api.sandbox
    paths = current(api, "drifted"), f"/assessment-results/{api.data(current(api, 'drifted'))['id']}"
    scene = Scene(sandbox, api, lambda token: apis(sandbox, token=token))
    stranger, robot = apis(sandbox, token=scene.team_token()), apis(sandbox, token=sandbox.tokens["robot"])
    assert [robot.get(path).status_code for path in paths] == [200, 200]
    assert [stranger.get(path).status_code for path in paths] == [404, 404]


def test_an_assessment_goes_with_its_workspace(sandboxes: MakeSandbox, apis: MakeApi) -> None:
    api = assessed(sandboxes, apis)
    found = api.data(current(api, "drifted"))
    assert api.client.delete(f"/workspaces/{api.workspace('drifted')['id']}").status_code == 204
    assert api.get(f"/assessment-results/{found['id']}").status_code == 404
