"""A policy file as typed data. Unknown keys are refused: a rule with a misspelt condition would match too much.

Everything but `version` and `agents` is optional, and what is left out allows nothing.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal, TypeVar

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from tfc_agent_tools.authority.rules.moments import Hours, days, seconds
from tfc_agent_tools.narrow import mapping

T = TypeVar("T")
Level = Literal["off", "read", "write", "full"]
Effect = Literal["deny", "ask", "allow"]
Tier = Literal["counts", "log", "redacted", "full"]


def _as_list(given: Any) -> Any:
    return [given] if isinstance(given, str) else given


def _switch(given: Any) -> Any:
    return {"on": True, "off": False}.get(given, given) if isinstance(given, str) else given


def _not_empty(names: tuple[str, ...]) -> tuple[str, ...]:
    if not names or not all(names):
        msg = "must name something"
        raise ValueError(msg)
    return tuple(name.casefold() for name in names)


def _folded(access: dict[str, Level]) -> dict[str, Level]:
    """Keys in lower case, as actions are; one that stands twice then is refused."""
    found: dict[str, Level] = {name.casefold(): level for name, level in access.items()}
    if len(found) < len(access):
        msg = "a key stands twice"
        raise ValueError(msg)
    return found


def _hours(text: str) -> str:
    Hours.parse(text)
    return text


def _days(text: str) -> str:
    days(text)
    return text


def _as_text(given: Any) -> Any:
    """YAML reads a bare moment as one."""
    return given.isoformat() if isinstance(given, datetime) else given


def _moment(text: str) -> str:
    if datetime.fromisoformat(text).tzinfo is None:
        msg = f"{text!r} has no time zone; write it as 2026-07-01T09:00:00+02:00"
        raise ValueError(msg)
    return text


def _duration(text: str) -> str:
    seconds(text)
    return text


Globs = Annotated[tuple[str, ...], BeforeValidator(_as_list), AfterValidator(_not_empty)]
"""One name or a list of them, `*` in them stands for anything. Case is ignored."""
Names = Annotated[tuple[str, ...], BeforeValidator(_as_list)]
Duration = Annotated[str, AfterValidator(_duration)]
Switch = Annotated[bool, BeforeValidator(_switch)]


class Part(BaseModel):
    """A part of the file."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=False)

    @model_validator(mode="before")
    @classmethod
    def _says_something(cls, given: Any) -> Any:
        """A key with nothing after it would drop its condition, and an allow rule would cover more."""
        empty = [str(name) for name, value in mapping(given).items() if value is None]
        if empty:
            msg = f"{empty[0]} is empty: give it a value, or leave the key out"
            raise ValueError(msg)
        return given


class Amount(Part):
    """A number, bounded. Without `at_least`, zero is within it."""

    at_most: Annotated[int, Field(ge=0)] | None = None
    at_least: Annotated[int, Field(ge=0)] | None = None

    @model_validator(mode="after")
    def _is_bounded(self) -> Amount:
        if self.at_most is None and self.at_least is None:
            msg = "needs at_most or at_least"
            raise ValueError(msg)
        return self


class Where(Part):
    """Where the call does something."""

    organization: Globs | None = None
    project: Globs | None = None
    workspace: Globs | None = None
    tags: Globs | None = None
    """The workspace has one of these: `env=prod`, or `env` for the key with any value and for an old-style tag."""
    without_tags: Globs | None = None
    """It has none of these."""
    require_tag: Globs | None = None
    """It has all of these."""


class When(Part):
    """What the call does, and when.

    Conditions over several things (types, targets, variables, branches) hold for an allow rule when all of them fit,
    for a deny rule when one does; where only some fit, an ask rule may or may not hold, and the stricter counts.
    """

    plan_only: bool | None = None
    auto_apply: bool | None = None
    is_destroy: bool | None = None
    refresh_only: bool | None = None
    destroys: Amount | None = None
    changes: Amount | None = None
    adds: Amount | None = None
    imports: Amount | None = None
    resource_types: Globs | None = None
    config_source: Globs | None = None
    branch: Globs | None = None
    targets: Globs | None = None
    replaces: Globs | None = None
    variables: Globs | None = None
    terraform_version: Globs | None = None
    debugging: bool | None = None
    config_generation: bool | None = None
    plan_tier: Tier | None = None
    """The plan is explained from at least this."""
    downstream: Amount | None = None
    """The number of workspaces in which an apply starts runs."""
    hours: Annotated[str, AfterValidator(_hours)] | None = None
    days: Annotated[str, AfterValidator(_days)] | None = None
    after_untrusted_text: bool | None = None
    """A tool has shown the model text that people outside wrote, in this thread."""


class Approvers(Part):
    """Who must say yes to what a rule asks."""

    people: Names = ()
    groups: Names = ()
    min: Annotated[int, Field(ge=1, le=10)] = 1
    not_requester: bool = False
    within: Duration | None = None


class Rule(Part):
    """One rule."""

    id: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_.-]{0,79}$")]
    effect: Effect
    agents: Globs = ("*",)
    actions: Globs
    where: Where = Where()
    when: When = When()
    approvers: Approvers | None = None
    mode: Literal["enforce", "shadow"] = "enforce"
    why: str | None = None


class Agent(Part):
    """One agent: for whom it acts, with which token, and how far it may go without a rule."""

    on_behalf_of: Annotated[Names, Field(min_length=1)]
    token: Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$")] | None = None
    """The environment variable that holds this agent's own token."""
    access: Annotated[dict[str, Level], AfterValidator(_folded)] = {}
    """Level by group (`runs`), action (`runs.apply`), or `*`; the most exact key counts."""


class Person(Part):
    """Someone who approves."""

    keys: Names = ()
    """Public keys, as `ed25519:…`."""
    also_known_as: Names = ()
    """The user's id at HCP Terraform and the name in commits, so that `not_requester` knows their runs."""


class Protected(Part):
    """What no rule lets pass without a question and a typed name."""

    workspaces: Globs | None = None
    addresses: Globs | None = None


class Limits(Part):
    """How much one agent may do; more is refused."""

    writes_per_hour: Annotated[int, Field(ge=0)] | None = None
    runs_per_hour: Annotated[int, Field(ge=0)] | None = None
    pending_approvals: Annotated[int, Field(ge=0)] | None = None


class Test(Part):
    """A decision that the file must give.

    What is left out of a fact is "not read", and the decision is the strictest that it could give. What a call asks for
    beyond the usual (targets, variables and the like) is left out of the call.
    """

    agent: str
    action: str
    requester: str | None = None
    """For whom; the first of those for whom the agent acts by default."""
    organization: str | None = None
    project: str | None = None
    workspace: str | None = None
    tags: Names | None = None
    """All tags of the workspace; `[]` says that it has none."""
    destroys: int | None = None
    changes: int | None = None
    adds: int | None = None
    imports: int | None = None
    resource_types: Names | None = None
    addresses: Names | None = None
    """What the plan destroys, replaces or forgets."""
    plan_tier: Tier | None = None
    downstream: int | None = None
    is_destroy: bool | None = None
    plan_only: bool | None = None
    auto_apply: bool | None = None
    refresh_only: bool | None = None
    config_source: str | None = None
    branch: str | None = None
    targets: Names = ()
    replaces: Names = ()
    variables: Names = ()
    terraform_version: str | None = None
    debugging: bool = False
    config_generation: bool = False
    after_untrusted_text: bool = False
    at: Annotated[str, BeforeValidator(_as_text), AfterValidator(_moment)] | None = None
    """When, as `2026-07-01T09:00:00+02:00`; now by default."""
    expect: Effect
    by: str | None = None
    """The rule, or `access: full`, that must be among those that decide."""


class PolicyDocument(Part):
    """The whole file."""

    version: Literal[1]
    agents: dict[str, Agent]
    hosts: Names = ()
    organizations: Globs | None = None
    people: dict[str, Person] = {}
    groups: dict[str, Names] = {}
    protected: Protected = Protected()
    rules: tuple[Rule, ...] = ()
    limits: Limits = Limits()
    kill_switch: Switch = False
    tests: tuple[Test, ...] = ()
