"""What a call asks of the world. The pipeline is a generator of these; a driver performs them.

A step that can fail is answered by throwing the error into the generator, so pure code catches it with a plain
`except`. The same generator runs under both drivers: one does blocking work in place, the other in a thread.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, BinaryIO, Generic, TypeVar

if TYPE_CHECKING:
    from tfc_agent_tools.authority.confirm import Confirmation, Confirmer, Decision
    from tfc_agent_tools.request import Request

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Reply:
    """An HTTP answer as it came: header names in lower case, the body decoded from its transfer encoding only.

    `file` holds the body instead of `content` where the request asked for that: at its start, and gone once closed.
    """

    status: int
    headers: Mapping[str, str] = field(repr=False)
    """A redirect's hold a signed URL."""
    content: bytes = field(repr=False)
    file: BinaryIO | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Send:
    """One request, with retries where they are safe. Answered by a `Reply` of any status below 400."""

    request: Request
    has_slot: bool = False
    """The rate budget was reserved beforehand, so that nothing waits between the last check and the send."""
    recheck: Callable[[], Steps[Any]] | None = None
    """For a write: run after every wait for another try, and what it raises ends the tries."""
    background: bool = False
    """It waits for a place that nobody else wants."""


@dataclass(frozen=True, slots=True)
class SendAll:
    """Several reads at once. Answered by a list in the same order: a `Reply`, or the `ApiError` in its place."""

    requests: Sequence[Request]
    background: bool = False


@dataclass(frozen=True, slots=True)
class Together:
    """Several calls at once. Answered by a list of what they return; the first error ends it."""

    calls: Sequence[Steps[Any]]


@dataclass(frozen=True, slots=True)
class Do(Generic[T]):
    """Work that may block: the store, packing, parsing. Answered by what it returns."""

    work: Callable[[], T]
    blocks: bool = True


@dataclass(frozen=True, slots=True)
class Ask:
    """The question to a person. Answered by a `Decision`; no clear answer in time is a no.

    `in_place` asks in the caller's own thread and without a time limit, as a LangGraph interrupt must.
    """

    confirmation: Confirmation
    confirmer: Confirmer
    in_place: bool = False


@dataclass(frozen=True, slots=True)
class Sleep:
    """A wait of so many seconds."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Progress:
    """News of something that takes a while, for whoever watches. Answered by None."""

    text: str
    facts: Mapping[str, Any] = field(default_factory=dict[str, Any])


@dataclass(frozen=True, slots=True)
class Transmit:
    """One HTTP exchange, exactly once. Only `api/http.py` asks for it; answered by a `Reply` or a `TransmitFailed`.

    `signed` goes out through the client that has no credentials; its URL is a secret. `as_file` keeps the body of a
    success on disk.
    """

    method: str
    url: str = field(repr=False)
    headers: Mapping[str, str] = field(repr=False)
    content: bytes | None = field(default=None, repr=False)
    signed: bool = False
    as_file: bool = False


class TransmitFailed(Exception):  # noqa: N818 - an answer that the wire judges
    """No complete answer. `sent` is false where the request certainly never left."""

    def __init__(self, problem: str, *, sent: bool) -> None:
        super().__init__(problem)
        self.problem, self.sent = problem, sent


Effect = Send | SendAll | Together | Transmit | Do[Any] | Ask | Sleep | Progress
Steps = Generator[Effect, Any, T]


def send(request: Request, *, has_slot: bool = False, recheck: Callable[[], Steps[Any]] | None = None) -> Steps[Reply]:
    """`Send` with its answer's type."""
    reply: Reply = yield Send(request, has_slot, recheck)
    return reply


def do(work: Callable[[], T], *, blocks: bool = True) -> Steps[T]:
    """`Do` with its answer's type."""
    result: T = yield Do(work, blocks)
    return result


def ask(confirmation: Confirmation, confirmer: Confirmer, *, in_place: bool = False) -> Steps[Decision]:
    """`Ask` with its answer's type."""
    decision: Decision = yield Ask(confirmation, confirmer, in_place)
    return decision


def in_background(steps: Steps[T]) -> Steps[T]:
    """The same steps, whose requests leave the rate budget to those that somebody waits for."""
    try:
        effect = next(steps)
        while True:
            answer, failure = None, None
            try:
                answer = yield _in_background(effect)
            except BaseException as error:  # noqa: BLE001 - all of it goes into the steps, which decide
                failure = error
            effect = steps.throw(failure) if failure else steps.send(answer)
    except StopIteration as stop:
        return stop.value  # type: ignore[no-any-return]  # a generator's return value


def _in_background(effect: Effect) -> Effect:
    if isinstance(effect, (Send, SendAll)):
        return replace(effect, background=True)
    return Together([in_background(call) for call in effect.calls]) if isinstance(effect, Together) else effect
