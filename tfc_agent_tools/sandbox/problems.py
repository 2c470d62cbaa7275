"""Errors as the API words them: a status and a JSON:API error object."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any


class Problem(Exception):  # noqa: N818 - the API's answer, not a failure of the sandbox
    """An answer other than success."""

    def __init__(
        self,
        status: HTTPStatus,
        detail: str | None = None,
        *,
        title: str | None = None,
        pointer: str | None = None,
    ) -> None:
        super().__init__(detail or status.phrase)
        self.status = status
        self.title = title or status.phrase.lower()
        self.detail = detail
        self.pointer = pointer

    def document(self) -> dict[str, Any]:
        """Return the body; `status` is a string in it, as in the API's documentation."""
        error: dict[str, Any] = {"status": str(int(self.status)), "title": self.title}
        if self.detail is not None:
            error["detail"] = self.detail
        if self.pointer is not None:
            error["source"] = {"pointer": self.pointer}
        return {"errors": [error]}


def not_found() -> Problem:
    """404: missing, or not allowed. The API does not tell the two apart."""
    return Problem(HTTPStatus.NOT_FOUND)


def conflict(detail: str) -> Problem:
    """409: the resource is in the wrong state."""
    return Problem(HTTPStatus.CONFLICT, detail)


def precondition_failed(detail: str) -> Problem:
    """412: what the request builds on is not so."""
    return Problem(HTTPStatus.PRECONDITION_FAILED, detail)


def invalid(detail: str, pointer: str | None = None) -> Problem:
    """422: a value that can't be accepted."""
    return Problem(HTTPStatus.UNPROCESSABLE_ENTITY, detail, title="invalid attribute", pointer=pointer)


def bad_request(detail: str) -> Problem:
    """400: a request that can't be understood."""
    return Problem(HTTPStatus.BAD_REQUEST, detail)
