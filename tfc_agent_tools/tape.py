"""The form of a cassette as vcrpy writes it, checked before anything is answered from it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Final, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from tfc_agent_tools.errors import ConfigurationError
from tfc_agent_tools.narrow import mapping

if TYPE_CHECKING:
    from pathlib import Path

_LOADER: Final[type[yaml.SafeLoader]] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_VERSION: Final = 1
"""Of the form, not of vcrpy: https://vcrpy.readthedocs.io/"""
Body = str | bytes | None
Headers = dict[str, list[str]]


class _Part(BaseModel):
    model_config = ConfigDict(strict=True, frozen=True)


class RecordedRequest(_Part):
    """What was sent."""

    method: Annotated[str, Field(min_length=1)]
    uri: Annotated[str, Field(pattern=r"^https?://[^/\s?#]+")]
    headers: Headers
    body: Body


class RecordedStatus(_Part):
    """The status line of the answer."""

    code: Annotated[int, Field(ge=100, le=599)]


class RecordedBody(_Part):
    """The body of the answer, in a member of its own as vcrpy has it."""

    string: Body


class RecordedResponse(_Part):
    """What came back."""

    status: RecordedStatus
    headers: Headers
    body: RecordedBody


class Interaction(_Part):
    """One exchange."""

    request: RecordedRequest
    response: RecordedResponse


class _Tape(_Part):
    interactions: list[Interaction]
    version: Literal[1]


def read_tape(path: Path) -> list[Interaction]:
    """The exchanges on a cassette; there may be none, and then nothing may be sent.

    Raises:
        ConfigurationError: It is missing, not a cassette, of another version, or lacks a part; one line.
    """
    problem, tape = "not a cassette as vcrpy writes it: ", None
    try:
        tape = yaml.load(path.read_text(encoding="utf-8"), Loader=_LOADER)  # noqa: S506 - a safe loader
        return _Tape.model_validate(tape).interactions
    except OSError as error:
        problem = f"no cassette can be read there ({error.strerror})"
    except ValidationError as error:
        problem += _first(tape, error)
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        problem += " ".join(str(error).split())
    msg = f"{path}: {problem}"
    raise ConfigurationError(msg)


def _first(tape: Any, error: ValidationError) -> str:
    found = mapping(tape).get("version", _VERSION)
    if found != _VERSION:
        return f"its version is {found!r:.40}, and only {_VERSION} can be read"
    first = error.errors(include_url=False, include_input=False)[0]
    place = ".".join(str(part) for part in first["loc"] if part not in ("str", "bytes"))
    said = "it is missing" if first["type"] == "missing" else first["msg"]
    return f"{place}: {said}" if place else "it has no interactions"
