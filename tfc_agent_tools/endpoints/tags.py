"""Tags of workspaces and projects, in a body.

https://developer.hashicorp.com/terraform/cloud-docs/api-docs/projects
"""

from __future__ import annotations

from typing import Any

from tfc_agent_tools.endpoint import changes
from tfc_agent_tools.endpoints.previews.words import shown
from tfc_agent_tools.facts import Resource
from tfc_agent_tools.request import Json
from tfc_agent_tools.types import NOT_GIVEN


def tagged(body: Json, tags: list[str] | None) -> Json:
    """The body with these (`key=value` or `key`) as all of a thing's own tags; None leaves them as they are."""
    if tags is None or tags is NOT_GIVEN:
        return body
    data = body["data"]
    bindings = [{"type": "tag-bindings", "attributes": _binding(tag)} for tag in tags]
    return {"data": {**data, "relationships": {**data.get("relationships", {}), "tag-bindings": {"data": bindings}}}}


def tagged_changes(
    kind: str, attributes: dict[str, Json], tags: list[str], **relationships: tuple[str, str | None]
) -> Json:
    """A body that changes what was given. Tags alone are a change, too."""
    related: dict[str, Any] = dict(relationships)
    if tags is not NOT_GIVEN:
        related["tag_bindings"] = ("tag-bindings", "")  # `tagged` fills it in
    return tagged(changes(kind, attributes, **related), tags)


def tags_now(workspace: Resource, bindings: Resource) -> str:
    """The tags of a workspace, for a person; people outside wrote them. Its own attribute knows the keys alone."""
    if not bindings.known:
        return shown(workspace.get("tag-names"))
    return ", ".join(f"{tag.get('key')}={tag.get('value')}" for tag in bindings.items) or "none"


def _binding(tag: str) -> dict[str, str]:
    key, has_value, value = tag.partition("=")
    return {"key": key, "value": value} if has_value else {"key": key}
