"""A tool as a model and a host see it: the slim JSON schema, and the metadata."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from tfc_agent_tools.endpoint import Endpoint
from tfc_agent_tools.types import Risk

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tfc_agent_tools.workflow import Workflow

_KEPT: Final = frozenset({"type", "enum", "const", "description", "items", "properties", "required"})


def slim(schema: Mapping[str, Any]) -> dict[str, Any]:
    """The schema without what a model does not need: titles, patterns, limits, null, and defaults other than true."""
    definitions = schema.get("$defs", {})

    def slimmed(node: Mapping[str, Any]) -> dict[str, Any]:
        if "$ref" in node:
            return slimmed({**definitions[node["$ref"].rpartition("/")[2]], **_described(node)})
        if "anyOf" in node:
            given = next(option for option in node["anyOf"] if option.get("type") != "null")
            return slimmed({**given, **_described(node)})
        kept = {key: value for key, value in node.items() if key in _KEPT}
        if "items" in kept:
            kept["items"] = slimmed(kept["items"])
        if "properties" in kept:
            kept["properties"] = {name: slimmed(value) for name, value in kept["properties"].items()}
        return kept | ({"default": True} if node.get("default") is True else {})

    slimmed_schema = slimmed(schema)
    return {
        "type": "object",
        "properties": {},
        **{k: v for k, v in slimmed_schema.items() if k != "description"},
    }


def _described(node: Mapping[str, Any]) -> dict[str, Any]:
    return {key: node[key] for key in ("description", "default") if key in node}


def metadata_of(operation: Endpoint[Any] | Workflow[Any]) -> dict[str, Any]:
    """What callbacks, hosts and MCP clients may know: facts under `tfc`, and the MCP hint keys beside it."""
    method, path, permission = None, None, None
    if isinstance(operation, Endpoint):
        method, path, permission = operation.method, operation.path, operation.permission
    return {
        "tfc": {
            "method": method,
            "path": path,
            "group": operation.group,
            "action": operation.action,
            "risk": operation.risk.value,
            "token_types": sorted(kind.value for kind in operation.tokens),
            "permission": permission,
        },
        "readOnlyHint": operation.risk is Risk.READ,
        "destructiveHint": operation.risk is Risk.DESTRUCTIVE,
        "idempotentHint": operation.risk is Risk.READ,
        "openWorldHint": True,
    }
