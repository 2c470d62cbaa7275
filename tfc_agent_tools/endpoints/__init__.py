"""Every endpoint, one module per capability group of the API guide. This is the place to add one."""

from __future__ import annotations

from functools import cache
from importlib import import_module
from typing import Any, Final

from tfc_agent_tools.endpoint import Endpoint

GROUPS: Final = (
    "workspaces",
    "runs",
    "plans",
    "configuration_versions",
    "state_versions",
    "variables",
    "notifications",
    "projects",
    "organizations",
    "teams",
)


@cache
def catalog() -> dict[str, Endpoint[Any]]:
    """Name → endpoint, in the order in which a reader meets them."""
    modules = (import_module(f"{__name__}.{group}") for group in GROUPS)
    return {
        value.name: value
        for module in modules
        for value in vars(module).values()
        if isinstance(value, Endpoint) and value.function.__module__ == module.__name__
    }
