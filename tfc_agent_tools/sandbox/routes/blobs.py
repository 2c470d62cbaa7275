"""Signed URLs: uploads, logs, plan JSON and states, outside the API and without a token.

A request that carries `Authorization` here is answered 400: the real blob store ignores it, and a client
that sends its token to it leaks the token.
"""

from __future__ import annotations

import asyncio
from dataclasses import replace
from http import HTTPStatus
from typing import TYPE_CHECKING

from starlette.responses import Response
from starlette.routing import Route

from tfc_agent_tools.sandbox.archive import MAX_PACKED
from tfc_agent_tools.sandbox.blobs import PREFIX, BlobKind, Grant
from tfc_agent_tools.sandbox.problems import Problem, bad_request, not_found
from tfc_agent_tools.sandbox.states import finalize

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.requests import Request

    from tfc_agent_tools.sandbox.call import Services
    from tfc_agent_tools.sandbox.uploads import Uploads
    from tfc_agent_tools.sandbox.world import World

_MAX_LOG_READ = 16 * 1024 * 1024


def blob_route(services: Services, uploads: Uploads) -> Route:
    """Return the route of every signed URL."""

    async def serve(request: Request) -> Response:
        _refuse_token(request)
        if request.method == "PUT":
            return await _receive(request, services, uploads)
        with services.world.lock:
            grant = _grant(request, services)
            if grant.kind not in _READERS:
                raise not_found()
            return _READERS[grant.kind](services.world, grant, request)

    return Route(f"{PREFIX}{{secret}}", serve, methods=["GET", "PUT"])


def _refuse_token(request: Request) -> None:
    # The terraform command itself sends its token along when it downloads a state (go-tfe, state_version.go).
    known = request.method == "GET" and request.headers.get("user-agent") == "go-tfe"
    if "authorization" in request.headers and not known:
        raise bad_request("A signed URL takes no Authorization header: the token leaked to the blob store")


async def _receive(request: Request, services: Services, uploads: Uploads) -> Response:
    with services.world.lock:
        _upload_grant(request, services)
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > MAX_PACKED:
            raise Problem(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
    with services.world.lock:
        grant = _upload_grant(request, services)
        services.blobs.use_up(grant.secret)
        if grant.kind is not BlobKind.UPLOAD:
            _WRITERS[grant.kind](services.world, grant, bytes(body))
            return Response()
    await asyncio.wrap_future(uploads.take(grant.target, bytes(body)))
    return Response()


def _grant(request: Request, services: Services) -> Grant:
    grant = services.blobs.find(request.path_params["secret"])
    if grant is None:
        raise not_found()
    return grant


def _upload_grant(request: Request, services: Services) -> Grant:
    grant = _grant(request, services)
    if grant.kind is not BlobKind.UPLOAD and grant.kind not in _WRITERS:
        raise not_found()
    return grant


def _log(world: World, grant: Grant, request: Request) -> Response:
    offset = _number(request, "offset", 0)
    limit = min(_number(request, "limit", _MAX_LOG_READ), _MAX_LOG_READ)
    return Response(world.logs[grant.target].read(offset, limit), media_type="text/plain")


def _number(request: Request, name: str, default: int) -> int:
    text = request.query_params.get(name, str(default))
    if not (text.isascii() and text.isdigit()):
        raise bad_request(f"{name} must be a number")
    return int(text[:12])


def _json(content: bytes | None) -> Response:
    if not content:
        raise not_found()
    return Response(content, media_type="application/json")


def _plan_json(world: World, grant: Grant, _request: Request) -> Response:
    plan = world.plans.get(grant.target)
    return _json(plan.json if plan else None)


def _state(world: World, grant: Grant, _request: Request) -> Response:
    version = world.state_versions.get(grant.target)
    return _json(version.content if version else None)


def _state_json(world: World, grant: Grant, _request: Request) -> Response:
    version = world.state_versions.get(grant.target)
    return _json(version.json_content if version else None)


def _take_state(world: World, grant: Grant, body: bytes) -> None:
    version = world.state_versions.get(grant.target)
    if version is None or version.status != "pending":
        raise not_found()
    finalize(world, version, body)


def _take_state_json(world: World, grant: Grant, body: bytes) -> None:
    version = world.state_versions.get(grant.target)
    if version is None:
        raise not_found()
    world.state_versions.put(replace(version, json_content=body))


_READERS: dict[BlobKind, Callable[[World, Grant, Request], Response]] = {
    BlobKind.PLAN_LOG: _log,
    BlobKind.APPLY_LOG: _log,
    BlobKind.PLAN_JSON: _plan_json,
    BlobKind.STATE: _state,
    BlobKind.STATE_JSON: _state_json,
}
_WRITERS: dict[BlobKind, Callable[[World, Grant, bytes], None]] = {
    BlobKind.STATE_UPLOAD: _take_state,
    BlobKind.STATE_JSON_UPLOAD: _take_state_json,
}
