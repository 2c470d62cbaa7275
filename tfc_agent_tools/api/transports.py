"""httpx transports, used bare: no client, so no cookies, no redirects, no default credentials, no log of URLs.

A bearer token and a signed URL share nothing but the connection pool: each message carries its own headers. httpcore
logs the headers of an answer at DEBUG, a signed Location among them; of what is sent here it logs only what happens.
"""

from __future__ import annotations

import asyncio
import logging
import re
import weakref
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from threading import Lock
from typing import TYPE_CHECKING, Final, TypeVar
from urllib.parse import urlsplit

from tfc_agent_tools.api.bodies import Unusable, body_for
from tfc_agent_tools.effects import Reply, Transmit, TransmitFailed
from tfc_agent_tools.errors import ConfigurationError

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable, Generator

    import httpx

T = TypeVar("T")
_TIMEOUT: Final = {"connect": 10.0, "read": 30.0, "write": 30.0, "pool": 30.0}
_CONNECTIONS: Final = 50
_LOOPBACK: Final = ("127.0.0.1", "localhost", "::1")
_USER_AGENT: Final = "tfc-agent-tools"
_HOST: Final = re.compile(r"[a-z0-9_-]+(\.[a-z0-9_-]+)*\.?|[0-9a-f:.]*:[0-9a-f:.]*")
_SENDING: Final = ContextVar("sending", default=False)


class _EventsOnly(logging.Filter):
    """Leaves of a record about our own messages its first word, the event."""

    def filter(self, record: logging.LogRecord) -> bool:
        if _SENDING.get():
            record.msg, record.args = str(record.msg).partition(" ")[0], None
        return True


_EVENTS_ONLY: Final = _EventsOnly()


def checked_address(address: str) -> str:
    """The server's origin, without a slash at the end.

    Raises:
        ConfigurationError: Not a URL, not https (but for this machine itself), or more than scheme, host and port.
    """
    given = address if "://" in address else f"https://{address}"
    try:
        parts = urlsplit(given)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        host, port, parts = "", None, urlsplit("")
    is_more = parts.path.strip("/") or parts.query or parts.fragment or "@" in parts.netloc
    if parts.scheme not in {"https", "http"} or is_more or not _HOST.fullmatch(host) or port == 0:
        msg = "the address must be a scheme and a host only, such as https://app.terraform.io; set TFE_ADDRESS"
        raise ConfigurationError(msg)
    if parts.scheme == "http" and host not in _LOOPBACK:
        msg = f"http://{host} would send the token in the clear; use https (http is for this machine only)"
        raise ConfigurationError(msg)
    named = f"[{host}]" if ":" in host else host
    return f"{parts.scheme}://{named}" + (f":{port}" if port else "")


class Transports:
    """One pool for blocking calls, one for each event loop; or the transports that the host gave."""

    def __init__(
        self, sync: httpx.BaseTransport | None = None, asynchronous: httpx.AsyncBaseTransport | None = None
    ) -> None:
        self._given, self._given_async = sync, asynchronous
        self._own: dict[str | None, httpx.BaseTransport] = {}
        self._by_loop: dict[asyncio.AbstractEventLoop, dict[str | None, httpx.AsyncBaseTransport]] = {}
        self._lock = Lock()
        for part in ("connection", "http11", "http2", "proxy", "socks"):
            logging.getLogger(f"httpcore.{part}").addFilter(_EVENTS_ONLY)

    def send(self, message: Transmit) -> Reply:
        """Transmit once, blocking.

        Raises:
            TransmitFailed: No complete answer.
        """
        import httpx

        try:
            with _quiet():
                response = self._sync(message.url).handle_request(_request(message))
                body = body_for(message, response.status_code)
                try:
                    for chunk in response.iter_bytes():
                        body.add(chunk)
                    return body.reply(response.status_code, response.headers)
                except BaseException:
                    body.close()
                    raise
                finally:
                    response.close()
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            failure = _failed(error, proxied=self._given is None and _proxy(message.url) is not None)
        raise failure  # not in the `except`: what httpx says can hold a URL, and would hang on to this as its context

    async def asend(self, message: Transmit) -> Reply:
        """Transmit once, on the running loop.

        Raises:
            TransmitFailed: No complete answer.
        """
        import httpx

        try:
            with _quiet():
                response = await self._async(message.url).handle_async_request(_request(message))
                body = body_for(message, response.status_code)
                try:
                    async for chunk in response.aiter_bytes():
                        body.add(chunk)
                    return body.reply(response.status_code, response.headers)
                except BaseException:
                    body.close()
                    raise
                finally:
                    await response.aclose()
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            failure = _failed(error, proxied=self._given_async is None and _proxy(message.url) is not None)
        raise failure

    def close(self) -> None:
        """Close the blocking pools that this object made."""
        with self._lock:
            made, self._own = self._own, {}
        for transport in made.values():
            transport.close()

    async def aclose(self) -> None:
        """Close the running loop's pools and the blocking ones that this object made."""
        self.close()
        with self._lock:
            made = self._by_loop.pop(asyncio.get_running_loop(), {})
        for transport in made.values():
            await transport.aclose()

    def _sync(self, url: str) -> httpx.BaseTransport:
        if self._given is not None:
            return self._given
        import httpx

        proxy = _proxy(url)
        with self._lock:
            if proxy not in self._own:
                self._own[proxy] = made = _pool(httpx.HTTPTransport, proxy)
                weakref.finalize(self, made.close)
            return self._own[proxy]

    def _async(self, url: str) -> httpx.AsyncBaseTransport:
        if self._given_async is not None:
            return self._given_async
        import httpx

        proxy, loop = _proxy(url), asyncio.get_running_loop()
        with self._lock:
            # A pool holds its loop, so a weak dictionary would keep both; the pools of a closed loop are of no use.
            for gone in [other for other in self._by_loop if other.is_closed()]:
                del self._by_loop[gone]
            pools = self._by_loop.setdefault(loop, {})
            if proxy not in pools:
                pools[proxy] = _pool(httpx.AsyncHTTPTransport, proxy)
            return pools[proxy]


def _request(message: Transmit) -> httpx.Request:
    import httpx

    headers = {"user-agent": _USER_AGENT, **message.headers}
    return httpx.Request(
        message.method,
        message.url,
        headers=headers,
        content=message.content,
        extensions={"timeout": _TIMEOUT},
    )


@contextmanager
def _quiet() -> Generator[None]:
    token = _SENDING.set(True)
    try:
        yield
    finally:
        _SENDING.reset(token)


def _pool(kind: Callable[..., T], proxy: str | None) -> T:
    """A pool of connections of our own. What the environment gives can be wrong, and is then named.

    Raises:
        TransmitFailed: The proxy's URL or the file of certificates is of no use.
    """
    import httpx

    try:
        return kind(verify=_tls(), proxy=proxy, limits=httpx.Limits(max_connections=_CONNECTIONS))
    except (ValueError, ImportError, httpx.InvalidURL):
        problem = "the proxy's URL can't be used (HTTPS_PROXY): it must be http://host:port"
    except OSError:
        problem = "the certificates that SSL_CERT_FILE or SSL_CERT_DIR names can't be read"
    raise TransmitFailed(problem, sent=False)


def _failed(error: Exception, *, proxied: bool) -> TransmitFailed:
    """What happened, in words without a URL, and whether the request can have left this machine."""
    import httpx

    unsent: dict[type[Exception], str] = {
        httpx.ConnectTimeout: "no connection within 10 seconds",
        httpx.PoolTimeout: "no free connection within 30 seconds",
        httpx.ProxyError: "the proxy refused or failed (HTTPS_PROXY, NO_PROXY)",
        httpx.InvalidURL: "the URL is not valid",
        httpx.UnsupportedProtocol: "the URL is not valid",
    }
    for kind, words in unsent.items():
        if isinstance(error, kind):
            return TransmitFailed(words, sent=False)
    if isinstance(error, httpx.ConnectError):
        return TransmitFailed(_no_connection(str(error).upper(), proxied=proxied), sent=False)
    if isinstance(error, httpx.DecodingError):
        return Unusable("the answer can't be decompressed")
    timed_out = isinstance(error, httpx.TimeoutException)
    return TransmitFailed("no answer within 30 seconds" if timed_out else "the connection was lost", sent=True)


def _no_connection(said: str, *, proxied: bool) -> str:
    if "CERTIFICATE" in said:
        return "TLS failed: its certificate is not trusted here (SSL_CERT_FILE)"
    if "SSL" in said:
        return "TLS failed"
    return "no connection, through the proxy (HTTPS_PROXY, NO_PROXY)" if proxied else "no connection"


@cache
def _tls() -> ssl.SSLContext:
    import httpx

    return httpx.create_ssl_context()


def _proxy(url: str) -> str | None:
    from urllib.request import getproxies, proxy_bypass

    parts = urlsplit(url)
    if parts.hostname in _LOOPBACK or proxy_bypass(parts.hostname or ""):
        return None
    proxies = getproxies()
    proxy = proxies.get(parts.scheme) or proxies.get("all")
    return proxy if not proxy or "://" in proxy else f"http://{proxy}"
