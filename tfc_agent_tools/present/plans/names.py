"""Names that a plan holds, made fit to be shown. They are text from outside, and keys can be anything."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Final

from tfc_agent_tools.errors import Unreadable
from tfc_agent_tools.present.untrusted import clean, one_line

if TYPE_CHECKING:
    from collections.abc import Callable

LONGEST: Final = 20_000
"""Characters of a name; Terraform has no limit, and what is longer is no name."""
_SHOWN: Final = 200
_SHOWN_ATTRIBUTE: Final = 80
_SHOWN_MESSAGE: Final = 200

_KEY: Final = r"\[(?:\d++|\"(?:[^\"\\]|\\.)*+\")\]"
_ADDRESS: Final = re.compile(rf"[\w-]++(?:\.[\w-]++|{_KEY})*+")
_KEYS: Final = re.compile(_KEY)
_PATH: Final = re.compile(r"[\w.:/@*+-]+")
_HCL_ESCAPE: Final = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}
_LINE_ENDS: Final = re.compile(r"[\n\r\t]")


def text(value: object, what: str) -> str:
    """The name as it stands.

    Raises:
        Unreadable: It is no text, is empty or is longer than any name.
    """
    if not isinstance(value, str) or not value:
        raise Unreadable("plan", f"{what} in it is missing")
    if len(value) > LONGEST:
        raise Unreadable("plan", f"{what} in it is longer than {LONGEST:,} characters")
    return value


class Names:
    """Names without secrets, invisible characters and line ends, cut to length, and quoted where they are odd.

    A name that is quoted as a whole is none that Terraform would write. So no name passes for another part of its line.
    """

    def __init__(self, scrub: Callable[[str], str]) -> None:
        self._scrub = scrub

    def address(self, name: str) -> str:
        """The address of a resource, module, output or check."""
        return self._shown(name, _ADDRESS, _SHOWN)

    def path(self, name: str) -> str:
        """The path of an attribute, a type or a provider."""
        return self._shown(name, _PATH, _SHOWN_ATTRIBUTE)

    def message(self, said: str) -> str:
        """What people outside wrote, still to be fenced."""
        return clean(self._scrub(said), _SHOWN_MESSAGE)

    def _shown(self, name: str, plain: re.Pattern[str], limit: int) -> str:
        name = _LINE_ENDS.sub(lambda found: _HCL_ESCAPE[found[0]], self._scrub(name))
        shown = one_line(name, limit)
        return shown if plain.fullmatch(shown) else json.dumps(shown, ensure_ascii=False)


def type_in(address: str) -> str:
    """The resource type in an address, for where nothing else says it; empty where there is none."""
    parts = _KEYS.sub("", address).split(".")
    while len(parts) > 2 and parts[0] == "module":
        parts = parts[2:]
    if parts[0] == "data":
        parts = parts[1:]
    return parts[0] if len(parts) == 2 else ""


def module_in(address: str) -> str:
    """The module part of an address; empty in the root module."""
    blanked = _KEYS.sub(lambda found: "k" * len(found[0]), address)
    found = re.match(r"(?:module\.[^.]++\.)+", blanked)
    return address[: found.end() - 1] if found else ""
