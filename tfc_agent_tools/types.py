"""The words of the field as types: token types, risks, impacts, permissions, and every argument used twice.

A pattern, a limit and a description live here once. Patterns and limits are checked on each call but not sent to the
model, which pays for every token of a schema; an `examples` entry becomes the fix in an error message.
"""

from __future__ import annotations

import re
from enum import StrEnum
from typing import Annotated, Final, Literal

from pydantic import AfterValidator, Field


class TokenType(StrEnum):
    """Who a token acts as. The types are exclusive, and rights never pass from one to another."""

    USER = "user"
    TEAM = "team"
    ORGANIZATION = "organization"
    AUDIT_TRAILS = "audit-trails"


class Risk(StrEnum):
    """What a call can do at worst. Everything but `READ` is confirmed by a person unless a policy allows it."""

    READ = "read"
    WRITE = "write"
    DESTRUCTIVE = "destructive"


class Impact(StrEnum):
    """What a request does in the world, whatever its tool is called."""

    APPLIES = "applies"
    RUNS_CODE = "runs code"
    DESTROYS = "destroys"
    REWRITES_STATE = "rewrites state"
    REVEALS = "reveals"
    SENDS_OUT = "sends out"
    GRANTS = "grants"
    WEAKENS_CONTROL = "weakens control"


Permission = Literal[
    "read runs",
    "queue plans",
    "apply runs",
    "read variables",
    "write variables",
    "read state versions",
    "write state versions",
    "lock/unlock",
    "admin",
    "Manage projects",
]
"""The ten permissions of the API guide. A team has them on a workspace or on the organization."""


class Query:
    """Marks an argument as the query parameter of this name: `Annotated[str | None, Query("search[name]")]`."""

    __slots__ = ("name",)

    def __init__(self, name: str) -> None:
        self.name = name


class Reference:
    """Marks an argument that names a workspace by id or as `organization/name`; the guards resolve it to the id."""

    __slots__ = ()


NAME: Final = r"[A-Za-z0-9][A-Za-z0-9_-]{0,89}"
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


def _plain(text: str | None) -> str | None:
    if text and (found := _CONTROL.search(text)):
        msg = f"holds the control character U+{ord(found.group()):04X}; leave it out"
        raise ValueError(msg)
    return text


PlainText = AfterValidator(_plain)

RunId = Annotated[str, Field(pattern=r"^run-[A-Za-z0-9]{1,64}$", examples=["run-CZcmD7eagjhyX0vN"])]
PlanId = Annotated[str, Field(pattern=r"^plan-[A-Za-z0-9]{1,64}$", examples=["plan-8F5JFydVYAmtTjET"])]
ConfigurationVersionId = Annotated[str, Field(pattern=r"^cv-[A-Za-z0-9]{1,64}$", examples=["cv-UYwHEakurukz85nW"])]
ProjectId = Annotated[str, Field(pattern=r"^prj-[A-Za-z0-9]{1,64}$", examples=["prj-WsVcWRr7SfxRci1v"])]
OrganizationName = Annotated[str, Field(pattern=rf"^{NAME}$", examples=["my-organization"])]
WorkspaceName = Annotated[str, Field(pattern=rf"^{NAME}$", examples=["my-workspace"])]
WorkspaceRef = Annotated[
    str,
    Reference(),
    Field(
        pattern=rf"^(ws-[A-Za-z0-9]{{1,64}}|{NAME}/{NAME})$",
        examples=["ws-YnyXLq9fy38afEeb", "my-organization/my-workspace"],
        description="ws-… or organization/name",
    ),
]
PageNumber = Annotated[int, Field(ge=1), Query("page[number]")]
PageSize = Annotated[int, Field(ge=1, le=100), Query("page[size]")]
Comment = Annotated[str | None, Field(max_length=1000), PlainText]
Search = Annotated[str, Field(max_length=200), PlainText]
ResourceAddress = Annotated[
    str, Field(max_length=500, pattern=r"^[^\x00-\x1f]+$", examples=["module.app.aws_instance.web[0]"])
]
Reason = Annotated[str, Field(max_length=300, description="Why, in your words; a person reads it"), PlainText]
