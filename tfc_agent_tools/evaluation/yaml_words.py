"""YAML as the cases are written: safely loaded, and a bare `yes`, `no` or `off` is the word that it looks like."""

from __future__ import annotations

import re
from typing import Any, Final

import yaml

_SAFE: Final[Any] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_BOOL: Final = "tag:yaml.org,2002:bool"
_DEEPEST: Final = 100
_HARMLESS: Final = 4_000
"""Characters. A shorter text can't be so deep that libyaml's recursion ends the process."""


class _Words(_SAFE):  # type: ignore[misc]  # chosen when it is imported
    """Only `true` and `false` are booleans. A key that stands twice is refused: one of the two would be lost."""

    def construct_mapping(self, node: Any, deep: bool = False) -> Any:
        keys = [key.value for key, _ in node.value]
        if twice := next((key for key in keys if keys.count(key) > 1), None):
            problem = f"the key {twice!r} stands twice"
            raise yaml.constructor.ConstructorError(None, None, problem, node.start_mark)
        mapping: Any = _SAFE.construct_mapping(self, node, deep)
        return mapping


_Words.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != _BOOL]
    for first, resolvers in _SAFE.yaml_implicit_resolvers.items()
}
_Words.add_implicit_resolver(_BOOL, re.compile(r"^(?:true|false)$"), list("tf"))


def load_words(text: str) -> Any:
    """What a YAML text holds.

    Raises:
        yaml.YAMLError: It is no YAML, a key stands twice, or it is nested deeper than anything that a person writes.
    """
    if len(text) > _HARMLESS:
        _refuse_depths(text)
    return yaml.load(text, _Words)  # noqa: S506 - a safe loader, and stricter


def _refuse_depths(text: str) -> None:
    """Events come without recursion, unlike what is made of them."""
    depth = 0
    for event in yaml.parse(text, _Words):
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > _DEEPEST:
            msg = f"nested more than {_DEEPEST} deep"
            raise yaml.YAMLError(msg)
