"""What a plan would do, as facts: the nouns that the explanation of a plan is made of.

All names in them are fit to be shown: without secrets, on one line, cut to length. What else people outside wrote
stands under `untrusted` alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum, StrEnum
from typing import TYPE_CHECKING, Any

from tfc_agent_tools.present.plans.bounded_json import as_json

if TYPE_CHECKING:
    from tfc_agent_tools.facts import Unknown


class Tier(StrEnum):
    """What an explanation rests on, from the most that can be known to the least."""

    FULL = "full plan JSON"
    REDACTED = "redacted plan JSON"
    LOG = "structured plan log"
    COUNTS = "counts only"


class Act(StrEnum):
    """What happens to one resource. A replacement is one act, not two."""

    DESTROY = "destroy"
    REPLACE = "replace"
    FORGET = "forget"
    UPDATE = "update"
    CREATE = "create"
    READ = "read"
    NO_OP = "no-op"


class Order(StrEnum):
    """Which way round a resource is replaced."""

    DESTROY_FIRST = "destroyed first"
    CREATE_FIRST = "new one first"
    OLD_KEPT = "the old one is left running, unmanaged"


class Danger(IntEnum):
    """Why a person should look, the most urgent first."""

    LOSES_DATA = 0
    """Destroyed, replaced or forgotten, and it holds data."""
    GONE = 1
    """Destroyed, replaced or forgotten."""
    WEAKENED = 2
    """Created, updated or replaced, and it takes protection away."""
    ACCESS = 3
    """Created or updated, and it decides who reaches what."""
    REST = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionCounts:
    """Entries of the plan by act; data resources are counted in `read` alone, moved and imported ones also as such."""

    create: int = 0
    update: int = 0
    replace: int = 0
    destroy_first: int = 0
    create_first: int = 0
    old_kept: int = 0
    destroy: int = 0
    forget: int = 0
    import_: int = 0
    move: int = 0
    read: int = 0
    no_op: int = 0
    drifted: int = 0
    deferred: int = 0

    @property
    def managed(self) -> int:
        """All managed resources that the plan names."""
        return self.create + self.update + self.replace + self.destroy + self.forget + self.no_op


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedChange:
    """One resource that changes. No values: names of attributes, and fixed phrases about what they mean."""

    address: str
    type: str
    act: Act
    danger: Danger = Danger.REST
    order: Order | None = None
    kind: str | None = None
    """What it is, where it is at risk: database, bucket, network rule."""
    reason: str | None = None
    """Terraform's own word, such as `replace_because_tainted`."""
    replaced_by: tuple[str, ...] = ()
    """The attributes whose change forces the replacement."""
    previous_address: str | None = None
    is_imported: bool = False
    deposed: str | None = None
    """The key of an object left over from an earlier replacement; the address is that of its successor."""
    attributes: tuple[str, ...] = ()
    """What changes, one level down for objects; at most `ATTRIBUTES`, the rest in `more_attributes`."""
    more_attributes: int = 0
    is_hidden: bool = False
    """A sensitive value changes too, or the marks that say what is sensitive are missing."""
    weakened: tuple[str, ...] = ()
    module: str = ""


@dataclass(frozen=True, slots=True)
class TypeTotal:
    """All resources of one type with the same act and danger, listed or not."""

    danger: Danger
    act: Act
    type: str
    kind: str | None
    count: int
    attributes: tuple[str, ...] = ()
    """What changes in most of them, at the top level."""


@dataclass(frozen=True, slots=True)
class OutputChange:
    """An output that changes. `is_revealed`: it was sensitive and will be readable."""

    name: str
    act: Act
    is_sensitive: bool
    is_revealed: bool = False


@dataclass(frozen=True, slots=True)
class CheckResult:
    """A check, condition or validation that does not hold."""

    address: str
    status: str
    untrusted: tuple[str, ...] = ()
    """What it says, in the words of whoever wrote it."""


@dataclass(frozen=True, slots=True)
class Tallied:
    """How many resources that change a module or a provider has."""

    name: str
    count: int


@dataclass(frozen=True, slots=True)
class Lookalike:
    """A provider with the name of another, from another place; the address is of one of its resources."""

    provider: str
    count: int
    address: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanExplanation:
    """What a plan would do. Lists are bounded, and what they leave out is counted.

    `adds`, `changes`, `destroys` and `imports` count as Terraform's own summary does: a replacement adds and destroys,
    data resources and forgotten ones don't count. Flags are None where the tier or the plan does not say.
    """

    tier: Tier
    digest: str
    """SHA-256 in hex over the tier and all that is planned, sensitive values left out; equal for equal plans."""
    adds: int | Unknown
    changes: int | Unknown
    destroys: int | Unknown
    imports: int | Unknown
    terraform_version: str | None = None
    counts: ActionCounts | None = None
    """None where only Terraform's summary is known."""
    listed: tuple[PlannedChange, ...] = ()
    """The changes that matter, by danger; harmless ones are in `totals` alone."""
    totals: tuple[TypeTotal, ...] = ()
    more_types: int = 0
    """Resources that change and whose type is in no total, since there are too many types."""
    lost_in: tuple[Tallied, ...] = ()
    """The modules of what holds data and is destroyed, replaced or forgotten."""
    moved: tuple[tuple[str, str], ...] = ()
    """`(from, to)`, also of resources that change besides."""
    imported: tuple[str, ...] = ()
    drifted: tuple[PlannedChange, ...] = ()
    outputs: tuple[OutputChange, ...] = ()
    more_outputs: int = 0
    checks: tuple[CheckResult, ...] = ()
    more_checks: int = 0
    invoked: tuple[str, ...] = ()
    """Actions that providers carry out beside the changes."""
    more_invoked: int = 0
    modules: tuple[Tallied, ...] = ()
    more_modules: int = 0
    providers: tuple[Tallied, ...] = ()
    more_providers: int = 0
    lookalikes: tuple[Lookalike, ...] = ()
    """Where providers of one name come from more than one place, all but the one with the most resources."""
    is_errored: bool | None = None
    is_applyable: bool | None = None
    is_complete: bool | None = None

    def to_json(self) -> dict[str, Any]:
        """JSON data of at most 256 KB without values; `left_out` says how many entries of a list found no room."""
        return as_json(self)

    @property
    def changes_anything(self) -> bool:
        """Whether an apply would do something, state and outputs included; True where it is unknown."""
        numbers = (self.adds, self.changes, self.destroys, self.imports)
        if any(number != 0 for number in numbers) or self.counts is None:
            return True
        counts = self.counts
        rest = counts.forget or counts.move or counts.read or counts.drifted or counts.deferred
        return bool(rest or self.outputs or self.invoked)
