"""A YAML text as data, with the quick parser and without its ways to end the process."""

from __future__ import annotations

from typing import Any, Final

import yaml

from tfc_agent_tools.yaml_words import words_loader

_LOADER: Final[Any] = words_loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader))
_DEEPEST: Final = 100
_HARMLESS: Final = 4_000
"""Characters. A shorter text can't be so deep that libyaml's recursion ends the process."""


def load_words(text: str) -> Any:
    """What a YAML text holds.

    Raises:
        yaml.YAMLError: It is no YAML, a key stands twice, or it is nested deeper than anything that a person writes.
    """
    if len(text) > _HARMLESS:
        _refuse_depths(text)
    return yaml.load(text, _LOADER)  # noqa: S506 - a safe loader, and stricter


def _refuse_depths(text: str) -> None:
    """Events come without recursion, unlike what is made of them."""
    depth = 0
    for event in yaml.parse(text, _LOADER):
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > _DEEPEST:
            msg = f"nested more than {_DEEPEST} deep"
            raise yaml.YAMLError(msg)
