"""Stable pseudonyms in the place of names and e-mail addresses: the same one wherever the same thing is named."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from tfc_agent_tools.evaluation.names import names_in
from tfc_agent_tools.evaluation.rewording import Rewording

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

APART: Final = "\ue000{}\ue000"
"""Around what stands for something else until all else is done, so that nothing in it is taken for a name."""
_SET_APART: Final = APART.format("[^\ue000]*")
_ADDRESS: Final = re.compile(
    r"(\\(?:[nrtbf]|u[0-9a-f]{4})|%(?!40)[0-9a-f]{2})?"
    r"([^\s\"'<>()\[\]{}\\,;:@/?&=%#|\ue000]{1,64})(@|%40|\\u0040)"
    r"((?:[^\W_]|-)+(?:\.(?:[^\W_]|-)+)+|[a-z-]{3,}(?![\w.-]))",
    re.IGNORECASE,
)
"""What looks like an address, in text, in JSON, or in a query. An escape before it is none of it."""
_RESERVED: Final = re.compile(r"(?:.+\.)?(?:example|test|invalid|localhost|example\.(?:com|net|org))", re.IGNORECASE)
"""Domains at which nobody has an address: https://www.rfc-editor.org/rfc/rfc2606"""
_AVATAR: Final = re.compile(r"(gravatar\.com/avatar/)[0-9a-f]+", re.IGNORECASE)
"""Its number is made from an e-mail address, and tells it to whoever guesses."""
_PERSON: Final = re.compile(APART.format("(person-[0-9]+)(@|%40|\\\\u0040)"))


@dataclass(frozen=True, kw_only=True)
class Naming:
    """What becomes of the names on a tape."""

    renamed: Mapping[str, str] = field(default_factory=dict[str, str])
    """What the case calls things → what the server calls them. On the tape they have the case's names."""
    are_made_up: bool = False
    """Whether all other names may stay, since they are a sandbox's."""


STRICT: Final = Naming()


class Pseudonyms:
    """Gives names and e-mail addresses their pseudonyms: `workspace-1`, `person-1@example.com`."""

    def __init__(self, interactions: Sequence[Mapping[str, Any]], naming: Naming) -> None:
        self._real = {real: ours for ours, real in naming.renamed.items()}
        found = {} if naming.are_made_up else names_in(interactions)
        given = _numbered({name: kind for name, kind in found.items() if name not in self._real}, set(naming.renamed))
        self._names = Rewording({**given, **self._real}, apart=_SET_APART)
        self._people: dict[str, str] = {}

    def text(self, text: str) -> str:
        """The text with pseudonyms."""
        text = _ADDRESS.sub(self._person, _AVATAR.sub(r"\g<1>0", text))
        return _PERSON.sub(r"\1\2example.com", self._names.text(text))

    def _person(self, found: re.Match[str]) -> str:
        escape, own, at, domain = found.groups()
        address = f"{own}@{domain}"
        if address in self._real or _RESERVED.fullmatch(domain):
            return found[0]
        name = self._people.setdefault(address.lower(), f"person-{len(self._people) + 1}")
        return (escape or "") + APART.format(name + at)


def _numbered(names: Mapping[str, str], taken: set[str]) -> dict[str, str]:
    """Name → pseudonym, by the name's kind and the order of the names."""
    counts, given = Counter[str](), dict[str, str]()
    for name, kind in names.items():
        counts[kind] += 1
        while f"{kind}-{counts[kind]}" in taken:
            counts[kind] += 1
        given[name] = f"{kind}-{counts[kind]}"
    return given
