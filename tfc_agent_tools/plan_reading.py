"""A plan explained as well as this token can: from its JSON, else that redacted, else its log, else by counts.

The full JSON takes the permission `admin`, which a token of least privilege lacks. What a text rests on stands in it
and in its digest (https://developer.hashicorp.com/terraform/cloud-docs/api-docs/plans).

Whoever wrote the code or a provider can make a plan that is there unreadable, so that less of it is known. So that is
no quiet step down: it stands above everything else, as does a count of the API that says otherwise.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, cast

from tfc_agent_tools.effects import Steps, do, send
from tfc_agent_tools.errors import ApiError, Refused, UnexpectedResponse, Unreadable
from tfc_agent_tools.facts import UNKNOWN, Resource, Unknown
from tfc_agent_tools.present.compact import Presented
from tfc_agent_tools.present.plan import PlanExplanation, Tier, explained_by_counts
from tfc_agent_tools.present.plans.words import page, summary
from tfc_agent_tools.reading import read_body
from tfc_agent_tools.request import Request
from tfc_agent_tools.types import BodyKind

if TYPE_CHECKING:
    from tfc_agent_tools.api.jsonapi import Document
    from tfc_agent_tools.host import Host

Reader = Callable[[Tier, str], Generator[Any, Any, "Document"]]
"""Reads one source of a plan by the plan's id; the document's body is the plan explained, or None."""
_ID: Final = re.compile(r"plan-[A-Za-z0-9]{1,64}")
_KINDS: Final = {
    Tier.FULL: BodyKind.PLAN,
    Tier.REDACTED: BodyKind.REDACTED_PLAN,
    Tier.LOG: BodyKind.PLAN_LOG,
}
_PATHS: Final = {Tier.FULL: "json-output", Tier.REDACTED: "json-output-redacted"}
_COUNTED: Final = ("additions", "changes", "destructions", "imports")
_WORDS: Final = ("to add", "to change", "to destroy", "to import")
_NOT_TO_BE_HAD: Final = frozenset({403, 404, 422})
"""No permission or no such thing; 422 for a plan older than Terraform 0.12."""


@dataclass(frozen=True, slots=True)
class Miss:
    """A better source that an explanation does not rest on, and why."""

    tier: Tier
    why: str
    is_broken: bool = False
    """It is there and can't be read, which nobody's missing permission explains."""

    def __str__(self) -> str:
        return f"{self.tier}: {self.why}"


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanRead:
    """A plan's explanation, and why it rests on nothing better."""

    plan_id: str
    explanation: PlanExplanation
    misses: tuple[Miss, ...] = ()
    doubt: str | None = None
    """What the API itself says otherwise."""

    def presented(self, render: Callable[..., str]) -> Presented:
        """The summary for a model, and the plan as data for code."""
        artifact = {"plan": self.plan_id, **self.explanation.to_json(), "not_read": list(map(str, self.misses))}
        return Presented("\n".join(self._lines(summary(self.explanation, render))), artifact)

    def page(self, render: Callable[..., str]) -> list[str]:
        """What a person reads before a yes, line by line."""
        return self._lines(page(self.explanation, render))

    def _lines(self, explanation: str) -> list[str]:
        """The explanation below what makes it doubtful, and above which better sources could not be had."""
        alarms = [
            f"ATTENTION: the {miss.tier} is there and can't be explained: {miss.why}. What follows can leave out what "
            "matters."
            for miss in self.misses
            if miss.is_broken
        ]
        quiet = [f"Not read: {miss}." for miss in self.misses if not miss.is_broken]
        return [*alarms, *([self.doubt] if self.doubt else []), *explanation.splitlines(), *quiet]


def explained(plan: Resource, host: Host) -> Steps[PlanRead]:
    """The best explanation of a plan, for what a person is shown. It reads beside the guards, as all facts are read."""

    def read(tier: Tier, plan_id: str) -> Steps[Document]:
        if tier is Tier.LOG:
            host.wire.signed_urls.keep_all([plan])
            request = Request(method="GET", path="", signed_by=plan_id, as_file=True)
        else:
            request = Request(method="GET", path=f"/plans/{plan_id}/{_PATHS[tier]}", as_file=True)
        reply = yield from send(request)
        return (yield from do(lambda: read_body(_KINDS[tier], reply, host)))

    return best(plan, read)


def best(plan: Resource, read: Reader) -> Generator[Any, Any, PlanRead]:
    """Try the sources from the best; a source that can't be had or read gives way to the next.

    Raises:
        CallFailed: 401, 429 or 5xx, or no answer: the next source would not fare better, or later look worse.
    """
    misses: list[Miss] = []
    counts = [_number(plan.get(f"resource-{name}")) for name in _COUNTED]
    for tier in _sources(plan):
        found = yield from _tried(tier, plan.id, read)
        if isinstance(found, Miss):
            misses.append(found)
        else:
            doubt = _doubt(found, counts)
            return PlanRead(plan_id=plan.id, explanation=found, misses=tuple(misses), doubt=doubt)
    is_errored = plan.text("status") == "errored" if plan.known else None
    explanation = explained_by_counts(*counts, is_errored=is_errored)
    return PlanRead(plan_id=plan.id, explanation=explanation, misses=tuple(misses))


def _sources(plan: Resource) -> list[Tier]:
    if not plan.known or not _ID.fullmatch(plan.id):
        return []
    return [Tier.FULL, Tier.REDACTED, *([Tier.LOG] if plan.text("log-read-url") else [])]


def _doubt(explanation: PlanExplanation, counts: Sequence[int | Unknown]) -> str | None:
    """That the API counts otherwise than the plan itself, which a person must hear before a yes."""
    own = (explanation.adds, explanation.changes, explanation.destroys, explanation.imports)
    pairs = list(zip(own, counts, strict=True))
    if all(its is UNKNOWN or said is UNKNOWN or its == said for its, said in pairs):
        return None
    said = ", ".join(f"{number} {word}" for number, word in zip(counts, _WORDS, strict=True))
    return f"ATTENTION: the API counts otherwise: {said}."


def _tried(tier: Tier, plan_id: str, read: Reader) -> Generator[Any, Any, PlanExplanation | Miss]:
    """What a source tells, or why it can't."""
    try:
        body = (yield from read(tier, plan_id)).body
    except ApiError as error:
        if error.status not in _NOT_TO_BE_HAD:
            raise
        return Miss(tier, f"answered {error.status}")
    except Unreadable as error:
        return Miss(tier, error.why, is_broken=True)
    except UnexpectedResponse as error:
        return Miss(tier, error.problem, is_broken=True)
    except Refused:
        return Miss(tier, "this agent or its token may not read it")
    return Miss(tier, "there is none") if body is None else cast("PlanExplanation", body)


def _number(value: object) -> int | Unknown:
    return value if isinstance(value, int) and not isinstance(value, bool) else UNKNOWN
