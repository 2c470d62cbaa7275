"""Tools made of several calls, each call through its own guards."""

from __future__ import annotations

from functools import cache
from importlib import import_module
from typing import Any, Final

from tfc_agent_tools.workflow import Workflow

MODULES: Final = ("watch",)


@cache
def workflows() -> dict[str, Workflow[Any]]:
    """Name → workflow."""
    modules = (import_module(f"{__name__}.{name}") for name in MODULES)
    found = (value for module in modules for value in vars(module).values() if isinstance(value, Workflow))
    return {workflow.name: workflow for workflow in found}
