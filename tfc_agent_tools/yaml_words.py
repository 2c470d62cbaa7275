"""YAML as policies and cases are written: safe, and a bare `yes`, `no`, `on` or `off` is the word it looks like."""

from __future__ import annotations

import re
from typing import Any, Final

import yaml

_BOOL: Final = "tag:yaml.org,2002:bool"


def repeated(names: list[str]) -> str | None:
    """The first name that stands twice, in one pass: a file can hold a hundred thousand of them."""
    seen = set[str]()
    for name in names:
        if name in seen:
            return name
        seen.add(name)
    return None


def words_loader(safe: Any) -> Any:
    """A loader like this safe one of PyYAML's, where only `true` and `false` are booleans.

    A key that stands twice would silently replace the first one, so it is refused.
    """

    class Words(safe):  # type: ignore[misc]  # PyYAML's own is not typed well enough
        def construct_mapping(self, node: Any, deep: bool = False) -> Any:
            names: list[Any] = [self.construct_object(key, deep=True) for key, _ in node.value]
            if twice := repeated(list(map(repr, names))):
                problem = f"the key {twice} stands twice"
                raise yaml.constructor.ConstructorError(None, None, problem, node.start_mark)
            return safe.construct_mapping(self, node, deep)

    words: Any = Words
    words.yaml_implicit_resolvers = {
        first: [(tag, pattern) for tag, pattern in resolvers if tag != _BOOL]
        for first, resolvers in safe.yaml_implicit_resolvers.items()
    }
    words.add_implicit_resolver(_BOOL, re.compile(r"^(?:true|false)$"), list("tf"))
    return words
