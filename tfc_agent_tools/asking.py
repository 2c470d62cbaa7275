"""The record that an attempt opens: what a person is asked, what it is about, and what the policy demands of them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from tfc_agent_tools.arguments import plain_json
from tfc_agent_tools.authority.approvals import Approval, Origin, fingerprint
from tfc_agent_tools.authority.confirm import Confirmation, name_to_type
from tfc_agent_tools.authority.requirement import Demands
from tfc_agent_tools.facts import UNKNOWN, Resource

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tfc_agent_tools.attempt import Attempt
    from tfc_agent_tools.endpoint import Endpoint
    from tfc_agent_tools.host import Host

_TARGETS: Final = ("run", "plan", "configuration_version", "state_version")
_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._@+\[\]-]{0,99}")
_NOT_READ: Final = Resource(type="", known=False)


def approval_for(key: str, endpoint: Endpoint[Any], attempt: Attempt, host: Host, reason: str | None) -> Approval:
    """The record as it opens."""
    demands = demands_on(endpoint, attempt, host)
    confirmation = Confirmation(
        id=attempt.id,
        tool=endpoint.name,
        action=endpoint.action,
        arguments=plain_json(attempt.arguments),
        text=attempt.text,
        reason=reason,
        risk=endpoint.risk,
        impacts=attempt.impacts,
        workspace=attempt.preview.workspace,
        plan=attempt.preview.plan,
        typed=demands.typed or attempt.preview.typed,
        expires_at=host.approvals.expires_at(endpoint.action, attempt.verdict.seconds),
    )
    return Approval(
        key=key,
        digest=attempt.digest,
        confirmation=confirmation,
        agent=host.agent,
        origin=_origin(attempt, host),
        demands=demands,
        unbound=attempt.preview.unbound,
        created_at=host.approvals.now(),
    )


def demands_on(endpoint: Endpoint[Any], attempt: Attempt, host: Host) -> Demands:
    """What the policy demands of the answer, with the people whom it rules out filled in."""
    verdict, preview = attempt.verdict, attempt.preview
    return Demands(
        requirements=verdict.approvers,
        excluded=frozenset(filter(None, (host.agent, host.requester))),
        authors=_authors(endpoint, attempt.facts, host),
        typed=name_to_type(preview.typed, preview.workspace, attempt.arguments, endpoint.name)
        if verdict.typed
        else None,
    )


def _authors(endpoint: Endpoint[Any], facts: Mapping[str, Resource], host: Host) -> frozenset[str] | None:
    """Who made the run and its commit, as the API names them; nobody where no run is touched, None where unknown.

    What is no plain name, or holds what is known to be secret, is an unknown author: it is not put on file.
    """
    if "run" not in facts and not endpoint.action.startswith("runs."):
        return frozenset()
    creator = facts.get("run", _NOT_READ).related_id("created-by")
    commit, version = facts.get("commit", _NOT_READ), facts.get("configuration_version", _NOT_READ)
    author: Any = commit.text("sender-username") or UNKNOWN
    if not commit.known and version.related("ingress-attributes") is None:
        author = None
    found = {creator, author} - {None}
    names = {_plain(one, host) for one in found if isinstance(one, str)}
    return None if UNKNOWN in found or None in names else frozenset(name for name in names if name)


def _plain(name: str, host: Host) -> str | None:
    return name if _NAME.fullmatch(name) and not host.hide.finds(name) else None


def _origin(attempt: Attempt, host: Host) -> Origin:
    facts = attempt.facts
    workspace = facts.get("workspace", _NOT_READ)
    targets = {name: facts[name].id for name in _TARGETS if name in facts and _plain(facts[name].id, host)}
    sha = _plain(facts.get("commit", _NOT_READ).text("commit-sha"), host)
    return Origin(
        server=host.wire.address,
        requester=host.requester,
        token=host.wire.identity,
        token_type=host.token_type.value if host.token_type else None,
        organization=_id(workspace, "organization", host),
        project=_id(workspace, "project", host),
        workspace=_plain(workspace.id, host),
        targets=targets | ({"commit": sha} if sha else {}),
        arguments=fingerprint("arguments", plain_json(attempt.arguments)),
        plan=attempt.plan.explanation.digest if attempt.plan else None,
        policy=attempt.policy,
        rules=attempt.verdict.rules,
        templates=host.templates.digest,
    )


def _id(resource: Resource, relationship: str, host: Host) -> str | None:
    found = resource.related_id(relationship)
    return _plain(found, host) if isinstance(found, str) else None
