"""The logs of plans and applies: the errors, the end, or a page.

A log can hold a secret wherever a provider printed one. Its lines are shown only where the secrets can be recognised,
which takes the plan's JSON; otherwise only errors in one line with their place, changes and counts are.

https://developer.hashicorp.com/terraform/cloud-docs/api-docs/plans
https://developer.hashicorp.com/terraform/cloud-docs/api-docs/applies
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from dataclasses import dataclass
from typing import Annotated, Any, Final, Literal

from pydantic import Field

from tfc_agent_tools.endpoint import exclusive
from tfc_agent_tools.endpoints.details import get_apply_log, get_plan_log, get_plan_secrets
from tfc_agent_tools.endpoints.plans import get_apply
from tfc_agent_tools.endpoints.runs import get_run
from tfc_agent_tools.errors import ArgumentError, CallFailed, Unreadable
from tfc_agent_tools.facts import Resource
from tfc_agent_tools.present.compact import Presented
from tfc_agent_tools.present.learnt import Learnt
from tfc_agent_tools.present.log_reading.views import LogView, errors, page, tail
from tfc_agent_tools.present.logs import RunLog, facts_only, read_log
from tfc_agent_tools.types import ApplyId, PlanId, RunId, TokenType
from tfc_agent_tools.workflow import About, WorkflowSteps, invoke, invoke_one, may, unless_hidden, workflow
from tfc_agent_tools.workflows.explain import plan_of

Show = Literal["errors", "tail", "page"]
Page = Annotated[int, Field(ge=1)]
Lines = Annotated[int, Field(ge=1, le=500)]
_EVERY: Final = (TokenType.USER, TokenType.TEAM, TokenType.ORGANIZATION)
WITHHELD: Final = "lines and details are withheld, since secrets in them can't be recognised"


@dataclass(frozen=True, slots=True, kw_only=True)
class LogReport:
    """What is shown of a log; `withheld` says why it is not all of it."""

    of: str
    log: RunLog
    view: LogView
    withheld: str | None

    @property
    def counts(self) -> str | None:
        """What its own summary counts, in words."""
        counts = self.log.counts
        if counts is None:
            return None
        verbs = (
            ("to add", "to change", "to destroy") if counts.operation == "plan" else ("added", "changed", "destroyed")
        )
        numbers = (counts.add, counts.change, counts.remove)
        return ", ".join(f"{number} {verb}" for number, verb in zip(numbers, verbs, strict=True))

    def presented(self, render: Callable[..., str]) -> Presented:
        """Facts first, then the lines, each marked as text from outside."""
        data = {"of": self.of, "is_complete": self.log.is_complete, "lines": list(self.view.lines)}
        return Presented(render("workflows/log.md.j2", found=self), {**data, "withheld": self.withheld})


@workflow(action="plans.read-log", tokens=_EVERY)
def read_plan_log(
    plan_id: PlanId | None = None,
    run_id: RunId | None = None,
    show: Show = "errors",
    page_number: Page = 1,
    lines: Lines = 50,
) -> WorkflowSteps:
    """Read a plan's log, by the plan's id or its run's: only errors, the last lines, or a page."""
    plan = yield from plan_of(plan_id, run_id)
    log, withheld = yield from readable_log(plan, plan.id, run_id)
    return LogReport(of=plan.id, log=log, view=_view(log, show, page_number, lines), withheld=withheld)


@workflow(action="applies.read-log", tokens=_EVERY)
def read_apply_log(
    apply_id: ApplyId | None = None,
    run_id: RunId | None = None,
    show: Show = "errors",
    page_number: Page = 1,
    lines: Lines = 50,
) -> WorkflowSteps:
    """Read an apply's log, by the apply's id or its run's: only errors, the last lines, or a page.

    By the apply's id alone the plan that it carries out is not known, and with it the secrets in the log.
    """
    exclusive(apply_id=apply_id, run_id=run_id)
    plan_id = None
    if run_id:
        run = (yield from invoke(get_run, run_id=run_id)).resource
        yield About(run)
        apply_id, plan_id = _id(run, "apply"), _id(run, "plan")
    if not apply_id:
        raise ArgumentError("apply_id", "is missing, or the run has no apply.", "Give apply_id or run_id.")
    apply = yield from invoke_one(get_apply, apply_id=apply_id)
    log, withheld = yield from readable_log(apply, plan_id, run_id)
    return LogReport(of=apply.id, log=log, view=_view(log, show, page_number, lines), withheld=withheld)


def readable_log(
    phase: Resource, plan_id: str | None, run_id: str | None
) -> Generator[Any, Any, tuple[RunLog, str | None]]:
    """The log of a plan or an apply as far as it may be shown, and why it is not all of it.

    Args:
        phase: The plan or the apply, just read by its id: its log's URL was in the answer.
        plan_id: The plan whose JSON tells the secrets; None where it is not known.
        run_id: The run, by which a policy knows the workspace; None where it is not known.

    Raises:
        Unreadable: It is no log.
    """
    if not phase.text("log-read-url"):
        return read_log(b""), f"{phase.id} has no log"
    is_apply = phase.id.startswith("apply-")
    reading = invoke(get_apply_log, apply_id=phase.id) if is_apply else invoke(get_plan_log, plan_id=phase.id)
    body = (yield from reading).body
    log = body if isinstance(body, RunLog) else read_log(b"")
    secrets = yield from _secrets_of(plan_id, is_apply=is_apply)
    if isinstance(secrets, Learnt):
        return log.scrubbed(secrets.hide.text), None
    if (yield from may("logs.read-lines", run_id=run_id)):
        return log.scrubbed(str), None
    return facts_only(log), f"{WITHHELD}: {secrets}"


def _secrets_of(plan_id: str | None, *, is_apply: bool) -> Generator[Any, Any, Learnt | str]:
    """Every secret that the plan tells, or why they can't all be known."""
    if plan_id is None:
        return "the plan is not known"
    missing: list[str] = []
    try:
        document = yield from unless_hidden(get_plan_secrets, missing, plan_id=plan_id)
    except (CallFailed, Unreadable) as error:
        return f"{plan_id}: {error.why if isinstance(error, Unreadable) else 'its JSON could not be read'}"
    learnt = document.body if document else None
    if not isinstance(learnt, Learnt):
        return "; ".join(missing) or f"{plan_id} has no JSON"
    if is_apply and learnt.has_unknown:
        return "the apply made secret values that the plan did not know yet"
    return learnt


def _view(log: RunLog, show: Show, number: int, lines: int) -> LogView:
    if show == "errors":
        return errors(log)
    return tail(log, lines) if show == "tail" else page(log, number, lines)


def _id(run: Resource, name: str) -> str | None:
    found = run.related_id(name)
    return found if isinstance(found, str) else None
