"""What answers a case: its cassette, or a world of its own in this process. Neither has a socket."""

from __future__ import annotations

import json
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

import httpx
from pydantic import ValidationError

from tfc_agent_tools.clock import InstantClock
from tfc_agent_tools.errors import ConfigurationError
from tfc_agent_tools.evaluation.case import cassette_path, first_problem
from tfc_agent_tools.evaluation.observed import Observed
from tfc_agent_tools.evaluation.resting import RestingClock
from tfc_agent_tools.evaluation.secrets import Secrets, texts_in
from tfc_agent_tools.narrow import items, mapping
from tfc_agent_tools.present.scrubber import Scrubber
from tfc_agent_tools.replay import CassetteTransport

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
    from pathlib import Path

    from tfc_agent_tools.clock import Clock
    from tfc_agent_tools.evaluation.case import Act, Case, Reading
    from tfc_agent_tools.evaluation.trace import Notes
    from tfc_agent_tools.sandbox import Sandbox
    from tfc_agent_tools.sandbox.world_file import WorldFile

SEED: Final = "evals"
MOMENT: Final = datetime(2026, 1, 1, 12, tzinfo=UTC)
"""What the clock of every world says, always. So no time in an answer depends on how long something took."""
_NO_TOKEN: Final = "no-token-is-needed-on-tape"  # noqa: S105 - it opens nothing
_HOME: Final = "https://app.terraform.io"


@dataclass(frozen=True, kw_only=True)
class Environment:
    """Where a case plays."""

    kind: str
    """`cassette` or `world`."""
    address: str
    token: str = field(repr=False)
    transport: Observed
    secrets: Secrets
    clock: Clock = field(default_factory=InstantClock)
    """By which the toolkit waits."""
    settle: Callable[[], object] | None = None
    """Waits until nothing plans or applies."""
    act: Callable[[Act], int] | None = None
    """Lets somebody else change the world, and returns the status of the answer."""
    unused: Callable[[], tuple[str, ...]] = tuple
    """What is on the tape and was not asked for."""
    differences: Callable[[Sequence[Reading]], tuple[str, ...]] = lambda _: ()
    """Which readings of the world say otherwise."""


@contextmanager
def environment(case: Case, notes: Notes, *, tape: Path | None = None) -> Generator[Environment]:
    """The case's environment, for as long as it plays.

    Raises:
        ConfigurationError: There is no such cassette or world, or it can't be read.
    """
    path = tape or cassette_path(case)
    with ExitStack() as stack:
        yield _on_tape(case, path, notes) if path else _in_world(case, stack.enter_context(world_of(case)), notes)


@contextmanager
def world_of(case: Case, **settings: Any) -> Generator[Sandbox]:
    """A sandbox with the world of a case. It plans and applies only inside `settle`.

    Raises:
        ConfigurationError: There is no such world, or it can't be.
    """
    from tfc_agent_tools.sandbox import Sandbox
    from tfc_agent_tools.sandbox.world_file import WorldFile, load_world

    given, world = case.world, None
    if isinstance(given, str):
        world = load_world(case.home / "worlds" / f"{given}.yaml")
    elif given is not None:
        world = _validated(WorldFile, given).at(case.home / "worlds")
    chosen: dict[str, Any] = {"engine": "recorded", **settings}
    with Sandbox(seed=SEED, clock=lambda: MOMENT, world=world, **chosen) as sandbox:
        sandbox.hold()
        yield sandbox


def token_of(case: Case, sandbox: Sandbox) -> str:
    """The token that the case plays with.

    Raises:
        ConfigurationError: The world has none of that name or type.
    """
    wanted = case.token or case.token_type.value
    held = {**sandbox.team_tokens, **sandbox.tokens}
    if wanted not in held:
        msg = f"{case.id}: its world has no token {wanted!r}; it has {', '.join(held)}"
        raise ConfigurationError(msg)
    return held[wanted]


def secrets_of(case: Case, sandbox: Sandbox) -> Secrets:
    """Every token of the world, its sensitive variables, the secrets of its states, and what the case's host holds."""
    world = sandbox.world
    found = [(f"{token.kind.value} token", token.value) for token in world.tokens.values()]
    found += [(f"variable {one.key}", one.value) for one in world.variables if one.sensitive]
    for version in world.state_versions:
        found += _of_state(version.content)
    return Secrets([*found, *_held(case)])


def _held(case: Case) -> list[tuple[str, str]]:
    return [(f"value_from {name}", value) for name, value in case.secrets.items()]


def _on_tape(case: Case, path: Path, notes: Notes) -> Environment:
    tape, secrets = CassetteTransport(path, hide=Scrubber(case.secrets.values()).text), Secrets(_held(case))
    return Environment(
        kind="cassette",
        address=_HOME,
        token=_NO_TOKEN,
        transport=Observed(tape, address=_HOME, token=_NO_TOKEN, notes=notes, secrets=secrets),
        secrets=secrets,
        unused=lambda: tuple(" ".join(sent) for sent in tape.unused),
    )


def _in_world(case: Case, sandbox: Sandbox, notes: Notes) -> Environment:
    secrets = secrets_of(case, sandbox)
    owner = _Owner(sandbox)
    inner, token, home = sandbox.transport(), token_of(case, sandbox), sandbox.address
    return Environment(
        kind="world",
        address=home,
        token=token,
        transport=Observed(inner, address=home, token=token, notes=notes, secrets=secrets, faults=case.faults),
        secrets=secrets,
        clock=RestingClock(sandbox.settle),
        settle=sandbox.settle,
        act=owner.act,
        differences=lambda readings: tuple(filter(None, map(owner.difference, readings))),
    )


class _Owner:
    """Somebody who may do everything, past the toolkit."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox
        self._transport = sandbox.transport()

    def act(self, act: Act) -> int:
        method, _, path = act.send.partition(" ")
        status = self._answer(method, path, act.body).status_code
        self._sandbox.settle()
        return status

    def difference(self, reading: Reading) -> str | None:
        self._sandbox.settle()
        response = self._answer("GET", reading.get)
        found: object = response.status_code if reading.at == "status" else _at(response, reading.at)
        if found == reading.is_:
            return None
        return f"{reading.get}: {reading.at} is {found!r}, not {reading.is_!r}"

    def _answer(self, method: str, path: str, body: object = None) -> httpx.Response:
        headers = {"authorization": f"Bearer {self._sandbox.tokens['user']}"}
        if body is not None:
            headers["content-type"] = "application/vnd.api+json"
        url = f"{self._sandbox.address}/api/v2{path}"
        request = httpx.Request(method, url, headers=headers, json=body) if body is not None else None
        response = self._transport.handle_request(request or httpx.Request(method, url, headers=headers))
        response.read()
        return response


def _at(response: httpx.Response, place: str) -> object:
    try:
        found: Any = response.json()
    except ValueError:
        return None
    if place == "count":
        return len(items(mapping(found).get("data")))
    for part in place.split("."):
        inside: Mapping[str, Any] = {str(number): one for number, one in enumerate(items(found))} or mapping(found)
        found = inside.get(part)
    return found


def _of_state(content: bytes | None) -> Iterator[tuple[str, str]]:
    """What a state marks as sensitive: its outputs, and attributes of its resources."""
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
        inside: Mapping[str, Any] = {str(place): one for place, one in enumerate(items(bare))} or mapping(bare)
        value = inside.get(str(name))
    return value


def _validated(model: type[WorldFile], given: Mapping[str, Any]) -> WorldFile:
    try:
        return model.model_validate(given)
    except ValidationError as error:
        msg = f"world: {first_problem(error)}"
        raise ConfigurationError(msg) from None
