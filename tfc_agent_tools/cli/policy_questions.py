"""What a policy is asked about one call: with facts read live by GETs, or with all of them unknown."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tfc_agent_tools.attempt import prepare
from tfc_agent_tools.authority.implied import implied
from tfc_agent_tools.authority.policy import Question
from tfc_agent_tools.authority.rules.decide import RulePolicy
from tfc_agent_tools.drive import SyncDriver
from tfc_agent_tools.host import Caller, Host
from tfc_agent_tools.policy_questions import verdict_on
from tfc_agent_tools.types import Impact

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tfc_agent_tools.api.http import Wire
    from tfc_agent_tools.authority.policy import Verdict
    from tfc_agent_tools.endpoint import Endpoint


class Recording(RulePolicy):
    """A policy that remembers what it was asked."""

    def __init__(self, policy: RulePolicy) -> None:
        super().__init__(policy.document, policy.digest)
        self.asked: list[Question] = []

    def decide(self, question: Question) -> Verdict:
        """The decision, and a note of the question."""
        self.asked.append(question)
        return super().decide(question)


def decided(
    policy: Recording, agent: str, endpoint: Endpoint[Any], given: Mapping[str, Any], wire: Wire | None
) -> Verdict:
    """The decision on a call as it would be made now; `policy` then holds what was asked for it.

    Raises:
        ToolkitError: The arguments are wrong, or what they name is not there.
    """
    if wire is not None:
        return _live(policy, agent, endpoint, given, wire)
    arguments, _ = endpoint.validate(given)
    impacts = endpoint.impacts | _by_request(endpoint, arguments)
    asked = [
        Question(
            agent=agent,
            requester=_requester(policy, agent),
            tool=endpoint.name,
            action=action,
            risk=endpoint.risk,
            impacts=impacts,
            arguments=arguments,
        )
        for action in (endpoint.action, *endpoint.also)
    ]
    by_entry = bool(endpoint.lists and policy.facts_for(asked[0]))
    return verdict_on([*asked, *implied(asked)], policy, by_entry=by_entry)


def _by_request(endpoint: Endpoint[Any], arguments: Mapping[str, Any]) -> frozenset[Impact]:
    """What the requests show of what they do; a local file can't be looked at here, so its call shows nothing."""
    of = endpoint.impacts_of
    if of is None or endpoint.local:
        return frozenset[Impact]()
    return frozenset[Impact]().union(*(of(step.request) for step in endpoint.steps(arguments)))


def _live(policy: Recording, agent: str, endpoint: Endpoint[Any], given: Mapping[str, Any], wire: Wire) -> Verdict:
    from tfc_agent_tools.authority.approvals import Approvals, new_id
    from tfc_agent_tools.authority.audit import Audit
    from tfc_agent_tools.store import MemoryStore
    from tfc_agent_tools.templates import Templates

    kept = MemoryStore()
    host = Host(
        agent=agent,
        requester=_requester(policy, agent),
        wire=wire,
        policy=policy,
        approvals=Approvals(kept),
        audit=Audit(kept),
        templates=Templates(None),
    )
    arguments, _ = endpoint.validate(given)
    call_id = None if endpoint.is_read else new_id()
    return SyncDriver(wire).run(prepare(endpoint, arguments, host, call_id, caller=Caller())).verdict


def _requester(policy: RulePolicy, agent: str) -> str | None:
    return next(iter(policy.requesters_of(agent)), None)
