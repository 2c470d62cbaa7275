"""The connections themselves, against real servers on this machine: nothing here is a stand-in for a socket."""

import asyncio
import gzip
import logging
import ssl
import subprocess
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, NamedTuple

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.server import RUN, TOKEN, Server, document
from support.tools import tool_of

from tfc_agent_tools import TerraformCloudToolkit
from tfc_agent_tools.api.transports import Transports, Unusable, checked_address
from tfc_agent_tools.clock import InstantClock
from tfc_agent_tools.effects import Reply, Transmit, TransmitFailed
from tfc_agent_tools.errors import ConfigurationError

ANSWER = b'{"data": {"type": "runs", "id": "run-aaaaaaaaaaaaaaaa", "attributes": {"status": "planned"}}}'
SIGNED = "/_archivist/v1/object/s1gned-d0wnload"
SENSITIVE = ("s3cr3t", "s1gned", "c00kie")

Handle = Callable[["Handler"], None]
Send = Callable[[Transports, Transmit], Reply]


class Seen(NamedTuple):
    """A request as it arrived; one handler serves all of a connection."""

    command: str
    path: str
    headers: Message


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: "Loopback"

    def answer(self) -> None:
        length = int(self.headers.get("content-length") or 0)
        self.rfile.read(length)
        self.server.seen.append(Seen(self.command, self.path, self.headers))
        self.server.ports.add(self.client_address[1])
        self.server.handle_it(self)

    do_GET = do_POST = do_PUT = do_DELETE = do_CONNECT = answer  # noqa: N815 - http.server calls them so

    def reply(self, content: bytes, status: int = 200, **headers: str) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("content-length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - its name
        """Say nothing."""


class Loopback(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.seen = list[Seen]()
        self.ports = set[int]()
        self.handle_it: Handle = lambda handler: handler.reply(ANSWER)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that goes away is no news."""

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"


@pytest.fixture
def loopback() -> Iterator[Loopback]:
    server = Loopback()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture(params=["sync", "async"])
def send(request: pytest.FixtureRequest) -> Send:
    """Transmit once and close."""

    def run(transports: Transports, message: Transmit) -> Reply:
        if request.param == "sync":
            try:
                return transports.send(message)
            finally:
                transports.close()

        async def once() -> Reply:
            try:
                return await transports.asend(message)
            finally:
                await transports.aclose()

        return asyncio.run(once())

    return run


def get(url: str) -> Transmit:
    return Transmit("GET", url, {"authorization": f"Bearer {TOKEN}"})


def own_toolkit(address: str, **settings: Any) -> TerraformCloudToolkit:
    toolkit = TerraformCloudToolkit(address=address, token=TOKEN, token_type="user", **settings)
    toolkit.use_clock(InstantClock())
    return toolkit


# Addresses


@pytest.mark.parametrize(
    ("given_", "address"),
    [
        ("https://app.terraform.io", "https://app.terraform.io"),
        ("https://app.terraform.io/", "https://app.terraform.io"),
        ("app.terraform.io", "https://app.terraform.io"),
        ("HTTPS://APP.terraform.io", "https://app.terraform.io"),
        ("tfe.example:8443", "https://tfe.example:8443"),
        ("https://10.0.0.1", "https://10.0.0.1"),
        ("https://[2001:db8::1]:8443", "https://[2001:db8::1]:8443"),
        ("http://127.0.0.1:8080", "http://127.0.0.1:8080"),
        ("http://localhost:1", "http://localhost:1"),
        ("http://[::1]:8080/", "http://[::1]:8080"),
    ],
)
def test_an_address_is_a_scheme_a_host_and_perhaps_a_port(given_: str, address: str) -> None:
    assert checked_address(given_) == address


@pytest.mark.parametrize(
    "address",
    [
        "",
        "https://",
        "https:///x",
        "://app.terraform.io",
        "ftp://app.terraform.io",
        "file:///etc/passwd",
        "https://app.terraform.io/api/v2",
        "https://app.terraform.io/x/",
        "https://app.terraform.io?x=1",
        "https://app.terraform.io#x",
        "https://user@app.terraform.io",
        "https://user:pass@app.terraform.io",
        "https://@app.terraform.io",
        "https://app.terraform.io:0",
        "https://app.terraform.io:65536",
        "https://app.terraform.io:-1",
        "https://app.terraform.io:x",
        "https://[::1",
        "https://[zz]",
        "https://app terraform.io",
        "https://app.terraform.io ",
        "https://app..terraform.io",
        "https://evil.example\\.app.terraform.io",
        "https://app.terraform.io\x00",
        "https://app%2eterraform.io",
        "https://аpp.terraform.io",  # noqa: RUF001 - a Cyrillic letter
    ],
)
def test_anything_else_is_no_address_and_the_error_says_what_is(address: str) -> None:
    with pytest.raises(ConfigurationError, match="TFE_ADDRESS") as caught:
        checked_address(address)
    assert "\n" not in str(caught.value)
    assert "pass" not in str(caught.value)


@pytest.mark.parametrize(
    "address",
    ["http://app.terraform.io", "http://127.0.0.2", "http://localhost.evil.example", "http://[::2]", "http://0.0.0.0"],
)
def test_plain_http_is_for_this_machine_only(address: str) -> None:
    with pytest.raises(ConfigurationError, match="https"):
        checked_address(address)


@given(st.text(max_size=40) | st.text("htps:/.[]@?#%\\0-9a-z \t", max_size=30).map("https://".__add__))
def test_whatever_is_given_is_refused_or_becomes_an_origin_that_httpx_reads_in_the_same_way(address: str) -> None:
    try:
        origin = checked_address(address)
    except ConfigurationError:
        return
    url = httpx.URL(f"{origin}/api/v2/runs")
    assert url.path == "/api/v2/runs"
    assert not url.userinfo
    named = f"[{url.host}]" if ":" in url.host else url.host
    assert f"{url.scheme}://{named}" + (f":{url.port}" if url.port else "") in {origin, origin.removesuffix(":443")}


def test_the_address_is_checked_when_the_toolkit_is_built() -> None:
    with pytest.raises(ConfigurationError):
        TerraformCloudToolkit(address="http://app.terraform.io", token=TOKEN)


# Real answers


def test_a_body_comes_whole(loopback: Loopback, send: Send) -> None:
    reply = send(Transports(), get(loopback.address))
    assert (reply.status, reply.content) == (200, ANSWER)


def test_header_names_come_in_lower_case(loopback: Loopback, send: Send) -> None:
    loopback.handle_it = lambda handler: handler.reply(b"", X_RateLimit_Reset="1.5")
    assert send(Transports(), get(loopback.address)).headers["x-ratelimit-reset"] == "1.5"


def chunked(handler: Handler, *, ends: bool = True) -> None:
    handler.send_response(200)
    handler.send_header("transfer-encoding", "chunked")
    handler.end_headers()
    for start in range(0, len(ANSWER), 10):
        part = ANSWER[start : start + 10]
        handler.wfile.write(b"%x\r\n%s\r\n" % (len(part), part))
        handler.wfile.flush()
    if ends:
        handler.wfile.write(b"0\r\n\r\n")
    else:
        handler.close_connection = True


def test_a_chunked_body_comes_whole(loopback: Loopback, send: Send) -> None:
    loopback.handle_it = chunked
    assert send(Transports(), get(loopback.address)).content == ANSWER


def test_a_chunked_body_that_stops_short_is_no_answer(loopback: Loopback, send: Send) -> None:
    loopback.handle_it = lambda handler: chunked(handler, ends=False)
    with pytest.raises(TransmitFailed, match="connection was lost") as caught:
        send(Transports(), get(loopback.address))
    assert caught.value.sent


def test_a_body_shorter_than_its_length_is_no_answer(loopback: Loopback, send: Send) -> None:
    def short(handler: Handler) -> None:
        handler.send_response(200)
        handler.send_header("content-length", "1000")
        handler.end_headers()
        handler.wfile.write(ANSWER)
        handler.close_connection = True

    loopback.handle_it = short
    with pytest.raises(TransmitFailed) as caught:
        send(Transports(), get(loopback.address))
    assert caught.value.sent


def test_a_compressed_body_is_decompressed(loopback: Loopback, send: Send) -> None:
    loopback.handle_it = lambda handler: handler.reply(gzip.compress(ANSWER), content_encoding="gzip")
    assert send(Transports(), get(loopback.address)).content == ANSWER


@pytest.mark.parametrize("content", [b"not gzip at all", b"\x1f\x8b\x08\x00" + b"\xff" * 30])
def test_a_body_that_cannot_be_decompressed_is_a_clear_error_and_asked_for_once(
    content: bytes, loopback: Loopback, send: Send
) -> None:
    loopback.handle_it = lambda handler: handler.reply(content, content_encoding="gzip")
    with pytest.raises(Unusable, match="decompressed"):
        send(Transports(), get(loopback.address))
    toolkit = own_toolkit(loopback.address)
    assert "decompressed" in tool_of(toolkit, "get_run").invoke({"run_id": RUN})
    toolkit.close()
    assert len(loopback.seen) == 2


def test_a_slow_body_comes_whole(loopback: Loopback, send: Send) -> None:
    def slow(handler: Handler) -> None:
        handler.send_response(200)
        handler.send_header("content-length", str(len(ANSWER)))
        handler.end_headers()
        for byte in ANSWER[:20]:
            handler.wfile.write(bytes([byte]))
            handler.wfile.flush()
            time.sleep(0.005)
        handler.wfile.write(ANSWER[20:])

    loopback.handle_it = slow
    assert send(Transports(), get(loopback.address)).content == ANSWER


def test_a_server_that_hangs_up_has_perhaps_taken_the_request(loopback: Loopback, send: Send) -> None:
    loopback.handle_it = lambda handler: setattr(handler, "close_connection", True)
    with pytest.raises(TransmitFailed) as caught:
        send(Transports(), get(loopback.address))
    assert caught.value.sent


def test_a_closed_port_has_certainly_not(loopback: Loopback, send: Send) -> None:
    loopback.shutdown()
    loopback.server_close()
    with pytest.raises(TransmitFailed, match=r"^no connection$") as caught:
        send(Transports(), get(loopback.address))
    assert not caught.value.sent
    assert caught.value.__cause__ is caught.value.__context__ is None


def test_connections_are_kept_for_the_next_call(loopback: Loopback) -> None:
    transports = Transports()
    for _ in range(5):
        transports.send(get(loopback.address))
    transports.close()
    assert len(loopback.ports) == 1


def test_a_closed_toolkit_opens_new_connections(loopback: Loopback) -> None:
    toolkit = own_toolkit(loopback.address)
    tool = tool_of(toolkit, "get_run")
    for _ in range(2):
        assert RUN in tool.invoke({"run_id": RUN})
        toolkit.close()
    assert len(loopback.ports) == 2


def test_no_cookie_is_ever_sent_back(loopback: Loopback) -> None:
    loopback.handle_it = lambda handler: handler.reply(ANSWER, Set_Cookie="_atlas_session=c00kie; Path=/")
    toolkit = own_toolkit(loopback.address)
    tool = tool_of(toolkit, "get_run")
    for _ in range(3):
        tool.invoke({"run_id": RUN})
    toolkit.close()

    async def again() -> None:
        for _ in range(3):
            await tool.ainvoke({"run_id": RUN})
        await toolkit.aclose()

    asyncio.run(again())
    assert len(loopback.seen) == 6
    assert all(seen.headers["cookie"] is None for seen in loopback.seen)


def test_a_redirect_is_followed_without_bearer_and_cookie(loopback: Loopback) -> None:
    def redirects(handler: Handler) -> None:
        if handler.path == SIGNED:
            handler.reply(ANSWER)
        else:
            handler.reply(b"", 302, Location=loopback.address + SIGNED, Set_Cookie="a=c00kie")

    loopback.handle_it = redirects
    toolkit = own_toolkit(loopback.address)
    assert RUN in tool_of(toolkit, "get_run").invoke({"run_id": RUN})
    toolkit.close()
    first, second = loopback.seen
    assert first.headers["authorization"] == f"Bearer {TOKEN}"
    assert second.headers["authorization"] is second.headers["cookie"] is None


# A limit


class Endless(httpx.SyncByteStream, httpx.AsyncByteStream):
    def __init__(self) -> None:
        self.given = 0

    def __iter__(self) -> Iterator[bytes]:
        chunk = b" " * 2**20
        while True:
            self.given += 1
            yield chunk

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for chunk in self:
            yield chunk


def test_an_endless_answer_is_refused_at_the_limit_and_not_asked_for_again(server: Server, send: Send) -> None:
    endless = Endless()
    server.answers = {".*": lambda _: httpx.Response(200, stream=endless)}
    with pytest.raises(Unusable, match="larger than 64 MiB"):
        send(Transports(server, server), get("https://app.terraform.io"))
    assert endless.given == 65


def test_a_model_reads_that_an_answer_is_too_large(server: Server) -> None:
    endless = Endless()
    server.answers = {".*": lambda _: httpx.Response(200, stream=endless)}
    toolkit = TerraformCloudToolkit(token=TOKEN, token_type="user", transport=server)
    assert "larger than 64 MiB" in tool_of(toolkit, "get_run").invoke({"run_id": RUN})
    assert len(server.sent) == 1


def test_a_small_body_that_unpacks_to_a_huge_one_is_refused(loopback: Loopback, send: Send) -> None:
    bomb = gzip.compress(b"\0" * (80 * 2**20), 1)
    loopback.handle_it = lambda handler: handler.reply(bomb, content_encoding="gzip")
    with pytest.raises(Unusable, match="larger than 64 MiB"):
        send(Transports(), get(loopback.address))


# Threads and loops


def test_one_pool_serves_many_threads(loopback: Loopback) -> None:
    transports, barrier = Transports(), threading.Barrier(8)
    pools = set[int]()

    def work() -> None:
        barrier.wait()
        pools.add(id(transports._sync(loopback.address)))

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    transports.close()
    assert len(pools) == 1


def test_many_calls_on_one_loop_share_its_pool(loopback: Loopback) -> None:
    toolkit = own_toolkit(loopback.address)
    tool = tool_of(toolkit, "get_run")

    async def calls() -> None:
        for _ in range(3):
            await asyncio.gather(*(tool.ainvoke({"run_id": RUN}) for _ in range(20)))
        await toolkit.aclose()

    asyncio.run(calls())
    assert len(loopback.seen) == 60
    assert len(loopback.ports) <= 20


def test_a_toolkit_serves_several_loops_one_after_the_other(loopback: Loopback) -> None:
    toolkit = own_toolkit(loopback.address)
    tool = tool_of(toolkit, "get_run")

    async def call() -> str:
        try:
            return str(await tool.ainvoke({"run_id": RUN}))
        finally:
            await toolkit.aclose()

    assert all(RUN in asyncio.run(call()) for _ in range(4))
    assert len(loopback.seen) == 4


@pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning")
def test_loops_that_ended_without_closing_leave_no_pool_behind(loopback: Loopback) -> None:
    loopback.handle_it = lambda handler: handler.reply(ANSWER, Connection="close")
    transports = Transports()
    for _ in range(5):
        assert asyncio.run(transports.asend(get(loopback.address))).content == ANSWER
    assert len(transports._by_loop) == 1


def test_two_loops_at_once_have_a_pool_each(loopback: Loopback) -> None:
    toolkit = own_toolkit(loopback.address)
    tool = tool_of(toolkit, "get_run")
    answers = list[str]()

    async def calls() -> None:
        answers.extend(await asyncio.gather(*(tool.ainvoke({"run_id": RUN}) for _ in range(10))))
        await toolkit.aclose()

    threads = [threading.Thread(target=asyncio.run, args=(calls(),)) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(answers) == 30
    assert all(RUN in answer for answer in answers)


# Proxies and TLS


@pytest.fixture
def clean_environment(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY", "SSL_CERT_FILE", "SSL_CERT_DIR"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)
    return monkeypatch


@pytest.mark.parametrize("variable", ["HTTPS_PROXY", "https_proxy", "ALL_PROXY"])
@pytest.mark.parametrize("scheme", ["http://", "", "http://user:s3cr3t@"])
def test_the_proxy_of_the_environment_is_used_and_its_refusal_is_one_clear_line(
    variable: str, scheme: str, loopback: Loopback, clean_environment: pytest.MonkeyPatch, send: Send
) -> None:
    clean_environment.setenv(variable, scheme + loopback.address.removeprefix("http://"))
    loopback.handle_it = lambda handler: handler.reply(b"", 407, Proxy_Authenticate="Basic")
    with pytest.raises(TransmitFailed, match="proxy") as caught:
        send(Transports(), get("https://app.terraform.io/api/v2/x"))
    assert not caught.value.sent
    assert "\n" not in str(caught.value)
    assert "s3cr3t" not in str(caught.value)
    (connect,) = loopback.seen
    assert (connect.command, connect.path) == ("CONNECT", "app.terraform.io:443")
    assert connect.headers["authorization"] is None


def test_a_proxy_that_is_not_there_is_named_as_the_reason(
    loopback: Loopback, clean_environment: pytest.MonkeyPatch, send: Send
) -> None:
    loopback.shutdown()
    loopback.server_close()
    clean_environment.setenv("HTTPS_PROXY", loopback.address)
    with pytest.raises(TransmitFailed, match="through the proxy") as caught:
        send(Transports(), get("https://app.terraform.io/api/v2/x"))
    assert not caught.value.sent


@pytest.mark.parametrize("proxy", ["ftp://proxy:21", "http://[", "nonsense://", "socks5://user:s3cr3t@127.0.0.1:1"])
def test_a_proxy_that_cannot_be_used_is_one_clear_line_and_not_a_traceback(
    proxy: str, clean_environment: pytest.MonkeyPatch, send: Send
) -> None:
    clean_environment.setenv("HTTPS_PROXY", proxy)
    with pytest.raises(TransmitFailed, match="HTTPS_PROXY") as caught:
        send(Transports(), get("https://app.terraform.io/api/v2/x"))
    assert not caught.value.sent
    assert "s3cr3t" not in f"{caught.value} {caught.value.__context__}"


def test_no_proxy_stands_between_this_machine_and_itself(
    loopback: Loopback, clean_environment: pytest.MonkeyPatch, send: Send
) -> None:
    clean_environment.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    assert send(Transports(), get(loopback.address)).status == 200


def test_no_proxy_is_heeded_for_each_host_by_itself(loopback: Loopback, clean_environment: pytest.MonkeyPatch) -> None:
    clean_environment.setenv("HTTPS_PROXY", loopback.address)
    clean_environment.setenv("NO_PROXY", "app.terraform.io")
    transports = Transports()
    direct = transports._sync("https://app.terraform.io/x")
    assert direct is not transports._sync("https://archivist.terraform.io/x")
    assert direct is transports._sync("https://app.terraform.io/y")
    transports.close()


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate that signs itself, with its key, for 127.0.0.1."""
    path = tmp_path_factory.mktemp("tls") / "both.pem"
    subprocess.run(
        [
            *("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"),
            *("-keyout", str(path), "-out", str(path) + ".crt", "-days", "2", "-subj", "/CN=127.0.0.1"),
            *("-addext", "subjectAltName=IP:127.0.0.1"),
        ],
        check=True,
        capture_output=True,
    )
    certificate = Path(str(path) + ".crt")
    path.write_text(path.read_text() + certificate.read_text())
    return path


@pytest.fixture
def tls(loopback: Loopback, certificate: Path) -> str:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    loopback.socket = context.wrap_socket(loopback.socket, server_side=True)
    return loopback.address.replace("http://", "https://")


def test_a_certificate_that_is_not_trusted_is_one_clear_line_and_nothing_is_sent(
    tls: str, loopback: Loopback, send: Send
) -> None:
    with pytest.raises(TransmitFailed, match="certificate is not trusted") as caught:
        send(Transports(), get(tls))
    assert not caught.value.sent
    assert "\n" not in str(caught.value)
    assert loopback.seen == []


def test_a_model_reads_that_tls_failed_and_that_nothing_was_changed(tls: str) -> None:
    toolkit = own_toolkit(tls)
    said = tool_of(toolkit, "get_run").invoke({"run_id": RUN})
    toolkit.close()
    assert "certificate is not trusted" in said
    assert "Nothing was changed" in said


def test_tls_to_a_server_that_speaks_plain_http_is_one_clear_line(loopback: Loopback, send: Send) -> None:
    with pytest.raises(TransmitFailed, match="TLS failed") as caught:
        send(Transports(), get(loopback.address.replace("http://", "https://")))
    assert not caught.value.sent


# Logs


@pytest.mark.parametrize("how", ["sync", "async"])
def test_no_logger_of_any_library_tells_a_secret_at_debug(
    how: str, loopback: Loopback, caplog: pytest.LogCaptureFixture
) -> None:
    def redirects(handler: Handler) -> None:
        if handler.path == SIGNED:
            handler.reply(ANSWER)
        else:
            handler.reply(b"", 302, Location=loopback.address + SIGNED, Set_Cookie="a=c00kie")

    loopback.handle_it = redirects
    caplog.set_level(logging.DEBUG)
    toolkit = own_toolkit(loopback.address)
    tool = tool_of(toolkit, "get_run")

    async def call() -> str:
        try:
            return str(await tool.ainvoke({"run_id": RUN}))
        finally:
            await toolkit.aclose()

    said = tool.invoke({"run_id": RUN}) if how == "sync" else asyncio.run(call())
    toolkit.close()
    assert RUN in said
    assert any(record.name.startswith("httpcore") for record in caplog.records)
    told = [f"{record.getMessage()} {vars(record)}" for record in caplog.records]
    assert not [line for line in told if any(word in line for word in SENSITIVE)]


def test_the_logs_of_other_clients_in_this_process_stay_as_they_are(
    loopback: Loopback, caplog: pytest.LogCaptureFixture
) -> None:
    Transports().send(get(loopback.address))
    caplog.set_level(logging.DEBUG)
    with httpx.Client(trust_env=False) as client:
        client.get(loopback.address)
    assert any("return_value=" in record.getMessage() for record in caplog.records)


def test_a_toolkit_shows_itself_without_secrets(server: Server) -> None:
    toolkit = TerraformCloudToolkit(token=TOKEN, transport=server, async_transport=server)
    tool = tool_of(toolkit, "get_run")
    shown = f"{toolkit!r} {toolkit} {toolkit._host!r} {tool!r} {tool} {toolkit._host.wire!r} {vars(toolkit)}"
    assert TOKEN not in shown
    assert TOKEN not in f"{toolkit.model_dump()} {tool.metadata} {tool.tags}"


def test_the_world_of_the_test_server_is_what_these_tests_send() -> None:
    assert document("runs", RUN, {"status": "planned"})["data"]["id"] in ANSWER.decode()
