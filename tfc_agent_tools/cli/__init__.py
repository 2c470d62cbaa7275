"""The command `tfc-agent`. This module imports nothing that may be missing, so that it can say what is."""

from __future__ import annotations

import sys
from importlib import import_module
from typing import NoReturn


def main() -> None:
    """Run the command and end the process with its exit code (`failures.py` lists them)."""
    from tfc_agent_tools.errors import ConfigurationError

    _never_fail_to_encode()
    try:
        import_module("rich")
        from tfc_agent_tools.cli.app import app
    except ModuleNotFoundError as error:
        if (error.name or "").startswith("tfc_agent_tools"):
            raise
        _stop(f"{error.name} is not installed: pip install 'tfc-agent-tools[cli]'")
    try:
        app()
    except ConfigurationError as error:
        _stop(str(error))
    except SystemExit as ending:
        _leave_at_once_if_interrupted(ending.code)
        raise


def _stop(problem: str) -> NoReturn:
    sys.stderr.write(f"tfc-agent: {problem}\n")
    raise SystemExit(2)


def _leave_at_once_if_interrupted(code: object) -> None:
    """An agent that was interrupted may be in a call that waits for minutes, and Python would wait for it."""
    import os
    from threading import enumerate as running_threads

    from tfc_agent_tools.cli.desk import AGENT_THREAD

    if any(thread.name == AGENT_THREAD for thread in running_threads()):
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code if isinstance(code, int) else 1)


def _never_fail_to_encode() -> None:
    """A terminal or pipe that can't show a character gets a question mark, not a traceback."""
    for stream in (sys.stdout, sys.stderr):
        if reconfigure := getattr(stream, "reconfigure", None):
            reconfigure(errors="replace")
