"""The last act: what is on record, and the lines that put the same tools into an agent of one's own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from tfc_agent_tools.cli.records import show_records

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tfc_agent_tools.authority.audit import AuditRecord
    from tfc_agent_tools.cli.screen import Screen

SNIPPET: Final = """\
from langchain.agents import create_agent
from langgraph.checkpoint.memory import InMemorySaver
from tfc_agent_tools import TerraformCloudToolkit

toolkit = TerraformCloudToolkit.from_env(agent="my-agent")  # TFE_TOKEN
agent = create_agent(
    model, toolkit.get_tools(), system_prompt=toolkit.system_prompt(),
    middleware=[toolkit.middleware()], checkpointer=InMemorySaver(),
)
"""


def show_audit(screen: Screen, records: Sequence[AuditRecord], *, intact: bool) -> None:
    """The audit log of the first act."""
    screen.heading("4. What is on record of the rollout")
    show_records(screen, records)
    screen.text(f"\n{len(records)} rows, each chained to the one before: {'intact' if intact else 'BROKEN'}.")


def show_next(screen: Screen) -> None:
    """How to go on."""
    screen.heading("5. The same tools in an agent of yours")
    screen.console.print(SNIPPET, markup=False, soft_wrap=True)
    screen.text("It stops at each write, and goes on when its graph is resumed with a person's answer.")
    screen.text("To try it here with your model: tfc-agent chat --sandbox --model PROVIDER:NAME")
