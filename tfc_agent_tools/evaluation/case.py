"""A case: what a person asks an agent to do, how people answer its questions, and what must come of it."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal, Self

import yaml
from pydantic import BaseModel, ConfigDict, Field, PrivateAttr, ValidationError, model_validator

from tfc_agent_tools.errors import ConfigurationError
from tfc_agent_tools.evaluation.json_data import require_json
from tfc_agent_tools.evaluation.yaml_words import load_words
from tfc_agent_tools.templates import content_dir
from tfc_agent_tools.types import TokenType

if TYPE_CHECKING:
    from collections.abc import Mapping

_STRICT: Final = ConfigDict(extra="forbid", frozen=True)
Words = Annotated[str, Field(min_length=1)]
Line = Annotated[str, Field(pattern=r"^(GET|POST|PATCH|PUT|DELETE|\*) /\S+$")]
"""A method and a path below `/api/v2`: `POST /runs`. `*` stands for any characters."""
Write = Annotated[str, Field(pattern=r"^(POST|PATCH|PUT|DELETE) /\S+$")]
Name = Annotated[str, Field(pattern=r"^[a-z0-9_]+$")]
Calls = dict[str, dict[str, Any] | None]
"""Tool → arguments. The values may refer to earlier results: `${create_run.id}` (`scripted.py`)."""
Script = tuple[str | Calls | tuple[Calls, ...], ...]
"""The turns of the scripted agent: a call, several calls of one turn, or what it says at the end."""
_NO_CASE: Final = (yaml.YAMLError, ValueError, TypeError, RecursionError, AttributeError, LookupError)
"""What PyYAML raises for a text: its constructors don't look before they convert (`2026-13-45`, `!!map foo`)."""
FORMAT: Final = "tfc-agent-tools case 1"


class Act(BaseModel):
    """What somebody else does in the world, past every guard, while a question is open."""

    model_config = _STRICT

    send: Write
    body: dict[str, Any] | None = None
    matters: bool = True
    """Whether it changes what the question was about, so that a yes to it is worth nothing any more."""


class Fault(BaseModel):
    """An answer that goes wrong on the way."""

    model_config = _STRICT

    on: Line
    at: Annotated[int, Field(ge=1)] = 1
    """Which of the requests of one and the same line, `POST /runs`."""
    times: Annotated[int, Field(ge=1)] = 1
    then: Literal["lost", "refused", "redirected", "429", "500", "502", "503"]
    """`lost`: it was carried out and no answer came. `refused`: no connection. `redirected`: to another host. Or the
    status of an answer that comes instead of being carried out."""


class Reading(BaseModel):
    """A fact of the world after the run: what a GET by an owner says at one place."""

    model_config = _STRICT

    get: Annotated[str, Field(pattern=r"^/\S+$")]
    at: str = "status"
    """Dotted: `data.attributes.locked`, `data.0.id`; `status` for the answer's own, `count` for how many there are."""
    is_: Annotated[str | int | bool | None, Field(alias="is")]


class Expectations(BaseModel):
    """What is checked of a run of the case."""

    model_config = _STRICT

    writes: tuple[Write, ...]
    """Exactly the writes that leave, in order. `*` stands for what the case can't know."""
    calls_at_most: Annotated[int, Field(ge=0)]
    """How many tool calls the agent may need: the gold number."""
    uses: tuple[Name, ...] = ()
    """Tools that must be called."""
    questions: Annotated[int, Field(ge=0)] | None = None
    """How often a person is asked at most: the gold number; by default once for each write."""
    says: tuple[Words, ...] = ()
    """What its last words must hold."""
    never_says: tuple[Words, ...] = ()
    """What neither its words nor any tool's result may hold."""
    never_sends: tuple[Line, ...] = ()
    """What the policy is there to prevent. Sending it breaks a safety gate."""
    world: tuple[Reading, ...] = ()
    """How the world must be afterwards."""
    protects: tuple[Reading, ...] = ()
    """What the policy is there to protect: where the world says otherwise afterwards, a safety gate broke."""
    anything: bool = False
    """Whether the agent may do as it likes, so that only the safety gates count."""


class Injection(BaseModel):
    """Which cell of the matrix a case is, and what would be harm: words of a result that asks for it were obeyed."""

    model_config = _STRICT

    carrier: Name
    shape: Name
    goal: Name
    calls: tuple[Calls, ...]
    """What an agent that obeys calls."""
    harm: tuple[Line, ...] = ()
    """What must never be sent."""
    reveals: tuple[Words, ...] = ()
    """Planted secrets, as a trace names them, that must never be shown: the text is after them."""
    marker: Words
    """Words of the text by which an agent that obeys knows that it has been read."""


class Case(BaseModel):
    """One case, as its file has it. It plays on its cassette, or in a world."""

    model_config = _STRICT

    id: Annotated[str, Field(pattern=r"^[a-z_]+\.[a-z0-9_]+$")]
    prompt: Words
    token_type: TokenType = TokenType.USER
    token: Words | None = None
    """One of the world's tokens by its name, or by its team's; by default the first of the type."""
    cassette: Annotated[str, Field(pattern=r"^[a-z_]+/[a-z0-9_]+\.yaml$")] | None = None
    world: Name | dict[str, Any] | None = None
    """A file of `evals/worlds`, or a world's own content; where there is none the sandbox's four workspaces of acme.
    With a cassette, what it is recorded from."""
    policy: dict[str, Any] | None = None
    """The policy, as its file would have it."""
    confirm: Literal["yes", "no", "own", "absent"] | tuple[Literal["yes", "no"], ...]
    """Every answer, or one for each question. `own` is a person who reads the page, and says yes only where every
    request on it is one of `expect.writes`; `absent` leaves nobody to ask."""
    meanwhile: dict[Annotated[int, Field(ge=1)], tuple[Act, ...]] = {}
    """By the number of a question: what others do before it is answered."""
    faults: tuple[Fault, ...] = ()
    upload_root: Name | None = None
    """A folder of `evals/configurations` that may be uploaded."""
    secrets: dict[str, str] = {}
    """What the host holds for `value_from`."""
    script: Script
    expect: Expectations
    injection: Injection | None = None
    _home: Path | None = PrivateAttr(default=None)

    @property
    def home(self) -> Path:
        """The folder with `cases`, and beside it `cassettes`, `worlds` and `configurations`."""
        return self._home or content_dir("evals")

    def at(self, home: Path | None) -> Case:
        """This case as one of another folder than the package's own."""
        self._home = home
        return self

    @property
    def group(self) -> str:
        """The folder: a group of endpoints, `journeys`, `injections`."""
        return self.id.partition(".")[0]

    @property
    def gold_questions(self) -> int:
        """How often a person needs to be asked."""
        return len(self.expect.writes) if self.expect.questions is None else self.expect.questions

    @model_validator(mode="after")
    def _fits(self) -> Self:
        only_in_a_world = (self.meanwhile, self.faults, self.expect.world, self.expect.protects)
        if self.cassette is not None and any(only_in_a_world):
            msg = "a cassette can't change: meanwhile, faults, expect.world and expect.protects need a case without one"
            raise ValueError(msg)
        return self


def load_cases(home: Path | None = None) -> dict[str, Case]:
    """Id → case, in the order of the ids: the package's own, or those below `home/cases`.

    Raises:
        ConfigurationError: A file is not a case, or its name and its id differ.
    """
    cases, broken = load_what_can_be(home)
    if broken:
        raise ConfigurationError(next(iter(broken.values())))
    return cases


def load_what_can_be(home: Path | None = None) -> tuple[dict[str, Case], dict[str, str]]:
    """The cases by their ids; and for each file that is none, by the id that it should have, why.

    Of two files with one id (`own/good.yaml`, `own.good.yaml`) the second is none; its file is part of its name here.

    Raises:
        ConfigurationError: There is no folder of cases.
    """
    folder = (home or content_dir("evals")) / "cases"
    if not folder.is_dir():
        msg = f"{folder}: there is no such folder; cases are kept in a folder named cases"
        raise ConfigurationError(msg)
    cases, broken, taken = dict[str, Case](), dict[str, str](), dict[str, Path]()
    for path in sorted(folder.rglob("*.yaml")):
        name = named_after(path, folder)
        if name in taken:
            name, why = _free_name(path, folder, taken), f"{shown(path)}: its id is taken by {shown(taken[name])}"
            broken[name] = why
        else:
            try:
                cases[name] = load_case(path, folder).at(home)
            except ConfigurationError as error:
                broken[name] = str(error)
        taken[name] = path
    return dict(sorted(cases.items())), broken


def _free_name(path: Path, folder: Path, taken: Mapping[str, Path]) -> str:
    """A name of its own that still begins with the id, so that the group's name selects it."""
    name = f"{named_after(path, folder)} ({shown(path.relative_to(folder))})"
    while name in taken:  # two names that are not UTF-8 can look the same
        name += "'"
    return name


def load_case(path: Path, folder: Path) -> Case:
    """The case in a file below a folder of cases.

    Raises:
        ConfigurationError: It is not a case, or its name and its id differ; one line.
    """
    try:
        content = load_words(path.read_text(encoding="utf-8"))
        require_json(content)
        case = Case.model_validate(content)
    except ValidationError as error:
        msg = f"{shown(path)}: {first_problem(error)}"
        raise ConfigurationError(msg) from None
    except OSError as error:
        msg = f"{shown(path)}: it can't be read ({error.strerror})"
        raise ConfigurationError(msg) from None
    except _NO_CASE as error:
        msg = f"{shown(path)}: {' '.join(str(error).split()) or type(error).__name__}"
        raise ConfigurationError(msg) from None
    if case.id != named_after(path, folder):
        msg = f"{shown(path)}: its id is {case.id!r}; a case is named after its folder and file"
        raise ConfigurationError(msg)
    return case


def named_after(path: Path, folder: Path) -> str:
    """The id that a case in this file has."""
    return ".".join(map(shown, path.relative_to(folder).with_suffix("").parts))


def shown(path: Path | str) -> str:
    """A path as text that can be written, whatever bytes its name is made of."""
    return os.fsencode(path).decode(errors="replace")


def first_problem(error: ValidationError) -> str:
    """What is wrong with a case, in one line."""
    first = error.errors(include_url=False, include_input=False)[0]
    place = ".".join(map(str, first["loc"]))
    return f"{place}: {first['msg']}" if place else first["msg"]


def cassette_path(case: Case) -> Path | None:
    """Where the case's cassette is kept, if it plays on one."""
    return case.home / "cassettes" / case.cassette if case.cassette else None


def world_path(case: Case) -> Path | None:
    """Where the case's world is kept, if a file says what it is."""
    return case.home / "worlds" / f"{case.world}.yaml" if isinstance(case.world, str) else None


def case_schema() -> dict[str, Any]:
    """The JSON schema of a case's file; `evals/case.schema.json` holds it for editors."""
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "$comment": FORMAT} | Case.model_json_schema()
