"""The wire: what is sent, how often, to whom, and what each answer means."""

import asyncio
import heapq
import math
from collections.abc import Callable, Iterator
from itertools import chain, repeat
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.server import ADDRESS, RUN, TOKEN, UPLOAD_URL, VERSION, WORKSPACE, Server, fails, says
from support.tools import MakeToolkit, Use, tool_of

from tfc_agent_tools.api.budget import Bucket, Budget
from tfc_agent_tools.api.http import SECONDS_TO_RETRY, TRIES, Wire
from tfc_agent_tools.api.tokens import Token
from tfc_agent_tools.api.transports import Transports
from tfc_agent_tools.clock import InstantClock
from tfc_agent_tools.drive import AsyncDriver, SyncDriver
from tfc_agent_tools.effects import Reply, Sleep, Transmit
from tfc_agent_tools.errors import ApiError, CallFailed, OutcomeUnknown, UnexpectedResponse, Unreachable
from tfc_agent_tools.request import Payload, Request

READ = Request(method="GET", path=f"/runs/{RUN}")
APPLY = Request(method="POST", path=f"/runs/{RUN}/actions/apply")
UNLOCK = Request(method="POST", path=f"/workspaces/{WORKSPACE}/actions/unlock")
UPLOAD = Request(method="PUT", path="", body=Payload(content=b"archive", sha256="", shown={}), signed_by=VERSION)
STORE = "https://archivist.terraform.io/v1/object/s1gned"
NEVER_LEFT = [httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ProxyError]
MAY_HAVE_LEFT = [
    httpx.ReadTimeout,
    httpx.WriteTimeout,
    httpx.ReadError,
    httpx.WriteError,
    httpx.CloseError,
    httpx.RemoteProtocolError,
]

Failure = type[httpx.TransportError] | int
Exchange = Callable[[Wire, Request], Reply]


class RecordingClock(InstantClock):
    """Takes no time, and keeps what was slept."""

    def __init__(self) -> None:
        super().__init__()
        self.sleeps = list[float]()

    def sleep(self, seconds: float) -> None:
        self.sleeps.append(seconds)
        super().sleep(seconds)

    async def asleep(self, seconds: float) -> None:
        self.sleep(seconds)


def make_wire(server: Server, clock: InstantClock | None = None, address: str = ADDRESS) -> Wire:
    transports = Transports(server, server)
    return Wire(address=address, token=Token(TOKEN), transports=transports, clock=clock or InstantClock())


@pytest.fixture
def clock() -> RecordingClock:
    return RecordingClock()


@pytest.fixture
def wire(server: Server, clock: RecordingClock) -> Wire:
    return make_wire(server, clock)


@pytest.fixture(params=["sync", "async"])
def exchange(request: pytest.FixtureRequest) -> Exchange:
    def run(wire: Wire, what: Request) -> Reply:
        if request.param == "sync":
            return SyncDriver(wire).run(wire.exchange(what))
        return asyncio.run(AsyncDriver(wire).run(wire.exchange(what)))

    return run


def in_turn(*answers: Failure | httpx.Response) -> Callable[[httpx.Request], httpx.Response]:
    """These answers one after the other, the last one for good."""
    left: Iterator[Failure | httpx.Response] = chain(answers, repeat(answers[-1]))

    def answer(request: httpx.Request) -> httpx.Response:
        following = next(left)
        return following if isinstance(following, httpx.Response) else fails(following)(request)

    return answer


def anything(*answers: Failure | httpx.Response) -> dict[str, Callable[[httpx.Request], httpx.Response]]:
    return {".*": in_turn(*answers)}


def good(content: bytes = b'{"data": null}') -> httpx.Response:
    return httpx.Response(200, content=content)


# What is sent


@pytest.mark.parametrize("method", ["POST", "PATCH", "DELETE"])
@pytest.mark.parametrize("body", [None, {"comment": "why"}, {"data": {"type": "runs"}}])
def test_every_write_says_that_it_is_json_api_with_or_without_a_body(
    method: str, body: Any, server: Server, wire: Wire, exchange: Exchange
) -> None:
    server.answers = anything(good())
    exchange(wire, Request(method=method, path="/x", body=body))
    assert server.sent[0].headers["content-type"] == "application/vnd.api+json"


def test_a_read_says_what_it_accepts_and_has_no_content_type(server: Server, wire: Wire, exchange: Exchange) -> None:
    exchange(wire, READ)
    assert server.sent[0].headers["accept"] == "application/vnd.api+json"
    assert "content-type" not in server.sent[0].headers


def test_brackets_of_a_query_are_percent_encoded(server: Server, wire: Wire, exchange: Exchange) -> None:
    server.answers = anything(good())
    exchange(wire, Request(method="GET", path="/x", query=(("page[size]", "5"), ("search[name]", "a&b=c#d"))))
    assert str(server.sent[0].url) == f"{ADDRESS}/api/v2/x?page%5Bsize%5D=5&search%5Bname%5D=a%26b%3Dc%23d"


def test_the_bearer_goes_to_the_api_on_reads_and_writes(server: Server, wire: Wire, exchange: Exchange) -> None:
    exchange(wire, READ)
    exchange(wire, APPLY)
    assert [sent.headers["authorization"] for sent in server.sent] == [f"Bearer {TOKEN}"] * 2


def test_an_upload_to_a_signed_url_has_no_bearer_and_its_own_content_type(
    server: Server, wire: Wire, exchange: Exchange
) -> None:
    wire.signed_urls.keep(VERSION, UPLOAD_URL)
    exchange(wire, UPLOAD)
    (sent,) = server.sent
    assert str(sent.url) == UPLOAD_URL
    assert sent.headers["content-type"] == "application/octet-stream"
    assert sent.content == b"archive"
    assert "authorization" not in sent.headers
    assert "cookie" not in sent.headers


def test_a_signed_url_serves_one_upload(server: Server, wire: Wire, exchange: Exchange) -> None:
    wire.signed_urls.keep(VERSION, UPLOAD_URL)
    exchange(wire, UPLOAD)
    with pytest.raises(Unreachable, match="nothing was sent"):
        exchange(wire, UPLOAD)
    assert len(server.sent) == 1


@pytest.mark.parametrize("url", ["https://evil.example/x", "http://archivist.terraform.io/x", "https://[", ""])
def test_an_upload_never_goes_to_a_host_that_is_not_on_the_list(
    url: str, server: Server, wire: Wire, exchange: Exchange
) -> None:
    wire.signed_urls.keep(VERSION, url)
    with pytest.raises(UnexpectedResponse):
        exchange(wire, UPLOAD)
    assert server.sent == []


# Reads


@pytest.mark.parametrize("failures", range(1, TRIES))
@pytest.mark.parametrize("failure", [429, 502, 503, 504, *NEVER_LEFT, *MAY_HAVE_LEFT])
def test_a_read_is_tried_again(failure: Failure, failures: int, server: Server, wire: Wire, exchange: Exchange) -> None:
    server.answers = anything(*[failure] * failures, good())
    assert exchange(wire, READ).status == 200
    assert len(server.sent) == failures + 1


@pytest.mark.parametrize("failure", [429, 502, 503, 504, *NEVER_LEFT, *MAY_HAVE_LEFT])
def test_a_read_gives_up_after_a_few_tries_within_a_minute(
    failure: Failure, server: Server, wire: Wire, clock: RecordingClock, exchange: Exchange
) -> None:
    server.answers = anything(failure)
    with pytest.raises(ApiError if isinstance(failure, int) else Unreachable):
        exchange(wire, READ)
    assert len(server.sent) == TRIES
    assert 0 < sum(clock.sleeps) <= SECONDS_TO_RETRY


@pytest.mark.parametrize("status", [400, 401, 403, 404, 405, 409, 410, 412, 415, 418, 422, 425, 500, 501, 505, 599])
def test_any_other_status_of_a_read_is_final(status: int, server: Server, wire: Wire, exchange: Exchange) -> None:
    server.answers = anything(status)
    with pytest.raises(ApiError) as caught:
        exchange(wire, READ)
    assert caught.value.status == status
    assert len(server.sent) == 1


def test_the_pause_between_tries_grows(server: Server, wire: Wire, clock: RecordingClock, exchange: Exchange) -> None:
    server.answers = anything(503)
    with pytest.raises(ApiError):
        exchange(wire, READ)
    assert len(clock.sleeps) == TRIES - 1
    assert all(later > earlier for earlier, later in zip(clock.sleeps, clock.sleeps[1:], strict=False))


def test_no_try_starts_after_the_deadline(
    server: Server, wire: Wire, clock: RecordingClock, exchange: Exchange
) -> None:
    server.answers = anything(httpx.Response(429, headers={"x-ratelimit-reset": "25"}))
    with pytest.raises(ApiError):
        exchange(wire, READ)
    assert len(server.sent) == 3
    assert clock.now() <= SECONDS_TO_RETRY


@pytest.mark.parametrize("status", [100, 101, 199])
def test_a_status_below_200_is_no_answer(status: int, server: Server, wire: Wire, exchange: Exchange) -> None:
    server.answers = anything(status)
    with pytest.raises(UnexpectedResponse):
        exchange(wire, READ)
    with pytest.raises(OutcomeUnknown):
        exchange(wire, APPLY)


# X-RateLimit-Reset


@pytest.mark.parametrize(
    ("header", "least", "most"),
    [
        ("0.25", 0.25, 0.4),
        ("1", 1, 1.2),
        ("1.5", 1.5, 1.7),
        ("59", 59, 59.2),
        (" 2 ", 2, 2.2),
        ("0", 0.05, 0.2),
        ("-7", 0.05, 0.2),
        ("nan", 0.05, 0.5),
        ("inf", 0.05, 0.5),
        ("-inf", 0.05, 0.5),
        ("soon", 0.05, 0.5),
        ("", 0.05, 0.5),
        ("1, 2", 0.05, 0.5),
        ("Wed, 21 Oct 2026 07:28:00 GMT", 0.05, 0.5),
    ],
)
def test_the_reset_header_is_seconds_to_wait(
    header: str, least: float, most: float, server: Server, wire: Wire, clock: RecordingClock, exchange: Exchange
) -> None:
    server.answers = anything(httpx.Response(429, headers={"x-ratelimit-reset": header}), good())
    exchange(wire, READ)
    assert least <= clock.now() <= most
    assert len(server.sent) == 2


@pytest.mark.parametrize("header", ["61", "3600", "1791234567", "1e300", "9" * 400])
def test_a_reset_that_is_further_off_than_a_minute_is_not_waited_for(
    header: str, server: Server, wire: Wire, clock: RecordingClock, exchange: Exchange
) -> None:
    server.answers = anything(httpx.Response(429, headers={"x-ratelimit-reset": header}))
    with pytest.raises(ApiError) as caught:
        exchange(wire, READ)
    assert caught.value.status == 429
    assert clock.now() <= SECONDS_TO_RETRY


@given(st.text(st.characters(min_codepoint=32, max_codepoint=126)) | st.floats().map(str) | st.integers().map(str))
def test_no_reset_header_makes_a_call_wait_longer_than_a_minute(header: str) -> None:
    server, clock = Server(), RecordingClock()
    server.answers = anything(httpx.Response(429, headers={"x-ratelimit-reset": header}))
    wire = make_wire(server, clock)
    with pytest.raises(ApiError):
        SyncDriver(wire).run(wire.exchange(READ))
    assert len(server.sent) <= TRIES
    assert all(math.isfinite(slept) and slept > 0 for slept in clock.sleeps)
    assert clock.now() <= SECONDS_TO_RETRY


def test_after_a_429_every_other_call_waits_too(wire: Wire) -> None:
    steps = wire.exchange(READ)
    assert isinstance(next(steps), Transmit)
    assert wire.budget.reserve() == 0
    pause = steps.send(Reply(429, {"x-ratelimit-reset": "20"}, b""))
    assert isinstance(pause, Sleep)
    assert wire.budget.reserve() >= pause.seconds >= 20


# Writes


@pytest.mark.parametrize("failure", [408, 425, 500, 501, 502, 503, 504, 301, 302, 307, 308, *MAY_HAVE_LEFT])
@pytest.mark.parametrize("method", ["POST", "PATCH", "DELETE"])
def test_a_write_without_a_clear_answer_is_sent_once_and_its_outcome_is_unknown(
    method: str, failure: Failure, server: Server, wire: Wire, exchange: Exchange
) -> None:
    server.answers = anything(failure)
    with pytest.raises(OutcomeUnknown, match="may or may not have been done") as caught:
        exchange(wire, Request(method=method, path=f"/runs/{RUN}/actions/apply"))
    assert caught.value.read_next == f"/runs/{RUN}"
    assert len(server.sent) == 1


@pytest.mark.parametrize("failure", NEVER_LEFT)
def test_a_write_that_never_left_changed_nothing_and_is_sent_once(
    failure: Failure, server: Server, wire: Wire, exchange: Exchange
) -> None:
    server.answers = anything(failure)
    with pytest.raises(Unreachable):
        exchange(wire, APPLY)
    assert len(server.sent) == 1


@pytest.mark.parametrize("status", [400, 401, 403, 404, 409, 412, 415, 422, 451])
def test_a_write_that_the_server_refused_is_sent_once(
    status: int, server: Server, wire: Wire, exchange: Exchange
) -> None:
    server.answers = anything(status)
    with pytest.raises(ApiError):
        exchange(wire, APPLY)
    assert len(server.sent) == 1


@pytest.mark.parametrize("request_", [APPLY, UNLOCK, UPLOAD])
def test_a_write_is_sent_again_after_a_429(request_: Request, server: Server, wire: Wire, exchange: Exchange) -> None:
    wire.signed_urls.keep(VERSION, UPLOAD_URL)
    server.answers = anything(429, 429, good())
    assert exchange(wire, request_).status == 200
    assert len(server.sent) == 3
    assert len({(str(sent.url), sent.content) for sent in server.sent}) == 1


def test_a_write_that_meets_429_and_then_silence_is_unknown_and_not_sent_again(
    server: Server, wire: Wire, exchange: Exchange
) -> None:
    server.answers = anything(429, httpx.ReadTimeout)
    with pytest.raises(OutcomeUnknown):
        exchange(wire, APPLY)
    assert len(server.sent) == 2


def test_a_write_gives_up_on_429_within_a_minute(
    server: Server, wire: Wire, clock: RecordingClock, exchange: Exchange
) -> None:
    server.answers = anything(429)
    with pytest.raises(ApiError):
        exchange(wire, APPLY)
    assert len(server.sent) == TRIES
    assert clock.now() <= SECONDS_TO_RETRY


def test_an_unlock_is_sent_again_after_a_503(server: Server, wire: Wire, exchange: Exchange) -> None:
    server.answers = anything(503, 503, good())
    assert exchange(wire, UNLOCK).status == 200
    assert len(server.sent) == 3


def test_an_unlock_that_stays_503_did_nothing(server: Server, wire: Wire, exchange: Exchange) -> None:
    server.answers = anything(503)
    with pytest.raises(ApiError):
        exchange(wire, UNLOCK)
    assert len(server.sent) == TRIES


@pytest.mark.parametrize("failure", [500, 502, 504, httpx.ReadTimeout])
def test_an_unlock_is_not_sent_again_for_any_other_reason(
    failure: Failure, server: Server, wire: Wire, exchange: Exchange
) -> None:
    server.answers = anything(failure)
    with pytest.raises(OutcomeUnknown):
        exchange(wire, UNLOCK)
    assert len(server.sent) == 1


@pytest.mark.parametrize("path", [f"/workspaces/{WORKSPACE}/actions/force-unlock", "/x/actions/unlock/more"])
def test_only_unlock_itself_is_sent_again_after_a_503(
    path: str, server: Server, wire: Wire, exchange: Exchange
) -> None:
    server.answers = anything(503)
    with pytest.raises(OutcomeUnknown):
        exchange(wire, Request(method="POST", path=path))
    assert len(server.sent) == 1


@pytest.mark.parametrize("failure", [500, 502, 503, 504, httpx.ReadTimeout, httpx.RemoteProtocolError])
def test_an_upload_is_sent_once_and_names_no_part_of_its_url(
    failure: Failure, server: Server, wire: Wire, exchange: Exchange
) -> None:
    wire.signed_urls.keep(VERSION, UPLOAD_URL)
    server.answers = anything(failure)
    with pytest.raises(OutcomeUnknown) as caught:
        exchange(wire, UPLOAD)
    assert caught.value.read_next == f"/configuration-versions/{VERSION}"
    assert "s1gned" not in str(caught.value)
    assert len(server.sent) == 1


@pytest.mark.parametrize("failure", [502, httpx.ReadTimeout])
def test_a_model_reads_that_the_outcome_is_unknown_and_what_to_read(
    failure: Failure, server: Server, make_toolkit: MakeToolkit, use: Use
) -> None:
    server.answers = {f"POST /runs/{RUN}/actions/apply": fails(failure)}
    message = use(make_toolkit(confirmer=lambda _: True), "apply_run", run_id=RUN)
    assert message.status == "error"
    assert "UNKNOWN OUTCOME" in message.text
    assert f"First read /runs/{RUN} " in message.text
    assert len(server.writes) == 1


@pytest.mark.parametrize("failure", [httpx.ConnectError, httpx.ConnectTimeout])
def test_a_model_reads_that_nothing_was_changed_when_a_write_never_left(
    failure: Failure, server: Server, make_toolkit: MakeToolkit, use: Use
) -> None:
    server.answers = {f"POST /runs/{RUN}/actions/apply": fails(failure)}
    message = use(make_toolkit(confirmer=lambda _: True), "apply_run", run_id=RUN)
    assert message.status == "error"
    assert "Nothing was changed" in message.text
    assert len(server.writes) == 1


# Redirects


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize("location", [STORE, STORE.replace(".io/", ".io:443/"), f"{ADDRESS}/_archivist/x"])
def test_a_read_follows_one_redirect_to_a_host_on_the_list_without_credentials(
    status: int, location: str, server: Server, wire: Wire, exchange: Exchange
) -> None:
    server.answers = {
        f"GET /runs/{RUN}": lambda _: httpx.Response(status, headers={"location": location, "set-cookie": "a=b"}),
        "GET .*": lambda _: good(b"the blob"),
    }
    assert exchange(wire, READ).content == b"the blob"
    first, second = server.sent
    assert "authorization" in first.headers
    assert not {"authorization", "cookie", "referer"} & set(second.headers)
    assert TOKEN not in str(second.url)


@pytest.mark.parametrize(
    "location",
    [
        "",
        "https://evil.example/",
        "https://archivist.terraform.io.evil.example/",
        "https://evil.example/archivist.terraform.io",
        "https://xarchivist.terraform.io/",
        "https://archivist.terraform.io:8443/",
        "https://archivist.terraform.io:99999/",
        "https://archivist.terraform.io:x/",
        "http://archivist.terraform.io/",
        "http://app.terraform.io/",
        "https://app.terraform.io:444/",
        "https://user@archivist.terraform.io/",
        "https://user:secret@app.terraform.io/",
        "https://archivist.terraform.io@evil.example/",
        "https://evil.example\\@archivist.terraform.io/",
        "https://archivist.terraform.io\\.evil.example/",
        "https://archivist.terraform.io%2eevil.example/",
        "https://archivist.terraform.io\t/",
        "https://[::1",
        "https://[::ffff:127.0.0.1]/",
        "//evil.example/",
        "/relative",
        "file:///etc/passwd",
        "ftp://archivist.terraform.io/",
        "javascript:alert(1)",
        "https://archivist.eu.terraform.io/",
        "https://169.254.169.254/latest/meta-data",
    ],
)
def test_a_read_is_never_redirected_anywhere_else(
    location: str, server: Server, wire: Wire, exchange: Exchange
) -> None:
    server.answers = anything(httpx.Response(302, headers={"location": location}))
    with pytest.raises(UnexpectedResponse, match="not followed") as caught:
        exchange(wire, READ)
    assert len(server.sent) == 1
    assert not location.strip("/ \t") or location not in str(caught.value)


def test_the_european_server_has_its_own_store(server: Server, exchange: Exchange) -> None:
    wire = make_wire(server, address="https://app.eu.terraform.io")
    location = "https://archivist.eu.terraform.io/v1/object/x"
    server.answers = {
        f"GET /runs/{RUN}": lambda _: httpx.Response(302, headers={"location": location}),
        "GET .*": lambda _: good(),
    }
    assert exchange(wire, READ).status == 200
    server.answers[f"GET /runs/{RUN}"] = lambda _: httpx.Response(302, headers={"location": STORE})
    with pytest.raises(UnexpectedResponse):
        exchange(wire, READ)


def test_a_server_of_ones_own_redirects_to_itself_only(server: Server, exchange: Exchange) -> None:
    wire = make_wire(server, address="https://tfe.example:8443")
    server.answers = anything(httpx.Response(302, headers={"location": STORE}))
    with pytest.raises(UnexpectedResponse):
        exchange(wire, READ)
    assert len(server.sent) == 1


def test_a_second_redirect_is_not_followed(server: Server, wire: Wire, exchange: Exchange) -> None:
    server.answers = anything(httpx.Response(302, headers={"location": STORE}))
    with pytest.raises(UnexpectedResponse, match="answered 302"):
        exchange(wire, READ)
    assert len(server.sent) == 2


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_of_a_write_is_not_followed(status: int, server: Server, wire: Wire, exchange: Exchange) -> None:
    server.answers = anything(httpx.Response(status, headers={"location": f"{ADDRESS}/api/v2/elsewhere"}))
    with pytest.raises(OutcomeUnknown):
        exchange(wire, APPLY)
    assert len(server.sent) == 1


@pytest.mark.parametrize(("failure", "error"), [(403, UnexpectedResponse), (httpx.ReadTimeout, Unreachable)])
def test_what_goes_wrong_at_the_store_names_no_part_of_the_signed_url(
    failure: Failure, error: type[CallFailed], server: Server, wire: Wire, exchange: Exchange
) -> None:
    server.answers = {
        f"GET /runs/{RUN}": lambda _: httpx.Response(302, headers={"location": STORE}),
        "GET .*": fails(failure),
    }
    with pytest.raises(error) as caught:
        exchange(wire, READ)
    shown = "".join(f"{one} {one!r}" for one in errors_behind(caught.value))
    assert "s1gned" not in shown
    assert "archivist" not in shown


# Secrets


def errors_behind(error: BaseException | None) -> list[BaseException]:
    """The error and all that hang on to it."""
    found = list[BaseException]()
    while error is not None:
        found.append(error)
        error = error.__cause__ or error.__context__
    return found


@pytest.mark.parametrize("failure", [500, 404, 302, *NEVER_LEFT, *MAY_HAVE_LEFT])
@pytest.mark.parametrize("request_", [READ, APPLY, UPLOAD])
def test_neither_token_nor_signed_url_is_in_an_error_or_in_what_hangs_on_to_it(
    request_: Request, failure: Failure, server: Server, wire: Wire, exchange: Exchange
) -> None:
    def boom(request: httpx.Request) -> httpx.Response:
        if isinstance(failure, int):
            return httpx.Response(failure, json={"errors": [f"{request.url} {request.headers}", dict(request.headers)]})
        msg = f"{request.url} {request.headers.get('authorization')}"
        raise failure(msg, request=request)

    wire.signed_urls.keep(VERSION, UPLOAD_URL)
    server.answers = {".*": boom}
    with pytest.raises(CallFailed) as caught:
        exchange(wire, request_)
    for error in errors_behind(caught.value):
        shown = f"{error} {error!r} {vars(error)}"
        assert "s3cr3t" not in shown
        if request_ is UPLOAD and not isinstance(failure, int):
            assert "s1gned" not in shown


def test_a_server_that_echoes_the_token_does_not_show_it_to_the_model(
    server: Server, make_toolkit: MakeToolkit, use: Use
) -> None:
    server.answers = {
        ".*": lambda request: httpx.Response(401, json={"errors": [{"title": request.headers["authorization"]}]})
    }
    message = use(make_toolkit(), "get_run", run_id=RUN)
    assert message.status == "error"
    assert TOKEN not in str(message)


def test_a_wire_shows_itself_without_secrets(wire: Wire) -> None:
    wire.signed_urls.keep(VERSION, UPLOAD_URL)
    message = wire._message(READ)
    assert TOKEN not in f"{wire!r} {wire} {message!r} {wire.signed_urls!r} {wire.signed_urls}"
    assert "s1gned" not in f"{wire!r} {message!r} {wire._message(UPLOAD)!r} {wire.signed_urls!r}"


# The budget


class TurnClock:
    """Time that moves to the next sleeper when nobody has anything left to do."""

    def __init__(self) -> None:
        self._now = 0.0
        self._sleepers = list[tuple[float, int, asyncio.Future[None]]]()
        self._mover: asyncio.Task[None] | None = None
        self._count = 0

    def now(self) -> float:
        return self._now

    def sleep(self, seconds: float) -> None:
        self._now += seconds

    async def asleep(self, seconds: float) -> None:
        waiter = asyncio.get_running_loop().create_future()
        self._count += 1
        heapq.heappush(self._sleepers, (self._now + seconds, self._count, waiter))
        if self._mover is None or self._mover.done():
            self._mover = asyncio.ensure_future(self._move())
        await waiter

    async def _move(self) -> None:
        while self._sleepers:
            for _ in range(10):
                await asyncio.sleep(0)
            wakes, _, waiter = heapq.heappop(self._sleepers)
            self._now = max(self._now, wakes)
            waiter.set_result(None)


def test_a_hundred_calls_at_once_stay_in_the_budget(server: Server, make_toolkit: MakeToolkit) -> None:
    clock, starts = TurnClock(), list[float]()
    body = server._world()[f"GET /runs/{RUN}"]

    def answer(request: httpx.Request) -> httpx.Response:
        starts.append(clock.now())
        return body(request)

    server.answers = {f"GET /runs/{RUN}": answer}
    toolkit = make_toolkit()
    toolkit.use_clock(clock)
    tool = tool_of(toolkit, "get_run")

    async def all_at_once() -> list[Any]:
        return await asyncio.gather(*(tool.ainvoke({"run_id": RUN}) for _ in range(100)))

    answers = asyncio.run(all_at_once())
    assert len(starts) == len(answers) == 100
    assert all(RUN in answer for answer in answers)
    assert max(sum(start <= other < start + 1 for other in starts) for start in starts) <= 30
    assert 4 < max(starts) < 6  # about (100 - 10) / 20: they waited, and for nothing but their places


class Counting(Budget):
    """A budget that always has a place."""

    def __init__(self) -> None:
        super().__init__()
        self.taken = list[Bucket]()

    def reserve(self, bucket: Bucket = Bucket.DEFAULT) -> float:
        self.taken.append(bucket)
        return 0.0

    def push_back(self, bucket: Bucket, seconds: float) -> None:
        """Everyone may go on."""


def test_every_try_takes_a_place_in_the_budget(server: Server, wire: Wire, exchange: Exchange) -> None:
    wire.budget = counting = Counting()
    server.answers = anything(502, httpx.ReadTimeout, 429, good())
    exchange(wire, READ)
    assert len(counting.taken) == len(server.sent) == 4


@pytest.mark.parametrize(("has_slot", "places"), [(False, 3), (True, 2)])
def test_a_place_taken_beforehand_serves_the_first_try_only(
    has_slot: bool, places: int, server: Server, wire: Wire
) -> None:
    wire.budget = counting = Counting()
    server.answers = anything(429, 429, good())
    SyncDriver(wire).run(wire.exchange(APPLY, has_slot=has_slot))
    assert len(server.sent) == 3
    assert len(counting.taken) == places


@pytest.mark.parametrize("tool", ["get_run", "apply_run"])
def test_an_unreachable_fact_changes_nothing(tool: str, server: Server, make_toolkit: MakeToolkit, use: Use) -> None:
    server.answers = {"GET .*": fails(httpx.ConnectError)}
    message = use(make_toolkit(confirmer=lambda _: True), tool, run_id=RUN)
    assert message.status == "error"
    assert "Nothing was changed" in message.text
    assert server.writes == []


def test_a_write_waits_for_its_place_before_the_facts_are_read_again(
    server: Server, make_toolkit: MakeToolkit, use: Use
) -> None:
    toolkit = make_toolkit(confirmer=lambda _: True)
    server.answers = {f"POST /runs/{RUN}/actions/apply": says(None, 202)}
    use(toolkit, "apply_run", run_id=RUN)
    assert server.lines[-1] == f"POST /runs/{RUN}/actions/apply"
    assert server.lines.count(f"GET /runs/{RUN}") == 2
