"""Whose names stand on a tape: of organizations, projects, workspaces, teams and users, and where they are said.

They are looked for where the API says what a thing is called: in resources by their type, and in paths and links.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import unquote

from tfc_agent_tools.evaluation.api_words import API_WORDS, MEMBERS
from tfc_agent_tools.narrow import items, mapping

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

_NAMED_BY: Final = {
    "organizations": (("organization", "name"),),
    "projects": (("project", "name"),),
    "workspaces": (("workspace", "name"),),
    "teams": (("team", "name"),),
    "users": (("user", "username"),),
}
"""Resource type → what the attribute is the name of. An organization's id is its name too."""
_ANYWHERE: Final = {
    "organization-name": "organization",
    "project-name": "project",
    "workspace-name": "workspace",
    "team-name": "team",
    "username": "user",
    "user-name": "user",
    "sender-username": "user",
}
"""Attributes that say such a name whatever the resource is."""
_PLACES: Final = (
    re.compile(r"/api/v2/organizations/([\w%-]+)(?:/workspaces/([\w%-]+))?"),
    re.compile(r"/app/([\w%-]+)/(?:workspaces(?:/([\w%-]+))?|projects|settings|teams|registry)\b"),
)
_QUERIES: Final = re.compile(
    r"[?&]filter(?:\[|%5B)(organization|workspace|project)(?:\]|%5D)(?:\[|%5B)name(?:\]|%5D)=([^&#\s]+)"
)
_IDS: Final = re.compile(r"[a-z]+-[A-Za-z0-9]{16}")
_FREE: Final = frozenset({"value", "detailed-type"})
"""Attributes below which keys are somebody's own words, not the API's."""
COMMON: Final = frozenset({"owners", "Default Project", "default"})
"""Every organization has these, so they name nobody."""


def names_in(interactions: Sequence[Mapping[str, Any]]) -> dict[str, str]:
    """Name → what it is the name of, in the order in which they first appear.

    A name that is a word of the API itself, as `runs`, is left out: it tells nobody apart, and the tape needs the word.
    """
    found: dict[str, str] = {}
    words = set(API_WORDS)
    for text in _texts(interactions):
        document = _document(text)
        words |= set(_keys(document))
        for kind, name in [*_in_text(text), *_in_data(document)]:
            found.setdefault(name, kind)
    return {name: kind for name, kind in found.items() if name not in COMMON and name.lower() not in words}


def _texts(interactions: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    for one in interactions:
        request, response = one["request"], one["response"]
        yield request["uri"]
        for side in (request, response):
            yield from (value for values in side["headers"].values() for value in values)
        bodies = (request["body"], response["body"]["string"])
        yield from (body for body in bodies if isinstance(body, str))


def _document(text: str) -> object:
    """A JSON:API document; None for a plan, a state, a log or anything else, whose keys are not the API's."""
    try:
        data = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return data if MEMBERS & mapping(data).keys() else None


def _in_text(text: str) -> Iterator[tuple[str, str]]:
    for organization, workspace in (found for pattern in _PLACES for found in pattern.findall(text)):
        yield "organization", unquote(organization)
        if workspace and not _IDS.fullmatch(workspace):
            yield "workspace", unquote(workspace)
    for kind, name in _QUERIES.findall(text):
        yield kind, unquote(name.replace("+", " "))


def _in_data(data: object) -> Iterator[tuple[str, str]]:
    for value in items(data):
        yield from _in_data(value)
    members = mapping(data)
    yield from _of_resource(members)
    for key, value in members.items():
        kind = _ANYWHERE.get(key.replace("_", "-"))
        if kind and isinstance(value, str) and value:
            yield kind, value
        if key not in _FREE:
            yield from _in_data(value)


def _of_resource(members: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    kind, own = members.get("type"), members.get("id")
    if kind == "organizations" and isinstance(own, str) and own and not _IDS.fullmatch(own):
        yield "organization", own
    for what, attribute in _NAMED_BY.get(kind, ()) if isinstance(kind, str) else ():
        name = mapping(members.get("attributes")).get(attribute)
        if isinstance(name, str) and name:
            yield what, name


def _keys(data: object) -> Iterator[str]:
    for value in items(data):
        yield from _keys(value)
    members = mapping(data)
    if isinstance(members.get("type"), str):
        yield members["type"]
    for key, value in members.items():
        yield key.lower()
        if key not in _FREE:
            yield from _keys(value)
