"""What a plan's JSON and an apply's log say in figures."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from tfc_agent_tools.sandbox.models import Counts

if TYPE_CHECKING:
    from collections.abc import Iterator

_COLOURS = rb"(?:\x1b\[[0-9;]*m)*"
_SUMMARY = re.compile(
    rb"^" + _COLOURS + rb"(?:Apply|Destroy) complete! Resources: (?:(?P<imported>\d+) imported, )?"
    rb"(?:(?P<added>\d+) added, (?P<changed>\d+) changed, )?(?P<removed>\d+) destroyed",
    re.MULTILINE,
)
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


def applied_counts(log: bytes, *, structured: bool = True) -> Counts:
    """Return the figures of the last change summary in a log, JSON or plain; zeros when there is none."""
    return _structured_counts(log) if structured else _plain_counts(log)


def _structured_counts(log: bytes) -> Counts:
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


def _plain_counts(log: bytes) -> Counts:
    counts = Counts()
    for found in _SUMMARY.finditer(log):
        figures = {name: int(text or 0) for name, text in found.groupdict().items()}
        counts = Counts(figures["added"], figures["changed"], figures["removed"], figures["imported"])
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
