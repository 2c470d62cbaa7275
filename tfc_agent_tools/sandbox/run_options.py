"""What a run is asked to do, from the attributes of its request and the settings of its workspace."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tfc_agent_tools.sandbox.models import RunOptions
from tfc_agent_tools.sandbox.problems import invalid

if TYPE_CHECKING:
    from tfc_agent_tools.sandbox.bodies import Attributes
    from tfc_agent_tools.sandbox.models import ConfigurationVersion, Workspace


def run_options(
    attributes: Attributes, workspace: Workspace, version: ConfigurationVersion, *, may_apply: bool
) -> RunOptions:
    """Return a run's options.

    `auto-apply` is the workspace's setting unless the request says otherwise, and happens only for a token
    that may apply runs. A speculative configuration version makes the run plan-only.
    """
    options = RunOptions(
        message=attributes.text("message") or RunOptions().message,
        auto_apply=attributes.flag("auto-apply", workspace.auto_apply) and may_apply,
        plan_only=attributes.flag("plan-only", version.speculative) or version.speculative,
        save_plan=attributes.flag("save-plan", default=False),
        allow_empty_apply=attributes.flag("allow-empty-apply", default=False),
        allow_config_generation=attributes.flag("allow-config-generation", default=False),
        is_destroy=attributes.flag("is-destroy", default=False),
        refresh=attributes.flag("refresh", default=True),
        refresh_only=attributes.flag("refresh-only", default=False),
        target_addrs=attributes.texts("target-addrs"),
        replace_addrs=attributes.texts("replace-addrs"),
        variables=attributes.pairs("variables"),
        working_directory=workspace.working_directory,
    )
    _check(options, workspace)
    return options


def automatic_options(workspace: Workspace, version: ConfigurationVersion) -> RunOptions:
    """Return the options of the run that an upload queues."""
    return RunOptions(
        message="Queued automatically for an uploaded configuration",
        auto_apply=workspace.auto_apply and version.creator_applies,
        plan_only=version.speculative,
        save_plan=version.provisional and not version.speculative,
        source="tfe-configuration-version",
        working_directory=workspace.working_directory,
    )


def _check(options: RunOptions, workspace: Workspace) -> None:
    if options.is_destroy and options.refresh_only:
        raise invalid("is-destroy and refresh-only are mutually exclusive")
    if options.is_destroy and not workspace.allow_destroy_plan:
        raise invalid("Destroy plans are not allowed in this workspace", "/data/attributes/is-destroy")
    if workspace.execution_mode == "local":
        raise invalid("Runs can't be queued in a workspace with local execution mode")
