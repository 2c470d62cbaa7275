"""Taking in an uploaded configuration: checked in a worker thread, then a run may start by itself."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from tfc_agent_tools.sandbox.archive import BadArchive, read_archive
from tfc_agent_tools.sandbox.run_options import automatic_options

if TYPE_CHECKING:
    from concurrent.futures import Future

    from tfc_agent_tools.sandbox.models import ConfigurationVersion, Workspace
    from tfc_agent_tools.sandbox.runs import Runs
    from tfc_agent_tools.sandbox.workers import Workers
    from tfc_agent_tools.sandbox.world import World


class Uploads:
    """Turns pending configuration versions into uploaded or errored ones."""

    def __init__(self, world: World, runs: Runs, workers: Workers) -> None:
        self._world = world
        self._runs = runs
        self._workers = workers

    def take(self, version_id: str, packed: bytes) -> Future[None]:
        """Check an archive and keep it; an archive that can't be used makes its version errored."""
        return self._workers.submit_quick(self._take, version_id, packed)

    def _take(self, version_id: str, packed: bytes) -> None:
        problem = _problem(packed)
        with self._world.lock:
            version = self._world.configuration_versions.get(version_id)
            workspace = self._world.workspaces.get(version.workspace_id) if version else None
            if version is None or workspace is None:
                return
            if problem is not None:
                self._put(replace(version, error="archive", error_message=problem), "errored")
                return
            version = self._put(replace(version, archive=packed), "uploaded")
            self._use(version, workspace)

    def _use(self, version: ConfigurationVersion, workspace: Workspace) -> None:
        if not (version.speculative or version.provisional):
            workspace = replace(workspace, current_configuration_version_id=version.id)
            self._world.workspaces.put(workspace)
        if version.auto_queue_runs and workspace.execution_mode != "local":
            self._runs.create(workspace, version, automatic_options(workspace, version), version.created_by)

    def _put(self, version: ConfigurationVersion, status: str) -> ConfigurationVersion:
        times = {**version.timestamps, f"{status}-at": self._world.clock()}
        return self._world.configuration_versions.put(replace(version, status=status, timestamps=times))


def _problem(packed: bytes) -> str | None:
    try:
        members = read_archive(packed)
    except BadArchive as error:
        return str(error)
    return None if members else "the archive is empty"
