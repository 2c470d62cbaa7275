"""What a person is shown before a state is written: what Terraform would no longer know, and what is new to it."""

from __future__ import annotations

from typing import Any, Final, NamedTuple, cast

from tfc_agent_tools.endpoints.previews.workspaces import lock_holder, workspace_label
from tfc_agent_tools.facts import UNKNOWN, Preview, Resource, Scalar
from tfc_agent_tools.request import Payload
from tfc_agent_tools.types import Impact

_MOST: Final = 40
_TAKEN: Final = ("finalized", "discarded", "backing_data_soft_deleted", "backing_data_permanently_deleted")


def new_state_of(workspace: Resource, state_version: Resource, arguments: dict[str, Any]) -> Preview:
    """The file against the current state, and whether the workspace is locked, as the API asks for."""
    facts, impacts = _compared(arguments["file"], workspace, state_version)
    unlocked = workspace.get("locked") is False
    return Preview(
        workspace=workspace_label(workspace),
        facts={**facts, "locked": workspace.get("locked"), "locked by": lock_holder(workspace)},
        impacts=impacts,
        impossible="the workspace is not locked; lock it first, in the name of the same token" if unlocked else None,
    )


def state_upload_of(
    state_version: Resource, workspace: Resource, current_state: Resource, arguments: dict[str, Any]
) -> Preview:
    """The file that was announced, once, and only while its state version waits for it."""
    file: Payload = arguments["file"]
    status, serial = state_version.get("status"), state_version.get("serial")
    facts, impacts = _compared(file, workspace, current_state)
    impossible = None
    if status in _TAKEN:
        impossible = f"{state_version.id} is {status} and takes no file any more; create a new state version"
    elif serial not in (UNKNOWN, file.about["serial"]):
        impossible = f"{state_version.id} was made for serial {serial} and the file has {file.about['serial']}"
    return Preview(
        workspace=workspace_label(workspace),
        facts={"state version": state_version.id, "status": status, **facts, "locked by": lock_holder(workspace)},
        impacts=impacts,
        impossible=impossible,
    )


def _compared(file: Payload, workspace: Resource, current: Resource) -> tuple[dict[str, Scalar], frozenset[Impact]]:
    """The file against the current state. What can't be read may hold anything, so anything may be lost."""
    is_first = workspace.related("current-state-version") is None
    before = [] if is_first else _resources(current)
    file_holds, providers = file.about["resources"], file.about["providers"]
    lost = added = fewer = new = None
    if before is not None:
        held = {one.address: one.instances for one in before}
        lost, added = sorted(set(held) - set(file_holds)), sorted(set(file_holds) - set(held))
        less = {address for address, count in held.items() if file_holds.get(address, count) < count}
        fewer = [f"{address} ({held[address]} → {file_holds[address]})" for address in sorted(less)]
        new = sorted(set(providers) - {one.provider for one in before})
    serial: Scalar = "none" if is_first else current.get("serial")
    facts: dict[str, Scalar] = {
        "current state": "none" if is_first else current.id or UNKNOWN,
        "serial from and to": f"{serial} → {file.about['serial']}",
        "resources lost": _listed(lost),
        "resources added": _listed(added),
        "resources with fewer instances": _listed(fewer),
        "providers that are new": _listed(new),
        "lineage of the current state": "none" if is_first else "not in the API; the file's should be the same",
        "size": f"{len(file.content):,} bytes",
        "size of the current state": "none" if is_first else current.get("size"),
    }
    forgets = lost is None or bool(fewer) or any(not _is_data(address) for address in lost)
    found = {Impact.DESTROYS: forgets, Impact.RUNS_CODE: new is None or bool(new)}  # the next init fetches them
    return facts, frozenset(impact for impact, holds in found.items() if holds)


class _Held(NamedTuple):
    """A resource of the current state, as the API lists it."""

    address: str
    provider: str
    instances: int


def _resources(state: Resource) -> list[_Held] | None:
    """The resources of a state; None where the API does not (yet) say all of them."""
    found: object = state.get("resources")
    if not isinstance(found, list) or state.get("resources-processed") is False:
        return None
    listed = (Resource("resources", attributes=item) for item in cast("list[dict[str, Any]]", found))
    return [_Held(_address(one), one.text("provider"), _count(one.get("count"))) for one in listed]


def _count(value: object) -> int:
    return value if isinstance(value, int) else 0


def _address(resource: Resource) -> str:
    """`module.a.type.name`; the root module is named `root`."""
    module = resource.text("module")
    prefix = "" if module in {"", "root"} else module if module.startswith("module.") else f"module.{module}"
    return ".".join(part for part in (prefix, resource.text("type"), resource.text("name")) if part)


def _is_data(address: str) -> bool:
    """What was only read is not lost by being forgotten."""
    return address.startswith("data.") or ".data." in address


def _listed(names: list[str] | None) -> Scalar:
    if names is None:
        return UNKNOWN
    more = len(names) - _MOST
    return ", ".join([*names[:_MOST], *([f"and {more} more"] if more > 0 else [])]) or "none"
