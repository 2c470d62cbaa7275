"""Secrets travel by name: the host resolves one after all guards, right before the send, and nobody else sees it."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any, Final

from tfc_agent_tools.errors import ArgumentError
from tfc_agent_tools.narrow import items, mapping
from tfc_agent_tools.request import Secret

PREFIX: Final = "TFC_SECRET_"

Resolver = Callable[[str], str]


def from_environment(name: str) -> str:
    """The default: the environment variable `TFC_SECRET_<name>`.

    Raises:
        KeyError: There is none.
    """
    return os.environ[PREFIX + name]


class Held:
    """The secrets of one call: each is asked of the host once, before the facts are read for the last time."""

    def __init__(self, resolve: Resolver) -> None:
        self._resolve = resolve
        self._values: dict[str, str] = {}

    def __call__(self, name: str) -> str:
        """The value of this name."""
        if name not in self._values:
            self._values[name] = self._resolve(name)
        return self._values[name]


def filled(body: Any, resolve: Resolver) -> tuple[Any, list[str]]:
    """The body with each `Secret` replaced by its value, and the values, so that no answer can echo one.

    Raises:
        ArgumentError: The host holds no secret of that name. What the resolver raised is not repeated.
    """
    values: list[str] = []

    def fill(value: Any) -> Any:
        if isinstance(value, Secret):
            values.append(_resolved(value, resolve))
            return values[-1]
        if members := mapping(value):
            return {name: fill(inner) for name, inner in members.items()}
        return [fill(inner) for inner in items(value)] or value

    return fill(body), values


def _resolved(secret: Secret, resolve: Resolver) -> str:
    try:
        value: object = resolve(secret.name)
    except Exception:  # noqa: BLE001 - whatever a host's resolver raises, its text may hold the secret
        value = None
    if not isinstance(value, str) or not value:
        problem = f"the host holds no secret named {secret.name}."
        raise ArgumentError(secret.argument, problem, f"Whoever runs this agent can set {PREFIX}{secret.name}.")
    if secret.check and (wrong := secret.check(value)):
        raise ArgumentError(secret.argument, f"the secret named {secret.name} {wrong}.", "Its host can mend it.")
    return value
