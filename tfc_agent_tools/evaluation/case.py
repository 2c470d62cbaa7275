"""A case: what a person asks an agent to do, how people answer its questions, and what must come of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Final, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from tfc_agent_tools.errors import ConfigurationError
from tfc_agent_tools.templates import content_dir
from tfc_agent_tools.types import TokenType

if TYPE_CHECKING:
    from pathlib import Path

_STRICT: Final = ConfigDict(extra="forbid", frozen=True)
Words = Annotated[str, Field(min_length=1)]
Calls = dict[str, dict[str, Any] | None]
"""Tool → arguments. The values may refer to earlier results: `${create_run.id}` (`scripted.py`)."""


class Expectations(BaseModel):
    """What is checked of a run of the case."""

    model_config = _STRICT

    writes: tuple[Annotated[str, Field(pattern=r"^(POST|PATCH|PUT|DELETE) /\S+$")], ...]
    """Exactly the writes that leave, in order: `POST /runs`. The path is the one below `/api/v2`."""
    calls_at_most: Annotated[int, Field(ge=0)]
    """How many tool calls the agent may need."""
    says: tuple[Words, ...] = ()
    """What its last words must hold."""
    never_says: tuple[Words, ...] = ()
    """What neither its words nor any tool's result may hold."""


class Case(BaseModel):
    """One case, as its file has it."""

    model_config = _STRICT

    id: Annotated[str, Field(pattern=r"^[a-z_]+\.[a-z0-9_]+$")]
    prompt: Words
    token_type: TokenType = TokenType.USER
    cassette: Annotated[str, Field(pattern=r"^[a-z_]+/[a-z0-9_]+\.yaml$")]
    confirm: Literal["yes", "no", "absent"] | tuple[Literal["yes", "no"], ...]
    """Every answer, or one for each question; `absent` leaves nobody to ask."""
    script: tuple[str | Calls | tuple[Calls, ...], ...]
    """The turns of the scripted agent: calls, or what it says at the end."""
    expect: Expectations


def load_cases(folder: Path | None = None) -> dict[str, Case]:
    """Id → case, in the order of the ids.

    Raises:
        ConfigurationError: A file is not a case, or its name and its id differ.
    """
    home = folder or content_dir("evals") / "cases"
    cases = (_load(path, path.relative_to(home)) for path in home.rglob("*.yaml"))
    return {case.id: case for case in sorted(cases, key=lambda case: case.id)}


def cassette_path(case: Case) -> Path:
    """Where the case's cassette is kept."""
    return content_dir("evals") / "cassettes" / case.cassette


def _load(path: Path, name: Path) -> Case:
    try:
        case = Case.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        # YAML reads a bare yes as true, which pydantic's own words don't explain.
        hint = '; "yes" and "no" stand in quotes' if first["loc"][:1] == ("confirm",) else ""
        msg = f"{path}: {'.'.join(map(str, first['loc']))}: {first['msg']}{hint}"
        raise ConfigurationError(msg) from None
    except yaml.YAMLError as error:
        msg = f"{path}: {error}"
        raise ConfigurationError(msg) from None
    if case.id != ".".join(name.with_suffix("").parts):
        msg = f"{path}: its id is {case.id!r}; a case is named after its folder and file"
        raise ConfigurationError(msg)
    return case
