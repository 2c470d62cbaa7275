"""People who are asked: groups that nobody uses, demands that can't be met."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tfc_agent_tools.authority.rules.findings import Finding, error, warning

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tfc_agent_tools.authority.rules.actions import Actions
    from tfc_agent_tools.authority.rules.compiled import Compiled
    from tfc_agent_tools.authority.rules.decide import RulePolicy
    from tfc_agent_tools.authority.rules.document import PolicyDocument


def people(policy: RulePolicy, actions: Actions) -> Iterator[Finding]:
    """What of the people can't be meant, or can't be met."""
    del actions
    document = policy.document
    yield from _unused(document)
    for one in policy.rules:
        yield from _demanded(one, document)


def _unused(document: PolicyDocument) -> Iterator[Finding]:
    asked = [rule.approvers for rule in document.rules if rule.approvers]
    named = {group for approvers in asked for group in approvers.groups}
    held = {name for group in document.groups.values() for name in group}
    for group in document.groups:
        if group not in named | held:
            yield warning(f"groups.{group}", "no rule's `approvers` names this group; name it or drop it")
    approving = {person for approvers in asked for person in approvers.people} | held
    for person in document.people:
        if person not in approving:
            yield warning(f"people.{person}", "is in no group and in no rule's `approvers`; add them or drop them")


def _demanded(one: Compiled, document: PolicyDocument) -> Iterator[Finding]:
    asked, requirement = one.rule.approvers, one.requirement
    if asked is None or requirement is None:
        return
    found = requirement.people
    if found and requirement.minimum > len(found):
        text = f"wants {requirement.minimum} people and names {len(found)}, so nobody can meet it; name more"
        yield error(one.rule.id, text)
    if requirement.not_requester:
        yield from _left(one, found, document)
    without = sorted(name for name in found if name not in document.people or not document.people[name].keys)
    if without:
        text = (
            f"{', '.join(without)}: no key under `people`, so their yes counts only when the host application vouches"
        )
        yield warning(one.rule.id, text)


def _left(one: Compiled, found: frozenset[str], document: PolicyDocument) -> Iterator[Finding]:
    """Who is left to say yes when the requester does not count."""
    for name, agent in document.agents.items():
        if not found or not any(one.is_about(name, action) for action in one.rule.actions):
            continue
        for requester in agent.on_behalf_of:
            if requester in found and len(found) - 1 < one.rule.approvers.min:  # type: ignore[union-attr]
                text = (
                    f"when {name} acts for {requester}, who then does not count, too few are left to say yes; name more"
                )
                yield error(one.rule.id, text)
