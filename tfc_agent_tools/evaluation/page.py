"""What a person was shown of the requests, read from the page as the person would: nothing else binds a yes."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from tfc_agent_tools.narrow import mapping
from tfc_agent_tools.replay import MARK

if TYPE_CHECKING:
    from tfc_agent_tools.evaluation.trace import Sent

_HEADING: Final = "What is sent, once and exactly so"
_REQUEST: Final = re.compile(r"^\s+(?:\d+\. )?((?:POST|PATCH|PUT|DELETE) \S.*)$")
_HIDDEN: Final = re.compile(r"\[(?:secret|redacted|sensitive)[^\]]*\]|\(sensitive\)|the secret named|the id of")
"""What stands in the place of a value that the page does not tell."""


@dataclass(frozen=True, slots=True)
class ShownRequest:
    """One request of a page: its line, and the lines below it."""

    line: str
    fields: tuple[str, ...]


def shown_requests(page: str) -> list[ShownRequest]:
    """The requests that a page shows, in their order."""
    lines = page.splitlines()
    start = next((number for number, line in enumerate(lines) if line.startswith(_HEADING)), len(lines))
    found: list[tuple[str, list[str]]] = []
    for line in lines[start + 1 :]:
        if not line.startswith(" "):
            break
        if request := _REQUEST.match(line):
            found.append((request[1], []))
        elif found:
            found[-1][1].append(line.strip())
    return [ShownRequest(line, tuple(fields)) for line, fields in found]


def difference(sent: Sent, shown: list[ShownRequest]) -> str | None:
    """What a request has that no request on the page has, or None."""
    fitting = [one for one in shown if _is_line(one.line, sent)]
    if not fitting:
        return f"{sent.line} is not on the page"
    problems = [_first_unshown(sent, one) for one in fitting]
    return None if None in problems else problems[0]


def _is_line(shown: str, sent: Sent) -> bool:
    method, _, target = shown.partition(" ")
    if method != sent.method:
        return False
    return target == sent.path if sent.is_api else not target.startswith("/")


def _first_unshown(sent: Sent, shown: ShownRequest) -> str | None:
    if not sent.is_api:
        digest = sent.body.rpartition(" ")[2]
        told = not sent.body or any(digest in field for field in shown.fields)
        return None if told else f"{sent.line}: its content is not what the page names"
    on_page = {name: _plain(value) for name, _, value in (field.partition(": ") for field in shown.fields)}
    for name, value in _fields(sent.body).items():
        if name not in on_page:
            return f"{sent.line}: {name} is not on the page"
        if on_page[name] != _plain(json.dumps(value)) and not _HIDDEN.search(on_page[name] + json.dumps(value)):
            return f"{sent.line}: {name} is not as on the page"
    return None


def _fields(body: str) -> dict[str, object]:
    try:
        whole = mapping(json.loads(body or "{}"))
    except ValueError:
        return {}
    data = mapping(whole.get("data"))
    return {**mapping(data.get("attributes")), **mapping(data.get("relationships"))} if data else dict(whole)


def _plain(text: str) -> str:
    return MARK.sub("[ap-]", text)
