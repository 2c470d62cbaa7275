"""The runs that a world file says are already there: carried out one after the other when the sandbox is made."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tfc_agent_tools.errors import ConfigurationError
from tfc_agent_tools.sandbox.models import RunOptions
from tfc_agent_tools.sandbox.world_build import add_configuration

if TYPE_CHECKING:
    from collections.abc import Callable

    from tfc_agent_tools.sandbox.models import Workspace
    from tfc_agent_tools.sandbox.runs import Runs
    from tfc_agent_tools.sandbox.world import World
    from tfc_agent_tools.sandbox.world_file import WorldFile
    from tfc_agent_tools.sandbox.world_parts import RunSeed

SECONDS = 300.0
"""How long one run may take."""


def carry_out_runs(world: World, file: WorldFile, runs: Runs, settle: Callable[[float], bool]) -> None:
    """Queue each run and wait for its end, so that nobody meets a half-finished world.

    Raises:
        ConfigurationError: A run does not come to an end.
    """
    for organization, seed in file.organizations.items():
        for name, workspace_seed in (seed.workspaces if seed else {}).items():
            for run in workspace_seed.runs if workspace_seed else ():
                _queue(world, file, runs, (organization, name), run)
                if not settle(SECONDS):
                    raise ConfigurationError(f"world: a run of {organization}/{name} takes more than {SECONDS:.0f} s")


def _queue(world: World, file: WorldFile, runs: Runs, place: tuple[str, str], seed: RunSeed) -> None:
    with world.lock:
        workspace = world.workspace_named(*place)
        if workspace is not None and seed.configuration is not None:
            workspace = world.workspaces[add_configuration(world, workspace, file, seed.configuration).workspace_id]
        version = world.configuration_versions.get(workspace.current_configuration_version_id) if workspace else None
        if workspace is None or version is None:
            raise ConfigurationError(f"world: {'/'.join(place)} has no configuration to run")
        name = seed.by or next(iter(file.tokens))
        token = next(token for token in world.tokens.values() if token.name == name)
        runs.create(workspace, version, _options(workspace, seed), token.user_id, seed.own_checks)


def _options(workspace: Workspace, seed: RunSeed) -> RunOptions:
    return RunOptions(
        message=seed.message or RunOptions().message,
        auto_apply=workspace.auto_apply if seed.auto_apply is None else seed.auto_apply,
        plan_only=seed.plan_only,
        is_destroy=seed.is_destroy,
        variables=tuple(seed.variables.items()),
        working_directory=workspace.working_directory,
    )
