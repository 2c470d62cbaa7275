"""What a document changes in a workspace."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from tfc_agent_tools.sandbox.members import TokenKind
from tfc_agent_tools.sandbox.permissions import ProjectPermission
from tfc_agent_tools.sandbox.problems import invalid
from tfc_agent_tools.sandbox.settings import changed, duration, flag, tags_of, text, texts

if TYPE_CHECKING:
    from tfc_agent_tools.sandbox.bodies import Attributes, Document
    from tfc_agent_tools.sandbox.call import Call
    from tfc_agent_tools.sandbox.models import Workspace

_NAME = re.compile(r"[A-Za-z0-9_-]{1,90}\Z")
_MODES = ("remote", "local", "agent")
_TERRAFORM = "1.11.4"
_SHOWN_ONLY = {
    "assessments-enabled": flag(default=False),
    "auto-apply-run-trigger": flag(default=False),
    "auto-destroy-at": text,
    "auto-destroy-activity-duration": duration,
    "file-triggers-enabled": flag(default=True),
    "global-remote-state": flag(default=False),
    "trigger-patterns": texts,
    "trigger-prefixes": texts,
}
_AT_CREATION = {"source-name": text, "source-url": text}


def changed_workspace(call: Call, workspace: Workspace, document: Document) -> Workspace:
    """Return a workspace after a request; one that has no id yet is being created.

    Raises:
        Problem: 422 for values that can't be, 404 for a project that the token may not use.
    """
    attributes = document.attributes
    readers = _SHOWN_ONLY if workspace.id else _SHOWN_ONLY | _AT_CREATION
    settings = changed(attributes, readers, workspace.settings)
    settings |= _overwrites(attributes, workspace) | _repository(call, attributes, workspace)
    return replace(
        workspace,
        name=_name(call, workspace, attributes),
        description=_text(attributes, "description", workspace.description),
        auto_apply=_flag(attributes, "auto-apply", workspace.auto_apply, default=False),
        execution_mode=_mode(call, workspace, attributes),
        terraform_version=_text(attributes, "terraform-version", workspace.terraform_version) or _TERRAFORM,
        working_directory=_text(attributes, "working-directory", workspace.working_directory) or None,
        allow_destroy_plan=_flag(attributes, "allow-destroy-plan", workspace.allow_destroy_plan, default=True),
        queue_all_runs=_flag(attributes, "queue-all-runs", workspace.queue_all_runs, default=False),
        speculative_enabled=_flag(attributes, "speculative-enabled", workspace.speculative_enabled, default=True),
        structured_run_output_enabled=_flag(
            attributes, "structured-run-output-enabled", workspace.structured_run_output_enabled, default=True
        ),
        project_id=_project(call, workspace, document),
        tags=tags_of(document, workspace.tags),
        settings=settings,
        updated_at=call.world.clock(),
    )


def _flag(attributes: Attributes, name: str, before: bool, *, default: bool) -> bool:
    return attributes.flag(name, default) if name in attributes else before


def _text(attributes: Attributes, name: str, before: str | None) -> str | None:
    return attributes.text(name) if name in attributes else before


def _name(call: Call, workspace: Workspace, attributes: Attributes) -> str:
    name = _text(attributes, "name", workspace.name)
    pointer = "/data/attributes/name"
    if not name:
        raise invalid("Name can't be blank", pointer)
    if name == workspace.name:
        return name
    if not _NAME.match(name):
        raise invalid("Name is invalid: up to 90 letters, digits, dashes and underscores", pointer)
    if call.world.workspace_named(workspace.organization, name) is not None:
        raise invalid("Name has already been taken", pointer)
    return name


def _mode(call: Call, workspace: Workspace, attributes: Attributes) -> str:
    pointer = "/data/attributes/execution-mode"
    mode = attributes.choice("execution-mode", _MODES)
    operations = attributes.values.get("operations")
    if mode is not None and operations is not None:
        raise invalid("execution-mode and operations can't both be given", pointer)
    if operations is not None:
        mode = "remote" if attributes.flag("operations", default=True) else "local"
    pool = attributes.text("agent-pool-id")
    if pool is not None and mode != "agent":
        raise invalid("agent-pool-id needs the execution mode agent", "/data/attributes/agent-pool-id")
    if mode == "agent":
        detail = "no such agent pool: the sandbox has none" if pool else "agent-pool-id is required with agent"
        raise invalid(detail, "/data/attributes/agent-pool-id")
    organization = call.world.organizations[workspace.organization]
    inherits = (attributes.record("setting-overwrites") or {}).get("execution-mode") is False
    if mode is None and ("execution-mode" in attributes or inherits or not workspace.id):
        return organization.default_execution_mode
    return mode or workspace.execution_mode


def _overwrites(attributes: Attributes, workspace: Workspace) -> dict[str, Any]:
    """Return `setting-overwrites`: whether the workspace has a value of its own where there is a default."""
    given = attributes.record("setting-overwrites")
    if given is None:
        return {}
    pointer = "/data/attributes/setting-overwrites"
    if not all(isinstance(value, bool) for value in given.values()):
        raise invalid("setting-overwrites must hold booleans", pointer)
    if given.get("execution-mode") is True and not workspace.id and "execution-mode" not in attributes:
        raise invalid("execution-mode must be given when it is overwritten", pointer)
    shown = workspace.settings.get("setting-overwrites", {"execution-mode": True, "agent-pool": True})
    return {"setting-overwrites": {**shown, **given}}


def _repository(call: Call, attributes: Attributes, workspace: Workspace) -> dict[str, Any]:
    """Return `vcs-repo`: null removes it, keys that are named change. Nothing is ever fetched from it."""
    if "vcs-repo" not in attributes:
        return {}
    given = attributes.record("vcs-repo")
    if given is None:
        return {"vcs-repo": None}
    pointer = "/data/attributes/vcs-repo"
    if given.get("github-app-installation-id") and call.principal.token.kind is not TokenKind.USER:
        raise invalid("github-app-installation-id needs a user token", pointer)
    before: dict[str, Any] = workspace.settings.get("vcs-repo") or {}
    repository = before | given
    connected = "oauth-token-id" in repository or "github-app-installation-id" in repository
    if not connected or not repository.get("identifier"):
        raise invalid("vcs-repo needs an identifier and an oauth-token-id or github-app-installation-id", pointer)
    return {"vcs-repo": repository}


def _project(call: Call, workspace: Workspace, document: Document) -> str:
    """Return the workspace's project; a move needs to administer both."""
    wanted = document.related_id("project")
    projects = call.world.projects
    if wanted is None or wanted == workspace.project_id:
        return workspace.project_id
    target = projects.get(wanted)
    if target is not None and target.organization != workspace.organization:
        target = None
    if not workspace.id:
        return call.project(target, ProjectPermission.CREATE_WORKSPACE).id
    call.project(projects[workspace.project_id], ProjectPermission.UPDATE)
    return call.project(target, ProjectPermission.UPDATE).id
