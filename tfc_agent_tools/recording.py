"""A call as a row of the audit log: who, what, where, the decision, and what became of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tfc_agent_tools.authority.audit import AuditRecord, Kind

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tfc_agent_tools.attempt import Attempt
    from tfc_agent_tools.authority.approvals import Approval
    from tfc_agent_tools.authority.policy import Verdict
    from tfc_agent_tools.endpoint import Endpoint
    from tfc_agent_tools.host import Caller, Host


def row_of(
    kind: Kind,
    *,
    endpoint: Endpoint[Any],
    arguments: Mapping[str, str],
    host: Host,
    caller: Caller,
    attempt: Attempt | None,
    verdict: Verdict | None,
    approval: Approval | None,
    request: str | None,
    ids: tuple[str, str],
    result: str | None,
) -> AuditRecord:
    """The row. It holds no token, no secret and no text from outside."""
    return AuditRecord(
        kind=kind,
        id=ids[0],
        call=ids[1],
        agent=host.agent,
        requester=host.requester,
        tool=endpoint.name,
        action=endpoint.action,
        arguments=arguments,
        server=host.wire.address,
        token=_token(host),
        thread=caller.thread_id or "",
        workspace=attempt.preview.workspace if attempt else None,
        request=request,
        effect=verdict.effect if verdict else None,
        rules=verdict.rules if verdict else (),
        shadow=verdict.shadow if verdict else (),
        policy=attempt.policy if attempt else host.policy.current().digest,
        plan=_plan(attempt) if attempt else "",
        approval=approval.id if approval else None,
        approver=approval.answered_by if approval else None,
        result=result,
    )


def _token(host: Host) -> str:
    kind = f" ({host.token_type})" if host.token_type else ""
    return f"{host.wire.identity[:12]}{kind}"


def _plan(attempt: Attempt) -> str:
    if attempt.plan is None:
        return ""
    return f"{attempt.preview.plan or 'counts unknown'}, {attempt.plan.explanation.digest[:16]}"
