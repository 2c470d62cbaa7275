"""State versions: what an apply leaves becomes the workspace's current state."""

from __future__ import annotations

import hashlib
import json
import re
from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from tfc_agent_tools.sandbox.models import StateVersion
from tfc_agent_tools.sandbox.problems import invalid

if TYPE_CHECKING:
    from tfc_agent_tools.sandbox.models import Run
    from tfc_agent_tools.sandbox.world import World

_MODULE = re.compile(r'module\.([\w-]+)(?:\["(?:[^"\\]|\\.)*"\]|\[\d+\])?')


@dataclass(frozen=True, slots=True)
class StateResource:
    """One resource of a state, with the number of its instances; `module` is `root`, or `root.network.subnets`."""

    name: str
    type: str
    count: int
    module: str
    provider: str


@dataclass(frozen=True, slots=True)
class StateOutput:
    """One output of a state; `type` is its type in terraform's own JSON form."""

    name: str
    value: Any
    type: Any
    sensitive: bool


def record_state(world: World, run: Run, content: bytes | None) -> tuple[str, ...]:
    """Keep the state that an apply left, unless it is the one that was there; return the new ids."""
    workspace = world.workspaces.get(run.workspace_id)
    if content is None or workspace is None:
        return ()
    current = world.state_versions.get(workspace.current_state_version_id)
    if current is not None and current.content == content:
        return ()
    state = json.loads(content)
    version = StateVersion(
        id=world.ids.derived("sv", run.id),
        workspace_id=workspace.id,
        created_at=world.clock(),
        created_by=run.confirmed_by or run.created_by,
        serial=state["serial"],
        lineage=state["lineage"],
        terraform_version=state["terraform_version"],
        run_id=run.id,
        content=content,
    )
    world.state_versions.put(version)
    world.workspaces.put(replace(workspace, current_state_version_id=version.id, updated_at=version.created_at))
    return (version.id,)


def resources_of(content: bytes) -> list[StateResource]:
    """Return the resources of a state file."""
    return [
        StateResource(
            name=resource["name"],
            type=("data." if resource["mode"] == "data" else "") + resource["type"],
            count=len(resource["instances"]),
            module=_module(resource.get("module", "")),
            provider=resource["provider"],
        )
        for resource in _parsed(content).get("resources", [])
    ]


def _module(address: str) -> str:
    """Return a module's place as the service writes it: `module.network[0].module.subnets` is in `root.network`."""
    return ".".join(["root", *_MODULE.findall(address)])


def outputs_of(content: bytes) -> list[StateOutput]:
    """Return a state's outputs, by name."""
    outputs: dict[str, Any] = _parsed(content).get("outputs", {})
    return [
        StateOutput(name, output.get("value"), output.get("type"), bool(output.get("sensitive")))
        for name, output in sorted(outputs.items())
    ]


def output_id(world: World, version_id: str, name: str) -> str:
    """Return the id of an output of a state version."""
    return world.ids.derived("wsout", f"{version_id}/{name}")


def finalize(world: World, version: StateVersion, content: bytes) -> StateVersion:
    """Take the content of an uploaded state version and make it the current one.

    Raises:
        Problem: 422 when the content is not what its creation announced.
    """
    if hashlib.md5(content, usedforsecurity=False).hexdigest() != version.md5:
        raise invalid("md5 does not match the uploaded state", "/data/attributes/md5")
    try:
        state = json.loads(content)
        serial, terraform_version = int(state["serial"]), str(state["terraform_version"])
        lineage = str(state.get("lineage", ""))
        resources_of(content)
        outputs_of(content)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise invalid("the state is not a state file") from error
    if serial != version.serial:
        raise invalid("serial does not match the uploaded state", "/data/attributes/serial")
    if version.lineage and lineage != version.lineage:
        raise invalid("lineage does not match the uploaded state", "/data/attributes/lineage")
    version = replace(
        version, content=content, status="finalized", terraform_version=terraform_version, lineage=lineage
    )
    workspace = world.workspaces[version.workspace_id]
    world.workspaces.put(replace(workspace, current_state_version_id=version.id, updated_at=world.clock()))
    return world.state_versions.put(version)


def _parsed(content: bytes) -> dict[str, Any]:
    """Return a state file, empty where none was uploaded yet."""
    state: dict[str, Any] = json.loads(content) if content else {}
    return state


def tally(resources: list[StateResource], *, by_provider: bool) -> dict[str, dict[str, int]]:
    """Count resources by module or provider, then by type, as a state version's attributes do.

    Underscores of modules and types are dashes there, and only there.
    """
    found: dict[str, Counter[str]] = {}
    for resource in resources:
        group = resource.provider if by_provider else resource.module.replace("_", "-")
        found.setdefault(group, Counter())[resource.type.replace("_", "-")] += resource.count
    return {group: dict(types) for group, types in found.items()}
