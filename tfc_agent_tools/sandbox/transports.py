"""Using the sandbox without a socket: httpx transports that hand requests to the application."""

from __future__ import annotations

import asyncio
import threading
from typing import TYPE_CHECKING

import httpx

if TYPE_CHECKING:
    from collections.abc import Coroutine
    from typing import Any

    from starlette.types import ASGIApp


class LoopThread:
    """An event loop in a thread of its own, started when it is first needed."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None
        self._closed = False

    def run(self, work: Coroutine[Any, Any, httpx.Response]) -> httpx.Response:
        """Run a coroutine to its end, from any thread.

        Raises:
            RuntimeError: The loop was closed.
        """
        try:
            loop = self._started()
        except RuntimeError:
            work.close()
            raise
        return asyncio.run_coroutine_threadsafe(work, loop).result()

    def close(self) -> None:
        """Stop the loop and join its thread; twice is once."""
        with self._lock:
            self._closed = True
            loop, thread = self._loop, self._thread
            self._loop = self._thread = None
        if loop is not None and thread is not None:
            asyncio.run_coroutine_threadsafe(_cancel_others(), loop).result()
            loop.call_soon_threadsafe(loop.stop)
            thread.join()
            loop.close()

    def _started(self) -> asyncio.AbstractEventLoop:
        with self._lock:
            if self._closed:
                msg = "the sandbox is closed"
                raise RuntimeError(msg)
            if self._loop is None:
                self._loop = asyncio.new_event_loop()
                self._thread = threading.Thread(target=self._loop.run_forever, name="tfc-sandbox-loop", daemon=True)
                self._thread.start()
            return self._loop


async def _cancel_others() -> None:
    """Cancel what still runs, so that no caller in another thread waits for a loop that has stopped."""
    others = asyncio.all_tasks() - {asyncio.current_task()}
    for task in others:
        task.cancel()
    await asyncio.gather(*others, return_exceptions=True)


class SandboxTransport(httpx.BaseTransport):
    """Serves a synchronous client. Bodies are read whole, on either way."""

    def __init__(self, app: ASGIApp, loop: LoopThread) -> None:
        self._app = httpx.ASGITransport(app=app, raise_app_exceptions=False)
        self._loop = loop

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Hand a request to the application and return its answer."""
        request.read()
        return self._loop.run(self._handle(request))

    async def _handle(self, request: httpx.Request) -> httpx.Response:
        inner = httpx.Request(request.method, request.url, headers=request.headers, content=request.content)
        response = await self._app.handle_async_request(inner)
        content = await response.aread()
        return httpx.Response(response.status_code, headers=response.headers, content=content)


class AsyncSandboxTransport(httpx.AsyncBaseTransport):
    """Serves an asynchronous client, in whichever loop it runs."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = httpx.ASGITransport(app=app, raise_app_exceptions=False)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Hand a request to the application and return its answer."""
        return await self._app.handle_async_request(request)
