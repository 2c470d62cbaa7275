"""Tools made of several calls, each call through its own guards."""

from __future__ import annotations

from functools import cache
from importlib import import_module
from typing import Any, Final

from tfc_agent_tools.endpoint import Endpoint
from tfc_agent_tools.workflow import Workflow

MODULES: Final = ("watch", "explain", "diagnose", "logs", "upload", "states", "find", "identity")


@cache
def workflows() -> dict[str, Workflow[Any] | Endpoint[Any]]:
    """Name → workflow. One that writes is an endpoint with requests that follow it: a person approves them as one."""
    modules = (import_module(f"{__name__}.{name}") for name in MODULES)
    return {
        value.name: value
        for module in modules
        for value in vars(module).values()
        if isinstance(value, (Workflow, Endpoint)) and value.function.__module__ == module.__name__
    }
