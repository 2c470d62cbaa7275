"""One good request for each operation, in a world that holds what it needs."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any, NamedTuple

import httpx
from sandbox_driver import Api

from tfc_agent_tools.sandbox import Sandbox
from tfc_agent_tools.sandbox.access import authenticate
from tfc_agent_tools.sandbox.configurations import pack
from tfc_agent_tools.sandbox.members import Team, Token, TokenKind
from tfc_agent_tools.sandbox.models import Project, RunStatus, StateVersion, Variable, Workspace
from tfc_agent_tools.sandbox.notifications import Notification
from tfc_agent_tools.sandbox.permissions import Grants, OrganizationPermission
from tfc_agent_tools.sandbox.states import finalize

Json = dict[str, Any]
STATE: Json = {
    "version": 4,
    "terraform_version": "1.11.4",
    "serial": 1,
    "lineage": "871d1b4a-e579-fb7c-ffdb-f0c858a647a7",
    "outputs": {},
    "resources": [],
}
RAW = json.dumps(STATE).encode()
MD5 = hashlib.md5(RAW, usedforsecurity=False).hexdigest()


class Sent(NamedTuple):
    method: str
    path: str
    body: Json | None = None
    content: bytes | None = None
    params: dict[str, str] | None = None


class Scene:
    """A sandbox with one of everything, and a caller."""

    def __init__(self, sandbox: Sandbox, owner: Api, caller: Callable[[str], Api]) -> None:
        self.sandbox, self.owner, self._caller = sandbox, owner, caller
        self.world = sandbox.world
        self.token = sandbox.tokens["user"]

    def workspace(self, name: str = "scratch") -> Workspace:
        found = self.world.workspace_named("acme", name)
        assert found is not None
        return found

    def team_token(
        self, grants: Grants = frozenset(), organization_access: frozenset[OrganizationPermission] = frozenset()
    ) -> str:
        """A token of a new team that has the same in each workspace."""
        team = Team(
            id=self.world.ids.new("team"),
            name="new",
            organization="acme",
            workspace_access={row.id: grants for row in self.world.workspaces},
            organization_access=organization_access,
        )
        self.world.teams.put(team)
        user = next(user for user in self.world.users if user.is_service_account)
        value = self.world.ids.token()
        self.world.tokens[value] = Token(
            value=value, kind=TokenKind.TEAM, organization="acme", user_id=user.id, team_id=team.id
        )
        return value

    def grant(
        self, token: str, grants: Grants, organization_access: frozenset[OrganizationPermission] = frozenset()
    ) -> None:
        """Give a team's token other permissions than it had."""
        team = self.world.teams[self.world.tokens[token].team_id or ""]
        workspace_access = {row.id: grants for row in self.world.workspaces}
        self.world.teams.put(replace(team, workspace_access=workspace_access, organization_access=organization_access))

    def lock(self) -> Workspace:
        """Lock `scratch` for the caller."""
        holder = authenticate(self.world, f"Bearer {self.token}").holder
        return self.world.workspaces.put(replace(self.workspace(), locked_by=holder))

    def variable(self) -> Variable:
        made = Variable(id="var-one", workspace_id=self.workspace().id, key="size", value="2")
        return self.world.variables.put(made)

    def notification(self) -> Notification:
        now = self.world.clock()
        made = Notification(
            id="nc-one",
            workspace_id=self.workspace().id,
            name="hook",
            destination_type="generic",
            url="https://hooks.example/one",
            created_at=now,
            updated_at=now,
        )
        return self.world.notifications.put(made)

    def project(self) -> Project:
        made = Project(id="prj-one", name="empty", organization="acme", created_at=self.world.clock())
        return self.world.projects.put(made)

    def team(self) -> Team:
        return next(team for team in self.world.teams if team.name == "planners")

    def state(self) -> StateVersion:
        made = StateVersion(
            id="sv-one",
            workspace_id=self.workspace().id,
            created_at=self.world.clock(),
            created_by=next(iter(self.world.users)).id,
            serial=1,
            lineage="",
            terraform_version="1.11.4",
            md5=MD5,
        )
        return finalize(self.world, made, RAW)

    def run(self) -> Json:
        return self.owner.run()

    def send(self, sent: Sent, *, token: str | None = None) -> httpx.Response:
        api = self._caller(token or self.token)
        if sent.path.startswith("http"):
            return api.plain.request(sent.method, sent.path, content=sent.content)
        return api.client.request(sent.method, sent.path, json=sent.body, params=sent.params)


def document(kind: str, relationships: Json | None = None, /, **attributes: object) -> Json:
    names = {name.replace("_", "-"): value for name, value in attributes.items()}
    found: Json = {"type": kind, "attributes": names}
    return {"data": found | ({"relationships": relationships} if relationships else {})}


CALLS: dict[str, Callable[[Scene], Sent]] = {}
ORGANIZATION = "/organizations/acme"
WORKSPACES = f"{ORGANIZATION}/workspaces"


def call(maker: Callable[[Scene], Sent]) -> Callable[[Scene], Sent]:
    CALLS[maker.__name__] = maker
    return maker


def simple(name: str, method: str, path: Callable[[Scene], str], body: Json | None = None) -> None:
    CALLS[name] = lambda scene: Sent(method, path(scene), body)


def run_path(scene: Scene) -> str:
    return f"/runs/{scene.run()['id']}"


def plan_path(scene: Scene) -> str:
    return f"/plans/{scene.run()['relationships']['plan']['data']['id']}"


def apply_path(scene: Scene) -> str:
    return f"/applies/{scene.run()['relationships']['apply']['data']['id']}"


def by_id(scene: Scene) -> str:
    return f"/workspaces/{scene.workspace().id}"


def by_name(_scene: Scene) -> str:
    return f"{WORKSPACES}/scratch"


def variable_path(scene: Scene) -> str:
    return f"{by_id(scene)}/vars/{scene.variable().id}"


def notification_path(scene: Scene) -> str:
    return f"/notification-configurations/{scene.notification().id}"


simple("list_workspaces", "GET", lambda _: WORKSPACES)
simple("get_workspace_by_name", "GET", by_name)
simple("get_workspace_by_id", "GET", by_id)
simple("create_workspace", "POST", lambda _: WORKSPACES, document("workspaces", name="made"))
simple("update_workspace_by_id", "PATCH", by_id, document("workspaces", description="new"))
simple("update_workspace_by_name", "PATCH", by_name, document("workspaces", description="new"))
simple("lock_workspace", "POST", lambda scene: f"{by_id(scene)}/actions/lock", {"reason": "maintenance"})
simple("force_delete_workspace_by_id", "DELETE", by_id)
simple("force_delete_workspace_by_name", "DELETE", by_name)
simple("safe_delete_workspace_by_id", "POST", lambda scene: f"{by_id(scene)}/actions/safe-delete")
simple("safe_delete_workspace_by_name", "POST", lambda scene: f"{by_name(scene)}/actions/safe-delete")
simple("get_run", "GET", run_path)
simple("apply_run", "POST", lambda scene: f"{run_path(scene)}/actions/apply", {"comment": "go"})
simple("discard_run", "POST", lambda scene: f"{run_path(scene)}/actions/discard", {"comment": "no"})
simple("get_plan", "GET", plan_path)
simple("get_plan_json_output", "GET", lambda scene: f"{plan_path(scene)}/json-output")
simple("get_run_plan_json_output", "GET", lambda scene: f"{run_path(scene)}/plan/json-output")
simple("get_apply", "GET", apply_path)
simple("get_state_version", "GET", lambda scene: f"/state-versions/{scene.state().id}")
simple("list_projects", "GET", lambda _: f"{ORGANIZATION}/projects")
simple("get_project", "GET", lambda scene: f"/projects/{scene.workspace().project_id}")
simple("create_project", "POST", lambda _: f"{ORGANIZATION}/projects", document("projects", name="made"))
simple("update_project", "PATCH", lambda scene: f"/projects/{scene.project().id}", document("projects", name="new"))
simple("delete_project", "DELETE", lambda scene: f"/projects/{scene.project().id}")
simple("list_organizations", "GET", lambda _: "/organizations")
simple("get_organization", "GET", lambda _: ORGANIZATION)
simple("update_organization", "PATCH", lambda _: ORGANIZATION, document("organizations", email="a@b.example"))
simple("delete_organization", "DELETE", lambda _: ORGANIZATION)
simple("list_teams", "GET", lambda _: f"{ORGANIZATION}/teams")
simple("create_team", "POST", lambda _: f"{ORGANIZATION}/teams", document("teams", name="made"))
simple("get_team", "GET", lambda scene: f"/teams/{scene.team().id}")
simple("update_team", "PATCH", lambda scene: f"/teams/{scene.team().id}", document("teams", name="renamed"))
simple("delete_team", "DELETE", lambda scene: f"/teams/{scene.team().id}")
simple("update_workspace_variable", "PATCH", variable_path, document("vars", value="3"))
simple("delete_workspace_variable", "DELETE", variable_path)
simple("get_notification_configuration", "GET", notification_path)
simple("delete_notification_configuration", "DELETE", notification_path)
simple("verify_notification_configuration", "POST", lambda scene: f"{notification_path(scene)}/actions/verify")
simple(
    "update_notification_configuration",
    "PATCH",
    notification_path,
    document("notification-configuration", name="new"),
)


@call
def unlock_workspace(scene: Scene) -> Sent:
    return Sent("POST", f"/workspaces/{scene.lock().id}/actions/unlock")


@call
def force_unlock_workspace(scene: Scene) -> Sent:
    holder = authenticate(scene.world, f"Bearer {scene.sandbox.tokens['user']}").holder
    scene.world.workspaces.put(replace(scene.workspace(), locked_by=holder))
    return Sent("POST", f"{by_id(scene)}/actions/force-unlock")


@call
def create_run(scene: Scene) -> Sent:
    workspace = {"data": {"type": "workspaces", "id": scene.workspace("network").id}}
    return Sent("POST", "/runs", document("runs", {"workspace": workspace}, message="please"))


@call
def list_workspace_runs(scene: Scene) -> Sent:
    scene.run()
    return Sent("GET", f"/workspaces/{scene.workspace('app-staging').id}/runs")


@call
def list_organization_runs(scene: Scene) -> Sent:
    scene.run()
    return Sent("GET", f"{ORGANIZATION}/runs")


@call
def cancel_run(scene: Scene) -> Sent:
    scene.run()
    waiting = scene.run()
    return Sent("POST", f"/runs/{waiting['id']}/actions/cancel", {"comment": "stop"})


@call
def force_cancel_run(scene: Scene) -> Sent:
    run = scene.world.runs[scene.run()["id"]]
    past = scene.world.clock() - timedelta(minutes=5)
    stuck = replace(run, status=RunStatus.APPLYING, canceled_at=past, force_cancel_available_at=past)
    return Sent("POST", f"/runs/{scene.world.runs.put(stuck).id}/actions/force-cancel", {"comment": "stop"})


@call
def list_state_versions(scene: Scene) -> Sent:
    scene.state()
    names = {"filter[organization][name]": "acme", "filter[workspace][name]": "scratch"}
    return Sent("GET", "/state-versions", params=names)


@call
def get_current_state_version(scene: Scene) -> Sent:
    scene.state()
    return Sent("GET", f"{by_id(scene)}/current-state-version")


@call
def create_state_version(scene: Scene) -> Sent:
    scene.lock()
    body = document("state-versions", serial=1, md5=MD5, state=base64.b64encode(RAW).decode())
    return Sent("POST", f"{by_id(scene)}/state-versions", body)


@call
def upload_state_file(scene: Scene) -> Sent:
    scene.owner.post(f"{by_id(scene)}/actions/lock", {})
    made = scene.owner.post(f"{by_id(scene)}/state-versions", document("state-versions", serial=1, md5=MD5))
    return Sent("PUT", made.json()["data"]["attributes"]["hosted-state-upload-url"], content=RAW)


@call
def list_configuration_versions(scene: Scene) -> Sent:
    return Sent("GET", f"/workspaces/{scene.workspace('network').id}/configuration-versions")


@call
def get_configuration_version(scene: Scene) -> Sent:
    return Sent("GET", f"/configuration-versions/{scene.workspace('network').current_configuration_version_id}")


@call
def create_configuration_version(scene: Scene) -> Sent:
    return Sent("POST", f"{by_id(scene)}/configuration-versions", document("configuration-versions"))


@call
def upload_configuration_files(scene: Scene) -> Sent:
    version = scene.owner.configuration("scratch", auto_queue_runs=False)
    return Sent("PUT", version["attributes"]["upload-url"], content=pack({"main.tf": ""}))


@call
def list_workspace_variables(scene: Scene) -> Sent:
    scene.variable()
    return Sent("GET", f"{by_id(scene)}/vars")


@call
def create_workspace_variable(scene: Scene) -> Sent:
    return Sent("POST", f"{by_id(scene)}/vars", document("vars", key="size", value="2", category="terraform"))


@call
def list_workspace_notification_configurations(scene: Scene) -> Sent:
    scene.notification()
    return Sent("GET", f"{by_id(scene)}/notification-configurations")


@call
def create_workspace_notification_configuration(scene: Scene) -> Sent:
    body = document(
        "notification-configuration",
        name="hook",
        destination_type="generic",
        enabled=True,
        url="https://hooks.example/two",
        triggers=["run:created"],
    )
    return Sent("POST", f"{by_id(scene)}/notification-configurations", body)
