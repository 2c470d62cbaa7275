"""Documents of workspaces and of the tags that hold for them."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from tfc_agent_tools.sandbox.documents.base import API, Document, identifier, linked, timestamp, to_one
from tfc_agent_tools.sandbox.models import RunStatus
from tfc_agent_tools.sandbox.permissions import Permission
from tfc_agent_tools.sandbox.states import output_id, outputs_of, resources_of

if TYPE_CHECKING:
    from tfc_agent_tools.sandbox.access import Principal
    from tfc_agent_tools.sandbox.models import Project, StateVersion, Tag, Workspace
    from tfc_agent_tools.sandbox.world import World

_PERMISSIONS = {
    "can-update": Permission.ADMIN,
    "can-destroy": Permission.ADMIN,
    "can-queue-run": Permission.QUEUE_PLAN,
    "can-read-run": Permission.READ,
    "can-read-variable": Permission.READ_VARIABLES,
    "can-update-variable": Permission.WRITE_VARIABLES,
    "can-read-state-versions": Permission.READ_STATE,
    "can-read-state-outputs": Permission.READ_OUTPUTS,
    "can-create-state-versions": Permission.WRITE_STATE,
    "can-queue-apply": Permission.APPLY,
    "can-lock": Permission.LOCK,
    "can-unlock": Permission.LOCK,
    "can-force-unlock": Permission.ADMIN,
    "can-read-settings": Permission.READ,
    "can-manage-tags": Permission.ADMIN,
    "can-manage-run-tasks": Permission.ADMIN,
    "can-force-delete": Permission.ADMIN,
    "can-manage-assessments": Permission.ADMIN,
    "can-read-assessment-results": Permission.READ,
    "can-queue-destroy": Permission.APPLY,
}


def workspace_document(world: World, workspace: Workspace, principal: Principal) -> Document:
    """Return a workspace as one token sees it: `permissions` are that token's."""
    organization_path = f"/organizations/{workspace.organization}/workspaces/{workspace.name}"
    return {
        "id": workspace.id,
        "type": "workspaces",
        "attributes": _attributes(world, workspace, principal),
        "links": {
            "self": API + organization_path,
            "self-html": f"/app/{workspace.organization}/workspaces/{workspace.name}",
        },
        "relationships": _relationships(world, workspace),
    }


def _attributes(world: World, workspace: Workspace, principal: Principal) -> Document:
    runs = world.runs_of(workspace.id)
    state = world.state_versions.get(workspace.current_state_version_id)
    permissions = {name: principal.may(permission, workspace) for name, permission in _PERMISSIONS.items()}
    assessment = world.assessment_of(workspace.id)
    permissions["can-force-delete"] = may_force_delete(world, workspace, principal)
    attributes: Document = {
        "actions": {"is-destroyable": principal.may(Permission.ADMIN, workspace)},
        "allow-destroy-plan": workspace.allow_destroy_plan,
        "assessments-enabled": False,
        "auto-apply": workspace.auto_apply,
        "auto-apply-run-trigger": False,
        "auto-destroy-at": None,
        "auto-destroy-status": None,
        "auto-destroy-activity-duration": None,
        "inherits-project-auto-destroy": True,
        "created-at": timestamp(workspace.created_at),
        "description": workspace.description,
        "environment": "default",
        "execution-mode": workspace.execution_mode,
        "file-triggers-enabled": True,
        "global-remote-state": False,
        "latest-change-at": timestamp(state.created_at if state else workspace.created_at),
        "last-assessment-result-at": timestamp(assessment.created_at) if assessment else None,
        "locked": workspace.locked_by is not None,
        "locked-reason": workspace.locked_reason,
        "name": workspace.name,
        "oauth-client-name": None,
        "operations": workspace.execution_mode != "local",
        "permissions": permissions | {"can-manage-ephemeral-workspaces": False},
        "apply-duration-average": None,
        "plan-duration-average": None,
        "policy-check-failures": None,
        "queue-all-runs": workspace.queue_all_runs,
        "resource-count": sum(row.count for row in resources_of(state.content)) if state else 0,
        "run-failures": sum(run.status is RunStatus.ERRORED for run in runs),
        "source": "tfe-api",
        "source-name": None,
        "source-url": None,
        "speculative-enabled": workspace.speculative_enabled,
        "structured-run-output-enabled": workspace.structured_run_output_enabled,
        "tag-names": [tag.key for tag in workspace.tags if not tag.value],
        "terraform-version": workspace.terraform_version,
        "trigger-prefixes": [],
        "updated-at": timestamp(workspace.updated_at),
        "unarchived_workspace_change_requests_count": 0,
        "vcs-repo": None,
        "vcs-repo-identifier": None,
        "working-directory": workspace.working_directory,
        "workspace-kpis-runs-count": len(runs),
        "setting-overwrites": {"execution-mode": True, "agent-pool": True},
    }
    if workspace.settings.get("vcs-repo"):
        attributes["vcs-repo-identifier"] = workspace.settings["vcs-repo"].get("identifier")
    return {**attributes, **workspace.settings}


def may_force_delete(world: World, workspace: Workspace, principal: Principal) -> bool:
    """Whether a token may delete a workspace without looking at what it manages.

    Owners may; other admins of the workspace where the organization allows it or nothing is managed.
    """
    state = world.state_versions.get(workspace.current_state_version_id)
    organization = world.organizations[workspace.organization]
    allowed = organization.allow_force_delete_workspaces or state is None or not resources_of(state.content)
    return principal.owns(workspace.organization) or (principal.may(Permission.ADMIN, workspace) and allowed)


def _relationships(world: World, workspace: Workspace) -> Document:
    path = f"/workspaces/{workspace.id}"
    holder = workspace.locked_by
    assessment = world.assessment_of(workspace.id)
    version_id, run_id = workspace.current_configuration_version_id, workspace.current_run_id
    state = world.state_versions.get(workspace.current_state_version_id)
    return {
        "agent-pool": {"data": None},
        "current-configuration-version": to_one(
            "configuration-versions", version_id, f"/configuration-versions/{version_id}"
        ),
        "current-run": to_one("runs", run_id, f"/runs/{run_id}"),
        "effective-tag-bindings": linked(f"{path}/effective-tag-bindings"),
        "latest-run": to_one("runs", workspace.latest_run_id, f"/runs/{workspace.latest_run_id}"),
        "current-state-version": to_one(
            "state-versions", workspace.current_state_version_id, f"{path}/current-state-version"
        ),
        "current-assessment-result": to_one(
            "assessment-results", assessment.id if assessment else None, f"{path}/current-assessment-result"
        ),
        "organization": {"data": identifier("organizations", workspace.organization)},
        "outputs": {"data": _outputs(world, state), **linked(f"{path}/current-state-version-outputs")},
        "project": {"data": identifier("projects", workspace.project_id)},
        "readme": {"data": None},
        "remote-state-consumers": linked(f"{path}/relationships/remote-state-consumers"),
        "ssh-key": {"data": None},
        "locked-by": to_one(holder.type, holder.id, f"/{holder.type}/{holder.id}") if holder else {"data": None},
        "tag-bindings": linked(f"{path}/tag-bindings"),
        "vars": {"data": [identifier("vars", row.id) for row in world.variables_of(workspace.id)]},
    }


def _outputs(world: World, state: StateVersion | None) -> list[Document | None]:
    if state is None:
        return []
    ids = [output_id(world, state.id, output.name) for output in outputs_of(state.content)]
    return [identifier("workspace-outputs", found) for found in ids]


def effective_tag_documents(workspace: Workspace, project: Project) -> list[Document]:
    """Return a workspace's own tags, and the project's where no own tag has the key."""
    own = {tag.key for tag in workspace.tags}
    inherited = [tag for tag in project.tags if tag.key not in own]
    documents = [_tag(workspace.id, tag) for tag in workspace.tags]
    link = {"inherited-from": f"{API}/projects/{project.id}"}
    return documents + [_tag(project.id, tag) | {"links": link} for tag in inherited]


def own_tag_documents(workspace: Workspace) -> list[Document]:
    """Return a workspace's own tags."""
    created = {"created-at": timestamp(workspace.created_at)}
    documents = [_tag(workspace.id, tag) for tag in workspace.tags]
    return [
        {"id": f"tb-{row['id']}", "type": "tag-bindings", "attributes": row["attributes"] | created}
        for row in documents
    ]


def _tag(owner: str, tag: Tag) -> Document:
    tag_id = hashlib.sha256(f"{owner}/{tag.key}".encode()).hexdigest()[:16]
    attributes = {"key": tag.key, "value": tag.value}
    return {"id": tag_id, "type": "effective-tag-bindings", "attributes": attributes}
