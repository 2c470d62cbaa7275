"""`tfc-agent eval`: the harness's own commands, imported when one is run."""

from __future__ import annotations

from importlib import import_module
from typing import Any

import typer
from typer.core import TyperGroup

from tfc_agent_tools.errors import ConfigurationError

_HOME = "tfc_agent_tools.evaluation.cli"


class _Lazy(TyperGroup):
    """Stands in for the group of `tfc_agent_tools.evaluation.cli` until it is needed."""

    def make_context(self, info_name: str | None, args: list[str], parent: Any = None, **extra: Any) -> Any:
        """Hand over to the real group, which parses and runs everything from here on."""
        return _load().make_context(info_name, args, parent=parent, **extra)


def _load() -> Any:
    try:
        module = import_module(_HOME)
    except ModuleNotFoundError as error:
        if (error.name or "").startswith("tfc_agent_tools"):
            msg = "eval: this installation has no eval commands"
        else:
            msg = f"eval needs {error.name}, which is not installed: pip install 'tfc-agent-tools[evals]'"
        raise ConfigurationError(msg) from None
    return typer.main.get_group(module.app)


def register(app: typer.Typer) -> None:
    """Add the group."""
    group = typer.Typer(cls=_Lazy, help="Run an agent's cases against recorded answers of the API.")
    group.callback()(_nothing)
    app.add_typer(group, name="eval")


def _nothing() -> None:
    """Run an agent's cases against recorded answers of the API."""
