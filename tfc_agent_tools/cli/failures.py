"""Exit codes, and what is said when a part is not installed."""

from __future__ import annotations

from enum import IntEnum
from importlib import import_module
from typing import TYPE_CHECKING

from tfc_agent_tools.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Sequence


class Exit(IntEnum):
    """What the command's exit code says."""

    GOOD = 0
    FAILED = 1
    """The thing that was asked for did not come about."""
    CONFIGURATION = 2
    """Wrong usage or settings; nothing was done."""
    GATE_BROKE = 3
    """Something was sent that no person had said yes to."""


def require(modules: Sequence[str], *, command: str, extras: str) -> None:
    """Check that optional packages are there.

    Raises:
        ConfigurationError: One is not; the message is the line that installs it.
    """
    for name in modules:
        try:
            import_module(name)
        except ModuleNotFoundError as error:
            msg = f"{command} needs {error.name}, which is not installed: pip install 'tfc-agent-tools[{extras}]'"
            raise ConfigurationError(msg) from None
