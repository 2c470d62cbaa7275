"""Serving a sandbox over HTTP, on loopback only."""

from __future__ import annotations

import contextlib
import ipaddress
import secrets
import signal
import socket
import threading
from typing import TYPE_CHECKING, TypedDict

import uvicorn
from starlette.middleware.trustedhost import TrustedHostMiddleware

from tfc_agent_tools.sandbox.sandbox import Sandbox

if TYPE_CHECKING:
    from collections.abc import Callable, Generator
    from types import FrameType


# A page in a browser can point a name of its own at 127.0.0.1; it can't choose another Host.
_HOSTS = ["localhost", "127.0.0.1", "::1", "[::1]"]


class Description(TypedDict):
    """What a client needs to know of a sandbox."""

    address: str
    organization: str
    engine: str
    tokens: dict[str, str]


def describe(sandbox: Sandbox, address: str | None = None) -> Description:
    """Return what a client needs, as JSON data: address, organization, engine, and a token of each kind."""
    return {
        "address": address or sandbox.address,
        "organization": sandbox.organization,
        "engine": sandbox.engine,
        "tokens": dict(sandbox.tokens),
    }


def serve(
    host: str = "127.0.0.1",
    port: int = 0,
    *,
    sandbox: Sandbox | None = None,
    on_ready: Callable[[Description], None] | None = None,
    stop: threading.Event | None = None,
) -> Description:
    """Serve until SIGINT, SIGTERM or `stop`, then end every terraform that still runs.

    Outside the main thread no signal arrives, and only `stop` ends it. `port` 0 takes a free one. `on_ready` is called
    once, when connections are accepted. A sandbox that is not given is made here, with tokens that nobody can guess,
    and closed here.

    Raises:
        ValueError: `host` is not a loopback address: the sandbox runs uploaded configurations.
        OSError: The port is taken.
    """
    family = _loopback_family(host)
    with contextlib.ExitStack() as stack:
        served = sandbox or stack.enter_context(Sandbox(seed=secrets.token_hex()))
        listener = stack.enter_context(_listen(family, host, port))
        shown = f"[{host}]" if ":" in host else host
        description = describe(served, f"http://{shown}:{listener.getsockname()[1]}")
        server = _Server(served, lambda: on_ready(description) if on_ready else None, stop)
        with _signals_stop(server):
            server.run([listener])
    return description


class _Server(uvicorn.Server):
    def __init__(self, sandbox: Sandbox, on_ready: Callable[[], None], stop: threading.Event | None) -> None:
        app = TrustedHostMiddleware(sandbox.app, _HOSTS, www_redirect=False)
        config = uvicorn.Config(app, log_level="warning", lifespan="off", ws="none", timeout_graceful_shutdown=5)
        super().__init__(config)
        self._on_ready, self._stop = on_ready, stop

    async def on_tick(self, counter: int) -> bool:
        """Every 0.1 seconds: whether to stop."""
        return await super().on_tick(counter) or (self._stop is not None and self._stop.is_set())

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._on_ready()


@contextlib.contextmanager
def _signals_stop(server: uvicorn.Server) -> Generator[None]:
    """Make signals stop the server and nothing more.

    uvicorn raises each signal again when it has stopped. With the default handlers that would end the
    process before the sandbox is closed, and leave a running terraform behind.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def stop(_number: int, _frame: FrameType | None) -> None:
        server.should_exit = True

    before = {number: signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextlib.contextmanager
def _listen(family: socket.AddressFamily, host: str, port: int) -> Generator[socket.socket]:
    # With the protocol named, asyncio switches Nagle's algorithm off; otherwise an answer may wait 40 ms.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        yield listener
    finally:
        listener.close()


def _loopback_family(host: str) -> socket.AddressFamily:
    name = "127.0.0.1" if host == "localhost" else host
    try:
        address = ipaddress.ip_address(name)
    except ValueError:
        address = None
    if address is None or not address.is_loopback:
        msg = f"the sandbox listens on loopback only (127.0.0.1, ::1 or localhost), not on {host!r}"
        raise ValueError(msg)
    return socket.AF_INET6 if address.version == 6 else socket.AF_INET
