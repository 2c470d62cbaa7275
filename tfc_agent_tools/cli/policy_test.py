"""`tfc-agent policy test FILE`: the tests that stand in a policy file."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from tfc_agent_tools.cli.failures import Exit
from tfc_agent_tools.cli.policy_files import File, policy_in
from tfc_agent_tools.policy_names import all_actions

if TYPE_CHECKING:
    from tfc_agent_tools.authority.rules.checking import Outcome
    from tfc_agent_tools.cli.screen import Screen


def register(group: typer.Typer) -> None:
    """Add the command."""
    group.command("test")(test)


def test(file: File) -> None:
    """Run the tests in the file; exit 1 when one fails or there is none. Nothing is sent.

    A fact that a test leaves out is not read, and the decision is the strictest that any value of it could give.
    """
    from tfc_agent_tools.authority.rules.checking import check
    from tfc_agent_tools.cli.screen import Screen

    outcomes = check(policy_in(file), all_actions())
    screen = Screen("POLICY")
    for outcome in outcomes:
        _show(screen, outcome)
    failed = sum(not outcome.is_good for outcome in outcomes)
    screen.text(f"{len(outcomes) - failed} passed, {failed} failed" if outcomes else "the file has no `tests:`")
    raise typer.Exit(Exit.FAILED if failed or not outcomes else Exit.GOOD)


def _show(screen: Screen, outcome: Outcome) -> None:
    test, verdict = outcome.test, outcome.verdict
    place = "/".join(filter(None, (test.organization, test.project, test.workspace)))
    what = f"{outcome.number}. {test.agent} {test.action}" + (f" in {place}" if place else "")
    if outcome.is_good:
        screen.line("pass", f"{what}: {verdict.effect} by {', '.join(verdict.rules)}", label_style="green")
        return
    wanted = test.expect + (f" by {test.by}" if test.by else "")
    screen.line("FAIL", f"{what}: expected {wanted}", label_style="red")
    screen.line("", f"got {verdict.effect} by {', '.join(verdict.rules)}: {verdict.why}")
    if outcome.unread:
        screen.line("", f"not given, so taken as not read: {', '.join(outcome.unread)}")
