"""Says in the terminal what an agent does, as it does it: its words, its calls, their progress and results."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from langchain_core.callbacks import BaseCallbackHandler
from langchain_core.messages import ToolMessage

from tfc_agent_tools.cli.screen import shortened
from tfc_agent_tools.tool import PROGRESS_EVENT

if TYPE_CHECKING:
    from collections.abc import Mapping

    from langchain_core.outputs import LLMResult

    from tfc_agent_tools.cli.screen import Screen

_LONGEST_RESULT: Final = 130
_EXPLAINING: Final = frozenset({"explain_plan", "diagnose_run"})
"""Tools whose results are short and made to be read."""


class Narrator(BaseCallbackHandler):
    """A callback handler for the `callbacks` of an agent's config."""

    def __init__(self, screen: Screen) -> None:
        self._screen = screen

    def on_llm_end(self, response: LLMResult, **_: Any) -> None:
        """The model's words; its calls are told when they start."""
        for generation in response.generations[0]:
            message = getattr(generation, "message", None)
            if text := str(getattr(message, "text", "") or generation.text).strip():
                self._screen.console.print()
                self._screen.line("agent", text)

    def on_tool_start(
        self, serialized: dict[str, Any], input_str: str, *, inputs: dict[str, Any] | None = None, **_: Any
    ) -> None:
        """A call, with the arguments that the model wrote."""
        self._screen.console.print()
        self._screen.line("agent calls", call_line(serialized.get("name", "a tool"), inputs or {"input": input_str}))

    def on_custom_event(self, name: str, data: Any, **_: Any) -> None:
        """What a tool says while it waits."""
        if name == PROGRESS_EVENT:
            self._screen.line("", str(data["text"]), style="cyan")

    def on_tool_end(self, output: Any, **_: Any) -> None:
        """A result: cut short, unless it explains something or says why something was not done."""
        content = str(output.content if isinstance(output, ToolMessage) else output)
        failed = isinstance(output, ToolMessage) and output.status == "error"
        is_told_whole = failed or getattr(output, "name", None) in _EXPLAINING
        self._screen.line("result", content if is_told_whole else brief(content), style="red" if failed else "dim")

    def on_tool_error(self, error: BaseException, **_: Any) -> None:
        """A defect: what a guard or the server says is a result."""
        self._screen.line("failed", f"{type(error).__name__}: {error}", style="red")


def call_line(tool: str, arguments: Mapping[str, Any]) -> str:
    """`tool(name=value, ...)`, with text as it is and everything else as JSON."""
    shown = (f"{name}={value if isinstance(value, str) else json.dumps(value)}" for name, value in arguments.items())
    return f"{tool}({', '.join(shown)})"


def brief(content: str) -> str:
    """The first line of a result; unless that says how things stand, as much of the others as fits in two lines."""
    first, *others = content.splitlines() or [""]
    if ";" in first:
        return first
    return "\n".join(part for part in (shortened(first, 200), shortened(", ".join(others), _LONGEST_RESULT)) if part)
