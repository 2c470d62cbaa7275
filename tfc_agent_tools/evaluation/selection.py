"""Which cases are played: by name, by group, or all that there are for an agent."""

from __future__ import annotations

from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from tfc_agent_tools.errors import ConfigurationError
from tfc_agent_tools.evaluation.case import load_what_can_be

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from tfc_agent_tools.evaluation.case import Case


@dataclass(frozen=True, kw_only=True)
class Selection:
    """What is to be played."""

    cases: tuple[Case, ...]
    broken: Mapping[str, str]
    """Files that are no cases: the id that they should have, and why."""
    is_complete: bool
    """Whether it is all that the package has for this agent, so that every safety gate must be tried."""


def everything(home: Path | None = None) -> tuple[dict[str, Case], dict[str, str]]:
    """The cases of a folder, or the package's own with its injections; and what is broken among them."""
    cases, broken = load_what_can_be(home)
    if home is None:
        from tfc_agent_tools.evaluation.injections import injection_cases

        cases |= injection_cases()
    return cases, broken


def select(
    words: Sequence[str], found: tuple[Mapping[str, Case], Mapping[str, str]], *, is_packaged: bool
) -> Selection:
    """The cases that the words name: an id, a group, or a pattern such as `runs.apply_*`. No word means all.

    Raises:
        ConfigurationError: A word names nothing.
    """
    cases, broken = found
    names = [*cases, *broken]
    if not names:
        msg = "there are no cases"
        raise ConfigurationError(msg)
    chosen = set(names) if not words else {name for word in words for name in _named(word, names)}
    return Selection(
        cases=tuple(case for name, case in cases.items() if name in chosen),
        broken={name: why for name, why in broken.items() if name in chosen},
        is_complete=is_packaged and not words,
    )


def _named(word: str, names: Sequence[str]) -> list[str]:
    found = [name for name in names if name == word or name.startswith(f"{word}.") or fnmatchcase(name, word)]
    if not found:
        groups = ", ".join(dict.fromkeys(name.partition(".")[0] for name in names))
        msg = f"there is no case {word!r}; the groups are {groups}, and `tfc-agent eval list` names the cases"
        raise ConfigurationError(msg)
    return found
