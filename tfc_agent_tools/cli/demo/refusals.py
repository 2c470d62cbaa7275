"""The second act: what a refusal looks like, one for each guard, with the requests that were really sent."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from tfc_agent_tools import Decision, TerraformCloudToolkit
from tfc_agent_tools.cli.demo.outside import Counter, Outside
from tfc_agent_tools.cli.narrator import call_line

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tfc_agent_tools.authority.confirm import Confirmation
    from tfc_agent_tools.cli.screen import Screen
    from tfc_agent_tools.sandbox import Sandbox

_NEW_RUN: Final = {"workspace": "acme/network"}


@dataclass(frozen=True, kw_only=True)
class Scene:
    """One call that a guard refuses. `settings` are the toolkit's, without its address and transport."""

    guard: str
    story: str
    tool: str
    arguments: Mapping[str, Any]
    settings: Mapping[str, Any]


def _yes(_: Confirmation) -> bool:
    return True


def _no(_: Confirmation) -> Decision:
    return Decision(approved=False, reason="Not before the freeze is over")


def scenes(sandbox: Sandbox, outside: Outside, applied_run: str | None) -> list[Scene]:
    """One scene for each guard, in the order in which a call meets them."""
    user = {"token": sandbox.tokens["user"], "token_type": "user"}

    def says_yes_too_late(_: Confirmation) -> bool:
        outside.lock("network")
        return True

    return [
        Scene(
            guard="arguments",
            story="The agent makes up an id.",
            tool="apply_run",
            arguments={"run_id": "latest"},
            settings=user,
        ),
        Scene(
            guard="token type",
            story="The toolkit was given an organization token, and the agent wants to apply.",
            tool="apply_run",
            arguments={"run_id": applied_run or "run-NeverLookedUp"},
            settings={"token": sandbox.tokens["organization"], "token_type": "organization"},
        ),
        Scene(
            guard="permission",
            story="The token's team may only read, and the agent wants to queue a run.",
            tool="create_run",
            arguments=_NEW_RUN,
            settings={"token": sandbox.team_tokens["readers"], "token_type": "team", "confirmer": _yes},
        ),
        _state(applied_run, {**user, "confirmer": _yes}),
        Scene(
            guard="nobody asked",
            story="The toolkit has no confirmer, and there is no graph that could stop and ask.",
            tool="create_run",
            arguments=_NEW_RUN,
            settings=user,
        ),
        Scene(
            guard="a person's no",
            story="A person is asked, and says no.",
            tool="create_run",
            arguments=_NEW_RUN,
            settings={**user, "confirmer": _no},
        ),
        Scene(
            guard="changed",
            story="A person says yes, but a colleague locked the workspace after the question was put.",
            tool="create_run",
            arguments=_NEW_RUN,
            settings={**user, "confirmer": says_yes_too_late},
        ),
    ]


def _state(applied_run: str | None, settings: Mapping[str, Any]) -> Scene:
    if applied_run:
        story, tool, arguments = "The agent applies the same run again.", "apply_run", {"run_id": applied_run}
    else:
        story, tool = "The agent unlocks a workspace that is not locked.", "unlock_workspace"
        arguments = {"workspace": "acme/network"}
    return Scene(guard="state", story=story, tool=tool, arguments=arguments, settings=settings)


def play_all(screen: Screen, sandbox: Sandbox, applied_run: str | None) -> bool:
    """Play all scenes; False if any was not refused, or sent a request to change something."""
    screen.heading("2. What a refusal looks like")
    screen.text("The people in these scenes are played by the demo. What the model reads is the tool's whole result.")
    with Outside(sandbox) as outside:
        played = [_play(screen, sandbox, scene) for scene in scenes(sandbox, outside, applied_run)]
    return all(played)


def _play(screen: Screen, sandbox: Sandbox, scene: Scene) -> bool:
    counter = Counter(sandbox)
    toolkit = TerraformCloudToolkit(address=sandbox.address, transport=counter, agent="demo", **scene.settings)
    tool = next(tool for tool in toolkit.get_tools() if tool.name == scene.tool)
    result = tool.invoke({"type": "tool_call", "id": "call-1", "name": scene.tool, "args": dict(scene.arguments)})
    toolkit.close()
    screen.console.print()
    screen.line(scene.guard, scene.story, style="bold", label_style="bold cyan")
    screen.line("call", call_line(scene.tool, scene.arguments))
    screen.line("model reads", str(result.content), style="red")
    screen.line("was sent", counter.said)
    return result.status == "error" and counter.changing == 0
