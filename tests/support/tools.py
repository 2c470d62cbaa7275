"""Names that tests and fixtures share."""

from __future__ import annotations

from collections.abc import Callable

from langchain_core.messages import ToolMessage
from langchain_core.tools import BaseTool

from tfc_agent_tools import Confirmation, TerraformCloudToolkit

MakeToolkit = Callable[..., TerraformCloudToolkit]
Use = Callable[..., ToolMessage]


class Asked:
    """A person who remembers every question and says yes."""

    def __init__(self) -> None:
        self.questions: list[Confirmation] = []

    def __call__(self, confirmation: Confirmation) -> bool:
        self.questions.append(confirmation)
        return True

    @property
    def text(self) -> str:
        """What the first question says."""
        return self.questions[0].text

    @property
    def facts(self) -> str:
        """The first question above what is sent."""
        return self.text.partition("What is sent")[0]


def tool_of(toolkit: TerraformCloudToolkit, name: str) -> BaseTool:
    return next(tool for tool in toolkit.get_tools() if tool.name == name)
