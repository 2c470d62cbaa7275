"""httpx transports, used bare: no client, so no cookies, no redirects, no default credentials, no log of URLs.

A bearer token and a signed URL share nothing but the connection pool: each message carries its own headers.
"""

from __future__ import annotations

import asyncio
import weakref
from functools import cache
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from tfc_agent_tools.effects import Reply, Transmit, TransmitFailed
from tfc_agent_tools.errors import ConfigurationError

if TYPE_CHECKING:
    import ssl
    from collections.abc import Mapping

    import httpx

_TIMEOUT: Final = {"connect": 10.0, "read": 30.0, "write": 30.0, "pool": 30.0}
_CONNECTIONS: Final = 50
_LARGEST: Final = 64 * 2**20
_LOOPBACK: Final = ("127.0.0.1", "localhost", "::1")
_USER_AGENT: Final = "tfc-agent-tools"


def checked_address(address: str) -> str:
    """The server's origin, without a slash at the end.

    Raises:
        ConfigurationError: Not a URL, not https (but for this machine itself), or more than scheme, host and port.
    """
    given = address if "://" in address else f"https://{address}"
    try:
        parts = urlsplit(given)
        host, port = parts.hostname, parts.port
    except ValueError:
        host, port, parts = None, None, urlsplit("")
    if not host or parts.scheme not in {"https", "http"} or parts.path.strip("/") or parts.query or "@" in parts.netloc:
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
        self._own: httpx.BaseTransport | None = None
        self._by_loop: weakref.WeakKeyDictionary[asyncio.AbstractEventLoop, httpx.AsyncBaseTransport] = (
            weakref.WeakKeyDictionary()
        )

    def send(self, message: Transmit) -> Reply:
        """Transmit once, blocking.

        Raises:
            TransmitFailed: No complete answer.
        """
        import httpx

        try:
            response = self._sync(message.url).handle_request(_request(message))
            try:
                return _reply(response, _limited(b"".join(response.iter_bytes())))
            finally:
                response.close()
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise _failed(error) from None

    async def asend(self, message: Transmit) -> Reply:
        """Transmit once, on the running loop.

        Raises:
            TransmitFailed: No complete answer.
        """
        import httpx

        try:
            response = await self._async(message.url).handle_async_request(_request(message))
            try:
                return _reply(response, _limited(await response.aread()))
            finally:
                await response.aclose()
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise _failed(error) from None

    def close(self) -> None:
        """Close the blocking pool, if this object made it."""
        if self._own is not None:
            self._own.close()
            self._own = None

    async def aclose(self) -> None:
        """Close the running loop's pool and the blocking one, if this object made them."""
        self.close()
        if transport := self._by_loop.pop(asyncio.get_running_loop(), None):
            await transport.aclose()

    def _sync(self, url: str) -> httpx.BaseTransport:
        if self._given is not None:
            return self._given
        if self._own is None:
            import httpx

            self._own = httpx.HTTPTransport(
                verify=_tls(), proxy=_proxy(url), limits=httpx.Limits(max_connections=_CONNECTIONS)
            )
            weakref.finalize(self, self._own.close)
        return self._own

    def _async(self, url: str) -> httpx.AsyncBaseTransport:
        if self._given_async is not None:
            return self._given_async
        loop = asyncio.get_running_loop()
        if loop not in self._by_loop:
            import httpx

            self._by_loop[loop] = httpx.AsyncHTTPTransport(
                verify=_tls(), proxy=_proxy(url), limits=httpx.Limits(max_connections=_CONNECTIONS)
            )
        return self._by_loop[loop]


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


def _reply(response: httpx.Response, content: bytes) -> Reply:
    headers: Mapping[str, str] = {name.lower(): value for name, value in response.headers.items()}
    return Reply(response.status_code, headers, content)


def _limited(content: bytes) -> bytes:
    if len(content) > _LARGEST:
        msg = f"the answer is larger than {_LARGEST >> 20} MiB"
        raise TransmitFailed(msg, sent=True)
    return content


def _failed(error: Exception) -> TransmitFailed:
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
        tls = "CERTIFICATE" in str(error).upper() or "SSL" in str(error).upper()
        words = "TLS failed: its certificate is not trusted here (SSL_CERT_FILE)" if tls else "no connection"
        return TransmitFailed(words, sent=False)
    timed_out = isinstance(error, httpx.TimeoutException)
    return TransmitFailed("no answer within 30 seconds" if timed_out else "the connection was lost", sent=True)


@cache
def _tls() -> ssl.SSLContext:
    import httpx

    return httpx.create_ssl_context()


def _proxy(url: str) -> str | None:
    from urllib.request import getproxies, proxy_bypass

    parts = urlsplit(url)
    if parts.hostname in _LOOPBACK or proxy_bypass(parts.hostname or ""):
        return None
    return getproxies().get(parts.scheme)
