"""A plan explained as well as this token can: from its JSON, else that redacted, else its log, else by counts.

The full JSON takes the permission `admin`, which a token of least privilege lacks. What a text rests on stands in it
and in its digest (https://developer.hashicorp.com/terraform/cloud-docs/api-docs/plans).
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from tfc_agent_tools.effects import Steps, do, send
from tfc_agent_tools.errors import ApiError, Refused, UnexpectedResponse, Unreadable
from tfc_agent_tools.facts import UNKNOWN, Resource, Unknown
from tfc_agent_tools.present.compact import Presented
from tfc_agent_tools.present.logs import RunLog
from tfc_agent_tools.present.plan import PlanExplanation, Tier, explained_by_counts, explained_by_log
from tfc_agent_tools.present.plans.words import page, summary
from tfc_agent_tools.reading import read_body
from tfc_agent_tools.request import Request
from tfc_agent_tools.types import BodyKind

if TYPE_CHECKING:
    from tfc_agent_tools.api.jsonapi import Document
    from tfc_agent_tools.host import Host
    from tfc_agent_tools.present.log_reading.facts import LogRow

Reader = Callable[[Tier, str], Generator[Any, Any, "Document"]]
"""Reads one source of a plan by the plan's id."""
_PATHS: Final = {Tier.FULL: "json-output", Tier.REDACTED: "json-output-redacted"}
_COUNTED: Final = ("additions", "changes", "destructions", "imports")
_WORDS: Final = ("to add", "to change", "to destroy", "to import")
_NOT_TO_BE_HAD: Final = frozenset({403, 404, 422})
"""No permission or no such thing; 422 for a plan older than Terraform 0.12."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanRead:
    """A plan's explanation, and why it rests on nothing better."""

    plan_id: str
    explanation: PlanExplanation
    misses: tuple[str, ...] = ()
    doubt: str | None = None
    """What the API itself says otherwise."""

    def presented(self, render: Callable[..., str]) -> Presented:
        """The summary for a model, and the plan as data for code."""
        artifact = {"plan": self.plan_id, **self.explanation.to_json(), "not_read": list(self.misses)}
        return Presented("\n".join([summary(self.explanation, render), *self.notes]), artifact)

    def page(self, render: Callable[..., str]) -> list[str]:
        """What a person reads before a yes, line by line."""
        return [*page(self.explanation, render).splitlines(), *self.notes]

    @property
    def notes(self) -> list[str]:
        """Which better sources could not be had, and what does not fit, a line each."""
        return [*(f"Not read: {miss}." for miss in self.misses), *([self.doubt] if self.doubt else [])]


def explained(plan: Resource, host: Host) -> Steps[PlanRead]:
    """The best explanation of a plan, for what a person is shown. It reads beside the guards, as all facts are read."""

    def read(tier: Tier, plan_id: str) -> Steps[Document]:
        if tier is Tier.LOG:
            host.wire.signed_urls.keep_all([plan])
            request = Request(method="GET", path="", signed_by=plan_id, as_file=True)
        else:
            request = Request(method="GET", path=f"/plans/{plan_id}/{_PATHS[tier]}", as_file=True)
        reply = yield from send(request)
        kind = BodyKind.LOG if tier is Tier.LOG else BodyKind.PLAN
        return (yield from do(lambda: read_body(kind, reply, host)))

    return best(plan, read)


def best(plan: Resource, read: Reader) -> Generator[Any, Any, PlanRead]:
    """Try the sources from the best; a source that can't be had or read gives way to the next.

    Raises:
        CallFailed: 401, 429 or 5xx, or no answer: the next source would not fare better, or later look worse.
    """
    misses: list[str] = []
    sources = [Tier.FULL, Tier.REDACTED, *([Tier.LOG] if plan.text("log-read-url") else [])] if plan.known else []
    counts = [_number(plan.get(f"resource-{name}")) for name in _COUNTED]
    for tier in sources:
        found = yield from _tried(tier, plan.id, read, misses)
        if explanation := _from_log(found, misses) if isinstance(found, RunLog) else found:
            doubt = _doubt(explanation, counts)
            return PlanRead(plan_id=plan.id, explanation=explanation, misses=tuple(misses), doubt=doubt)
    return PlanRead(plan_id=plan.id, explanation=explained_by_counts(*counts), misses=tuple(misses))


def _doubt(explanation: PlanExplanation, counts: Sequence[int | Unknown]) -> str | None:
    """That the API counts otherwise than the plan itself, which a person must hear before a yes."""
    pairs = zip((explanation.adds, explanation.changes, explanation.destroys), counts, strict=False)
    if all(UNKNOWN in {counted, said} or counted == said for said, counted in pairs):
        return None
    said = ", ".join(f"{number} {word}" for number, word in zip(counts, _WORDS, strict=True))
    return f"ATTENTION: the API counts otherwise: {said}."


def _tried(
    tier: Tier, plan_id: str, read: Reader, misses: list[str]
) -> Generator[Any, Any, PlanExplanation | RunLog | None]:
    """What a source holds, or None with the reason among the misses."""
    try:
        body = (yield from read(tier, plan_id)).body
        if isinstance(body, (PlanExplanation, RunLog)):
            return body
        misses.append(f"{tier}: there is none")
    except ApiError as error:
        if error.status not in _NOT_TO_BE_HAD:
            raise
        misses.append(f"{tier}: answered {error.status}")
    except Unreadable as error:
        misses.append(f"{tier}: {error.why}")
    except UnexpectedResponse as error:
        misses.append(f"{tier}: {error.problem}")
    except Refused:
        misses.append(f"{tier}: this agent or its token may not read it")
    return None


def _from_log(log: RunLog, misses: list[str]) -> PlanExplanation | None:
    """A log that is whole and whose rows agree with its own counts; any other tells too little."""
    if not log.is_complete or not log.rows_are_complete or log.counts is None:
        misses.append(f"{Tier.LOG}: it is not whole, or its rows and its counts differ")
        return None
    try:
        return explained_by_log(
            [(row.address, _action(row), row.reason, row.previous_address) for row in log.planned],
            terraform_version=log.terraform_version,
            is_errored=log.is_errored,
            drifted=[(row.address, row.action) for row in log.drifted],
            outputs={name: action for name, action in log.outputs.items() if action},
            imports=log.counts.import_,
        )
    except Unreadable as error:
        misses.append(f"{Tier.LOG}: {error.why}")
        return None


def _action(row: LogRow) -> str:
    return "import" if row.is_import and row.action == "no-op" else row.action


def _number(value: object) -> int | Unknown:
    return value if isinstance(value, int) and not isinstance(value, bool) else UNKNOWN
