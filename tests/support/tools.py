"""Names that tests and fixtures share."""

from __future__ import annotations

from collections.abc import Callable

from langchain_core.messages import ToolMessage
from langchain_core.tools import BaseTool

from tfc_agent_tools import TerraformCloudToolkit

MakeToolkit = Callable[..., TerraformCloudToolkit]
Use = Callable[..., ToolMessage]


def tool_of(toolkit: TerraformCloudToolkit, name: str) -> BaseTool:
    return next(tool for tool in toolkit.get_tools() if tool.name == name)
