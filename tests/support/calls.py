"""Valid arguments for every tool: the required ones, each with a value of its kind."""

from __future__ import annotations

from typing import Any

from support.server import PLAN, RUN, VERSION, WORKSPACE
from tfc_agent_tools.endpoints import catalog

VALUES: dict[str, Any] = {
    "organization_name": "acme",
    "workspace_name": "app-staging",
    "workspace": WORKSPACE,
    "run_id": RUN,
    "plan_id": PLAN,
    "apply_id": "apply-eeeeeeeeeeeeeeee",
    "configuration_version_id": VERSION,
    "state_version_id": "sv-ffffffffffffffff",
    "variable_id": "var-gggggggggggggggg",
    "notification_configuration_id": "nc-hhhhhhhhhhhhhhhh",
    "project_id": "prj-iiiiiiiiiiiiiiii",
    "team_id": "team-jjjjjjjjjjjjjjjj",
    "name": "new-one",
    "key": "size",
    "category": "terraform",
    "destination_type": "email",
    "directory": "/code",
    "file": "/code/terraform.tfstate",
}

GOOD: dict[str, dict[str, Any]] = {
    name: {field: VALUES[field] for field, info in endpoint.arguments.model_fields.items() if info.is_required()}
    for name, endpoint in catalog().items()
} | {
    "watch_run": {"run_id": RUN},
    "explain_plan": {"plan_id": PLAN},
    "diagnose_run": {"run_id": RUN},
    "read_plan_log": {"plan_id": PLAN},
    "read_apply_log": {"apply_id": VALUES["apply_id"]},
    "upload_configuration": {"workspace": WORKSPACE, "directory": VALUES["directory"]},
    "compare_state_versions": {"older": VALUES["state_version_id"], "newer": "sv-2"},
    "find_workspaces": {"organization_name": "acme"},
    "read_outputs": {"workspace": WORKSPACE},
    "whoami": {},
}
