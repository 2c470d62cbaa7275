"""The one choke point: every request of the toolkit, facts and retries included, leaves through `Wire`.

`exchange` is the rule, a generator that sleeps and transmits; `transmit` and `atransmit` are the act. A read is tried
again after 429, 502, 503, 504 and lost connections. A write is tried again only after 429, and an unlock after 503:
there the server certainly refused. Anything else that happens to a write leaves its outcome unknown.
"""

from __future__ import annotations

import json
import math
import random
from functools import partial
from itertools import count
from typing import TYPE_CHECKING, Any, Final

from tfc_agent_tools.api.blobs import SignedUrls, check_blob_url
from tfc_agent_tools.api.bodies import Unusable
from tfc_agent_tools.api.budget import Bucket, Budget, bucket_of
from tfc_agent_tools.api.jsonapi import error_details
from tfc_agent_tools.clock import RealClock
from tfc_agent_tools.effects import Reply, Sleep, Steps, Transmit, TransmitFailed, do
from tfc_agent_tools.errors import ApiError, OutcomeUnknown, UnexpectedResponse, Unreachable
from tfc_agent_tools.narrow import mapping
from tfc_agent_tools.request import Payload, Request

if TYPE_CHECKING:
    from collections.abc import Callable

    from tfc_agent_tools.api.budget import RateBudget
    from tfc_agent_tools.api.tokens import Token
    from tfc_agent_tools.api.transports import Transports
    from tfc_agent_tools.clock import Clock

JSON_API: Final = "application/vnd.api+json"
TRIES: Final = 5
SECONDS_TO_RETRY: Final = 60.0
"""No retry starts later than this after the first try."""
LONGEST_IN_BACKGROUND: Final = 10.0
"""Seconds that a watcher's read leaves to others; then it takes its place like them, so that it is not starved."""
LONGEST_NUMBER: Final = 6
_TRY_AGAIN: Final = frozenset({429, 502, 503, 504})
_SIGNED_FOR: Final = {"sv": "state-versions", "plan": "plans", "apply": "applies"}
_UNSURE: Final = frozenset({408, 425})
"""A proxy can say these about a write that the server has already taken."""


class Wire:
    """The connection to one HCP Terraform address with one token."""

    def __init__(
        self,
        *,
        address: str,
        token: Token,
        transports: Transports,
        budget: RateBudget | None = None,
        clock: Clock | None = None,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        self.address = address
        self.signed_urls = SignedUrls()
        self.clock: Clock = clock or RealClock()
        self.budget: RateBudget = budget or Budget(clock=self.clock.now)
        self._token, self._transports, self._jitter = token, transports, jitter

    def __repr__(self) -> str:
        return f"Wire({self.address})"

    @property
    def identity(self) -> str:
        """Which token this is, without saying it: a yes is for one token's calls."""
        return self._token.fingerprint()

    def use(self, clock: Clock) -> None:
        """Wait by another clock, with a fresh rate budget that runs by it."""
        self.clock, self.budget = clock, Budget(clock=clock.now)

    def turn(self, request: Request, *, background: bool = False) -> Steps[None]:
        """Take a place in the rate budget, and wait for it. In the background, not while others wait, up to a limit."""
        if request.signed_by is not None:
            return
        budget, bucket = self.budget, bucket_of(request.method, request.path)
        until = self.clock.now() + LONGEST_IN_BACKGROUND
        while background and bucket is Bucket.DEFAULT and self.clock.now() < until:
            wait = (yield from do(budget.spare)) if budget.blocks else budget.spare()
            if not wait:
                return
            yield Sleep(min(wait, until - self.clock.now()))
        wait = (yield from do(lambda: budget.reserve(bucket))) if budget.blocks else budget.reserve(bucket)
        if wait:
            yield Sleep(wait)

    def exchange(
        self,
        request: Request,
        *,
        has_slot: bool = False,
        recheck: Callable[[], Steps[Any]] | None = None,
        background: bool = False,
    ) -> Steps[Reply]:
        """Send a request and judge what comes back.

        Returns:
            The answer, of a status below 300.

        Raises:
            ApiError: Status 4xx, or 5xx to a read.
            Unreachable: No answer to a read, or a write that certainly never left.
            OutcomeUnknown: A write without a clear answer.
            UnexpectedResponse: A redirect that leads to a host that is not on the list.
        """
        deadline = self.clock.now() + SECONDS_TO_RETRY
        message = self._message(request)
        for attempt in count():
            if not has_slot:
                yield from self.turn(request, background=background)
            if attempt and recheck:
                yield from self._rechecked(request, message, recheck)
            has_slot = False
            try:
                outcome: Reply | TransmitFailed = yield message
            except TransmitFailed as failure:
                outcome = failure
            yield from self._heard(request, outcome)
            pause = self._pause(request, outcome, attempt)
            if pause is not None and isinstance(outcome, Reply) and outcome.status == 429:
                yield from self._told(partial(self.budget.push_back, bucket_of(request.method, request.path), pause))
            if pause is None or attempt + 1 >= TRIES or self.clock.now() + pause > deadline:
                return (yield from self._settle(request, outcome))
            yield Sleep(pause)
        raise AssertionError  # pragma: no cover - the loop only ends by returning

    def transmit(self, message: Transmit) -> Reply:
        """One exchange, blocking."""
        return self._transports.send(message)

    async def atransmit(self, message: Transmit) -> Reply:
        """One exchange, on the running loop."""
        return await self._transports.asend(message)

    def close(self) -> None:
        """Close the connections made for blocking calls."""
        self._transports.close()
        self.budget.close()

    async def aclose(self) -> None:
        """Close the connections made on the running loop, and the blocking ones."""
        await self._transports.aclose()
        self.budget.close()

    def _rechecked(self, request: Request, message: Transmit, recheck: Callable[[], Steps[Any]]) -> Steps[None]:
        """Look again before another try: what a person said yes to may have changed while this waited.

        An upload that the server refused has not used up its URL, so the look finds it.
        """
        if message.signed:
            self.signed_urls.keep(str(request.signed_by), message.url)
        yield from recheck()
        if message.signed:
            self.signed_urls.take(str(request.signed_by))

    def _message(self, request: Request) -> Transmit:
        if request.signed_by is not None:
            return self._signed(request)
        headers = {"authorization": self._token.bearer(), "accept": JSON_API}
        if not request.is_read:
            headers["content-type"] = JSON_API  # the server answers 415 without it, bodyless DELETE included
        content = None if request.body is None else json.dumps(request.body, ensure_ascii=False).encode()
        url = f"{self.address}/api/v2{request.path}{_query(request)}"
        return Transmit(request.method, url, headers, content, as_file=request.as_file)

    def _signed(self, request: Request) -> Transmit:
        """An upload, or the read of a log: without credentials, to the URL that stood in an earlier answer."""
        path, owner = _public_path(request), str(request.signed_by)
        url = self.signed_urls.get(owner) if request.is_read else self.signed_urls.take(owner)
        if url is None or not (request.is_read or isinstance(request.body, Payload)):
            problem = "its signed URL is not in this process (any more); nothing was sent"
            raise Unreachable(problem, method=request.method, path=path)
        check_blob_url(url, self.address, method=request.method, path=path)
        if not isinstance(request.body, Payload):
            return Transmit(request.method, url, {}, None, signed=True, as_file=request.as_file)
        headers = {"content-type": "application/octet-stream"}
        return Transmit(request.method, url, headers, request.body.content, signed=True)

    def _pause(self, request: Request, outcome: Reply | TransmitFailed, attempt: int) -> float | None:
        """Seconds to wait before this may be sent again, or None where it may not."""
        backoff = 0.2 * 2**attempt * (0.75 + self._jitter() / 2)
        if isinstance(outcome, TransmitFailed):
            return backoff if request.is_read and not isinstance(outcome, Unusable) else None
        if outcome.status == 429:
            return _reset(outcome, backoff) + self._jitter() / 10
        retried = _TRY_AGAIN if request.is_read else frozenset({503}) if _is_unlock(request) else frozenset[int]()
        return backoff if outcome.status in retried else None

    def _heard(self, request: Request, outcome: Reply | TransmitFailed) -> Steps[None]:
        """Tell the budget what an answer says of the limit and of the user it is for."""
        if isinstance(outcome, TransmitFailed) or request.signed_by is not None:
            return
        bucket = bucket_of(request.method, request.path)
        limit = outcome.headers.get("x-ratelimit-limit", "")
        if bucket is Bucket.DEFAULT and limit.isascii() and limit.isdigit() and len(limit) <= LONGEST_NUMBER:
            yield from self._told(partial(self.budget.learn, int(limit)))
        if request.path == "/account/details" and (user := _user_of(outcome)):
            yield from self._told(partial(self.budget.belongs_to, user))

    def _told(self, work: Callable[[], None]) -> Steps[None]:
        if self.budget.blocks:
            yield from do(work)
        else:
            work()

    def _settle(self, request: Request, outcome: Reply | TransmitFailed) -> Steps[Reply]:
        where: dict[str, Any] = {"method": request.method, "path": _public_path(request)}
        if isinstance(outcome, TransmitFailed):
            if request.is_read and isinstance(outcome, Unusable):
                raise UnexpectedResponse(outcome.problem, **where)
            if request.is_read or not outcome.sent:
                raise Unreachable(outcome.problem, **where)
            raise OutcomeUnknown(outcome.problem, read_next=_read_next(request), **where)
        status = outcome.status
        if 200 <= status < 300:
            return outcome
        if status < 400 and request.is_read:
            return (yield from self._follow(outcome, where, as_file=request.as_file))
        refused = 400 <= status < 500 and status not in _UNSURE
        if request.is_read or refused or (status == 503 and _is_unlock(request)):
            raise ApiError(status, error_details(self._token.hidden_in(outcome.content)), **where)
        raise OutcomeUnknown(f"it was answered {status}", read_next=_read_next(request), **where)

    def _follow(self, redirect: Reply, where: dict[str, Any], *, as_file: bool) -> Steps[Reply]:
        """One hop, without credentials, to a host on the list."""
        url = check_blob_url(redirect.headers.get("location", ""), self.address, **where)
        try:
            reply: Reply = yield Transmit("GET", url, {}, None, signed=True, as_file=as_file)
        except Unusable as failure:
            raise UnexpectedResponse(failure.problem, **where) from None
        except TransmitFailed as failure:
            raise Unreachable(failure.problem, **where) from None
        if not 200 <= reply.status < 300:
            problem = f"the store behind the redirect answered {reply.status}"
            raise UnexpectedResponse(problem, **where)
        return reply


def _is_unlock(request: Request) -> bool:
    """Of this write a 503 is documented to mean that it was not done."""
    return request.method == "POST" and request.path.endswith("/actions/unlock")


def _query(request: Request) -> str:
    if not request.query:
        return ""
    from urllib.parse import urlencode

    return f"?{urlencode(request.query)}"


def _user_of(account: Reply) -> str | None:
    """The user that a token acts as, which every kind but an audit-trails token has."""
    if account.status != 200:
        return None
    try:
        user = mapping(mapping(json.loads(account.content)).get("data")).get("id")
    except ValueError:
        return None
    return user if isinstance(user, str) and 0 < len(user) <= 100 else None


def _reset(reply: Reply, otherwise: float) -> float:
    """`X-RateLimit-Reset` is the number of seconds to wait, with decimals; it is not a time of day."""
    try:
        seconds = float(reply.headers.get("x-ratelimit-reset", ""))
    except ValueError:
        return otherwise
    return min(max(seconds, 0.05), SECONDS_TO_RETRY) if math.isfinite(seconds) else otherwise


def _public_path(request: Request) -> str:
    """The path that an error may name: for a signed URL, that of the resource it belongs to."""
    if request.signed_by is None:
        return request.path
    owner = str(request.signed_by)
    return f"/{_SIGNED_FOR.get(owner.partition('-')[0], 'configuration-versions')}/{owner}"


def _read_next(request: Request) -> str:
    """The GET whose answer shows whether a write happened."""
    path = _public_path(request).partition("/actions/")[0]
    if path.endswith("/state-versions"):
        return path.removesuffix("/state-versions") + "/current-state-version"
    return f"{path.partition('/vars/')[0]}/vars" if "/vars/" in path else path
