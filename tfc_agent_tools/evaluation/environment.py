"""What answers a case: its cassette, or a world of its own in this process. Neither has a socket."""

from __future__ import annotations

from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

import httpx
from pydantic import ValidationError

from tfc_agent_tools.clock import InstantClock
from tfc_agent_tools.errors import ConfigurationError
from tfc_agent_tools.evaluation.case import cassette_path, first_problem, world_path
from tfc_agent_tools.evaluation.observed import Observed
from tfc_agent_tools.evaluation.planted import planted
from tfc_agent_tools.evaluation.resting import RestingClock
from tfc_agent_tools.narrow import items, mapping, members
from tfc_agent_tools.present.scrubber import Scrubber
from tfc_agent_tools.replay import CassetteTransport

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Mapping, Sequence
    from pathlib import Path

    from tfc_agent_tools.clock import Clock
    from tfc_agent_tools.evaluation.case import Act, Case, Reading
    from tfc_agent_tools.evaluation.secrets import Secrets
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

    path, world = world_path(case), None
    if path is not None:
        world = load_world(path)
    elif isinstance(case.world, dict):
        world = _validated(WorldFile, case.world).at(case.home / "worlds")
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


def _on_tape(case: Case, path: Path, notes: Notes) -> Environment:
    tape, secrets = CassetteTransport(path, hide=Scrubber(case.secrets.values()).text), planted(case)
    return Environment(
        kind="cassette",
        address=_HOME,
        token=_NO_TOKEN,
        transport=Observed(tape, address=_HOME, token=_NO_TOKEN, notes=notes, secrets=secrets),
        secrets=secrets,
        unused=lambda: tuple(" ".join(sent) for sent in tape.unused),
    )


def _in_world(case: Case, sandbox: Sandbox, notes: Notes) -> Environment:
    secrets = planted(case, sandbox)
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
        headers = {
            "authorization": f"Bearer {self._sandbox.tokens['user']}",
            "content-type": "application/vnd.api+json",
        }
        url = f"{self._sandbox.address}/api/v2{path}"
        response = self._transport.handle_request(httpx.Request(method, url, headers=headers, json=body))
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
        found = members(found).get(part)
    return found


def _validated(model: type[WorldFile], given: Mapping[str, Any]) -> WorldFile:
    try:
        return model.model_validate(given)
    except ValidationError as error:
        msg = f"world: {first_problem(error)}"
        raise ConfigurationError(msg) from None
