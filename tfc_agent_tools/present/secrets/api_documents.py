"""Documents of the API, masked by what it is known to put where.

https://developer.hashicorp.com/terraform/cloud-docs/api-docs
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from tfc_agent_tools.narrow import items, mapping
from tfc_agent_tools.present.secrets.json_kinds import is_array, is_object
from tfc_agent_tools.present.secrets.marks import ALL, masked
from tfc_agent_tools.present.secrets.masking import Masked, Rule, each, members, owned
from tfc_agent_tools.present.secrets.walk import Content

if TYPE_CHECKING:
    from collections.abc import Mapping

_PLAIN_URLS: Final = frozenset(
    {
        *("api-url", "avatar-url", "clone-url", "commit-url", "compare-url", "html-url", "http-url", "icon-url"),
        *("installation-url", "plan-url", "pull-request-url", "repository-http-url", "run-url", "sender-avatar-url"),
        *("sender-html-url", "vcs-commit-url", "vcs-repo-url"),
    }
)
"""Addresses of pages that ask for a login of their own. Any other may be signed: whoever has it gets in."""
_SECRET_URLS: Final = frozenset({"notification-configurations", "tasks"})
"""Types whose `url` lets its holder post, such as a Slack webhook."""
_VALUED: Final = frozenset({"vars", "state-version-outputs", "ssh-keys"})
"""Types whose `value` is secret unless they say that it is not."""
_RESOURCE: Final = owned("type", "id", "relationships")


def masked_document(document: dict[str, Any]) -> Masked:
    """A JSON:API document without its links, and without what only its reader may have.

    Hidden are signed URLs, webhooks, the values that a run was given, and those of environment variables, of sensitive
    variables and of sensitive outputs. Tokens and keys have telling names, and are left to the scrubber.
    """
    secrets: list[object] = []

    def resource(value: Any) -> Any:
        kind = mapping(value).get("type")

        def attributes(given: Any) -> Any:
            return Content(masked(given, _marks(kind, given) | _marks_of_values(kind, mapping(given)), secrets))

        return members(_RESOURCE | {"attributes": attributes})(value)

    def primary(value: Any) -> Any:
        return each(resource)(value) if is_array(value) else resource(value)

    rules: dict[str, Rule] = owned("errors", "jsonapi") | {"data": primary, "included": each(resource)}
    return Masked(members(rules)(_without_links(document)), tuple(secrets))


def _without_links(value: Any) -> Any:
    if is_array(value):
        return [_without_links(inner) for inner in value]
    if not is_object(value):
        return value
    return {name: _without_links(inner) for name, inner in value.items() if name != "links"}


def _marks(kind: object, attributes: object) -> dict[str, Any]:
    """The URLs among the attributes of a resource of this type, marked as Terraform would mark them."""
    return {name: _lets_in(kind, name) or _below(kind, value) for name, value in mapping(attributes).items()}


def _below(kind: object, value: object) -> Any:
    if is_array(value):
        return [_below(kind, inner) for inner in value]
    return _marks(kind, value) if is_object(value) else False


def _lets_in(kind: object, name: str) -> bool:
    name = name.replace("_", "-")
    return (name.endswith("-url") and name not in _PLAIN_URLS) or (name == "url" and kind in _SECRET_URLS)


def _marks_of_values(kind: object, attributes: Mapping[str, Any]) -> dict[str, Any]:
    if kind == "runs":
        given: object = attributes.get("variables")
        return {"variables": [{"value": ALL} for _ in items(given)]}
    if kind not in _VALUED and "sensitive" not in attributes:
        return {}
    return {"value": attributes.get("sensitive") is not False or attributes.get("category") == "env"}
