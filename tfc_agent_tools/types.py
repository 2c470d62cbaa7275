"""The words of the field as types: token types, risks, impacts, permissions, and every argument used twice.

A pattern, a limit and a description live here once. Patterns and limits are checked on each call but not sent to the
model, which pays for every token of a schema; an `examples` entry becomes the fix in an error message.
"""

from __future__ import annotations

import re
from enum import StrEnum
from typing import Annotated, Any, Final, Literal

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


class NotGiven:
    """The default of an argument for which null means something: "not given" leaves the thing as it is."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "not given"


NOT_GIVEN: Final[Any] = NotGiven()


class Query:
    """Marks an argument as the query parameter of this name: `Annotated[str | None, Query("search[name]")]`."""

    __slots__ = ("name",)

    def __init__(self, name: str) -> None:
        self.name = name


class Local:
    """Marks an argument that names a local file or folder; the call is made with what is in it, read once."""

    __slots__ = ("kind",)

    def __init__(self, kind: Literal["configuration", "state"]) -> None:
        self.kind = kind


class Reference:
    """Marks an argument that names a workspace by id or as `organization/name`; the guards resolve it to the id."""

    __slots__ = ()


NAME: Final = r"[A-Za-z0-9][A-Za-z0-9_-]{0,89}"
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
_LINE_END = re.compile(r"[\t\n]")


def _plain(text: str | None) -> str | None:
    if text and (found := _CONTROL.search(text)):
        msg = f"holds the control character U+{ord(found.group()):04X}; leave it out"
        raise ValueError(msg)
    return text


def _one_line(text: str) -> str:
    if _LINE_END.search(text):
        msg = "holds a tab or a line end; leave it out"
        raise ValueError(msg)
    return text


PlainText = AfterValidator(_plain)
OneLine = AfterValidator(_one_line)

RunId = Annotated[str, Field(pattern=r"^run-[A-Za-z0-9]{1,64}$", examples=["run-CZcmD7eagjhyX0vN"])]
ApplyId = Annotated[str, Field(pattern=r"^apply-[A-Za-z0-9]{1,64}$", examples=["apply-47MBvjwzBG8YKc2v"])]
PlanId = Annotated[str, Field(pattern=r"^plan-[A-Za-z0-9]{1,64}$", examples=["plan-8F5JFydVYAmtTjET"])]
ConfigurationVersionId = Annotated[str, Field(pattern=r"^cv-[A-Za-z0-9]{1,64}$", examples=["cv-UYwHEakurukz85nW"])]
StateVersionId = Annotated[str, Field(pattern=r"^sv-[A-Za-z0-9]{1,64}$", examples=["sv-g4rqST72reoHMM5a"])]
VariableId = Annotated[str, Field(pattern=r"^var-[A-Za-z0-9]{1,64}$", examples=["var-EavQ1LztoRTQHSNT"])]
TeamId = Annotated[str, Field(pattern=r"^team-[A-Za-z0-9]{1,64}$", examples=["team-6p5jTwJQXwqZBncC"])]
NotificationConfigurationId = Annotated[str, Field(pattern=r"^nc-[A-Za-z0-9]{1,64}$", examples=["nc-W6VGEi8A7Cfoaf4K"])]
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
Description = Annotated[str, Field(max_length=2000), PlainText]
DisplayName = Annotated[str, Field(min_length=1, max_length=90), PlainText, OneLine]
Directory = Annotated[str, Field(min_length=1, max_length=4096), PlainText, Local("configuration")]
StateFile = Annotated[str, Field(min_length=1, max_length=4096), PlainText, Local("state")]
SecretName = Annotated[
    str,
    Field(
        pattern=r"^[A-Za-z_][A-Za-z0-9_]{0,126}$",
        examples=["DB_PASSWORD"],
        description="name of a secret that the host holds",
    ),
]
Comment = Annotated[str | None, Field(max_length=1000), PlainText]
Search = Annotated[str, Field(max_length=200), PlainText]
ResourceAddress = Annotated[
    str, Field(min_length=1, max_length=500, examples=["module.app.aws_instance.web[0]"]), PlainText, OneLine
]
Reason = Annotated[str, Field(max_length=300, description="Why, in your words; a person reads it"), PlainText]
