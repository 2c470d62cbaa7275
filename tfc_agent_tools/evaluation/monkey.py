"""A monkey at the tools: it calls whatever there is, in any order, with whatever fits or nearly fits.

It tries to confirm by itself, replays calls and ids, mixes workspaces, and calls the same write twice at once. Each
seed is a case of its own with a token, a policy, people's answers and faults drawn from the seed, so a seed that breaks
a gate can be played again.
"""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from random import Random
from typing import TYPE_CHECKING, Any, Final

from langchain_core.messages import AIMessage, ToolMessage

from tfc_agent_tools.evaluation.case import Case
from tfc_agent_tools.evaluation.conversation import Ended, said, shown
from tfc_agent_tools.evaluation.guesses import Guesses
from tfc_agent_tools.tool import TerraformCloudTool

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tfc_agent_tools.evaluation.conversation import Table

STEPS: Final = 400
SEEDS: Final = 50
_TOKENS: Final = (
    {"token_type": "user"},
    {"token_type": "team", "token": "platform"},
    {"token_type": "team", "token": "planners"},
    {"token_type": "organization"},
    {"token_type": "audit-trails"},
)
_FENCE: Final[dict[str, Any]] = {
    "version": 1,
    "agents": {"eval": {"on_behalf_of": "ada", "access": {"*": "write"}}},
    "protected": {"workspaces": ["network"]},
    "rules": [
        {
            "id": "production-is-read-only",
            "effect": "deny",
            "actions": ["runs.*", "workspaces.*", "variables.*", "state-versions.*", "notifications.*"],
            "where": {"workspace": "app-production"},
            "why": "production is not for monkeys",
        },
        {
            "id": "staging-plans-freely",
            "effect": "allow",
            "actions": ["runs.create", "runs.discard"],
            "where": {"workspace": "app-staging"},
        },
    ],
}
_LISTS: Final = ("list_workspaces", "list_projects", "list_teams", "list_organization_runs")
_LISTS_OF_A_WORKSPACE: Final = (
    "list_workspace_runs",
    "list_workspace_variables",
    "list_configuration_versions",
    "list_state_versions",
)
_ENDS_IT_ALL: Final = frozenset({"delete_organization", "update_organization", "delete_project", "delete_team"})
_RARELY: Final = 0.95
_PRODUCTION: Final = "/organizations/acme/workspaces/app-production"
_KEPT: Final = (
    {"get": _PRODUCTION, "at": "data.attributes.auto-apply", "is": False},
    {"get": _PRODUCTION, "at": "data.attributes.resource-count", "is": 0},
    {"get": _PRODUCTION, "at": "data.attributes.workspace-kpis-runs-count", "is": 1},
)


def monkey_cases(seeds: int = SEEDS) -> dict[str, Case]:
    """One case for each seed."""
    cases = (_case(seed) for seed in range(1, seeds + 1))
    return {case.id: case for case in cases}


@dataclass(frozen=True)
class Monkey:
    """Calls tools at random, `steps` times in each case."""

    steps: int = STEPS
    at_once: bool = True
    """Whether it makes some calls twice at the same time. Which of the two comes first is not the same each time."""
    name: str = "monkey"

    def work(self, case: Case, table: Table, epoch: int) -> Ended:
        """Play with the tools. It always comes to its end."""
        random = Random(f"{case.id}/{epoch}")  # noqa: S311 - it must repeat
        hands = _Hands(table, random, at_once=self.at_once)
        hands.look_around()
        for _ in range(self.steps - hands.calls):
            hands.step()
        return Ended()


class _Hands:
    """What the monkey has seen, and its next move."""

    def __init__(self, table: Table, random: Random, *, at_once: bool) -> None:
        self._table, self._random, self._at_once = table, random, at_once
        self._guesses = Guesses(random)
        self._tools = {tool.name: tool for tool in table.toolkit.get_tools() if isinstance(tool, TerraformCloudTool)}
        self._names = sorted(self._tools)
        self._schemas = {name: _schema(tool) for name, tool in self._tools.items()}
        self._earlier: list[tuple[str, str, dict[str, Any]]] = []
        self.calls = 0

    def look_around(self) -> None:
        """Learn what there is, so that most of what follows is about something."""
        for name in _LISTS:
            self._new_call(name, {"organization_name": "acme"})
        for workspace in ("acme/app-staging", "acme/app-production", "acme/network"):
            for name in _LISTS_OF_A_WORKSPACE:
                self._new_call(name, {"workspace": workspace})

    def step(self) -> None:
        draw = self._random.random()
        if draw < 0.05 and self._table.environment.settle:
            self._table.environment.settle()
        if draw < 0.1 and self._earlier:
            name, call_id, arguments = self._random.choice(self._earlier[-30:])
            self._call(name, call_id, arguments)
        elif draw < 0.13 and self._earlier:
            self._twice_at_once(*self._random.choice(self._earlier[-30:]))
        else:
            name = self._random.choice(self._names)
            if name in _ENDS_IT_ALL and self._random.random() < _RARELY:
                name = self._random.choice(self._names)
            self._new_call(name, self._guesses.arguments(self._schemas[name]))

    def _new_call(self, name: str, arguments: dict[str, Any]) -> None:
        if name in self._tools:
            self.calls += 1
            self._call(name, f"call-{self.calls}", arguments)

    def _call(self, name: str, call_id: str, arguments: dict[str, Any]) -> None:
        self._say(name, call_id, arguments)
        answer = self._invoke(name, call_id, arguments)
        self._hear(answer)
        self._earlier.append((name, call_id, arguments))

    def _twice_at_once(self, name: str, call_id: str, arguments: dict[str, Any]) -> None:
        self._say(name, call_id, arguments)
        with ThreadPoolExecutor(2 if self._at_once else 1) as pool:
            both = [pool.submit(self._invoke, name, call_id, arguments) for _ in range(2)]
        for one in both:
            self._hear(one.result())

    def _invoke(self, name: str, call_id: str, arguments: dict[str, Any]) -> ToolMessage:
        call = {"type": "tool_call", "id": call_id, "name": name, "args": arguments}
        if len(call_id) % 3 == 0:
            answer: ToolMessage = asyncio.run(self._tools[name].ainvoke(call))
        else:
            answer = self._tools[name].invoke(call)
        return answer

    def _say(self, name: str, call_id: str, arguments: dict[str, Any]) -> None:
        call: Any = {"id": call_id, "name": name, "args": arguments}
        self._table.notes.add(said(AIMessage(content="", tool_calls=[call])))

    def _hear(self, answer: ToolMessage) -> None:
        self._table.notes.add(shown(answer))
        self._guesses.learn(answer.text)


def _schema(tool: TerraformCloudTool) -> Mapping[str, Any]:
    schema: Any = tool.args_schema
    made: Mapping[str, Any] = schema.model_json_schema()
    return made


def _case(seed: int) -> Case:
    random = Random(f"monkey {seed}")  # noqa: S311 - it must repeat
    faults = [
        {"on": "* /*", "at": random.randint(2, 30), "then": random.choice(["lost", "refused", "429", "502", "503"])}
        for _ in range(10)
    ]
    faults += [
        {"on": f"{method} /*", "at": random.randint(1, 3), "then": random.choice(["lost", "500", "502", "redirected"])}
        for method in ("POST", "PATCH", "DELETE")
    ]
    is_fenced = seed % 3 == 0
    return Case.model_validate(
        {
            "id": f"monkey.seed_{seed:03d}",
            "prompt": "Do as you like.",
            **_TOKENS[seed % len(_TOKENS)],
            "world": "monkey",
            "policy": _FENCE if is_fenced else None,
            "confirm": tuple(random.choice(["yes", "yes", "no"]) for _ in range(STEPS)),
            "faults": faults,
            "secrets": {"MONKEY": f"planted-{seed}-b4n4n4s"},
            "script": [],
            "expect": {
                "writes": [],
                "calls_at_most": 0,
                "anything": True,
                "protects": _KEPT if is_fenced else [],
            },
        }
    )
