"""What a policy is asked about a call: one question for each thing that the call does, by whatever road.

An apply is an apply, whether `apply_run` starts it, a run that applies by itself, an upload that queues such a run, or
a workspace's setting.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tfc_agent_tools.authority.policy import Effect, Policy, Question, Verdict, strictest

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tfc_agent_tools.endpoint import Endpoint
    from tfc_agent_tools.host import Caller, Host
    from tfc_agent_tools.workflow import Workflow


def questions(operation: Endpoint[Any] | Workflow[Any], host: Host, caller: Caller | None = None) -> list[Question]:
    """What is known before any fact: each action that the call's requests are."""
    return [
        Question(
            agent=host.agent,
            requester=host.requester,
            tool=operation.name,
            action=action,
            risk=operation.risk,
            after_untrusted_text=host.has_shown_outside_text(caller.thread_id if caller else None),
        )
        for action in (operation.action, *operation.also)
    ]


def verdict_on(asked: Sequence[Question], policy: Policy, *, by_entry: bool) -> Verdict:
    """The strictest answer to all of them.

    Of a list over an organization each entry is decided by itself where that matters (`visible.py`), so here it is only
    looked whether anything of it can be seen at all.
    """
    if by_entry:
        denied = next((found for one in asked if (found := policy.at_a_glance(one))), None)
        return denied or Verdict(effect=Effect.ALLOW, rules=("each entry",), why="each entry is decided by itself")
    return strictest([policy.decide(one) for one in asked])
