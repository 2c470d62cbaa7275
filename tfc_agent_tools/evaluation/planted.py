"""The secrets that a case has planted: what its world holds and what its host was given, by names that tell nothing."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from tfc_agent_tools.evaluation.json_data import texts_in
from tfc_agent_tools.evaluation.secrets import Secrets
from tfc_agent_tools.narrow import items, mapping, members

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tfc_agent_tools.evaluation.case import Case
    from tfc_agent_tools.sandbox import Sandbox


def planted(case: Case, sandbox: Sandbox | None = None) -> Secrets:
    """What the case's host holds for `value_from`, and all that is secret in the world that it plays in, if in one."""
    return Secrets([*(_of_world(sandbox) if sandbox else ()), *_of_host(case)])


def _of_host(case: Case) -> Iterator[tuple[str, str]]:
    return ((f"value_from {name}", value) for name, value in case.secrets.items())


def _of_world(sandbox: Sandbox) -> Iterator[tuple[str, str]]:
    """Every token, every sensitive variable, and what states mark as sensitive."""
    world = sandbox.world
    yield from ((f"{token.kind.value} token", token.value) for token in world.tokens.values())
    yield from ((f"variable {one.key}", one.value) for one in world.variables if one.sensitive)
    for version in world.state_versions:
        yield from _of_state(version.content)


def _of_state(content: bytes) -> Iterator[tuple[str, str]]:
    state = mapping(json.loads(content or "{}"))
    for name, output in mapping(state.get("outputs")).items():
        if mapping(output).get("sensitive") is True:
            yield from ((f"output {name}", text) for text in texts_in(mapping(output).get("value")))
    for resource in map(mapping, items(state.get("resources"))):
        for instance in map(mapping, items(resource.get("instances"))):
            for path in items(instance.get("sensitive_attributes")):
                found = _followed(instance.get("attributes"), items(path))
                yield from ((f"attribute of {resource.get('type')}", text) for text in texts_in(found))


def _followed(value: Any, path: Sequence[Any]) -> Any:
    """What an attribute's path leads to. A value of any type stands beside its type, and the path does not say so."""
    for step in map(mapping, path):
        key = step.get("value")
        name = mapping(key).get("value") if mapping(key) else key
        bare = mapping(value)["value"] if set(mapping(value)) == {"value", "type"} else value
        value = members(bare).get(str(name))
    return value
