"""Reading settings from a document: what is absent stays as it was, null goes back to the default."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, TypeAlias

from tfc_agent_tools.sandbox.models import Tag
from tfc_agent_tools.sandbox.problems import invalid

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from tfc_agent_tools.sandbox.bodies import Attributes, Document

Reader: TypeAlias = "Callable[[Attributes, str], Any]"
_DURATION = re.compile(r"[1-9][0-9]{0,3}[dh]\Z")
_MAX_TAGS, _MAX_KEY, _MAX_VALUE = 10, 128, 256


def changed(attributes: Attributes, readers: Mapping[str, Reader], before: Mapping[str, Any]) -> dict[str, Any]:
    """Return the settings after a request; a value of the wrong type is a 422."""
    return {**before, **{name: read(attributes, name) for name, read in readers.items() if name in attributes}}


def flag(*, default: bool) -> Reader:
    """Return a reader of booleans."""
    return lambda attributes, name: attributes.flag(name, default)


def choice(*choices: str) -> Reader:
    """Return a reader of one of some strings; null means the first."""
    return lambda attributes, name: attributes.choice(name, choices) or choices[0]


def text(attributes: Attributes, name: str) -> str | None:
    """Read a string or null."""
    return attributes.text(name)


def number(attributes: Attributes, name: str) -> int | None:
    """Read an integer or null."""
    return attributes.number(name)


def texts(attributes: Attributes, name: str) -> list[str]:
    """Read a list of strings."""
    return list(attributes.texts(name))


def duration(attributes: Attributes, name: str) -> str | None:
    """Read a number of days or hours such as `14d`, or null."""
    value = attributes.text(name)
    if value is not None and not _DURATION.match(value):
        raise invalid(f"{name} must be up to four digits and d or h, such as 14d", f"/data/attributes/{name}")
    return value


def tags_of(document: Document, before: tuple[Tag, ...]) -> tuple[Tag, ...]:
    """Return the tags after a request: the relationship, when it is there, replaces all of them."""
    if "tag-bindings" not in document.relationships:
        return before
    bindings = document.related_attributes("tag-bindings")
    tags = tuple(Tag(binding.text("key") or "", binding.text("value") or "") for binding in bindings)
    problem = _tag_problem(tags)
    if problem is not None:
        raise invalid(problem, "/data/relationships/tag-bindings")
    return tags


def _tag_problem(tags: Sequence[Tag]) -> str | None:
    if len(tags) > _MAX_TAGS:
        return f"there can be {_MAX_TAGS} tag bindings at most"
    if len({tag.key for tag in tags}) < len(tags):
        return "a tag key can be bound once only"
    for tag in tags:
        if not 0 < len(tag.key) <= _MAX_KEY or len(tag.value) > _MAX_VALUE:
            return f"a tag has a key of 1 to {_MAX_KEY} characters and a value of {_MAX_VALUE} at most"
        if tag.key.startswith(("hc:", "hcp:")):
            return f"the key {tag.key!r} is reserved"
    return None
