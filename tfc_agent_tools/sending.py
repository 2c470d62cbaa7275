"""One write, sent once, and what became of it. Its outcome is on record whatever happens, a cancellation included."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from tfc_agent_tools.api.jsonapi import Document, parse
from tfc_agent_tools.effects import Sleep, Steps, send
from tfc_agent_tools.endpoint import fill
from tfc_agent_tools.errors import (
    ApiError,
    CallFailed,
    OutcomeUnknown,
    PermissionRefused,
    ToolkitError,
    UnexpectedResponse,
)
from tfc_agent_tools.request import Ready, Request, Step

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from tfc_agent_tools.host import Host

_SECONDS_BEFORE_LOOKS: Final = (0.0, 1.0, 3.0)
"""A server that was slow to answer may be slow to finish, too."""
_SECONDS_TO_BE_READY: Final = 60


@dataclass(kw_only=True)
class Sending:
    """The send of one step of a call, after its confirmation was redeemed."""

    host: Host
    step: Step
    places: Mapping[str, Any]
    """The call's arguments, with the ids that names in them stand for."""
    approval_id: str | None
    recheck: Callable[[], Steps[Any]]
    """Runs after every wait for another try; what it raises ends the tries."""
    record: Callable[[str], None]
    """Puts the outcome on record."""
    secrets: Sequence[str] = field(default=(), repr=False)
    _is_looking_again: bool = False

    def once(self, request: Request) -> Steps[Document]:
        """Send it.

        Args:
            request: The step's request, with secrets filled in.

        Raises:
            CallFailed: The server refused it, or its outcome is not known.
        """
        result = "interrupted, outcome unknown"
        try:
            document = yield from self._outcome(request)
            answer: Document | ToolkitError = document
            result = f"answered {document.status}"
        except ToolkitError as error:
            answer = error.without(self.secrets) if isinstance(error, ApiError) else error
            result = self._became(error)
        finally:
            # Not an effect: a cancelled generator can't yield any more, and this row must be written all the same.
            self.record(result)
        if isinstance(answer, ToolkitError):
            raise answer  # not in the `except`: what the server echoed would hang on to this as its context
        self.host.wire.signed_urls.keep_all(answer.resources)
        return answer

    def _became(self, error: ToolkitError) -> str:
        if self._is_looking_again:
            return f"not taken by the server, and not sent again: {type(error).__name__}"
        return f"answered {error.status}" if isinstance(error, ApiError) else type(error).__name__

    def _look_again(self) -> Steps[None]:
        self._is_looking_again = True
        yield from self.recheck()
        self._is_looking_again = False

    def _outcome(self, request: Request) -> Steps[Document]:
        try:
            reply = yield from send(request, has_slot=True, recheck=self._look_again)
        except OutcomeUnknown as error:
            return (yield from self._look_for(error))
        try:
            return self._expected(parse(self.step.request, reply))
        except UnexpectedResponse as error:
            problem = f"it was answered {reply.status}, but {error.problem}"
            read_next = error.path.partition("/actions/")[0]
            unknown = OutcomeUnknown(problem, method=error.method, path=error.path, read_next=read_next)
            return (yield from self._look_for(unknown))

    def _expected(self, document: Document) -> Document:
        if not self.step.is_made(document.resource.id):
            problem = f"the answer names no new {self.step.makes}-…"
            raise UnexpectedResponse(problem, method=self.step.request.method, path=self.step.request.path)
        return document

    def _look_for(self, error: OutcomeUnknown) -> Steps[Document]:
        """What the write made, if it carries this call's mark; otherwise the outcome stays unknown."""
        mark = self.step.mark
        if mark is None or not mark.among or self.approval_id is None:
            raise error
        request = Request(method="GET", path=fill(mark.among, self.places))
        error.read_next = request.path
        for pause in _SECONDS_BEFORE_LOOKS:
            yield Sleep(pause)
            try:
                made = parse(request, (yield from send(request)))
            except CallFailed:
                break
            ours = [r for r in made.resources if f"[{self.approval_id}]" in r.text(mark.attribute)]
            if found := tuple(filter(lambda one: self.step.is_made(one.id), ours)):
                return Document(status=made.status, resources=found[:1])
        raise error


def until_ready(ready: Ready, tool: str, made: str) -> Steps[None]:
    """Wait until what the first request made can be used by the next one.

    Raises:
        PermissionRefused: It failed, or it was not ready within a minute.
    """
    request = Request(method="GET", path=fill(ready.path, {"made": made}))
    for _ in range(_SECONDS_TO_BE_READY):
        state = parse(request, (yield from send(request))).resource.text(ready.attribute)
        if state == ready.wanted:
            return
        if state in ready.failed:
            raise PermissionRefused(tool, f"{made} is {state}, not {ready.wanted}")
        yield Sleep(1.0)
    raise PermissionRefused(tool, f"{made} was not {ready.wanted} within {_SECONDS_TO_BE_READY} seconds")
