"""A tool as a model and a host see it: the slim JSON schema, and the metadata."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from tfc_agent_tools.endpoint import Endpoint
from tfc_agent_tools.narrow import items, mapping
from tfc_agent_tools.types import Risk

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tfc_agent_tools.workflow import Workflow

_KEPT: Final = frozenset({"type", "enum", "const", "description", "items", "properties", "required"})


def slim(schema: Mapping[str, Any]) -> dict[str, Any]:
    """The schema without what a model does not need: titles, patterns, limits, and defaults other than true."""
    slimmed = _slimmed(schema, mapping(schema.get("$defs")))
    return {"type": "object", "properties": {}, **{k: v for k, v in slimmed.items() if k != "description"}}


def _slimmed(node: Mapping[str, Any], definitions: Mapping[str, Any]) -> dict[str, Any]:
    if "$ref" in node:
        return _slimmed({**definitions[node["$ref"].rpartition("/")[2]], **_described(node)}, definitions)
    if "anyOf" in node:
        return _choice(node, definitions)
    kept = {key: value for key, value in node.items() if key in _KEPT}
    # Keys of a fixed set with values of one kind: each is shown as a property, so that a model can't miss one.
    names = items(mapping(node.get("propertyNames")).get("enum"))
    properties = dict.fromkeys(names, mapping(node.get("additionalProperties"))) or mapping(kept.get("properties"))
    if properties:
        kept["properties"] = {name: _slimmed(value, definitions) for name, value in properties.items()}
    if "items" in kept:
        kept["items"] = _slimmed(kept["items"], definitions)
    return kept | ({"default": True} if node.get("default") is True else {})


def _choice(node: Mapping[str, Any], definitions: Mapping[str, Any]) -> dict[str, Any]:
    """One of several kinds. Null is shown only where it means something: where it is not the default."""
    options = [option for option in node["anyOf"] if option.get("type") != "null"]
    shown = _slimmed({**options[0], **_described(node)}, definitions)
    kinds = [option["type"] for option in options if "type" in option]
    is_nullable = len(options) < len(node["anyOf"]) and "default" not in node
    several = [*kinds, *(["null"] if is_nullable else [])]
    return shown | ({"type": several} if len(several) > 1 and "enum" not in shown else {})


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
