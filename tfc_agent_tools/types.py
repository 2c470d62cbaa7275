"""The words of the field as types: token types, risks, impacts, permissions, and every argument used twice.

A pattern, a limit and a description live here once. Patterns and limits are checked on each call but not sent to the
model, which pays for every token of a schema; an `examples` entry becomes the fix in an error message.
"""

from __future__ import annotations

import re
import unicodedata
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any, Final, Literal
from urllib.parse import unquote

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


class BodyKind(StrEnum):
    """What a read's body is where it is no JSON:API document. It is shown explained and redacted only."""

    PLAN = "plan"
    REDACTED_PLAN = "redacted plan"
    PLAN_LOG = "log of a plan"
    """Its changes, explained as a plan; `LOG` is for its lines."""
    SECRETS = "secrets of a plan"
    LOG = "log"


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


FINAL_RUN_STATUSES: Final = frozenset(
    {
        "applied",
        "planned_and_finished",
        "policy_soft_failed",
        "discarded",
        "errored",
        "canceled",
        "force_canceled",
    }
)
"""Statuses after which nothing happens to a run any more. One that is not known is not final."""


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
_UNSEEN: Final = frozenset({"Cf", "Zl", "Zp", "Co", "Cn"})
_LINE_END = re.compile(r"[\t\n]")
_WEB_URL = re.compile(r"https://[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*\.([A-Za-z0-9-]+)(:[0-9]{1,5})?(/[!-~]*)?")
_NUMBER = re.compile(r"[0-9]+|0[xX][0-9A-Fa-f]*")
_BY_NAME = "give the URL by url_from, the name of a secret that the host holds"


def _plain(text: str | None) -> str | None:
    if text and (found := _CONTROL.search(text)):
        msg = f"holds the control character U+{ord(found.group()):04X}; leave it out"
        raise ValueError(msg)
    return text


def _visible(text: str | None) -> str | None:
    """The text without what a reader can't see: zero-width and direction marks, tags."""
    return text and "".join(character for character in text if unicodedata.category(character) not in _UNSEEN)


def _one_line(text: str) -> str:
    if _LINE_END.search(text):
        msg = "holds a tab or a line end; leave it out"
        raise ValueError(msg)
    return text


def _moment(text: str | None) -> str | None:
    if text is None:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        msg = "is not a date and time as ISO 8601 writes it"
        raise ValueError(msg) from None
    if moment.tzinfo is None:
        msg = "has no time zone; end it with Z or an offset such as +02:00"
        raise ValueError(msg)
    return text


def _tag(text: str) -> str:
    key, _, value = text.partition("=")
    if not 1 <= len(key) <= 128 or len(value) > 256:
        msg = "takes a key of 1 to 128 characters and a value of at most 256"
        raise ValueError(msg)
    if key.startswith(("hc:", "hcp:")):
        msg = "starts with hc: or hcp:, which are reserved; give the key another start"
        raise ValueError(msg)
    return text


def _without_key(text: str) -> str:
    """A URL that may be shown, since nothing in it lets anyone in."""
    host, _, path = text.partition("://")[2].partition("/")
    if "@" in host or "?" in text or "#" in text:
        msg = f"holds a user name, a query or a fragment, which can be keys; {_BY_NAME}"
        raise ValueError(msg)
    found = _WEB_URL.fullmatch(text)
    if not found or found[2].lower() == "localhost":
        msg = "is not https:// with a full public host name and a path"
        raise ValueError(msg)
    if _NUMBER.fullmatch(found[2]):
        msg = "names an IP address; name a host"
        raise ValueError(msg)
    if any(_is_like_a_key(segment) for segment in unquote(path).split("/")):
        msg = f"holds what looks like a key in its path; {_BY_NAME}"
        raise ValueError(msg)
    return text


def wrong_with_url(text: str) -> str | None:
    """What is wrong with a URL that holds a key: it must still lead to a named host over https."""
    found = re.match(r"https://([A-Za-z0-9.-]+)(:[0-9]{1,5})?(/|$)", text)
    host = found[1].lower() if found else ""
    is_named = "." in host and not _NUMBER.fullmatch(host) and host != "localhost"
    return None if is_named else "is not https:// with a full public host name"


def _is_like_a_key(segment: str) -> bool:
    known = [character for character in segment if character.isalnum()]
    return len(known) >= 20 and any(c.isdigit() for c in known) and any(c.isalpha() for c in known)


PlainText = AfterValidator(_plain)
OneLine = AfterValidator(_one_line)

RunId = Annotated[str, Field(pattern=r"^run-[A-Za-z0-9]{1,64}$", examples=["run-CZcmD7eagjhyX0vN"])]
ApplyId = Annotated[str, Field(pattern=r"^apply-[A-Za-z0-9]{1,64}$", examples=["apply-47MBvjwzBG8YKc2v"])]
PlanId = Annotated[str, Field(pattern=r"^plan-[A-Za-z0-9]{1,64}$", examples=["plan-8F5JFydVYAmtTjET"])]
ConfigurationVersionId = Annotated[str, Field(pattern=r"^cv-[A-Za-z0-9]{1,64}$", examples=["cv-UYwHEakurukz85nW"])]
StateVersionId = Annotated[str, Field(pattern=r"^sv-[A-Za-z0-9]{1,64}$", examples=["sv-g4rqST72reoHMM5a"])]
PolicyEvaluationId = Annotated[
    str, Field(pattern=r"^poleval-[A-Za-z0-9]{1,64}$", examples=["poleval-8Jj9Hfoz892D9WMX"])
]
VariableId = Annotated[str, Field(pattern=r"^var-[A-Za-z0-9]{1,64}$", examples=["var-EavQ1LztoRTQHSNT"])]
TeamId = Annotated[str, Field(pattern=r"^team-[A-Za-z0-9]{1,64}$", examples=["team-6p5jTwJQXwqZBncC"])]
NotificationConfigurationId = Annotated[str, Field(pattern=r"^nc-[A-Za-z0-9]{1,64}$", examples=["nc-W6VGEi8A7Cfoaf4K"])]
UserId = Annotated[str, Field(pattern=r"^user-[A-Za-z0-9]{1,64}$", examples=["user-MA4GL63FmYRpSFxa"])]
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
AgentPoolId = Annotated[str, Field(pattern=r"^apool-[A-Za-z0-9]{1,64}$", examples=["apool-QxGd2tRjympfMvQc"])]
Tags = Annotated[
    list[Annotated[str, Field(max_length=385), AfterValidator(_tag), PlainText, OneLine]],
    Field(max_length=10, examples=[["env=prod", "critical"]], description="key=value"),
]
Duration = Annotated[str | None, Field(pattern=r"^[1-9][0-9]{0,3}[dh]$", examples=["14d", "48h"])]
Moment = Annotated[
    str | None, Field(pattern=r"^[0-9TZ:.+-]{1,40}$", examples=["2027-01-31T18:00:00Z"]), AfterValidator(_moment)
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
WebUrl = Annotated[
    str, Field(min_length=1, max_length=2000, examples=["https://example.com/hook"]), AfterValidator(_without_key)
]
Comment = Annotated[str | None, Field(max_length=1000), PlainText]
Search = Annotated[str, Field(max_length=200), PlainText]
ResourceAddress = Annotated[
    str, Field(min_length=1, max_length=500, examples=["module.app.aws_instance.web[0]"]), PlainText, OneLine
]
Reason = Annotated[
    str, Field(max_length=300, description="Why, in your words; a person reads it"), PlainText, AfterValidator(_visible)
]
