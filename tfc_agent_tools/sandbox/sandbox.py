"""The sandbox as an object: a world, something that plans and applies, and ways to reach it."""

from __future__ import annotations

import weakref
from datetime import timedelta
from typing import TYPE_CHECKING, Literal, Self

from tfc_agent_tools.sandbox.app import build_app
from tfc_agent_tools.sandbox.blobs import Blobs
from tfc_agent_tools.sandbox.call import Services
from tfc_agent_tools.sandbox.members import TokenKind
from tfc_agent_tools.sandbox.recorded import RecordedEngine
from tfc_agent_tools.sandbox.runs import FORCE_CANCEL_AFTER, Runs
from tfc_agent_tools.sandbox.seeds import fill
from tfc_agent_tools.sandbox.terraform import TerraformEngine, find_binary
from tfc_agent_tools.sandbox.transports import AsyncSandboxTransport, LoopThread, SandboxTransport
from tfc_agent_tools.sandbox.uploads import Uploads
from tfc_agent_tools.sandbox.workers import Workers
from tfc_agent_tools.sandbox.world import World, utc_now
from tfc_agent_tools.sandbox.world_build import build
from tfc_agent_tools.sandbox.world_file import WorldFile, load_world
from tfc_agent_tools.sandbox.world_runs import carry_out_runs

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime
    from os import PathLike
    from types import TracebackType

    import httpx

    from tfc_agent_tools.sandbox.engine import Engine
    from tfc_agent_tools.sandbox.process import Limits

EngineName = Literal["terraform", "recorded"]
ADDRESS = "http://localhost"


class Sandbox:
    """A local HCP Terraform that really plans and applies, for one process or many.

    Args:
        seed: Ids and tokens repeat for the same seed and the same order of calls.
        clock: Returns the time, aware; decides timestamps and the life of signed URLs.
        rate_limits: Answer 429 as the service does: 30 requests a second, 30 run lists a minute.
        trust_configurations: Run any configuration, with provisioners, providers and network.
        engine: `terraform` wants a binary on PATH, `recorded` replays; by default whichever there is.
        limits: Seconds and bytes of output for each terraform command.
        force_cancel_after: How long after a cancel a run can be canceled by force, where the world does not say it.
        world: A YAML file, or its content, that says what there is at the start; by default four workspaces of `acme`.
            Runs that it has are carried out before this returns.

    Raises:
        ConfigurationError: The world can't be read, or says what can't be.
        RuntimeError: `engine="terraform"` and no terraform or tofu on PATH.
    """

    def __init__(
        self,
        *,
        seed: int | str = 0,
        clock: Callable[[], datetime] = utc_now,
        rate_limits: bool = False,
        trust_configurations: bool = False,
        engine: EngineName | None = None,
        limits: Limits | None = None,
        force_cancel_after: timedelta = FORCE_CANCEL_AFTER,
        world: str | PathLike[str] | WorldFile | None = None,
    ) -> None:
        self.world = World(seed=seed, clock=clock)
        file = world if world is None or isinstance(world, WorldFile) else load_world(world)
        if file is None:
            fill(self.world)
        else:
            build(self.world, file)
        self.organization = next(iter(self.world.organizations))
        """The first organization's name."""
        chosen = _choose(engine, limits, trusted=trust_configurations)
        self._workers = Workers()
        if file is not None and file.force_cancel_after is not None:
            force_cancel_after = timedelta(seconds=file.force_cancel_after)
        self._runs = Runs(self.world, chosen, self._workers, force_cancel_after=force_cancel_after)
        self._loop = LoopThread()
        services = Services(self.world, self._runs, Blobs(self.world))
        uploads = Uploads(self.world, self._runs, self._workers)
        self.engine = chosen.name
        self.app = build_app(services, uploads, rate_limits=rate_limits, engine=chosen.name)
        self._close = weakref.finalize(self, _shut_down, self._runs, self._workers, self._loop)
        if file is not None:
            carry_out_runs(self.world, file, self._runs, self._workers.settle)

    @property
    def address(self) -> str:
        """The address to give to clients that use one of the transports."""
        return ADDRESS

    @property
    def tokens(self) -> Mapping[str, str]:
        """One token of each kind: `user`, `team`, `organization`, `audit-trails`; and a world file's by name."""
        found: dict[str, str] = {}
        for token in self.world.tokens.values():
            found.setdefault(token.kind.value, token.value)
        return found | {token.name: token.value for token in self.world.tokens.values() if token.name is not None}

    @property
    def team_tokens(self) -> Mapping[str, str]:
        """One token of each team: `platform` may do all, `planners` plan, `readers` only read."""
        teams = {team.id: team.name for team in self.world.teams}
        tokens = [token for token in self.world.tokens.values() if token.kind is TokenKind.TEAM]
        return {teams[token.team_id or ""]: token.value for token in tokens}

    def transport(self) -> httpx.BaseTransport:
        """Return a transport for `httpx.Client`."""
        return SandboxTransport(self.app, self._loop)

    def async_transport(self) -> httpx.AsyncBaseTransport:
        """Return a transport for `httpx.AsyncClient`, good in any loop."""
        return AsyncSandboxTransport(self.app)

    def hold(self) -> None:
        """From now on plan and apply only inside `settle`, so that what a poll sees does not depend on speed."""
        self._workers.hold()

    def settle(self, timeout: float = 60.0) -> bool:
        """Wait until nothing plans or applies; False when `timeout` seconds pass first."""
        return self._workers.settle(timeout)

    def close(self) -> None:
        """End every thread and process that the sandbox started; twice is once."""
        self._close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _choose(engine: EngineName | None, limits: Limits | None, *, trusted: bool) -> Engine:
    binary = None if engine == "recorded" else find_binary()
    if binary is not None:
        return TerraformEngine(binary, trusted=trusted, limits=limits)
    if engine == "terraform":
        msg = "neither terraform nor tofu is on PATH; engine='recorded' replays recorded plans instead"
        raise RuntimeError(msg)
    return RecordedEngine()


def _shut_down(runs: Runs, workers: Workers, loop: LoopThread) -> None:
    runs.close()
    workers.close()
    loop.close()
    runs.remove_files()
