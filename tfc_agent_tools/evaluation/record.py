"""Recording a case: the same journey against a running server over real HTTP, kept as a cassette.

vcrpy listens at httpx's transports, in the whole process, so this is for a command of its own and nothing beside it.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib import import_module
from importlib.metadata import version
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import httpx
import yaml
from tfc_agent_tools.clock import InstantClock, RealClock
from tfc_agent_tools.errors import ConfigurationError
from tfc_agent_tools.evaluation.conversation import Table
from tfc_agent_tools.evaluation.environment import Environment
from tfc_agent_tools.evaluation.observed import Observed
from tfc_agent_tools.evaluation.person import Person
from tfc_agent_tools.evaluation.run import SCRIPTED, graded, toolkit_for
from tfc_agent_tools.evaluation.scrub import canonical
from tfc_agent_tools.evaluation.secrets import Secrets
from tfc_agent_tools.evaluation.settled import settled
from tfc_agent_tools.evaluation.trace import Notes, Trace

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tfc_agent_tools.authority.confirm import Confirmation, Decision
    from tfc_agent_tools.evaluation.case import Case
    from tfc_agent_tools.evaluation.results import Result


SANDBOX: Final = "sandbox"


@dataclass(frozen=True, kw_only=True)
class Server:
    """A server to record from."""

    name: str
    """`SANDBOX`, or its address."""
    address: str
    token: str
    terraform: str = "not known"
    settle: Callable[[], object] | None = None
    """Waits until nothing plans or applies. With it the number of polls does not depend on the machine's speed."""


class Recording(NamedTuple):
    """What came of recording, and whether the cassette was written."""

    result: Result
    is_kept: bool


def record(
    case: Case, server: Server, path: Path, *, ask: Callable[[Confirmation], Decision] | None = None
) -> Recording:
    """Play a case against a server, keep the exchanges, and grade it.

    The cassette is written if the agent came to its end, whatever the graders say: an expectation may name an id that
    only the recording tells.

    Args:
        case: The case.
        server: Where its writes really happen.
        path: The cassette.
        ask: Answers the questions in the case's place.

    Raises:
        ConfigurationError: Nobody but the case would answer, and the server is not a sandbox.
    """
    if ask is None and server.name != SANDBOX:
        msg = f"recording from {server.name} really does what the case asks, so a person must be asked"
        raise ConfigurationError(msg)
    notes, started = Notes(), time.perf_counter()
    with _tape() as cassette:
        place = _place(case, server, notes)
        toolkit = toolkit_for(
            case, place, notes, **({"confirmer": Person(case.confirm, notes, ask=ask)} if ask else {})
        )
        toolkit.use_clock(RealClock() if server.settle is None else InstantClock())
        error = SCRIPTED.work(case, Table(toolkit=toolkit, environment=place, notes=notes), 1)
        toolkit.close()
    if error is None:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(_written(case, server, cassette), encoding="utf-8")
    trace = Trace(events=settled(notes.events), token_type=case.token_type, error=error)
    result = graded(case, trace, agent="scripted", environment="cassette")
    seconds = result.measures.model_copy(update={"seconds": time.perf_counter() - started})
    return Recording(result.model_copy(update={"measures": seconds}), is_kept=error is None)


def _place(case: Case, server: Server, notes: Notes) -> Environment:
    """The server as the environment of a case. httpx's own transport is what vcrpy listens at."""
    secrets = Secrets(case.secrets)
    return Environment(
        kind="cassette",
        address=server.address,
        token=server.token,
        transport=Observed(httpx.HTTPTransport(), address=server.address, notes=notes, secrets=secrets),
        secrets=secrets,
        settle=server.settle,
    )


def _tape() -> Any:
    """What goes through httpx inside this context, as a vcrpy cassette that is kept in memory: it holds secrets yet."""
    vcr: Any = import_module("vcr")
    recorder = vcr.VCR(record_mode=vcr.mode.ALL)
    recorder.register_persister(_Memory)
    return recorder.use_cassette("unsaved")


class _Memory:
    """A persister without a disk."""

    @staticmethod
    def load_cassette(*_args: Any, **_settings: Any) -> Any:
        raise import_module("vcr.persisters.filesystem").CassetteNotFoundError

    @staticmethod
    def save_cassette(*_args: Any, **_settings: Any) -> None:
        pass


class _Plain:
    """A serializer that hands on what vcrpy would write."""

    @staticmethod
    def serialize(tape: Any) -> Any:
        return tape


def _written(case: Case, server: Server, cassette: Any) -> str:
    vcr_form: Any = import_module("vcr.serialize")
    tape = vcr_form.serialize({"requests": cassette.requests, "responses": cassette.responses}, _Plain)
    return yaml.safe_dump(
        {
            "recorded_with": {
                "case": case.id,
                "server": server.name,
                "terraform": server.terraform,
                "tfc-agent-tools": version("tfc-agent-tools"),
                "date": datetime.now(UTC).date().isoformat(),
            },
            "interactions": canonical(
                tape["interactions"], address=server.address, token=server.token, secrets=case.secrets.values()
            ),
            "version": tape["version"],
        },
        sort_keys=False,
        allow_unicode=True,
        width=2**20,
    )
