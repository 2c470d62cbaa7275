"""The first act: a person asks for a rollout, and an agent does it or is told no."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from langchain_core.messages import AIMessage, BaseMessage, ToolMessage
from langchain_core.outputs import ChatGeneration, ChatResult

from tfc_agent_tools import TerraformCloudToolkit
from tfc_agent_tools.cli.agents import build_agent, take_turn
from tfc_agent_tools.cli.console import AnswerAlways, AskInConsole
from tfc_agent_tools.cli.demo.outside import Counter, Outside
from tfc_agent_tools.cli.desk import Desk
from tfc_agent_tools.evaluation.scripted import ScriptedChatModel

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tfc_agent_tools.authority.audit import AuditRecord
    from tfc_agent_tools.cli.screen import Screen
    from tfc_agent_tools.sandbox import Sandbox

WORKSPACE: Final = "app-staging"
PROMPT: Final = f"Roll out the latest configuration of {WORKSPACE}."
_NAMED: Final = {"organization_name": "acme", "workspace_name": WORKSPACE}
_RUN: Final = {"run_id": "${create_run.id}"}
SCRIPT: Final = (
    {"list_workspaces": {"organization_name": "acme", "name": WORKSPACE}},
    {
        "create_run": {
            "workspace": f"acme/{WORKSPACE}",
            "message": "Roll out the latest configuration",
            "reason": f"You asked me to roll out {WORKSPACE}; this plans it.",
        }
    },
    {"watch_run": _RUN},
    {"explain_plan": _RUN},
    {
        "apply_run": {
            **_RUN,
            "reason": "The plan adds ${explain_plan.adds} resources and destroys "
            "${explain_plan.destroys}, as the rollout needs.",
        }
    },
    {"watch_run": _RUN},
    {"get_workspace_by_name": _NAMED},
    (
        "Run ${create_run.id} is ${watch_run.status}. "
        "The workspace now manages ${get_workspace_by_name.resource-count} resources."
    ),
)


class StopsAtNo(ScriptedChatModel):
    """The script, until a result says that something was not done: then it says so and stops."""

    def _generate(self, messages: list[BaseMessage], *args: Any, **kwargs: Any) -> ChatResult:
        last = messages[-1]
        if isinstance(last, ToolMessage) and last.status == "error":
            words = f"I stop here: {last.name} was not done. Its result says why, and who can change that."
            return ChatResult(generations=[ChatGeneration(message=AIMessage(content=words))])
        return super()._generate(messages, *args, **kwargs)


@dataclass(frozen=True, kw_only=True)
class Ending:
    """How the story ended, as the sandbox and the counting transport say; the agent is not asked."""

    runs: dict[str, str]
    yes_count: int
    changing: int
    records: Sequence[AuditRecord]
    intact: bool

    @property
    def applied_run(self) -> str | None:
        """The run that the sandbox calls applied."""
        return next((run for run, status in self.runs.items() if status == "applied"), None)


def tell(screen: Screen, sandbox: Sandbox, *, yes: bool | None) -> Ending:
    """Play the story; `yes` answers in the person's place, unless it is None."""
    screen.heading("1. An agent rolls out a configuration")
    screen.line("you", PROMPT)
    desk = Desk(AskInConsole(screen) if yes is None else AnswerAlways(screen, yes=yes))
    counter = Counter(sandbox)
    toolkit = TerraformCloudToolkit(
        address=sandbox.address,
        token=sandbox.tokens["user"],
        agent="demo",
        confirmer=desk.confirmer,
        transport=counter,
    )
    agent = build_agent(StopsAtNo(script=SCRIPT), toolkit)
    try:
        desk.run(lambda: take_turn(agent, PROMPT, screen))
    except KeyboardInterrupt:
        screen.text("\nInterrupted. The sandbox and all that is in it are gone.")
        screen.console.quiet = True  # the agent's thread only finds that out now
        raise
    finally:
        toolkit.close()
    with Outside(sandbox) as outside:
        ending = Ending(
            runs=outside.runs(WORKSPACE),
            yes_count=desk.yes_count,
            changing=counter.changing,
            records=toolkit.audit.records(),
            intact=toolkit.audit.verify(),
        )
    _show_ending(screen, ending)
    return ending


def _show_ending(screen: Screen, ending: Ending) -> None:
    found = ", ".join(f"{run} is {status}" for run, status in ending.runs.items())
    screen.console.print()
    screen.line("sandbox", f"{WORKSPACE}: {found or 'no run was made'}")
    screen.line("counted", f"yes answers: {ending.yes_count}; writes that were sent: {ending.changing}")
