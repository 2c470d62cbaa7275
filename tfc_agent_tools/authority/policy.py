"""What an agent may do. The built-in policy: reads are allowed, every write asks a person.

A policy only ever sees facts that the API gave and the request as it will be sent, never a model's words.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final, Protocol, TypeVar

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from tfc_agent_tools.authority.requirement import Requirement
    from tfc_agent_tools.facts import Resource
    from tfc_agent_tools.present.plan import PlanExplanation
    from tfc_agent_tools.types import Impact, Risk


T = TypeVar("T")


class Effect(StrEnum):
    """What a policy says, from strictest to mildest."""

    DENY = "deny"
    ASK = "ask"
    ALLOW = "allow"


@dataclass(frozen=True, kw_only=True)
class Question:
    """May this agent do this? `facts` and `impacts` are empty at the first, static look, before any request."""

    agent: str
    tool: str
    action: str
    risk: Risk
    facts: Mapping[str, Resource] = field(default_factory=dict[str, "Resource"])
    impacts: frozenset[Impact] = frozenset()
    arguments: Mapping[str, Any] = field(default_factory=dict[str, Any])
    plan: PlanExplanation | None = None
    """What the plan behind the call does, and on what its explanation rests."""
    requester: str | None = None
    """The person for whom the agent acts."""
    after_untrusted_text: bool = False
    """Whether this conversation has shown the model text that people outside wrote."""


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """The answer, the rules that gave it, and why in one sentence."""

    effect: Effect
    rules: tuple[str, ...]
    why: str
    approvers: tuple[Requirement, ...] = ()
    """What is demanded of the answer to a question; all of it must be met."""
    typed: bool = False
    """Whether a person must type the name of the thing to say yes."""
    seconds: float | None = None
    """How long the question may be answered and its yes used; None leaves it to the action."""
    shadow: tuple[str, ...] = ()
    """Rules on trial, and what they would have said: `never-prod: deny`."""


REVEALING: Final = frozenset({"outputs.read-values", "logs.read-lines"})
"""Not requests, but what of an answer is shown: values of outputs; log lines in which no secret can be recognised."""
_FROM_STRICTEST: Final = (Effect.DENY, Effect.ASK, Effect.ALLOW)


def strictest(verdicts: Sequence[Verdict]) -> Verdict:
    """The strictest of several verdicts about one call. Where several ask, everything that one demands is demanded."""
    effect = min((verdict.effect for verdict in verdicts), key=_FROM_STRICTEST.index)
    same = [verdict for verdict in verdicts if verdict.effect is effect]
    if len(same) == 1 and len(verdicts) == 1:
        return same[0]
    times = [verdict.seconds for verdict in same if verdict.seconds is not None]
    return Verdict(
        effect=effect,
        rules=_all(verdict.rules for verdict in same),
        why="; ".join(dict.fromkeys(verdict.why for verdict in same)),
        approvers=_all(verdict.approvers for verdict in same),
        typed=any(verdict.typed for verdict in same),
        seconds=min(times, default=None),
        shadow=_all(verdict.shadow for verdict in verdicts),
    )


def _all(lists: Iterable[tuple[T, ...]]) -> tuple[T, ...]:
    return tuple(dict.fromkeys(one for each in lists for one in each))


@dataclass(frozen=True, kw_only=True)
class Limit:
    """How much an agent may do; None is without a limit."""

    writes_per_hour: int | None = None
    runs_per_hour: int | None = None
    pending_approvals: int | None = None


class PolicySource(Protocol):
    """Where the policy comes from: it may change at any time, and one look at a call keeps to one state of it."""

    def current(self) -> Policy:
        """The policy as it stands now."""
        ...


class Policy(PolicySource, Protocol):
    """Decides. Both looks must be quick and free of I/O. Where it never changes, it is its own source."""

    def limit(self, agent: str) -> Limit:
        """How much the agent may do."""
        ...

    def keys_of(self, person: str) -> tuple[str, ...]:
        """The public keys (`ed25519:…`) with which a person signs an approval."""
        ...

    @property
    def digest(self) -> str:
        """Changes whenever a decision could."""
        ...

    def other_names_of(self, person: str) -> frozenset[str]:
        """The names that a person has at HCP Terraform and where the commits come from."""
        ...

    @property
    def hosts(self) -> tuple[str, ...]:
        """The only servers that it is for; empty where it is for any."""
        ...

    def requesters_of(self, agent: str) -> tuple[str, ...]:
        """The people for whom the agent may act; empty where it names none."""
        ...

    def offers(self, question: Question) -> bool:
        """Whether the agent could ever do this, so that it makes sense to tell the model of it."""
        ...

    def facts_for(self, question: Question) -> frozenset[str]:
        """The facts that a decision about this needs; empty where it needs none."""
        ...

    def at_a_glance(self, question: Question) -> Verdict | None:
        """A denial that no fact could change, or None."""
        ...

    def decide(self, question: Question) -> Verdict:
        """The decision, from facts. An unknown fact counts against."""
        ...


class DefaultPolicy:
    """Without a policy file: reads are allowed, every write asks, and with nobody to ask it is refused."""

    def current(self) -> DefaultPolicy:
        """This one."""
        return self

    def limit(self, agent: str) -> Limit:
        """None but those of approvals themselves."""
        del agent
        return Limit()

    def keys_of(self, person: str) -> tuple[str, ...]:
        """None: keys stand in a policy file."""
        del person
        return ()

    @property
    def digest(self) -> str:
        """Constant, until this class decides otherwise."""
        return "default-1"

    hosts: tuple[str, ...] = ()

    def other_names_of(self, person: str) -> frozenset[str]:
        """None: people stand in a policy file."""
        del person
        return frozenset()

    def requesters_of(self, agent: str) -> tuple[str, ...]:
        """Nobody in particular."""
        del agent
        return ()

    def offers(self, question: Question) -> bool:
        """Everything."""
        del question
        return True

    def facts_for(self, question: Question) -> frozenset[str]:
        """None: the answer hangs on nothing but whether it is a read."""
        del question
        return frozenset()

    def at_a_glance(self, question: Question) -> Verdict | None:
        """Nothing is denied outright."""
        del question
        return None

    def decide(self, question: Question) -> Verdict:
        """Allow reads but for values, ask for writes."""
        if question.action in REVEALING:
            return Verdict(effect=Effect.DENY, rules=("default",), why="values stay off until a policy turns them on")
        if question.risk == "read":
            return Verdict(effect=Effect.ALLOW, rules=("default",), why="reads are allowed")
        return Verdict(effect=Effect.ASK, rules=("default",), why="every write is confirmed by a person")
