"""Everything that can go wrong, as one tree.

    ToolkitError
    ├── ConfigurationError      what the host gave: token, address, templates; raised when the toolkit is built
    ├── ArgumentError           what the model gave; nothing was sent
    ├── Refused                 a guard said no; what it is about was not sent
    │   ├── TokenRefused        this type of token can never do it
    │   ├── PermissionRefused   the workspace's or run's own flags rule it out
    │   ├── PolicyRefused       the agent's policy says no
    │   ├── ConfirmationRefused no person said yes, or what they said yes to has changed
    │   ├── LimitReached        the agent did as much in the last hour as its policy allows
    │   ├── OutcomeMissing      what became of an earlier send of the same write is not on record
    │   └── StoreUnavailable    approvals and audit can't be kept now
    ├── Unreadable              a plan, state or log that can't be explained; nothing of it is shown
    └── CallFailed              a request was tried
        ├── ApiError            the server answered with an error; it did nothing
        ├── Unreachable         no answer to a read, or a write that certainly never left
        ├── UnexpectedResponse  an answer that the API does not document
        └── OutcomeUnknown      a write left and its answer did not come back: it may have been done

Each error carries facts, and `str()` of it is one plain line without secrets. The words that a model reads come from
the template named by `template`, which is rendered with the error as `error`. Of a call with several requests an error
is about one of them; `done` tells the earlier ones, which nothing takes back.
"""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, ClassVar, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from tfc_agent_tools.types import TokenType


_RUN: Final = 8
"""Characters in a row that are a part of a secret rather than a coincidence."""


class ToolkitError(Exception):
    """Base of all errors of this package."""

    template: ClassVar[str] = "errors/unexpected.md.j2"
    done: tuple[str, ...] = ()
    """What earlier requests of the same call did; they stay done."""


class ConfigurationError(ToolkitError):
    """The host's own settings are wrong. The message is one line that says what to set."""


class ArgumentError(ToolkitError):
    """An argument is not what the tool takes. Nothing was sent."""

    template = "errors/arguments.md.j2"

    def __init__(self, argument: str, problem: str, fix: str) -> None:
        super().__init__(f"{argument}: {problem} {fix}".strip())
        self.argument, self.problem, self.fix = argument, problem, fix


class Refused(ToolkitError):  # noqa: N818 - it reads as what happened
    """A guard said no. What it is about was not sent; `done` says what was sent before it."""


class TokenRefused(Refused):
    """The token's type can never do this (https://developer.hashicorp.com/terraform/cloud-docs/api-docs)."""

    template = "refused/token.md.j2"

    def __init__(self, tool: str, held: TokenType | None, allowed: Iterable[TokenType]) -> None:
        self.tool, self.held, self.allowed = tool, held, sorted(allowed)
        has = f"this is an {held} token" if held else "the type of this token could not be found out"
        super().__init__(f"{tool} needs a token of type {' or '.join(self.allowed)}; {has}. Nothing was sent.")


class PermissionRefused(Refused):
    """The API's own flags, read just now, say that the call can't succeed."""

    template = "refused/permission.md.j2"

    def __init__(self, tool: str, why: str, permission: str | None = None) -> None:
        self.tool, self.why, self.permission = tool, why, permission
        super().__init__(f"{tool} was not sent: {why}.")


class PolicyRefused(Refused):
    """The policy of this agent says no."""

    template = "refused/policy.md.j2"

    def __init__(self, tool: str, agent: str, why: str) -> None:
        self.tool, self.agent, self.why = tool, agent, why
        super().__init__(f"{tool} was not sent: {why}.")


class ConfirmationRefused(Refused):
    """No person said yes to exactly this.

    `reason` is one of: `nobody` (nobody can be asked here), `pending` (asked, and not answered yet), `rejected`,
    `unanswered` (no clear yes before it expired), `changed` (what was shown is no longer true), `used` (the yes was
    spent on an earlier send), `revoked` (a person took it back), `insufficient` (the answers are not what the policy
    demands), `foreign` (it was asked by another agent or about another server), `clock` (the clock stands before the
    question), `too_many` (too many questions of this agent wait already).
    """

    template = "refused/confirmation.md.j2"
    WHY: ClassVar[dict[str, str]] = {
        "nobody": "a person must confirm it and nobody can be asked here",
        "pending": "a person must confirm it and has not answered yet",
        "rejected": "a person said no",
        "unanswered": "no clear yes came before the question expired",
        "changed": "what the person was shown is no longer true",
        "used": "the confirmation was already used for one send",
        "revoked": "a person took the confirmation back",
        "insufficient": "the answers on file are not what the policy demands",
        "foreign": "the confirmation belongs to another agent or another server",
        "clock": "this machine's clock stands before the time at which the question was asked; set it right",
        "too_many": "too many questions of this agent wait for a person already",
    }

    def __init__(self, tool: str, reason: str, approval_id: str | None = None, said: str | None = None) -> None:
        self.tool, self.reason, self.approval_id, self.said = tool, reason, approval_id, said
        self.why = self.WHY[reason]
        super().__init__(f"{tool} was not sent: {self.why}.")


class StoreUnavailable(Refused):
    """Approvals and the audit log can't be read or written now, so no write is sent.

    A read goes on without its row, and a warning is logged.
    """

    template = "refused/store.md.j2"

    def __init__(self, why: str) -> None:
        self.why = why
        super().__init__(
            f"The store of approvals and audit can't be used ({why}), so no write is sent. Whoever runs this agent "
            "must look at it: its disk may be full or read-only, its database down."
        )


class OutcomeMissing(Refused):
    """An earlier send of the same write has no outcome on record: it may have happened, or be under way."""

    template = "refused/unresolved.md.j2"

    def __init__(self, tool: str, send: str, at: str, request: str | None) -> None:
        self.tool, self.send, self.at, self.request = tool, send, at, request
        super().__init__(
            f"{tool} was not sent: {request or 'the same write'} was about to be sent at {at}, and what became of it "
            f"is not on record. Read whether it happened; then a person runs `tfc-agent audit resolve {send}`."
        )


class LimitReached(Refused):
    """The agent has done as much in the last hour as its policy allows."""

    template = "refused/limit.md.j2"

    def __init__(self, tool: str, agent: str, made: int, kind: str) -> None:
        self.tool, self.agent, self.made, self.kind = tool, agent, made, kind
        super().__init__(
            f"{tool} was not sent: {agent} has made {made} {kind} in the last hour, which is the limit of its policy."
        )


class Unreadable(ToolkitError):  # noqa: N818 - it reads as what happened
    """A plan, state or log that can't be explained or redacted for sure. Nothing of it is shown, or in the message.

    `what` is the kind of thing, such as `plan`; `why` ends the sentence "cannot explain this plan, because ...".
    """

    template = "errors/unreadable.md.j2"

    def __init__(self, what: str, why: str) -> None:
        self.what, self.why = what, why
        super().__init__(f"cannot explain this {what}, because {why}")


class CallFailed(ToolkitError):  # noqa: N818 - it reads as what happened
    """A request was tried. `method` and `path` name it; the path holds no signature and no query."""

    def __init__(self, message: str, *, method: str, path: str) -> None:
        super().__init__(message)
        self.method, self.path = method, path


class ApiError(CallFailed):
    """The server answered 4xx (or 5xx to a read), so it did nothing.

    `details` are the server's own sentences, at most five; they are text from outside.
    """

    template = "errors/api.md.j2"

    def __init__(
        self, status: int, details: Sequence[str], *, method: str, path: str, permission: str | None = None
    ) -> None:
        super().__init__(_answered(method, path, status, details), method=method, path=path)
        self.status, self.details, self.permission = status, tuple(details[:5]), permission

    def hide(self, scrub: Callable[[str], str]) -> None:
        """Scrub what the server said, in this very error: it may have repeated a secret of an earlier call."""
        self.details = tuple(map(scrub, self.details))
        self.args = (_answered(self.method, self.path, self.status, self.details),)

    def without(self, secrets: Sequence[str]) -> ApiError:
        """The same error with every secret value, and every longer part of one, that the server echoed cut out."""
        details = [_without(secrets, sentence) for sentence in self.details]
        return ApiError(self.status, details, method=self.method, path=self.path, permission=self.permission)


def _answered(method: str, path: str, status: int, details: Sequence[str]) -> str:
    return f"{method} {path} was answered {status}" + (f": {'; '.join(details)}" if details else "")


def _without(secrets: Sequence[str], sentence: str) -> str:
    """The sentence without any run of a secret: an echo can be cut short, escaped, or a part such as a URL's path."""
    hidden = [False] * len(sentence)
    for secret in secrets:
        size = min(_RUN, len(secret))
        runs = {secret[start : start + size] for start in range(len(secret) - size + 1)}
        for start in range(len(sentence) - size + 1):
            if sentence[start : start + size] in runs:
                hidden[start : start + size] = [True] * size
    parts = groupby(zip(sentence, hidden, strict=True), key=lambda pair: pair[1])
    return "".join("[secret]" if is_secret else "".join(c for c, _ in part) for is_secret, part in parts)


class Unreachable(CallFailed):
    """No connection, or no answer to a read. Nothing was changed."""

    template = "errors/unreachable.md.j2"

    def __init__(self, problem: str, *, method: str, path: str) -> None:
        super().__init__(f"{method} {path}: {problem}", method=method, path=path)
        self.problem = problem


class UnexpectedResponse(CallFailed):
    """An answer came that is not what the API documents: not JSON, cut short, another content type."""

    template = "errors/unexpected.md.j2"

    def __init__(self, problem: str, *, method: str, path: str) -> None:
        super().__init__(f"{method} {path}: {problem}", method=method, path=path)
        self.problem = problem


class OutcomeUnknown(CallFailed):
    """A write left this machine and no clear answer came back. It is never sent again by itself.

    `read_next` is the path whose answer shows whether the write happened.
    """

    template = "errors/unknown_outcome.md.j2"

    def __init__(self, problem: str, *, method: str, path: str, read_next: str | None = None) -> None:
        super().__init__(f"{method} {path}: {problem}; it may or may not have been done", method=method, path=path)
        self.problem, self.read_next = problem, read_next
