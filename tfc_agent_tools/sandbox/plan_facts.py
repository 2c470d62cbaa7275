"""What a plan's JSON and an apply's log say in figures."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from tfc_agent_tools.sandbox.models import Counts

if TYPE_CHECKING:
    from collections.abc import Iterator

BUILTIN_PROVIDER = "terraform.io/builtin/terraform"


def planned_counts(plan: dict[str, Any]) -> Counts:
    """Count resources as terraform's summary does: a replacement is an addition and a destruction."""
    added = changed = removed = imported = 0
    for resource in plan.get("resource_changes", []):
        if resource.get("mode") == "data":
            continue
        change = resource["change"]
        actions = change["actions"]
        added += "create" in actions
        changed += actions == ["update"]
        removed += "delete" in actions
        imported += "importing" in change
    return Counts(added, changed, removed, imported)


def applied_counts(log: bytes) -> Counts:
    """Return the figures of the last change summary in a JSON log; zeros when there is none."""
    counts = Counts()
    for line in log.splitlines():
        if b'"change_summary"' not in line:
            continue
        try:
            changes = json.loads(line)["changes"]
            if changes["operation"] != "plan":
                counts = Counts(changes["add"], changes["change"], changes["remove"], changes.get("import", 0))
        except (ValueError, KeyError, TypeError):
            continue
    return counts


def foreign_parts(plan: dict[str, Any]) -> Iterator[str]:
    """Yield what terraform's own reading of a configuration shows that the sandbox does not run.

    A second look at the same rules as the text check, through terraform's parser and before any apply.
    """
    configuration = plan.get("configuration", {})
    for provider in configuration.get("provider_config", {}).values():
        if provider.get("full_name") != BUILTIN_PROVIDER:
            yield f"provider {provider.get('full_name')}"
    yield from _foreign_in_module(configuration.get("root_module", {}))


def _foreign_in_module(module: dict[str, Any]) -> Iterator[str]:
    for resource in module.get("resources", []):
        if "provisioners" in resource:
            yield f"provisioner in {resource['address']}"
        if resource.get("mode") != "managed" or resource.get("type") != "terraform_data":
            yield f"{resource.get('mode')} resource {resource['address']}"
    for call in module.get("module_calls", {}).values():
        yield from _foreign_in_module(call.get("module", {}))
