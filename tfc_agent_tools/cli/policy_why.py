"""`tfc-agent policy explain FILE --why TOOL`: each rule about one call, and what makes it match or not."""

from __future__ import annotations

from dataclasses import fields
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from tfc_agent_tools.authority.rules.reasons import ANSWERS, sides
from tfc_agent_tools.authority.rules.target import Target, possible
from tfc_agent_tools.cli.policy_questions import Recording, decided
from tfc_agent_tools.endpoint import Endpoint
from tfc_agent_tools.errors import ConfigurationError
from tfc_agent_tools.facts import UNKNOWN
from tfc_agent_tools.policy_names import operations

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tfc_agent_tools.api.http import Wire
    from tfc_agent_tools.authority.policy import Question, Verdict
    from tfc_agent_tools.authority.rules.decide import RulePolicy
    from tfc_agent_tools.authority.rules.reasons import Reason, Side
    from tfc_agent_tools.cli.screen import Screen

_COLOURS: Final = {"deny": "red", "ask": "yellow", "allow": "green"}
_OFFLINE: Final = (
    "No fact was read, so all of them are unknown, and what the workspace's own settings add to the call (that it "
    "applies by itself) is not counted: --live reads them with the agent's token."
)
_PLAIN: Final = frozenset({"action", "is_read", "moment"})


def show_why(
    screen: Screen, policy: RulePolicy, agent: str, tool: str, arguments: Mapping[str, Any], wire: Wire | None
) -> None:
    """Print the decision on a call, and how each rule about it comes to it.

    Raises:
        ConfigurationError: There is no such tool.
        ToolkitError: The call can't be looked at; the message says why.
    """
    operation = operations().get(tool)
    if operation is None:
        msg = f"policy explain: there is no tool {tool!r}; `tfc-agent tools` lists them"
        raise ConfigurationError(msg)
    if not isinstance(operation, Endpoint):
        screen.heading(f"why {tool} by {agent}: each of its calls by itself")
        screen.text(f"{tool} is made of several reads, and each is decided by itself; ask --why about those")
        return
    recording = Recording(policy)
    verdict = decided(recording, agent, operation, arguments, wire)
    screen.heading(f"why {tool} by {agent}: {verdict.effect}")
    _show_verdict(screen, verdict)
    for question in recording.asked:
        for number, side in enumerate(sides(policy, question, datetime.now(UTC))):
            _show_side(screen, question, side, is_after=number > 0)
    if wire is None:
        screen.text(f"\n{_OFFLINE}")


def _show_verdict(screen: Screen, verdict: Verdict) -> None:
    screen.line(verdict.effect, verdict.why, label_style=_COLOURS[verdict.effect])
    screen.line("by", ", ".join(verdict.rules))
    for required in verdict.approvers:
        who = " or ".join(sorted(required.people)) or "anybody"
        screen.line("needs", f"{required.minimum} of {who}" + (", not the requester" * required.not_requester))
    if verdict.typed:
        screen.line("", "a person must type the name of the thing")
    for note in verdict.shadow:
        screen.line("on trial", note)


def _show_side(screen: Screen, question: Question, side: Side, *, is_after: bool) -> None:
    screen.console.print()
    screen.line(
        "decided", f"{side.action}, on what is {'made of it' if is_after else 'there now'}", label_style="bold cyan"
    )
    known, unknown = _facts(side.target, possible(question))
    if known:
        screen.line("  known", "; ".join(known))
    if unknown:
        screen.line("  not read", ", ".join(unknown))
    if not side.reasons:
        screen.line("  rules", "none is about this agent and action; its access level decides")
    for reason in side.reasons:
        _show_reason(screen, reason)


def _show_reason(screen: Screen, reason: Reason) -> None:
    because = f" ({reason.because})" if reason.because else ""
    screen.line(f"  {ANSWERS[reason.match]}", f"{reason.rule}{because}: {reason.words}")


def _facts(target: Target, wanted: set[str]) -> tuple[Sequence[str], Sequence[str]]:
    """What is known of the call, in words, and the names of what is not."""
    known, unknown = list[str](), list[str]()
    for name in (one.name for one in fields(target)):
        value: Any = getattr(target, name)
        if name not in {*wanted, "impacts"} - _PLAIN or value is None:
            continue
        if value is UNKNOWN:
            unknown.append(name)
        else:
            known.append(f"{name} {_plain(value)}")
    return known, unknown


def _plain(value: Any) -> str:
    if isinstance(value, frozenset):
        return ", ".join(sorted(map(str, value))) or "none"  # pyright: ignore[reportUnknownArgumentType, reportUnknownVariableType]
    return {True: "yes", False: "no"}.get(value, str(value)) if isinstance(value, bool) else str(value)
