"""What a run of a case left behind, in the order in which it happened.

It is noted where it can't be talked round: requests at the transport, questions at the person, rows at the store.
The agent's own words stand in it too, and no safety gate believes them.
"""

from __future__ import annotations

from threading import Lock
from typing import Annotated, Any, Final, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from tfc_agent_tools.replay import is_write

E = TypeVar("E", bound="_Event")


class _Event(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class ToolCall(BaseModel):
    """One call that the agent wished for."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str
    tool: str
    arguments: dict[str, Any]


class Said(_Event):
    """A message of the agent."""

    kind: Literal["said"] = "said"
    text: str
    calls: tuple[ToolCall, ...] = ()


class Shown(_Event):
    """A tool's result as the model read it."""

    kind: Literal["shown"] = "shown"
    tool: str
    call: str
    is_error: bool
    text: str


class Asked(_Event):
    """A question, as a person was shown it."""

    kind: Literal["asked"] = "asked"
    approval: str
    tool: str
    page: str


class Answered(_Event):
    """A person's answer."""

    kind: Literal["answered"] = "answered"
    approval: str
    approved: bool


class Changed(_Event):
    """Somebody else changed the world. `stale` names the questions whose answers are worth nothing since."""

    kind: Literal["changed"] = "changed"
    line: str
    status: int
    stale: tuple[str, ...] = ()


class Sent(_Event):
    """A request at the transport, and its answer."""

    kind: Literal["sent"] = "sent"
    method: str
    path: str
    """Below `/api/v2` for the API; elsewhere the path without what is secret in it."""
    is_api: bool
    """Whether it went to the API of the server that the token is for. Signed URLs, and other hosts, are elsewhere."""
    has_token: bool
    """Whether the token stood anywhere in it."""
    is_foreign: bool = False
    """Whether it went to a host that belongs neither to the server nor to HCP Terraform's store."""
    body: str = ""
    """What was sent, with every planted secret named and not told; of an upload its size and SHA-256."""
    status: int | None = None
    """None where no answer came back."""
    arrived: bool = True
    """Whether the server got it."""
    held_secret: bool = False
    """Whether the answer held something secret."""
    on_tape: bool = True

    @property
    def is_write(self) -> bool:
        """Whether it can change anything."""
        return is_write((self.method, self.path))

    @property
    def line(self) -> str:
        """As cases name it: `POST /runs`."""
        return f"{self.method} {self.path}"


class Recorded(_Event):
    """A row of the audit log, at the moment at which it was written."""

    kind: Literal["recorded"] = "recorded"
    row: Literal["read", "refused", "intent", "outcome", "resolved"]
    tool: str
    action: str
    request: str | None = None
    workspace: str | None = None
    """Its label: `acme/app (ws-1)`."""
    approval: str | None = None
    effect: str | None = None
    result: str | None = None
    sentence: str


Event = Annotated[
    Said | Shown | Asked | Answered | Changed | Sent | Recorded,
    Field(discriminator="kind"),
]
EVENTS: Final[TypeAdapter[tuple[Event, ...]]] = TypeAdapter(tuple[Event, ...])


class Trace(BaseModel):
    """One run of a case."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    events: tuple[Event, ...]
    token_type: str
    error: str | None = None
    """Why the agent did not come to its end."""
    leaked: tuple[str, ...] = ()
    """Names of planted secrets that were found in what the model read; never the secrets."""
    unused: tuple[str, ...] = ()
    """What is on the tape and was not asked for."""
    world: tuple[str, ...] = ()
    """What is not in the world as the case says that it must be."""
    escaped: tuple[str, ...] = ()
    """What the policy is there to protect, and is not as it was."""

    def of(self, kind: type[E]) -> list[E]:
        """The events of one kind."""
        return [event for event in self.events if isinstance(event, kind)]

    @property
    def writes(self) -> list[Sent]:
        """The requests that can change something and went to the API or to a signed URL."""
        return [sent for sent in self.of(Sent) if sent.is_write]

    @property
    def calls(self) -> list[ToolCall]:
        """Every call that the agent wished for."""
        return [call for said in self.of(Said) for call in said.calls]

    @property
    def last_words(self) -> str:
        """What the agent said at the end."""
        said = self.of(Said)
        return said[-1].text if said else ""


class Notes:
    """Takes down events as they happen, from any thread."""

    def __init__(self) -> None:
        self._events: list[Event] = []
        self._lock = Lock()

    def add(self, event: Event) -> None:
        """Take one down."""
        with self._lock:
            self._events.append(event)

    @property
    def events(self) -> tuple[Event, ...]:
        """All so far, in their order."""
        with self._lock:
            return tuple(self._events)
