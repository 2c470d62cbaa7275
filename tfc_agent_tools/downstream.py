"""The runs that an apply starts elsewhere, through run triggers: each workspace is decided by itself."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from tfc_agent_tools.authority.policy import strictest
from tfc_agent_tools.surroundings import read_all, unknown, with_places
from tfc_agent_tools.types import Impact

if TYPE_CHECKING:
    from tfc_agent_tools.authority.policy import Policy, Question
    from tfc_agent_tools.effects import Steps
    from tfc_agent_tools.facts import Resource

_APPLIES: Final = (Impact.RUNS_CODE, Impact.APPLIES, Impact.DESTROYS)


def runs_started(triggered: Resource | None, question: Question, policy: Policy) -> Steps[list[Question]]:
    """What to ask about them.

    Where the list of triggers can't be read whole, one more question is about a workspace of which nothing is known. A
    run that a trigger starts applies by itself where the workspace's `auto-apply-run-trigger` says so; see
    https://developer.hashicorp.com/terraform/cloud-docs/workspaces/settings/run-triggers
    """
    if triggered is None:
        return []
    ids = [one.related_id("workspace") for one in triggered.items]
    wanted = dict.fromkeys(one for one in ids if isinstance(one, str))
    starts = replace(question, action="runs.create", tool="run trigger", impacts=frozenset({Impact.RUNS_CODE}))
    applies = replace(starts, action="runs.apply", impacts=frozenset(_APPLIES))
    is_whole = triggered.known and len(wanted) == len(ids) and (triggered.total or 0) <= len(ids)
    if not ids and is_whole:
        return []
    needed = policy.facts_for(starts) | policy.facts_for(applies)
    if not needed and _adds_nothing(policy, starts, applies):
        return [starts]
    read = yield from read_all({one: f"/workspaces/{one}" for one in wanted}, "workspaces")
    workspaces = [read[one] for one in wanted] + ([] if is_whole else [unknown("workspaces")])
    around = yield from with_places(workspaces, needed)
    return [
        replace(one, facts=facts)
        for facts, workspace in zip(around, workspaces, strict=True)
        for one in (starts, applies)
        if one is starts or workspace.get("auto-apply-run-trigger") is not False
    ]


def _adds_nothing(policy: Policy, starts: Question, applies: Question) -> bool:
    """Whether it does not matter to the decision that the runs may apply by themselves."""
    alone = policy.decide(starts)
    both = strictest([alone, policy.decide(applies)])
    return (both.effect, both.typed, both.approvers) == (alone.effect, alone.typed, alone.approvers)
