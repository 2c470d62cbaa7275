"""The runs that an apply starts elsewhere, through run triggers: each workspace is decided by itself."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from tfc_agent_tools.surroundings import read_all, unknown, with_places
from tfc_agent_tools.types import Impact

if TYPE_CHECKING:
    from tfc_agent_tools.authority.policy import Policy, Question
    from tfc_agent_tools.effects import Steps
    from tfc_agent_tools.facts import Resource


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
    needed = policy.facts_for(starts)
    if not needed:
        return [starts] if ids or not triggered.known else []
    read = yield from read_all({one: f"/workspaces/{one}" for one in wanted}, "workspaces")
    workspaces = [read[one] for one in wanted]
    if not triggered.known or len(wanted) < len(ids) or (triggered.total or 0) > len(ids):
        workspaces.append(unknown("workspaces"))
    around = yield from with_places(workspaces, needed)
    found = [replace(starts, facts=facts) for facts in around]
    applied = [
        replace(one, action="runs.apply", impacts=frozenset({Impact.RUNS_CODE, Impact.APPLIES, Impact.DESTROYS}))
        for one, workspace in zip(found, workspaces, strict=True)
        if workspace.get("auto-apply-run-trigger") is not False
    ]
    return [*found, *applied]
