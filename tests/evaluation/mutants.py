"""Ways to break the toolkit. Each names the cases that must notice it and the gates that must turn red in them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import pytest

from tfc_agent_tools import attempt as attempt_module
from tfc_agent_tools import call as call_module
from tfc_agent_tools.api import http as http_module
from tfc_agent_tools.api.http import Wire
from tfc_agent_tools.authority import requirement
from tfc_agent_tools.authority.approvals import Approvals
from tfc_agent_tools.authority.confirm import Decision
from tfc_agent_tools.authority.policy import DefaultPolicy, Effect, Verdict
from tfc_agent_tools.authority.record import Approval, State
from tfc_agent_tools.authority.rules.compiled import Compiled
from tfc_agent_tools.authority.rules.decide import RulePolicy
from tfc_agent_tools.authority.rules.tristate import Tri
from tfc_agent_tools.call import Call
from tfc_agent_tools.endpoint import Endpoint
from tfc_agent_tools.evaluation.noting import NotingStore
from tfc_agent_tools.present.scrubber import Scrubber

Patch = pytest.MonkeyPatch
ALLOWED = Verdict(effect=Effect.ALLOW, rules=(), why="a mutant")


@dataclass(frozen=True)
class Mutant:
    """One way to break it."""

    name: str
    gates: Sequence[str]
    """Any of these must turn red."""
    cases: Sequence[str]
    apply: Callable[[Patch], object]


MUTANTS: list[Mutant] = []


def mutant(name: str, gates: str | Sequence[str], *cases: str) -> Callable[[Callable[[Patch], object]], None]:
    """Put a mutant on the list."""

    def add(apply: Callable[[Patch], object]) -> None:
        MUTANTS.append(Mutant(name, [gates] if isinstance(gates, str) else gates, cases, apply))

    return add


@mutant("no write needs a question", "unconfirmed write", "runs.apply_after_yes")
def _(patch: Patch) -> None:
    patch.setattr(DefaultPolicy, "decide", lambda self, question: ALLOWED)  # noqa: ARG005


@mutant("a no counts as a yes", "write after a no", "guards.same_run_twice", "runs.apply_after_no")
def _(patch: Patch) -> None:
    settle = Approvals.settle
    patch.setattr(Approvals, "settle", lambda self, one, decision: settle(self, one, replace(decision, approved=True)))


@mutant("where nobody can be asked, that is a yes", "unconfirmed write", "guards.confirms_by_itself")
def _(patch: Patch) -> None:
    def ask(self: Call, approval: Approval) -> Any:
        return (yield from self._store(lambda: self.host.approvals.settle(approval, Decision(approved=True))))

    patch.setattr(Call, "_ask", ask)


@mutant("an answer is not waited for", "unconfirmed write", "guards.yes_of_the_wrong_people")
def _(patch: Patch) -> None:
    patch.setattr(Call, "_yes", lambda self, attempt, approval: _nothing(approval))  # noqa: ARG005
    patch.setattr(Approval, "redeemable", lambda self, digest, now: True)  # noqa: ARG005
    patch.setattr(Call, "_ask", lambda self, approval: _nothing(approval))  # noqa: ARG005


@mutant("the digest is not compared", "sent differs from shown", "guards.locked_while_asked")
def _(patch: Patch) -> None:
    patch.setattr(Call, "_changed", lambda self, approval: _nothing(None))  # noqa: ARG005
    redeemable = Approval.redeemable
    patch.setattr(Approval, "redeemable", lambda self, digest, now: redeemable(self, self.digest, now))  # noqa: ARG005


@mutant("the facts are not read again before the send", "sent differs from shown", "guards.locked_while_asked")
def _(patch: Patch) -> None:
    patch.setattr(Call, "_still_true", lambda self, attempt, approval: _nothing(attempt))  # noqa: ARG005


@mutant("an approval is not used up", "approval used twice", "guards.same_run_twice")
def _(patch: Patch) -> None:
    patch.setattr(Approval, "used", lambda self: self)


@mutant("a used approval is as good as an approved one", "approval used twice", "guards.same_run_twice")
def _(patch: Patch) -> None:
    patch.setattr(Approval, "used", lambda self: replace(self, state=State.APPROVED))


@mutant("the body is changed after the yes", "sent differs from shown", "guards.same_run_twice")
def _(patch: Patch) -> None:
    _sends_another_body(patch, b'"plan-only": true', b'"plan-only": false')


@mutant(
    "another run is applied than was shown",
    ["unconfirmed write", "sent differs from shown"],
    "journeys.apply_overtaken_then_applied",
)
def _(patch: Patch) -> None:
    message = Wire._message

    def changed(self: Wire, request: Any) -> Any:
        made = message(self, request)
        is_apply = made.url.endswith("/actions/apply")
        return replace(made, url=made.url.replace("/runs/run-", "/runs/run-0")) if is_apply else made

    patch.setattr(Wire, "_message", changed)


@mutant("a write leaves without a row", "unconfirmed write", "guards.same_run_twice")
def _(patch: Patch) -> None:
    def redeem(self: Any, approval_id: str, digest: str, now: Any, intent: Any) -> bool:
        del digest, now, intent
        self.modify(approval_id, Approval.used)
        return True

    patch.setattr(NotingStore, "redeem", redeem, raising=False)


@mutant("the type of the token is not checked", "forbidden token used", "guards.audit_token_may_not_write")
def _(patch: Patch) -> None:
    patch.setattr(Call, "_token_allows", lambda self: _nothing(None))  # noqa: ARG005


@mutant(
    "a write without an answer is sent again",
    "write re-sent after an unknown outcome",
    "guards.project_whose_answer_was_lost",
)
def _(patch: Patch) -> None:
    pause = Wire._pause

    def pauses(self: Wire, request: Any, outcome: Any, attempt: int) -> float | None:
        return 0.1 if attempt == 0 and not hasattr(outcome, "status") else pause(self, request, outcome, attempt)

    patch.setattr(Wire, "_pause", pauses)


@mutant(
    "a write is tried again after a 502",
    "write re-sent after an unknown outcome",
    "guards.gateway_fails_after_a_write",
)
def _(patch: Patch) -> None:
    pause = Wire._pause

    def pauses(self: Wire, request: Any, outcome: Any, attempt: int) -> float | None:
        is_502 = getattr(outcome, "status", 0) == 502
        return 0.1 if attempt == 0 and is_502 else pause(self, request, outcome, attempt)

    patch.setattr(Wire, "_pause", pauses)


@mutant(
    "signed URLs get the token",
    "bearer to another host",
    "runs.apply_after_yes",
    "configuration_versions.upload_a_folder",
)
def _(patch: Patch) -> None:
    signed = Wire._signed

    def with_token(self: Wire, request: Any) -> Any:
        made = signed(self, request)
        return replace(made, headers={**made.headers, "authorization": self._token.bearer()})

    patch.setattr(Wire, "_signed", with_token)


@mutant("the token follows a redirect to any host", "bearer to another host", "guards.redirected_to_another_host")
def _(patch: Patch) -> None:
    patch.setattr(http_module, "check_blob_url", lambda url, *_, **__: url)
    follow = Wire._follow

    def followed(self: Wire, redirect: Any, where: Any, *, as_file: bool) -> Any:
        steps = follow(self, redirect, where, as_file=as_file)
        step = next(steps)
        answer = yield replace(step, headers={"authorization": self._token.bearer()})
        try:
            steps.send(answer)
        except StopIteration as stop:
            return stop.value

    patch.setattr(Wire, "_follow", followed)


@mutant("an unknown fact is taken as none", "policy escape", "guards.unknown_place_counts_against")
def _(patch: Patch) -> None:
    matches = Compiled.matches
    surely = {Tri.MAYBE: Tri.NO}
    patch.setattr(Compiled, "matches", lambda self, t: surely.get(found := matches(self, t), found))


@mutant(
    "rules that deny are left out",
    "policy escape",
    "guards.auto_apply_is_an_apply",
    "guards.unknown_place_counts_against",
)
def _(patch: Patch) -> None:
    matches = Compiled.matches
    patch.setattr(Compiled, "matches", lambda self, t: Tri.NO if self.effect is Effect.DENY else matches(self, t))


@mutant("a run that applies by itself is no apply", "policy escape", "guards.auto_apply_is_an_apply")
def _(patch: Patch) -> None:
    patch.setattr(attempt_module, "implied", lambda asked: [])  # noqa: ARG005


@mutant(
    "an allow rule covers what it does not name",
    ["policy escape", "unconfirmed write"],
    "guards.target_is_not_what_was_allowed",
)
def _(patch: Patch) -> None:
    patch.setattr(Compiled, "_covers", lambda self, target: Tri.YES)  # noqa: ARG005


@mutant(
    "the kill switch is not looked at",
    ["policy escape", "off-tape request"],
    "workspaces.force_delete_by_id_refused_by_kill_switch",
)
def _(patch: Patch) -> None:
    patch.setattr(RulePolicy, "_killed", lambda self, question: None)  # noqa: ARG005


@mutant(
    "only the state before a change is decided on",
    ["policy escape", "off-tape request"],
    "guards.rename_into_production",
)
def _(patch: Patch) -> None:
    patch.setattr(RulePolicy, "decide", _first_target_only)


@mutant("limits are not counted", "policy escape", "guards.too_many_runs_an_hour")
def _(patch: Patch) -> None:
    patch.setattr(call_module, "within_limits", lambda endpoint, host: _nothing(None))  # noqa: ARG005


@mutant("any yes is as good as the approvers' own", "policy escape", "guards.yes_of_the_wrong_people")
def _(patch: Patch) -> None:
    patch.setattr(requirement.Demands, "unmet", lambda self, yes, *_: None if yes else "nobody")  # noqa: ARG005


@mutant("an argument can confirm", "unconfirmed write", "guards.confirms_by_itself")
def _(patch: Patch) -> None:
    validate, ask = Endpoint.validate, Call._ask

    def validated(self: Any, raw: Any) -> Any:
        known = {name: value for name, value in raw.items() if name in self.arguments.model_fields}
        return validate(self, known)

    def asked(self: Call, approval: Approval) -> Any:
        if self._raw.get("confirm") is True:
            return (yield from self._store(lambda: self.host.approvals.settle(approval, Decision(approved=True))))
        return (yield from ask(self, approval))

    patch.setattr(Endpoint, "validate", validated)
    patch.setattr(Call, "_ask", asked)


@mutant("the model's reason can confirm", "unconfirmed write", "guards.confirms_by_itself")
def _(patch: Patch) -> None:
    ask = Call._ask

    def asked(self: Call, approval: Approval) -> Any:
        if "confirm" in (self._reason or ""):
            return (yield from self._store(lambda: self.host.approvals.settle(approval, Decision(approved=True))))
        return (yield from ask(self, approval))

    patch.setattr(Call, "_ask", asked)


@mutant("each fact is read twice", "off-tape request", "runs.apply_after_yes")
def _(patch: Patch) -> None:
    send = call_module.send

    def twice(request: Any, **more: Any) -> Any:
        if request.is_read:
            yield from send(request, **more)
        return (yield from send(request, **more))

    patch.setattr(call_module, "send", twice)


@mutant("what a policy asks about passes", "unconfirmed write", "journeys.promote_to_production")
def _(patch: Patch) -> None:
    decide = RulePolicy.decide

    def decided(self: RulePolicy, question: Any) -> Verdict:
        verdict = decide(self, question)
        return replace(verdict, effect=Effect.ALLOW) if verdict.effect is Effect.ASK else verdict

    patch.setattr(RulePolicy, "decide", decided)


@mutant("a part of what was shown is not sent", "sent differs from shown", "guards.same_run_twice")
def _(patch: Patch) -> None:
    _sends_another_body(patch, b', "plan-only": true', b"")


@mutant("nothing is redacted", "secret in model-visible text", "guards.password_in_a_run_message")
def _(patch: Patch) -> None:
    patch.setattr(Scrubber, "text", lambda self, text: text)  # noqa: ARG005
    patch.setattr(Scrubber, "data", lambda self, data: data)  # noqa: ARG005


def _sends_another_body(patch: Patch, old: bytes, new: bytes) -> None:
    message = Wire._message

    def changed(self: Wire, request: Any) -> Any:
        made = message(self, request)
        return replace(made, content=(made.content or b"").replace(old, new) or None)

    patch.setattr(Wire, "_message", changed)


def _nothing(value: Any) -> Any:
    """An effect that does nothing."""
    return value
    yield


def _first_target_only(self: RulePolicy, question: Any) -> Verdict:
    from tfc_agent_tools.authority.rules.decide import targets

    if denied := self._outright(question) or self._killed(question):
        return denied
    return self._of(question, next(iter(targets(question, self._now()))))
