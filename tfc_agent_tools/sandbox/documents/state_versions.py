"""Documents of state versions and their outputs."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

from tfc_agent_tools.sandbox.documents.base import API, Document, identifier, timestamp
from tfc_agent_tools.sandbox.states import StateOutput, output_id, outputs_of, resources_of, tally

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tfc_agent_tools.sandbox.models import StateVersion
    from tfc_agent_tools.sandbox.world import World

_TYPES = {"map": "object", "object": "object", "list": "array", "set": "array", "tuple": "array"}


def state_version_document(world: World, version: StateVersion, urls: Mapping[str, str]) -> Document:
    """Return a state version; its content is behind `urls` only (attribute name to URL)."""
    return {
        "id": version.id,
        "type": "state-versions",
        "attributes": _attributes(version, urls),
        "relationships": _relationships(world, version),
        "links": {"self": f"{API}/state-versions/{version.id}"},
    }


def _attributes(version: StateVersion, urls: Mapping[str, str]) -> Document:
    resources = resources_of(version.content)
    return {
        "billable-rum-count": 0,
        "created-at": timestamp(version.created_at),
        "size": len(version.content),
        "hosted-state-download-url": urls.get("hosted-state-download-url"),
        "hosted-state-upload-url": urls.get("hosted-state-upload-url"),
        "hosted-json-state-download-url": urls.get("hosted-json-state-download-url"),
        "hosted-json-state-upload-url": urls.get("hosted-json-state-upload-url"),
        "status": version.status,
        "intermediate": False,
        "modules": tally(resources, by_provider=False),
        "providers": tally(resources, by_provider=True),
        "resources": [asdict(resource) for resource in resources],
        "resources-processed": version.status == "finalized",
        "serial": version.serial,
        "state-version": 4,
        "terraform-version": version.terraform_version,
        "vcs-commit-url": None,
        "vcs-commit-sha": None,
    }


def _relationships(world: World, version: StateVersion) -> Document:
    created_by = f"{API}/runs/{version.run_id}/created-by"
    outputs = outputs_of(version.content)
    return {
        "run": {"data": identifier("runs", version.run_id)},
        "created-by": {
            "data": identifier("users", version.created_by),
            "links": {"self": f"{API}/users/{version.created_by}", "related": created_by},
        },
        "workspace": {"data": identifier("workspaces", version.workspace_id)},
        "outputs": {
            "data": [
                identifier("state-version-outputs", output_id(world, version.id, output.name)) for output in outputs
            ]
        },
    }


def output_document(world: World, version: StateVersion, output: StateOutput, *, reveal: bool) -> Document:
    """Return an output; a sensitive one without its value unless `reveal`."""
    found = output_id(world, version.id, output.name)
    outer = output.type if isinstance(output.type, str) else (output.type or ["dynamic"])[0]
    return {
        "id": found,
        "type": "state-version-outputs",
        "attributes": {
            "name": output.name,
            "sensitive": output.sensitive,
            "type": _TYPES.get(outer, outer),
            "value": output.value if reveal or not output.sensitive else None,
            "detailed-type": output.type,
        },
        "links": {"self": f"{API}/state-version-outputs/{found}"},
    }
