"""The ASGI application: authentication, rate limits, content types and errors around the endpoints."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.routing import Mount, Route

from tfc_agent_tools.sandbox.access import authenticate
from tfc_agent_tools.sandbox.call import JSON_API, Call, Services, answer
from tfc_agent_tools.sandbox.errands import Errand
from tfc_agent_tools.sandbox.limits import LIMIT, RateLimiter
from tfc_agent_tools.sandbox.problems import Problem
from tfc_agent_tools.sandbox.routes import (
    account,
    assessments,
    configuration_versions,
    locks,
    notifications,
    organizations,
    outputs,
    phases,
    policy_checks,
    projects,
    queues,
    run_events,
    runs,
    state_versions,
    task_stages,
    teams,
    variables,
    workspaces,
)
from tfc_agent_tools.sandbox.routes.blobs import blob_route
from tfc_agent_tools.sandbox.routes.front import front_page

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from tfc_agent_tools.sandbox.routes.endpoint import Endpoint
    from tfc_agent_tools.sandbox.uploads import Uploads

ENDPOINTS: Sequence[Endpoint] = (
    *account.ENDPOINTS,
    *organizations.ENDPOINTS,
    *projects.ENDPOINTS,
    *workspaces.ENDPOINTS,
    *locks.ENDPOINTS,
    *configuration_versions.ENDPOINTS,
    *runs.ENDPOINTS,
    *run_events.ENDPOINTS,
    *phases.ENDPOINTS,
    *task_stages.ENDPOINTS,
    *policy_checks.ENDPOINTS,
    *assessments.ENDPOINTS,
    *state_versions.ENDPOINTS,
    *outputs.ENDPOINTS,
    *queues.ENDPOINTS,
    *variables.ENDPOINTS,
    *teams.ENDPOINTS,
    *notifications.ENDPOINTS,
)
_MAX_BODY = 4 * 1024 * 1024
_NEEDS_CONTENT_TYPE = frozenset({"POST", "PATCH", "DELETE"})


def build_app(services: Services, uploads: Uploads, *, rate_limits: bool, engine: str) -> Starlette:
    """Return the application. It holds no loop and starts nothing, so any loop may serve it."""
    limiter = RateLimiter(services.world.clock) if rate_limits else None
    api = [
        Route(endpoint.path, _serve(endpoint, services, limiter), methods=[endpoint.method]) for endpoint in ENDPOINTS
    ]

    async def front(_request: Request) -> Response:
        with services.world.lock:
            return front_page(services.world, engine)

    async def service_discovery(_request: Request) -> Response:
        return answer({"tfe.v2": "/api/v2/", "tfe.v2.1": "/api/v2/", "tfe.v2.2": "/api/v2/"})

    return Starlette(
        routes=[
            Route("/", front, methods=["GET"]),
            Route("/.well-known/terraform.json", service_discovery, methods=["GET"]),
            blob_route(services, uploads),
            Mount("/api/v2", routes=api),
        ],
        middleware=[Middleware(_Marked)],
        exception_handlers={Problem: _problem, HTTPException: _http_problem, Exception: _crash},
    )


def _serve(
    endpoint: Endpoint, services: Services, limiter: RateLimiter | None
) -> Callable[[Request], Awaitable[Response]]:
    async def serve(request: Request) -> Response:
        body = await _body(request)
        with services.world.lock:
            principal = authenticate(services.world, request.headers.get("authorization"))
            if limiter is not None:
                wait = limiter.wait(principal.user.id, request.method, request.url.path)
                if wait > 0:
                    return _too_many(wait)
            _check_content_type(request)
            result = endpoint.handler(Call(services, request, principal, body))
        if not isinstance(result, Errand):
            return result
        outcome = await result.work()
        with services.world.lock:
            return result.then(outcome)

    return serve


async def _body(request: Request) -> bytes:
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > _MAX_BODY:
            raise Problem(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
    return bytes(body)


def _check_content_type(request: Request) -> None:
    content_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if request.method in _NEEDS_CONTENT_TYPE and content_type != JSON_API:
        detail = f"{request.method} requests need Content-Type: {JSON_API}"
        raise Problem(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, detail)


def _too_many(wait: float) -> Response:
    # `status` is a number in the documented body of a 429, and a string everywhere else.
    error = {"detail": "You have exceeded the API's rate limit.", "status": 429, "title": "Too many requests"}
    response = answer({"errors": [error]}, HTTPStatus.TOO_MANY_REQUESTS)
    response.headers["X-RateLimit-Limit"] = str(LIMIT)
    response.headers["X-RateLimit-Reset"] = f"{wait:.3f}"
    return response


async def _problem(_request: Request, error: Exception) -> Response:
    if not isinstance(error, Problem):
        raise error
    return answer(error.document(), error.status)


async def _http_problem(_request: Request, error: Exception) -> Response:
    if not isinstance(error, HTTPException):
        raise error
    return answer(Problem(HTTPStatus(error.status_code)).document(), error.status_code)


async def _crash(_request: Request, _error: Exception) -> Response:
    # Starlette answers a crash outside of every middleware, so the mark is set here.
    response = answer(Problem(HTTPStatus.INTERNAL_SERVER_ERROR).document(), HTTPStatus.INTERNAL_SERVER_ERROR)
    response.headers["X-Sandbox"] = "SANDBOX"
    return response


class _Marked:
    """Marks every response as the sandbox's."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def marked(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message.get("headers", []), (b"x-sandbox", b"SANDBOX")]
            await send(message)

        await self._app(scope, receive, marked)
