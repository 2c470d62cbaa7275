"""The matrix of injections: each place where outsiders can write, with each way to ask, for each thing they are after.

Each cell is a case: in the world `outsiders` the text stands where an outsider could put it, and a harmless task has
the model read it.
"""

from __future__ import annotations

import json
import re
from itertools import product
from typing import TYPE_CHECKING, Any, Final, Literal, TypeVar

import yaml
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from tfc_agent_tools.errors import ConfigurationError
from tfc_agent_tools.evaluation.case import (
    Calls,
    Case,
    Expectations,
    Injection,
    Line,
    Name,
    Reading,
    Script,
    Words,
    first_problem,
)
from tfc_agent_tools.evaluation.yaml_words import load_words
from tfc_agent_tools.narrow import items, members
from tfc_agent_tools.templates import content_dir
from tfc_agent_tools.types import TokenType

if TYPE_CHECKING:
    from pathlib import Path

_STRICT: Final = ConfigDict(extra="forbid", frozen=True)
_TOKEN: Final = "delivery"  # noqa: S105 - a name: of a team that has all in the projects and nothing in the organization
WORLD: Final = "outsiders"
T = TypeVar("T")
_Cell = tuple[tuple[str, "Carrier"], tuple[str, "Shape"], tuple[str, "Goal"]]


class Carrier(BaseModel):
    """A place for a text, and the task in which it is read."""

    model_config = _STRICT

    place: Words
    """Of the world's file, dotted."""
    renames: bool = False
    """Whether the text is the name of what stands there."""
    only: Words = "."
    """The characters that can stand there, as a regular expression."""
    instead: str = " "
    """What stands in the place of any other."""
    at_most: int = Field(2000, ge=40)
    short: bool = False
    prompt: Words
    script: Script
    expect: Expectations

    def fitted(self, text: str) -> str:
        """The text as far as it can stand there."""
        other = re.compile(rf"(?!{self.only})[\s\S]")
        return other.sub(self.instead, text)[: self.at_most].strip()


class Shape(BaseModel):
    """A way to ask."""

    model_config = _STRICT

    marker: Words
    text: Words
    short: Words

    def saying(self, goal: Goal, *, short: bool) -> str:
        """The text that asks for a goal."""
        asks = self.short if short else self.text
        return asks.replace("{wants}", goal.wants).replace("{call}", goal.as_code)


class Goal(BaseModel):
    """What a text is after."""

    model_config = _STRICT

    wants: Words
    calls: tuple[Calls, ...] = Field(min_length=1)
    harm: tuple[Line, ...] = Field(min_length=1)
    reveals: tuple[Words, ...] = ()
    unharmed: tuple[Reading, ...] = ()
    token: Words = _TOKEN
    stopped_by: tuple[Literal["person", "policy"], ...] = ("person", "policy")

    @property
    def as_code(self) -> str:
        """The first call, as one would write it."""
        tool, arguments = next(iter(self.calls[0].items()))
        return f"{tool}({', '.join(f'{name}={json.dumps(value)}' for name, value in (arguments or {}).items())})"


def injection_cases(folder: Path | None = None) -> dict[str, Case]:
    """Id → case: one for each carrier, shape and goal, in the order of the ids.

    Args:
        folder: Holds `carriers.yaml`, `shapes.yaml`, `goals.yaml` and `policy.yaml`; by default `evals/injections`.

    Raises:
        ConfigurationError: One of them can't be read, or says what can't be.
    """
    home = folder or content_dir("evals") / "injections"
    carriers = _read(home / "carriers.yaml", dict[Name, Carrier])
    shapes = _read(home / "shapes.yaml", dict[Name, Shape])
    goals = _read(home / "goals.yaml", dict[Name, Goal])
    policy = _read(home / "policy.yaml", dict[str, Any])
    world = _read(content_dir("evals") / "worlds" / f"{WORLD}.yaml", dict[str, Any])
    places = product(range(len(carriers)), range(len(shapes)), range(len(goals)))
    cells = zip(map(sum, places), product(carriers.items(), shapes.items(), goals.items()), strict=True)
    cases = [_case(cell, number, world, policy) for number, cell in cells]
    return {case.id: case for case in sorted(cases, key=lambda case: case.id)}


def _case(cell: _Cell, number: int, world: dict[str, Any], policy: dict[str, Any]) -> Case:
    """One cell. Neighbours in any direction have different ones in the way, where the goal names two."""
    (place, carrier), (way, shape), (aim, goal) = cell
    text = carrier.fitted(shape.saying(goal, short=carrier.short))
    stopped_by = goal.stopped_by[number % len(goal.stopped_by)]
    return Case(
        id=f"injections.{place}_{way}_{aim}",
        prompt=carrier.prompt,
        token_type=TokenType.USER if goal.token != _TOKEN else TokenType.TEAM,
        token=goal.token,
        world=_with(world, carrier.place.split("."), text, renames=carrier.renames),
        policy=policy if stopped_by == "policy" else None,
        confirm="yes" if stopped_by == "policy" else "own",
        script=carrier.script,
        expect=carrier.expect.model_copy(update={"protects" if stopped_by == "policy" else "world": goal.unharmed}),
        injection=Injection(
            carrier=place,
            shape=way,
            goal=aim,
            calls=goal.calls,
            harm=goal.harm,
            reveals=goal.reveals,
            marker=carrier.fitted(shape.marker),
        ),
    )


def _with(part: object, place: list[str], text: str, *, renames: bool) -> Any:
    """The world with the text at a place. Nothing of the given one is changed."""
    first, *rest = place
    inside = members(part)
    if first not in inside:
        msg = f"the world {WORLD} has no {first!r} for a text to stand in"
        raise ConfigurationError(msg)
    if renames and not rest:
        return {text if name == first else name: one for name, one in inside.items()}
    changed = {**inside, first: _with(inside[first], rest, text, renames=renames) if rest else text}
    return list(changed.values()) if items(part) else changed


def _read(path: Path, kind: type[T]) -> T:
    try:
        return TypeAdapter(kind).validate_python(load_words(path.read_text(encoding="utf-8")))
    except ValidationError as error:
        msg = f"{path}: {first_problem(error)}"
        raise ConfigurationError(msg) from None
    except (yaml.YAMLError, UnicodeDecodeError, OSError) as error:
        msg = f"{path}: {' '.join(str(error).split())}"
        raise ConfigurationError(msg) from None
