"""The whole life of a call, top to bottom. It knows no LangChain, no httpx and no thread.

`Call.steps` is a generator of effects (`effects.py`) that `drive.py` performs, blocking or not. Everything before the
approval is redeemed changes nothing and may run again, since LangGraph runs a tool from its start on every resume: the
approval record, not the run, holds what a person said yes to.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final, TypeVar

from tfc_agent_tools.api.jsonapi import Document, parse
from tfc_agent_tools.api.tokens import found_kind
from tfc_agent_tools.arguments import plain_json, public
from tfc_agent_tools.asking import approval_for
from tfc_agent_tools.attempt import Attempt, prepare
from tfc_agent_tools.authority.approvals import REFUSED_AS, Approval, State, fingerprint, new_id
from tfc_agent_tools.authority.audit import AuditRecord, Kind, new_send
from tfc_agent_tools.authority.policy import Effect
from tfc_agent_tools.effects import Steps, ask, do, send
from tfc_agent_tools.errors import (
    ApiError,
    ConfirmationRefused,
    PolicyRefused,
    TokenRefused,
    ToolkitError,
)
from tfc_agent_tools.limits import within_limits
from tfc_agent_tools.policy_questions import questions
from tfc_agent_tools.recording import row_of
from tfc_agent_tools.same_write import write_key
from tfc_agent_tools.secret_values import Held, filled
from tfc_agent_tools.sending import Sending, until_ready
from tfc_agent_tools.types import TokenType

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tfc_agent_tools.authority.policy import Verdict
    from tfc_agent_tools.endpoint import Endpoint
    from tfc_agent_tools.host import Caller, Host
    from tfc_agent_tools.request import Request, Step

T = TypeVar("T")
_ANY_API_TOKEN: Final = frozenset({TokenType.USER, TokenType.TEAM, TokenType.ORGANIZATION})


class Call:
    """One call of one endpoint: what a model wrote, for one host, from one place in a conversation."""

    def __init__(self, endpoint: Endpoint[Any], raw: Mapping[str, Any], host: Host, caller: Caller) -> None:
        self.endpoint, self.host, self.caller, self._raw = endpoint, host, caller, raw
        self._arguments: dict[str, Any] = {}
        self._reason: str | None = None
        self._attempt: Attempt | None = None
        self._approval: Approval | None = None
        self._secrets: list[str] = []
        self._held = Held(host.secrets)
        self._request: str | None = None
        """Of a write: which of its requests is next, or was sent last."""
        self._send, self._same = "", ""
        """The id of that send, which its intent and its outcome share; and what all sends of the same write share."""
        self._was_sent = False
        self._denied: Verdict | None = None
        """What the policy said before any fact was read, where that was a denial."""

    def steps(self) -> Steps[Document]:
        """The life of the call. Whatever becomes of it is on record.

        Raises:
            ToolkitError: What a guard or the server said; `errors.py` says what was sent in each case.
        """
        try:
            yield from self.check()
            return (yield from (self._read() if self.endpoint.is_read else self._write()))
        except ToolkitError as error:
            if isinstance(error, ApiError):
                error.permission = self.endpoint.permission
                error.hide(self.host.hide.text)
            if not self._was_sent:
                yield from self._record("refused", type(error).__name__)
            raise

    def check(self) -> Steps[None]:
        """Arguments, token type, and what the policy denies whatever the facts: before any request."""
        self._arguments, self._reason = self.endpoint.validate(self._raw)
        yield from self._token_allows()
        policy = self.host.policy.current()
        for question in questions(self.endpoint, self.host, self.caller):
            if denied := policy.at_a_glance(question):
                self._denied = denied
                raise PolicyRefused(self.endpoint.name, self.host.agent, denied.why)

    def open(self) -> Steps[tuple[Attempt, Approval | None]]:
        """A write up to its question: the attempt and its record; None where the policy allows it without one."""
        key = self._key()
        found = yield from self._store(lambda: self.host.approvals.find(key))
        call_id = found.id if found else new_id()
        attempt = yield from prepare(self.endpoint, self._arguments, self.host, call_id, caller=self.caller)
        self._attempt = attempt
        _not_denied(attempt, self)
        if attempt.verdict.effect is Effect.ALLOW:
            return attempt, None
        is_outdated = found and found.state is State.PENDING and found.digest != attempt.digest
        if found and is_outdated and self.caller.tool_call_id is None:
            yield from self._store(lambda: self.host.approvals.outdate(found))
            return (yield from self.open())  # nobody answered the old question, so only the new one is asked
        if found:
            return attempt, found
        approval = self._new_approval(key, attempt)
        at_most = self.host.policy.current().limit(self.host.agent).pending_approvals
        return attempt, (yield from self._store(lambda: self.host.approvals.open(approval, at_most=at_most)))

    def _read(self) -> Steps[Document]:
        attempt = yield from prepare(self.endpoint, self._arguments, self.host, None, caller=self.caller)
        self._attempt = attempt
        _not_denied(attempt, self)
        if attempt.verdict.effect is Effect.ASK:
            raise PolicyRefused(self.endpoint.name, self.host.agent, "its policy asks for a read, which can't be done")
        reply = yield from send(attempt.request)
        if kind := self.endpoint.reads:
            from tfc_agent_tools.reading import read_body

            document = yield from do(lambda: read_body(kind, reply, self.host))
        else:
            document = parse(attempt.request, reply)
            self.host.wire.signed_urls.keep_all(document.resources)
            document = yield from self._visible(document)
        withheld = f", {document.withheld} withheld" if document.withheld else ""
        yield from self._record("read", f"answered {reply.status}{withheld}")
        return document

    def _visible(self, document: Document) -> Steps[Document]:
        if not (lists := self.endpoint.lists):
            return document
        from tfc_agent_tools.visible import visible

        return (yield from visible(lists, self.endpoint, document, self._arguments, self.host, self.caller))

    def _write(self) -> Steps[Document]:
        attempt, approval = yield from self.open()
        self._attempt, self._approval = attempt, approval
        if approval:
            approval = yield from self._yes(attempt, approval)
        document, made, done = Document(status=0), dict[int, str](), list[str]()
        try:
            for number, step in enumerate(attempt.steps, start=1):
                document = yield from self._step(number, attempt, approval, made)
                if step.makes:
                    made[number] = document.resource.id
                done.append(f"{self._request} was answered {document.status}" + _named(made.get(number)))
        except ToolkitError as error:
            error.done = tuple(done)
            raise
        return document

    def _step(
        self, number: int, attempt: Attempt, approval: Approval | None, made: Mapping[int, str]
    ) -> Steps[Document]:
        """One of the requests that the confirmation covers. Nothing waits between the last look and the send."""
        step = attempt.steps[number - 1].after(made)
        self._request, self._was_sent = str(step.request), False
        self._send, self._same = new_send(), write_key(self.host.wire.address, step.request)
        if step.ready:
            yield from until_ready(step.ready, self.endpoint.name, made[1])
        yield from self.host.wire.turn(step.request)
        yield from self._with_secrets(step.request)  # a vault may be slow: it is asked before the look
        attempt = yield from self._still_true(attempt, approval)
        yield from within_limits(self.endpoint, self.host)
        step = attempt.steps[number - 1].after(made)
        request = yield from self._with_secrets(step.request)
        yield from self._redeem(attempt, approval, is_first=number == 1)
        self._was_sent = True
        return (yield from self._sending(step, attempt, approval).once(request))

    def _sending(self, step: Step, attempt: Attempt, approval: Approval | None) -> Sending:
        return Sending(
            host=self.host,
            step=step,
            places={**self._arguments, **_ids(attempt)},
            approval_id=approval.id if approval else None,
            recheck=lambda: self._still_true(attempt, approval),
            record=lambda result: self.host.audit.append_outcome(self._row("outcome", result)),
            secrets=self._secrets,
        )

    def _yes(self, attempt: Attempt, approval: Approval) -> Steps[Approval]:
        """The record with a person's yes to exactly this attempt."""
        if approval.state is State.PENDING:
            self._approval = approval = yield from self._ask(approval)
        if approval.state is not State.APPROVED:
            is_pending, reason = approval.state is State.PENDING, REFUSED_AS[approval.state]
            said = self.host.approvals.still_needed(approval) if is_pending else approval.reason
            raise ConfirmationRefused(self.endpoint.name, reason, approval.id, said)
        if approval.digest != attempt.digest:
            yield from self._changed(approval)
        return approval

    def _ask(self, approval: Approval) -> Steps[Approval]:
        """Whoever can be asked: the host's confirmer, else the graph's interrupt. The record as it then stands."""
        confirmer, pause = self.host.confirmer, self.caller.pause
        if confirmer:
            decision = yield from ask(approval.confirmation, confirmer)
        elif pause and not approval.was_asked_in_place:
            decision = yield from ask(approval.confirmation, lambda _: pause(approval), in_place=True)
        else:
            return approval
        if not decision.answered:
            raise ConfirmationRefused(self.endpoint.name, "unanswered", approval.id)
        return (yield from self._store(lambda: self.host.approvals.settle(approval, decision)))

    def _still_true(self, attempt: Attempt, approval: Approval | None) -> Steps[Attempt]:
        """The attempt, prepared again from facts read again, after all waiting is over."""
        call_id = approval.id if approval else None
        again = yield from prepare(
            self.endpoint, self._arguments, self.host, call_id, caller=self.caller, earlier=attempt
        )
        self._attempt = again
        _not_denied(again, self)
        if approval and again.digest != approval.digest:
            yield from self._changed(approval)
        if approval is None and again.verdict.effect is not Effect.ALLOW:
            raise PolicyRefused(self.endpoint.name, self.host.agent, "the facts changed and now a person must be asked")
        return again

    def _changed(self, approval: Approval) -> Steps[None]:
        yield from self._store(lambda: self.host.approvals.outdate(approval))
        raise ConfirmationRefused(self.endpoint.name, "changed", approval.id)

    def _with_secrets(self, request: Request) -> Steps[Request]:
        """The request with the values of the secrets that it names. Only the wire sees it."""
        body, self._secrets = yield from do(lambda: filled(request.body, self._held))
        self.host.keep_secret(self._secrets)
        return replace(request, body=body) if self._secrets else request

    def _redeem(self, attempt: Attempt, approval: Approval | None, *, is_first: bool) -> Steps[None]:
        """No row, no send: the use of the approval and its audit row are one transaction."""
        intent = self._row("intent")
        if approval is None or not is_first:
            yield from self._store(lambda: self.host.audit.append_intent(intent))
        else:
            anew = self._new_approval(approval.key, attempt)
            yield from self._store(lambda: self.host.approvals.redeem(approval, attempt.digest, intent, anew=anew))

    def _token_allows(self) -> Steps[None]:
        allowed, host = self.endpoint.tokens, self.host
        if host.token_type is None and not allowed >= _ANY_API_TOKEN:
            host.token_type = yield from found_kind()
        if host.token_type not in allowed and not (host.token_type is None and allowed >= _ANY_API_TOKEN):
            raise TokenRefused(self.endpoint.name, host.token_type, allowed)

    def _key(self) -> str:
        wire, host, caller = self.host.wire, self.host, self.caller
        where = [wire.address, wire.identity, host.agent, host.requester, caller.thread_id, caller.tool_call_id]
        return fingerprint("key", [*where, self.endpoint.name, plain_json(self._arguments)])

    def _new_approval(self, key: str, attempt: Attempt) -> Approval:
        return approval_for(key, self.endpoint, attempt, self.host, self._reason)

    def _store(self, work: Callable[[], T]) -> Steps[T]:
        return (yield from do(work, blocks=self.host.audit.blocks))

    def _record(self, kind: Kind, result: str) -> Steps[None]:
        row = self._row(kind, result)
        yield from self._store(lambda: self.host.audit.append(row))

    def _row(self, kind: Kind, result: str | None = None) -> AuditRecord:
        given = {name: self._arguments[name] for name in self._raw if name in self._arguments}
        sends = kind in {"intent", "outcome"}
        return row_of(
            kind,
            endpoint=self.endpoint,
            arguments=public(given),
            host=self.host,
            caller=self.caller,
            attempt=self._attempt,
            verdict=self._attempt.verdict if self._attempt else self._denied,
            approval=self._approval,
            request=self._request,
            ids=(self._send, self._same) if sends else ("", ""),
            result=result,
        )


def _named(made: str | None) -> str:
    return f" ({made})" if made else ""


def _not_denied(attempt: Attempt, call: Call) -> None:
    if attempt.verdict.effect is Effect.DENY:
        raise PolicyRefused(call.endpoint.name, call.host.agent, attempt.verdict.why)


def _ids(attempt: Attempt) -> dict[str, str]:
    """The ids that names in the arguments stand for."""
    return {fact: resource.id for fact, resource in attempt.facts.items() if resource.id}
