"""Making a recording fit to be kept: no secrets, nobody's names, nothing new each time, always the same order."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from tfc_agent_tools.errors import Unreadable
from tfc_agent_tools.evaluation.log_lines import steady
from tfc_agent_tools.evaluation.pseudonyms import APART, STRICT, Naming, Pseudonyms
from tfc_agent_tools.narrow import items, mapping
from tfc_agent_tools.present.redact import redact
from tfc_agent_tools.present.scrubber import Scrubber
from tfc_agent_tools.replay import MARK, is_write

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

HOME: Final = "https://app.terraform.io"
"""The server that every tape names; `CassetteTransport` puts the asked one in its place."""
_TOKEN: Final = re.compile(r"[A-Za-z0-9]{6,}\.atlasv1\.[A-Za-z0-9_-]{6,}")
_SIGNED: Final = re.compile(r"https?://[^/\s\"\\]+/(?:_blobs|(?:_archivist/)?v1/object)/([A-Za-z0-9._~%+=:/-]+)")
"""Signed URLs of the sandbox, of HCP Terraform and of Terraform Enterprise. What follows is the secret."""
_HOME: Final = APART.format("home")
_NAMED: Final = re.compile(APART.format("(signed-[0-9]+)"))
"""The name of a signed URL, while what looks like a credential or a name is taken out around it."""
_PARTS: Final = re.compile(r'"(?:[^"\\]|\\.)*"|-?[0-9][0-9.eE+-]*')
"""The strings and numbers of a JSON text."""
_FOREIGN: Final = re.compile(r'\s*\{\s*"(?:format_version|version)"\s*:')
"""How a plan or a state begins, whole or not."""
_KEPT: Final = {
    "request": ("content-type",),
    "response": ("content-type", "location", "retry-after", "x-ratelimit-reset"),
}
"""The headers that mean something to the toolkit. Any other could be a credential or a cookie, and goes."""


def canonical(
    interactions: Sequence[Mapping[str, Any]],
    *,
    address: str,
    token: str,
    naming: Naming = STRICT,
    secrets: Iterable[str] = (),
) -> list[dict[str, Any]]:
    """The exchanges, scrubbed and in an order that does not depend on which of two concurrent reads was quicker.

    Between two writes they are sorted by what was asked; answers to the same question stay in order, and that and the
    order of the writes is all that a replay enforces.

    Raises:
        Unreadable: A plan or state can't be read for sure, so that its secrets would stay in it.
    """
    ordered = _sorted(interactions)
    scrub = _Scrub(address, token, _learnt(interactions, token, secrets), Pseudonyms(ordered, naming))
    return [scrub.exchange(one) for one in ordered]


class _Scrub:
    """Names for what may not be kept: the same name wherever the same thing appears."""

    def __init__(self, address: str, token: str, hide: Scrubber, pseudonyms: Pseudonyms) -> None:
        self._address, self._token, self._hide, self._pseudonyms = address, token, hide, pseudonyms
        self._host = _host_pattern(address)
        self._signed: dict[str, str] = {}
        self._marks: dict[str, str] = {}

    def exchange(self, one: Mapping[str, Any]) -> dict[str, Any]:
        request, response = one["request"], one["response"]
        return {
            "request": {
                "body": self._body(request["body"]),
                "headers": self._headers("request", request["headers"]),
                "method": request["method"],
                "uri": self._text(request["uri"]),
            },
            "response": {
                "body": {"string": self._body(response["body"]["string"])},
                "headers": self._headers("response", response["headers"]),
                "status": dict(response["status"]),
            },
        }

    def _headers(self, side: str, headers: Mapping[str, Sequence[str]]) -> dict[str, list[str]]:
        named = {name.lower(): values for name, values in headers.items()}
        return {name: [self._text(value) for value in named[name]] for name in _KEPT[side] if name in named}

    def _body(self, body: str | bytes | None) -> str | bytes | None:
        if not isinstance(body, str):
            return body
        data = _json(body)
        if _is_foreign(data):  # a plan or a state: all of it is held by its own marks
            kept = _settled(redact(data, self._hide).data)
            body = body if kept == data else json.dumps(kept)  # the bytes of an upload are what a replay looks for
        elif "plan_format_version" in mapping(data):  # a plan that the server has taken the secrets out of
            body = json.dumps(_settled(dict(mapping(data))))
        lines = [body] if data is not None else steady(body).split("\n")  # a log has JSON on each of its lines
        # Once more as a whole: a name in front of it tells a secret, and some secrets have several lines.
        return self._named(self._hide.text("\n".join(map(self._line, lines))))

    def _line(self, line: str) -> str:
        """A line; of JSON each string by itself, or an escape in front of a secret would be taken for a part of it."""
        return self._apart(line, self._hide.text) if _json(line) is None else _PARTS.sub(self._part, line)

    def _part(self, found: re.Match[str]) -> str:
        old = json.loads(found[0])
        plain = old if isinstance(old, str) else found[0]
        new = self._apart(plain, self._hide.text)
        return found[0] if new == plain else json.dumps(new, ensure_ascii=False)

    def _text(self, text: str) -> str:
        return self._named(self._apart(text))

    def _apart(self, text: str, hide: Callable[[str], str] = str) -> str:
        """The text without what may not be kept; what stands in its place is set apart where it may look like it."""
        text = text.replace(self._token, "[token]")  # before it is hidden like any secret: a reader should see which
        text = _SIGNED.sub(lambda found: APART.format(self._name(self._signed, found[1], "signed-{}")), text)
        text = self._host.sub(APART.format("host"), text.replace(self._address, _HOME))
        text = self._pseudonyms.text(_TOKEN.sub("[token]", hide(text)))
        return MARK.sub(lambda found: self._name(self._marks, found[0], "[ap-{:024x}]"), text)

    @staticmethod
    def _named(text: str) -> str:
        """The text with all its names in their places."""
        text = text.replace(_HOME, HOME).replace(APART.format("host"), urlsplit(HOME).netloc)
        return _NAMED.sub(rf"{HOME}/_blobs/\1", text)

    @staticmethod
    def _name(names: dict[str, str], secret: str, form: str) -> str:
        return names.setdefault(secret, form.format(len(names) + 1))


def _host_pattern(address: str) -> re.Pattern[str]:
    """The server's host where it stands without its scheme, as in a log."""
    netloc = urlsplit(address).netloc
    return re.compile(rf"(?<![\w.-]){re.escape(netloc)}(?![\w-])", re.IGNORECASE) if netloc else re.compile(r"(?!)")


def _settled(plan: dict[str, Any]) -> dict[str, Any]:
    """The plan without what differs from one making of it to the next: its time, and the order of one list."""
    settled = {name: value for name, value in plan.items() if name != "timestamp"}
    if "relevant_attributes" in settled:
        settled["relevant_attributes"] = sorted(items(settled["relevant_attributes"]), key=json.dumps)
    return settled


def _learnt(interactions: Sequence[Mapping[str, Any]], token: str, secrets: Iterable[str]) -> Scrubber:
    """The token, what the host holds, and what any body of the tape marks as secret.

    It can turn up unmarked in any other, as in a log.

    Raises:
        Unreadable: A plan or state on the tape can't be read for sure, so that its secrets are not known.
    """
    hide = Scrubber([token, *secrets])
    for one in interactions:
        for body in (one["request"]["body"], one["response"]["body"]["string"]):
            data = _json(body)
            if data is None and isinstance(body, str) and _FOREIGN.match(body):
                raise Unreadable("document", "it is a plan or a state that is not whole")
            hide = redact(data, hide).scrubber if _is_foreign(data) else hide.and_also(_values(data))
    return hide


def _json(body: str | bytes | None) -> object:
    try:
        return json.loads(body or "")
    except (ValueError, RecursionError):
        return None


def _is_foreign(data: object) -> bool:
    """Whether it is a plan or a state, as terraform itself writes them."""
    return bool({"format_version", "version"} & mapping(data).keys())


def _values(data: object) -> list[object]:
    """The values of sensitive variables and outputs in a JSON:API document."""
    given = mapping(data).get("data")
    attributes = [mapping(mapping(one).get("attributes")) for one in items(given) or [given]]
    return [one.get("value") for one in attributes if one.get("sensitive") is True]


def _sorted(interactions: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    writes = 0
    places: list[tuple[int, str]] = []
    for one in interactions:
        request = one["request"]
        is_next = is_write((request["method"], request["uri"]))
        writes += is_next
        places.append((2 * writes - is_next, "" if is_next else _without_secrets(request["uri"])))
    order = sorted(range(len(places)), key=places.__getitem__)
    return [interactions[number] for number in order]


def _without_secrets(uri: str) -> str:
    path, _, query = uri.partition("?")
    return f"{_SIGNED.sub('signed', path).removeprefix(_origin(path))}?{query}"


def _origin(uri: str) -> str:
    parts = urlsplit(uri)
    return f"{parts.scheme}://{parts.netloc}"
