"""`?include=`: related resources beside the ones asked for. An unknown name is a 400."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias, TypeVar

from tfc_agent_tools.sandbox.documents.accounts import user_document
from tfc_agent_tools.sandbox.documents.assessments import assessment_document
from tfc_agent_tools.sandbox.documents.checks import (
    policy_evaluation_document,
    task_result_document,
    task_stage_document,
)
from tfc_agent_tools.sandbox.documents.configuration_versions import commit_document, configuration_version_document
from tfc_agent_tools.sandbox.documents.organizations import organization_document
from tfc_agent_tools.sandbox.documents.projects import project_document
from tfc_agent_tools.sandbox.documents.run_events import comment_document
from tfc_agent_tools.sandbox.documents.runs import run_document
from tfc_agent_tools.sandbox.documents.workspaces import workspace_document
from tfc_agent_tools.sandbox.problems import bad_request

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from tfc_agent_tools.sandbox.call import Call, Json
    from tfc_agent_tools.sandbox.check_results import PolicyCheck, TaskStage
    from tfc_agent_tools.sandbox.models import ConfigurationVersion, Run, StateVersion, Workspace
    from tfc_agent_tools.sandbox.run_events import RunEvent

T = TypeVar("T")
Related: TypeAlias = "Callable[[Call, T], Json | list[Json] | None]"


def includes(call: Call, known: Iterable[str]) -> list[str]:
    """Return the names that the query includes; a write looks at them before it changes anything."""
    wanted = [name for name in call.query.get("include", "").split(",") if name]
    unknown = [name for name in wanted if name not in known]
    if unknown:
        detail = f"Invalid include parameter: {', '.join(unknown)}"
        raise bad_request(detail)
    return wanted


def included(call: Call, rows: Iterable[T], known: Mapping[str, Related[T]]) -> list[Json] | None:
    """Return the documents that the query wants beside `rows`, each once; None when it wants none."""
    wanted = includes(call, known)
    if not wanted:
        return None
    found: dict[tuple[str, str], Json] = {}
    for row in rows:
        for name in wanted:
            related = known[name](call, row)
            for document in related if isinstance(related, list) else [related]:
                if document is not None:
                    found.setdefault((document["type"], document["id"]), document)
    return list(found.values())


def _nothing(_call: Call, _row: object) -> None:
    return None


def _run_workspace(call: Call, run: Run) -> Json:
    return workspace_document(call.world, call.world.workspaces[run.workspace_id], call.principal)


def _run_version(call: Call, run: Run) -> Json:
    return configuration_version_document(call.world.configuration_versions[run.configuration_version_id])


def _run_commit(call: Call, run: Run) -> Json | None:
    return commit_document(call.world.configuration_versions[run.configuration_version_id])


def _run_stages(call: Call, run: Run) -> list[Json]:
    return [task_stage_document(call.world, row) for row in call.world.task_stages if row.run_id == run.id]


RUN: Mapping[str, Related[Run]] = {
    "plan": lambda call, run: call.show_plan(call.world.plans[run.plan_id]),
    "apply": lambda call, run: call.show_apply(call.world.applies[run.apply_id]),
    "workspace": _run_workspace,
    "configuration_version": _run_version,
    "configuration_version.ingress_attributes": _run_commit,
    "created_by": lambda call, run: user_document(call.world.users[run.created_by]),
    "cost_estimate": _nothing,
    "task_stages": _run_stages,
}


def _current_run(call: Call, workspace: Workspace) -> Json | None:
    run = call.world.runs.get(workspace.current_run_id)
    return run_document(call.world, run, call.principal) if run else None


def _current_version(call: Call, workspace: Workspace) -> Json | None:
    version = call.world.configuration_versions.get(workspace.current_configuration_version_id)
    return configuration_version_document(version) if version else None


def _current_commit(call: Call, workspace: Workspace) -> Json | None:
    version = call.world.configuration_versions.get(workspace.current_configuration_version_id)
    return commit_document(version) if version else None


def _current_plan(call: Call, workspace: Workspace) -> Json | None:
    run = call.world.runs.get(workspace.current_run_id)
    return call.show_plan(call.world.plans[run.plan_id]) if run else None


def _run_version_of(call: Call, workspace: Workspace) -> Json | None:
    run = call.world.runs.get(workspace.current_run_id)
    return _run_version(call, run) if run else None


def _run_commit_of(call: Call, workspace: Workspace) -> Json | None:
    run = call.world.runs.get(workspace.current_run_id)
    return _run_commit(call, run) if run else None


def _holder(call: Call, workspace: Workspace) -> Json | None:
    holder = workspace.locked_by
    user = call.world.users.get(holder.id) if holder else None
    run = call.world.runs.get(holder.id) if holder else None
    if user is not None:
        return user_document(user)
    return run_document(call.world, run, call.principal) if run else None


def _project(call: Call, workspace: Workspace) -> Json:
    return project_document(call.world, call.world.projects[workspace.project_id], call.principal)


def _assessment(call: Call, workspace: Workspace) -> Json | None:
    assessment = call.world.assessment_of(workspace.id)
    return assessment_document(assessment) if assessment else None


def _organization(call: Call, workspace: Workspace) -> Json:
    return organization_document(call.world.organizations[workspace.organization], call.principal)


WORKSPACE: Mapping[str, Related[Workspace]] = {
    "current_assessment_result": _assessment,
    "current_run": _current_run,
    "current_run.plan": _current_plan,
    "current_run.configuration_version": _run_version_of,
    "current_run.configuration_version.ingress_attributes": _run_commit_of,
    "current_configuration_version": _current_version,
    "current_configuration_version.ingress_attributes": _current_commit,
    "locked_by": _holder,
    "organization": _organization,
    "outputs": _nothing,
    "project": _project,
    "readme": _nothing,
}


def _state_run(call: Call, version: StateVersion) -> Json | None:
    run = call.world.runs.get(version.run_id)
    return run_document(call.world, run, call.principal) if run else None


def _state_run_creator(call: Call, version: StateVersion) -> Json | None:
    run = call.world.runs.get(version.run_id)
    return user_document(call.world.users[run.created_by]) if run else None


def _state_run_version(call: Call, version: StateVersion) -> Json | None:
    run = call.world.runs.get(version.run_id)
    return _run_version(call, run) if run else None


STATE_VERSION: Mapping[str, Related[StateVersion]] = {
    "created_by": lambda call, version: user_document(call.world.users[version.created_by]),
    "run": _state_run,
    "run.created_by": _state_run_creator,
    "run.configuration_version": _state_run_version,
    "outputs": _nothing,
}


def _version_run(call: Call, version: ConfigurationVersion) -> Json | None:
    found = [run for run in call.world.runs_of(version.workspace_id) if run.configuration_version_id == version.id]
    return run_document(call.world, found[-1], call.principal) if found else None


CONFIGURATION_VERSION: Mapping[str, Related[ConfigurationVersion]] = {
    "ingress_attributes": lambda _call, version: commit_document(version),
    "run": _version_run,
}


def _stage_run(call: Call, stage: TaskStage) -> Json:
    return run_document(call.world, call.world.runs[stage.run_id], call.principal)


def _stage_workspace(call: Call, stage: TaskStage) -> Json:
    return _run_workspace(call, call.world.runs[stage.run_id])


def _stage_results(call: Call, stage: TaskStage) -> list[Json]:
    return [task_result_document(call.world, row) for row in call.world.task_results if row.stage_id == stage.id]


def _stage_evaluations(call: Call, stage: TaskStage) -> list[Json]:
    return [policy_evaluation_document(row) for row in call.world.policy_evaluations if row.stage_id == stage.id]


# The documentation writes two of the names with a dash, the OpenAPI with an underscore.
TASK_STAGE: Mapping[str, Related[TaskStage]] = {
    "run": _stage_run,
    "run.workspace": _stage_workspace,
    "task_results": _stage_results,
    "task-results": _stage_results,
    "policy_evaluations": _stage_evaluations,
    "policy-evaluations": _stage_evaluations,
}

POLICY_CHECK: Mapping[str, Related[PolicyCheck]] = {
    "run": lambda call, check: run_document(call.world, call.world.runs[check.run_id], call.principal),
    "run.workspace": lambda call, check: _run_workspace(call, call.world.runs[check.run_id]),
}


def _actor(call: Call, event: RunEvent) -> Json | None:
    user = call.world.users.get(event.actor_id)
    return user_document(user) if user else None


def _comment(call: Call, event: RunEvent) -> Json | None:
    comment = call.world.comments.get(event.comment_id)
    return comment_document(comment) if comment else None


RUN_EVENT: Mapping[str, Related[RunEvent]] = {"actor": _actor, "comment": _comment}
