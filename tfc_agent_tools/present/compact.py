"""Answers made small: for each shape the fields that an agent needs, and nothing that is not on its list.

A field that is not listed here is never shown, so a new attribute of the API can't leak. URLs are on no list.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, cast

from tfc_agent_tools.facts import UNKNOWN, Resource
from tfc_agent_tools.narrow import items, mapping
from tfc_agent_tools.present.untrusted import clean, fence

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tfc_agent_tools.api.jsonapi import Document

_LONGEST: Final = 300
_MOST: Final = 30
"""Parts of one value."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """The fields of one kind of answer. `quoted` ones were written by people outside."""

    attributes: Sequence[str] = ()
    relationships: Sequence[str] = ()
    quoted: Sequence[str] = ()
    accepted: str | None = None
    """For answers without a body: what was taken on, and how to follow it."""


SHAPES: Final[Mapping[str, Shape]] = {
    "workspaces": Shape(
        attributes=(
            "name",
            "locked",
            "execution-mode",
            "auto-apply",
            "terraform-version",
            "resource-count",
            "latest-change-at",
        ),
        relationships=("organization", "project", "current-run", "current-state-version", "locked-by"),
        quoted=("description", "tag-names", "locked-reason"),
    ),
    "runs": Shape(
        attributes=(
            "status",
            "actions",
            "has-changes",
            "is-destroy",
            "plan-only",
            "auto-apply",
            "refresh-only",
            "save-plan",
            "source",
            "trigger-reason",
            "created-at",
        ),
        relationships=("workspace", "plan", "apply", "configuration-version", "created-by"),
        quoted=("message",),
    ),
    "plans": Shape(
        attributes=(
            "status",
            "has-changes",
            "resource-additions",
            "resource-changes",
            "resource-destructions",
            "resource-imports",
        ),
    ),
    "applies": Shape(
        attributes=(
            "status",
            "resource-additions",
            "resource-changes",
            "resource-destructions",
            "resource-imports",
        ),
    ),
    "json-plan": Shape(
        attributes=(
            "status",
            "create",
            "update",
            "delete",
            "replace",
            "read",
            "no-op",
            "forget",
            "import",
            "other",
            "terraform-version",
        ),
    ),
    "state-versions": Shape(
        attributes=(
            "serial",
            "status",
            "intermediate",
            "size",
            "terraform-version",
            "resources-processed",
            "created-at",
        ),
        relationships=("workspace", "run", "created-by"),
    ),
    "vars": Shape(attributes=("key", "category", "hcl", "sensitive"), quoted=("description",)),
    "notification-configurations": Shape(
        attributes=("enabled", "destination-type", "triggers", "created-at", "updated-at"),
        relationships=("subscribable",),
        quoted=("name",),
    ),
    "configuration-versions": Shape(
        attributes=("status", "source", "speculative", "provisional", "auto-queue-runs", "error"),
        quoted=("error-message",),
    ),
    "state-file-ref": Shape(accepted="uploaded; it is the workspace's state once its status is `finalized`"),
    "variable-gone": Shape(accepted="the variable is deleted; runs from now on go without it"),
    "notification-gone": Shape(accepted="deleted; it sends nothing any more"),
    "projects": Shape(
        attributes=("workspace-count", "team-count", "default-execution-mode", "auto-destroy-activity-duration"),
        relationships=("organization",),
        quoted=("name", "description"),
    ),
    "organizations": Shape(
        attributes=(
            "name",
            "created-at",
            "plan-identifier",
            "default-execution-mode",
            "collaborator-auth-policy",
            "cost-estimation-enabled",
            "assessments-enforced",
            "allow-force-delete-workspaces",
        ),
        relationships=("default-project", "default-agent-pool"),
    ),
    "teams": Shape(
        attributes=("name", "visibility", "users-count", "organization-access", "allow-member-token-management"),
        relationships=("organization",),
    ),
    "workspace-deleted": Shape(accepted="the workspace is deleted"),
    "deleted": Shape(accepted="deleted"),
    "run-ref": Shape(accepted="accepted, not done yet; `watch_run` follows it"),
    "configuration-version-ref": Shape(accepted="uploaded; it can be used in a run when its status is `uploaded`"),
}


@dataclass(frozen=True, slots=True)
class Presented:
    """An answer as text for the model and as JSON data for code."""

    content: str
    artifact: Mapping[str, Any]


def present(shape_name: str | None, document: Document, subject: str) -> Presented:
    """Show an answer in its shape; without one, only types and ids.

    Args:
        shape_name: A key of `SHAPES`.
        document: The parsed answer.
        subject: What the call was about, for answers without a body, such as `run-…`.
    """
    shape = SHAPES.get(shape_name or "", Shape())
    if shape.accepted or not (document.resources or document.is_list):
        said = shape.accepted or "done"
        return Presented(
            f"{subject}: {said} (status {document.status})", {"subject": subject, "status": document.status}
        )
    items = [_item(shape, resource) for resource in document.resources]
    if not document.is_list:
        return Presented(_lines(items[0]), items[0])
    summary = _page(document)
    text = "\n".join([summary, *(_line(item) for item in items)])
    return Presented(text, {"items": items, "pagination": dict(document.pagination)})


def present_resource(shape_name: str, resource: Resource) -> Presented:
    """Show one resource in its shape."""
    item = _item(SHAPES[shape_name], resource)
    return Presented(_lines(item), item)


def _item(shape: Shape, resource: Resource) -> dict[str, Any]:
    item: dict[str, Any] = {"type": _word(resource.type), "id": _word(resource.id)}
    for name in shape.attributes:
        value = resource.get(name)
        if value is not UNKNOWN and value is not None:
            item[name] = _plain(value)
    for name in shape.relationships:
        related = resource.related_id(name)
        if isinstance(related, str):
            item[name] = _word(related)
    quoted = {name: value for name in shape.quoted if (value := resource.get(name)) is not UNKNOWN and value}
    return item | ({"untrusted": {name: _outside(value) for name, value in quoted.items()}} if quoted else {})


def _plain(value: Any) -> Any:
    """Flags that are set, by name; text capped, since even an enum comes from outside."""
    if isinstance(value, str):
        return _word(value)
    if isinstance(value, list):
        return [_word(str(part)) for part in items(cast("object", value))[:_MOST]]
    if isinstance(value, dict):
        return [_word(name) for name, holds in mapping(cast("object", value)).items() if holds is True][:_MOST]
    return value


def _word(text: str) -> str:
    """What the API means as a word, on one line."""
    return clean(text, _LONGEST).replace("\n", " ")


def _outside(value: Any) -> str:
    return clean(", ".join(map(str, items(value))) or str(value), _LONGEST)


def _lines(item: Mapping[str, Any]) -> str:
    lines = [f"{item['type']} {item['id']}"]
    lines += [f"{name}: {_text(value)}" for name, value in item.items() if name not in {"type", "id", "untrusted"}]
    return "\n".join(lines + _quoted(item))


def _line(item: Mapping[str, Any]) -> str:
    named = (f"{name}={_text(value)}" for name, value in item.items() if name not in {"type", "id", "untrusted"})
    return " ".join([f"- {item['id']}", *named, *_quoted(item)])


def _quoted(item: Mapping[str, Any]) -> list[str]:
    return [fence(name, text) for name, text in item.get("untrusted", {}).items()]


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if value == []:
        return "none"
    return ", ".join(items(value)) or _word(str(value))


def _page(document: Document) -> str:
    shown, pages = len(document.resources), document.pagination
    total, following = pages.get("total-count"), pages.get("next-page")
    of = f" of {total}" if isinstance(total, int) else ""
    return f"{shown}{of}" + (f", next page {following}" if isinstance(following, int) else ", no further page")
