"""Answers made small: what a model reads of each, in lines that hold either facts or one quoted text.

    workspaces ws-6jrRyVDv1J8zQMB5             20 of 40, next page 2
    name: app-staging                          only in a single read: agent-pool, working-directory
    locked: no                                 the same in all: locked=no locked-by=none
    locked-by: none                            - ws-6jrRyVDv1J8zQMB5 name=app-staging resource-count=10
    agent-pool: none                             [untrusted: description] "Ana's"
    [untrusted: description] "Ana's"           - ws-KTuq99JSzgmDSvYj name=app-production resource-count=0

A fact is a number, a flag or words; any other text is quoted, whatever its field. An attribute that is null or empty is
left out; a relationship to nothing is `none`, and left out only where the answer does not say. Of an object of flags,
those that hold are named. What is cut says how much.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from tfc_agent_tools.narrow import items, mapping
from tfc_agent_tools.present.artifact import fitted, is_word, item_of, outside, pagination_of
from tfc_agent_tools.present.secrets.json_kinds import is_array, is_object
from tfc_agent_tools.present.shapes import SHAPES, Shape, shape_of
from tfc_agent_tools.present.untrusted import fence

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tfc_agent_tools.api.jsonapi import Document
    from tfc_agent_tools.facts import Resource

__all__ = ["SHAPES", "Presented", "items_of", "present", "present_resource"]

_MOST: Final = 30
"""Parts of one value."""
_MOST_ROWS: Final = 500
"""Rows of one list; the API's pages have at most 100, but some lists have no pages."""
_SHARED_FROM: Final = 4
"""Rows from which on it is worth to say once what is the same in all; a short list is easier to read in whole rows."""
_NEVER_SHOWN: Final = "never shown"


@dataclass(frozen=True, slots=True)
class Presented:
    """An answer as text for the model and as JSON data for code."""

    content: str
    artifact: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class _View:
    """What is shown of one resource."""

    head: tuple[str, str]
    facts: Mapping[str, Sequence[str]]
    quoted: Sequence[str]


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
    if not document.is_list:
        return present_resource(shape_name, document.resources[0])
    found, pages = items_of(shape_name, document), pagination_of(document.pagination)
    views = [
        _view(resource, shape_of(shape_name, resource.type), item, is_row=True)
        for resource, item in zip(document.resources[:_MOST_ROWS], found, strict=False)
    ]
    head = [_page(len(found), pages), *([f"only in a single read: {', '.join(shape.singly)}"] if shape.singly else [])]
    rows = _rows(views, len(found) - len(views))
    if hidden := document.withheld:
        rows.append(f"{hidden} more on this page are withheld: this agent's policy does not let it see them")
    text = "\n".join([*head, *rows])
    return Presented(text, fitted({"items": found, "pagination": pages, **({"withheld": hidden} if hidden else {})}))


def present_resource(shape_name: str | None, resource: Resource) -> Presented:
    """Show one resource in its shape."""
    shape = shape_of(shape_name, resource.type)
    item = item_of(resource, shape)
    return Presented("\n".join(_lines(_view(resource, shape, item))), fitted(item))


def items_of(shape_name: str | None, document: Document) -> list[dict[str, Any]]:
    """The resources of an answer for code, each as `artifact.py` says, of any size."""
    return [item_of(resource, shape_of(shape_name, resource.type)) for resource in document.resources]


def _view(resource: Resource, shape: Shape, item: Mapping[str, Any], *, is_row: bool = False) -> _View:
    """Look at the artifact's item, so that nothing can be shown that is not in it."""
    known, related = {**item["attributes"], **item.get("untrusted", {})}, {**item["relationships"]}
    for name in shape.singly if is_row else ():
        known.pop(name, None)
        related.pop(name, None)
    facts = {name: value for name in shape.attributes if (value := _at(known, name)) is not None}
    facts |= {name: _ids(related[name]) for name in shape.relationships if name in related}
    facts |= {name: len(items(related[name])) for name in shape.counted if name in related}
    kept = [name for name in shape.withheld if resource.attributes.get(name, "") not in (None, "")]
    facts |= {_NEVER_SHOWN: kept} if kept else {}
    words = {name: _words(value) for name, value in facts.items()}
    written = {name: facts[name] for name, shown in words.items() if shown is None}
    written |= {name: known[name] for name in shape.quoted if known.get(name)}
    quoted = [fence(name, item[name]) for name in ("type", "id") if item[name] and not is_word(item[name])]
    return _View(
        head=(_or_mark(item["type"]), _or_mark(item["id"])),
        facts={name: _cut(shown) for name, shown in words.items() if shown},
        quoted=[*quoted, *(fence(name, _text(resource.get(name), value)) for name, value in written.items())],
    )


def _at(known: Mapping[str, Any], name: str) -> Any:
    """The value behind a name of a shape, or None; of a list of objects what each of them has there."""
    first, _, rest = name.partition(".")
    value = known.get(first)
    if not rest:
        return value
    each = value if is_array(value) else [value]
    found = [part for one in each if (part := _at(mapping(one), rest)) is not None]
    return found if is_array(value) else next(iter(found), None)


def _ids(data: object) -> list[str]:
    """The id or ids of what stands behind a relationship."""
    found = data if is_array(data) else [data]
    return [str(mapping(one)["id"]) for one in found if one] or ["none"]


def _words(value: object) -> Sequence[str] | None:
    """A value as words, no words where it is empty; None where it is no fact."""
    if is_object(value):
        shown = [name for name, holds in value.items() if holds is True] or ["none"]
    elif is_array(value):
        shown = [_word(part) for part in value]
    else:
        shown = [word] if (word := _word(value)) else []
    return shown if all(map(is_word, shown)) else None


def _word(value: object) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value) if isinstance(value, (int, float)) else ""


def _cut(words: Sequence[str]) -> Sequence[str]:
    return words if len(words) <= _MOST else [*words[:_MOST], f"… and {len(words) - _MOST:,} more"]


def _text(raw: object, kept: object) -> str:
    """The text to quote, whole, since fencing cuts it and says by how much. Of what is no text, what was kept of it."""
    if isinstance(raw, str):
        return outside(raw, len(raw))
    whole: list[Any] = kept if is_array(kept) else [kept]
    parts = [part if isinstance(part, str) else json.dumps(part) for part in whole]
    return ", ".join(_cut(parts))


def _or_mark(text: str) -> str:
    return text if is_word(text) else "?"


def _lines(view: _View) -> list[str]:
    facts = [f"{name}: {', '.join(words)}" for name, words in view.facts.items()]
    return [" ".join(view.head), *facts, *view.quoted]


def _rows(views: Sequence[_View], more: int) -> list[str]:
    """A row for each, in a longer list under what they all share."""
    first: Mapping[str, Sequence[str]] = views[0].facts if len(views) >= _SHARED_FROM else {}
    shared = {name: words for name, words in first.items() if all(view.facts.get(name) == words for view in views)}
    lines = [f"the same in all: {_pairs(shared)}"] if shared else []
    for view in views:
        own = {name: words for name, words in view.facts.items() if name not in shared}
        lines += [f"- {view.head[1]} {_pairs(own)}".rstrip(), *(f"  {line}" for line in view.quoted)]
    return [*lines, *([f"… and {more:,} more that are not shown"] if more else [])]


def _pairs(facts: Mapping[str, Sequence[str]]) -> str:
    return " ".join(f"{name.replace(' ', '-')}={', '.join(words)}" for name, words in facts.items())


def _page(shown: int, pages: Mapping[str, int | None]) -> str:
    total, following = pages.get("total-count"), pages.get("next-page")
    of = "" if total is None else f" of {total}"
    return f"{shown}{of}" + (", no further page" if following is None else f", next page {following}")
