"""A plan without its secrets, in the form that the terraform command renders."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, TypeGuard

if TYPE_CHECKING:
    from collections.abc import Mapping

HIDDEN = "(sensitive value)"


def redacted_plan(plan: Mapping[str, Any], schemas: Mapping[str, Any]) -> bytes:
    """Return the redacted form of `terraform show -json`; `schemas` is `terraform providers schema -json`."""
    changes = {name: _change(change) for name, change in plan.get("output_changes", {}).items()}
    redacted = {
        "plan_format_version": plan.get("format_version"),
        "output_changes": changes,
        "resource_changes": [_resource(row) for row in plan.get("resource_changes", [])],
        "resource_drift": [_resource(row) for row in plan.get("resource_drift", [])],
        "relevant_attributes": plan.get("relevant_attributes", []),
        "provider_format_version": schemas.get("format_version"),
        "provider_schemas": schemas.get("provider_schemas", {}),
    }
    return json.dumps(redacted).encode()


def _resource(resource: Mapping[str, Any]) -> dict[str, Any]:
    return {**resource, "change": _change(resource["change"])}


def _change(change: Mapping[str, Any]) -> dict[str, Any]:
    hidden = {side: _masked(change.get(side), change.get(f"{side}_sensitive")) for side in ("before", "after")}
    return {**change, **hidden}


def _masked(value: object, sensitive: object) -> object:
    """Hide what the marks of the same shape call sensitive."""
    if sensitive is True:
        return None if value is None else HIDDEN
    if _is_object(value) and _is_object(sensitive):
        return {name: _masked(inner, sensitive.get(name)) for name, inner in value.items()}
    if _is_list(value) and _is_list(sensitive):
        marks = sensitive + [None] * len(value)
        return [_masked(inner, mark) for inner, mark in zip(value, marks, strict=False)]
    return value


def _is_object(value: object) -> TypeGuard[dict[str, object]]:
    return isinstance(value, dict)


def _is_list(value: object) -> TypeGuard[list[object]]:
    return isinstance(value, list)
