"""What a person was shown of the requests, read from the page as the person would: nothing else binds a yes."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from tfc_agent_tools.narrow import items, mapping
from tfc_agent_tools.replay import MARK

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tfc_agent_tools.evaluation.trace import Sent

_HEADING: Final = "What is sent, once and exactly so"
_REQUEST: Final = re.compile(r"^\s+(?:\d+\. )?((?:POST|PATCH|PUT|DELETE) \S.*)$")
_UNTOLD: Final = "(sensitive)"
"""What stands on a page where a value is not told."""
_BY_NAME: Final = ({"the secret named"}, {"the id of"})
"""Members of a page's value that stand for one which is filled in right before the send."""
_BESIDE: Final = frozenset({"type", "id"})
"""Members of a JSON:API document that no page shows: the path says them."""


@dataclass(frozen=True, slots=True)
class ShownRequest:
    """One request of a page: its line, and the lines below it."""

    line: str
    fields: tuple[str, ...]

    def is_line_of(self, sent: Sent) -> bool:
        """Whether it is this request's line. Of an upload the page names the URL's owner, and not the URL."""
        method, _, target = self.line.partition(" ")
        return method == sent.method and (target == sent.path if sent.is_api else not target.startswith("/"))


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
    """What is not the same in a request as in any request of the page, or None."""
    fitting = [one for one in shown if one.is_line_of(sent)]
    if not fitting:
        return f"{sent.line} is not on the page"
    problems = [_first_difference(sent, one) for one in fitting]
    return None if None in problems else problems[0]


def _first_difference(sent: Sent, shown: ShownRequest) -> str | None:
    if not sent.is_api:
        digest = sent.body.rpartition(" ")[2]
        told = not sent.body or any(digest in field for field in shown.fields)
        return None if told else f"{sent.line}: its content is not what the page names"
    on_page = {name: value for name, _, value in (field.partition(": ") for field in shown.fields)}
    fields = _fields(sent)
    if fields is None:
        return f"{sent.line}: its body can't be read as what a page shows"
    for name in sorted({*on_page, *fields}):
        if name not in on_page:
            return f"{sent.line}: {name} is not on the page"
        if name not in fields:
            return f"{sent.line}: {name} is on the page and was not sent"
        if not _is_same(_read(on_page[name]), fields[name]):
            return f"{sent.line}: {name} is not as on the page"
    return None


def _fields(sent: Sent) -> Mapping[str, Any] | None:
    """The members of a body as a page lists them; None where it has others."""
    try:
        whole = mapping(json.loads(sent.body or "{}"))
    except ValueError:
        return None
    data = mapping(whole.get("data"))
    if not data:
        return whole
    attributes, related = mapping(data.get("attributes")), mapping(data.get("relationships"))
    others = (whole.keys() - {"data"}) | (data.keys() - {"attributes", "relationships"} - _BESIDE)
    is_elsewhere = "id" in data and str(data["id"]) not in sent.path
    return None if others or is_elsewhere or attributes.keys() & related.keys() else {**attributes, **related}


def _read(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text


def _is_same(shown: Any, sent: Any) -> bool:
    """Whether a value is the one on the page, or one that the page says it does not tell."""
    if isinstance(shown, str):
        told = (re.escape(part) for part in MARK.sub("[ap-]", shown).split(_UNTOLD))
        plain = MARK.sub("[ap-]", sent) if isinstance(sent, str) else json.dumps(sent)
        return re.fullmatch(".*".join(told), plain, re.DOTALL) is not None
    if members := mapping(shown):
        if set(members) in _BY_NAME:
            return True
        given = mapping(sent)
        return members.keys() == given.keys() and all(_is_same(one, given[name]) for name, one in members.items())
    if listed := items(shown):
        others = items(sent)
        return len(listed) == len(others) and all(map(_is_same, listed, others))
    return bool(shown == sent) and type(shown) is type(sent)
