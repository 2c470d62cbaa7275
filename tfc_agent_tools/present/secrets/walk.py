"""One way through a document; what people configured and providers answered is searched closer than the rest."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, Final

from tfc_agent_tools.present.secrets.credentials import is_telling
from tfc_agent_tools.present.secrets.cty import TYPE_WORDS
from tfc_agent_tools.present.secrets.json_kinds import is_array, is_number, is_object

if TYPE_CHECKING:
    from collections.abc import Callable

PLACEHOLDER: Final = "(sensitive)"

_FORMAT_WORDS: Final = frozenset(
    {
        *("managed", "data", "ephemeral", "no-op", "create", "read", "update", "delete", "forget"),
        *("pass", "fail", "error", "unknown", "tainted", "resource", "output_value", "check", "var"),
    }
)
_WRAPPERS: Final = frozenset({"value", "constant_value", "default"})
"""Under a telling name `{"constant_value": "..."}` is as secret as the text alone."""
_NONE: Final = frozenset[str]()


@dataclass(frozen=True, slots=True, repr=False)
class Content:
    """A part of a document that its format does not own: what people configured and providers answered."""

    value: Any


class Walk:
    """Takes one document through a scrubber. `hidden` counts the placeholders in what came out.

    Args:
        scrub: Hides secrets in text.
        is_whole: Whether a string or number, as a whole, is a secret.
    """

    def __init__(self, scrub: Callable[[str], str], is_whole: Callable[[object], bool]) -> None:
        def text(value: str) -> str:
            return PLACEHOLDER if is_whole(value) else scrub(value)

        def name(value: str) -> tuple[str, bool]:
            return scrub(value), is_telling(value)

        # the same text stands in many places of a document
        self._scrub, self._text, self._name = cache(scrub), cache(text), cache(name)
        self._is_whole = is_whole
        self.hidden = 0

    def frame(self, value: Any) -> Any:
        """The format's own part, down to each `Content`: text is scrubbed.

        Its keys, its numbers and its own words, such as `create`, stay as they are, whatever the secrets are.
        """
        if isinstance(value, Content):
            return self.content(value.value)
        if isinstance(value, str):
            return value if value in _FORMAT_WORDS else self._counted(self._scrub(value))
        if is_object(value):
            return {name: self.frame(inner) for name, inner in value.items()}
        if is_array(value):
            return [self.frame(inner) for inner in value]
        return value if value is None or isinstance(value, bool) or is_number(value) else self._hide()

    def content(self, value: Any) -> Any:
        """Anything else: short secrets, keys and telling names count here too."""
        if isinstance(value, str):
            return self._counted(self._text(value))
        if is_object(value):
            return self._members(value)
        if is_array(value):
            return [self.content(inner) for inner in value]
        if value is None or isinstance(value, bool):
            return value
        return value if is_number(value) and not self._is_whole(value) else self._hide()

    def _members(self, members: dict[str, Any], secret: frozenset[str] = _NONE) -> dict[str, Any]:
        """An object walked; text under the names in `secret` is hidden, and so is text under telling names."""
        if "value" in members and any(is_telling(str(members.get(name))) for name in ("name", "key")):
            secret |= {"value"}
        walked: dict[str, Any] = {}
        for name, value in members.items():
            key, tells = self._name(name)
            key = _free(self._counted(key), walked)
            walked[key] = self._named(value) if tells or name in secret else self.content(value)
        return walked

    def _named(self, value: Any) -> Any:
        """The value of a telling name: text is hidden, but for words of types; anything else is walked as ever."""
        if isinstance(value, str) and value not in TYPE_WORDS:
            return self._hide() if value else value
        if is_array(value):
            return [self._named(inner) for inner in value]
        return self._members(value, _WRAPPERS) if is_object(value) else self.content(value)

    def _counted(self, text: str) -> str:
        if PLACEHOLDER in text:
            self.hidden += text.count(PLACEHOLDER)
        return text

    def _hide(self) -> str:
        self.hidden += 1
        return PLACEHOLDER


def _free(name: str, taken: dict[str, Any]) -> str:
    """The name; where two became the same, a number tells them apart."""
    free, number = name, 1
    while free in taken:
        number += 1
        free = f"{name} {number}"
    return free
