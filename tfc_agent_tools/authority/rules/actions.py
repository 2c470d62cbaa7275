"""What can be done at all, for looks at a policy as a whole: each action, by which tools, at what risk."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tfc_agent_tools.authority.policy import REVEALING
from tfc_agent_tools.authority.rules.globs import fits
from tfc_agent_tools.authority.rules.levels import ONLY_BY_NAME
from tfc_agent_tools.types import Impact, Risk

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


@dataclass(frozen=True, kw_only=True)
class Operation:
    """A tool: its actions, the worst it can be, and what it always does."""

    name: str
    actions: tuple[str, ...]
    risk: Risk
    impacts: frozenset[Impact] = frozenset()


@dataclass(frozen=True, kw_only=True)
class Action:
    """Something that a policy decides on."""

    name: str
    risk: Risk
    impacts: frozenset[Impact]
    tools: tuple[str, ...]

    @property
    def is_read(self) -> bool:
        """Whether it changes nothing."""
        return self.risk is Risk.READ

    @property
    def group(self) -> str:
        """The part before the dot."""
        return self.name.partition(".")[0]


class Actions:
    """Every action of the tools, and what of an answer can be shown, by name."""

    def __init__(self, operations: Iterable[Operation]) -> None:
        own: dict[str, list[Operation]] = {}
        for one in operations:
            for action in one.actions:
                own.setdefault(action, []).append(one)
        self._by_name = {name: _action(name, tools) for name, tools in own.items()}
        for name in sorted(REVEALING):
            self._by_name[name] = Action(name=name, risk=Risk.READ, impacts=frozenset(), tools=())

    @property
    def by_name(self) -> Mapping[str, Action]:
        """Action by its name, in the order of the tools."""
        return self._by_name

    @property
    def groups(self) -> frozenset[str]:
        """The parts before the dots."""
        return frozenset(one.group for one in self._by_name.values())

    def of(self, globs: Iterable[str]) -> list[Action]:
        """The actions that one of the globs names."""
        wanted = tuple(globs)
        return [one for name, one in self._by_name.items() if fits(name, wanted)]

    def is_known(self, name: str) -> bool:
        """Whether there is such an action, be it that only the API has it and no tool."""
        return name in self._by_name or name in ONLY_BY_NAME


def _action(name: str, tools: list[Operation]) -> Action:
    """An action that a tool takes as one of several has only its own risk, which is that of a tool of its own."""
    own = [one for one in tools if one.actions[0] == name] or tools
    risks = list(Risk)
    return Action(
        name=name,
        risk=max((one.risk for one in own), key=risks.index),
        impacts=frozenset[Impact]().union(*(one.impacts for one in own)),
        tools=tuple(one.name for one in tools),
    )
