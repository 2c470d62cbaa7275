"""Which resource types a plan can hurt most, and which changes take protection away: `prompts/at_risk.yaml` as rules.

A file of that name in a user's folder extends the packaged one, entry by entry; the format is described at its top.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from tfc_agent_tools.errors import ConfigurationError
from tfc_agent_tools.templates import AT_RISK, content_dir

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

NO_KIND: Final = "none"
_REMEMBERED: Final = 10_000
_ONE_OF: Final = ("becomes", "starts_with", "contains", "shrinks", "appears", "goes", "made", "allows_all")
MADE: Final = ""
"""Stands for the attribute of a rule that is about the resource itself."""
ANYTHING: Final = "anything"

Word = str | int | float | bool
Words = tuple[Word, ...]


class _Entry(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    @field_validator("*", mode="before")
    @classmethod
    def _one_is_a_list_of_one(cls, value: Any) -> Any:
        return tuple(value) if isinstance(value, list) else value  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]


class Kind(_Entry):
    """A kind of thing at risk, and the patterns of the resource types it stands for."""

    types: tuple[str, ...] = ()
    holds_data: bool = False
    decides_access: bool = False
    grants: bool = False


class Weakening(_Entry):
    """A change that takes protection away, and the phrase that says so."""

    says: str = Field(min_length=1, max_length=80, pattern=r"^[^\n\r]+$")
    attribute: str | tuple[str, ...] = ()
    types: str | tuple[str, ...] = "*"
    also_new: bool = False
    also_gone: bool = False
    becomes: Word | Words | None = None
    starts_with: str | tuple[str, ...] | None = None
    contains: str | tuple[str, ...] | None = None
    with_: tuple[str, ...] = Field(default=(), alias="with")
    unless: dict[str, list[Word] | Literal["anything"]] = {}
    shrinks: Literal[True, "unless zero"] | None = None
    appears: Literal[True] | None = None
    goes: Literal[True] | None = None
    made: Literal[True] | None = None
    allows_all: dict[Literal["Action", "Principal", "Resource"], str] | None = None

    @model_validator(mode="after")
    def _says_what_to_look_for(self) -> Weakening:
        if sum(getattr(self, name) is not None for name in _ONE_OF) != 1:
            msg = f"needs exactly one of {', '.join(_ONE_OF)}"
            raise ValueError(msg)
        if bool(self.attribute) is bool(self.made):
            msg = "needs an attribute, unless it is about what is made"
            raise ValueError(msg)
        return self

    @property
    def paths(self) -> tuple[tuple[str, ...], ...]:
        """Where the values are, each path as its steps."""
        if self.made:
            return ((MADE,),)
        named = (self.attribute,) if isinstance(self.attribute, str) else self.attribute
        return tuple(tuple(path.split(".")) for path in named)

    @property
    def beside(self) -> frozenset[str]:
        """The neighbours that count too."""
        return frozenset((*self.with_, *self.unless))


class _File(_Entry):
    kinds: dict[str, Kind] = Field(default_factory=dict[str, Kind])
    weakened: dict[str, Weakening | None] = Field(default_factory=dict[str, "Weakening | None"])


Rule = tuple[Weakening, tuple[str, ...]]
"""A weakening and one path to look at."""


@dataclass(frozen=True, slots=True)
class TypeRisk:
    """What is at risk with one resource type."""

    kind: str | None
    holds_data: bool
    decides_access: bool
    grants: bool
    rules: Mapping[str, tuple[Rule, ...]]
    """By the attribute whose change can make them apply."""


class AtRisk:
    """The rules of one or more files, a later file's before an earlier one's."""

    def __init__(self, kinds: Mapping[str, Kind], weakened: Iterable[Weakening]) -> None:
        self._kinds = dict(kinds)
        self._patterns = {pattern: name for name, kind in kinds.items() for pattern in kind.types}
        self._rules = [(_matcher(_listed(rule.types)), rule) for rule in weakened]
        self._by_type: dict[str, TypeRisk] = {}

    def of(self, resource_type: str) -> TypeRisk:
        """What is at risk with this type; most types are of no kind and few rules apply to them."""
        known = self._by_type.get(resource_type)
        if known is None:
            if len(self._by_type) >= _REMEMBERED:
                self._by_type.clear()
            known = self._by_type[resource_type] = self._look(resource_type)
        return known

    def _look(self, resource_type: str) -> TypeRisk:
        fitting = [pattern for pattern in self._patterns if _matcher((pattern,)).fullmatch(resource_type)]
        best = max(fitting, key=lambda pattern: ("*" not in pattern, len(pattern)), default=None)
        word = self._patterns[best] if best else NO_KIND
        kind = self._kinds.get(word, Kind())
        rules: dict[str, tuple[Rule, ...]] = {}
        for rule in (rule for matcher, rule in self._rules if matcher.fullmatch(resource_type)):
            for path in rule.paths:
                for name in {path[0], *rule.beside}:
                    rules[name] = (*rules.get(name, ()), (rule, path))
        shown = None if word == NO_KIND else word
        return TypeRisk(shown, kind.holds_data, kind.decides_access, kind.grants, rules)


def read(files: Iterable[Path]) -> AtRisk:
    """The rules of these files, each extending those before it.

    Raises:
        ConfigurationError: One is broken; the message names the file and the entry or line.
    """
    kinds: dict[str, Kind] = {}
    weakened: dict[str, Weakening | None] = {}
    for file in files:
        parsed = _parsed(file)
        for name, kind in parsed.kinds.items():
            _extend(kinds, name, kind)
        weakened = {**parsed.weakened, **{name: rule for name, rule in weakened.items() if name not in parsed.weakened}}
    return AtRisk(kinds, [rule for rule in weakened.values() if rule])


@cache
def packaged() -> AtRisk:
    """The rules that ship with the package."""
    return read([content_dir("prompts") / AT_RISK])


def _extend(kinds: dict[str, Kind], name: str, kind: Kind) -> None:
    for other, earlier in kinds.items():
        rest = tuple(pattern for pattern in earlier.types if pattern not in kind.types)
        kinds[other] = earlier.model_copy(update={"types": rest})
    known = kinds.get(name, Kind())
    given = {field: getattr(kind, field) for field in kind.model_fields_set}
    kinds[name] = known.model_copy(update={**given, "types": known.types + kind.types})


def _parsed(file: Path) -> _File:
    import yaml

    try:
        return _File.model_validate(yaml.safe_load(file.read_text(encoding="utf-8")) or {})
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        problem = f", line {line}: {error.problem}"
    except ValidationError as error:
        problem = f", entry {_place(error)}: {error.errors()[0]['msg']}"
    except (OSError, UnicodeDecodeError, yaml.YAMLError, RecursionError):
        problem = ": it can't be read as YAML in UTF-8"
    msg = f"{file}{problem}; correct it or take the file away"
    raise ConfigurationError(" ".join(msg.split()))


def _place(error: ValidationError) -> str:
    return ".".join(str(step) for step in error.errors()[0]["loc"]) or "kinds"


def _listed(one_or_more: str | tuple[str, ...]) -> tuple[str, ...]:
    return (one_or_more,) if isinstance(one_or_more, str) else one_or_more


def _matcher(patterns: tuple[str, ...]) -> re.Pattern[str]:
    return re.compile("|".join(re.escape(pattern).replace(r"\*", ".*") for pattern in patterns), re.DOTALL)
