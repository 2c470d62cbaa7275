"""Recording a case: the same journey against a running server over real HTTP, kept as a cassette.

vcrpy listens at httpx's transports, in the whole process, so this is for a command of its own and nothing beside it.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from importlib import import_module
from importlib.metadata import version
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import httpx
import yaml

from tfc_agent_tools.clock import RealClock
from tfc_agent_tools.errors import ConfigurationError
from tfc_agent_tools.evaluation.conversation import Table
from tfc_agent_tools.evaluation.environment import Environment
from tfc_agent_tools.evaluation.observed import Observed
from tfc_agent_tools.evaluation.person import Person
from tfc_agent_tools.evaluation.planted import planted
from tfc_agent_tools.evaluation.pseudonyms import Naming
from tfc_agent_tools.evaluation.renaming import renamed
from tfc_agent_tools.evaluation.resting import RestingClock
from tfc_agent_tools.evaluation.run import SCRIPTED, graded, toolkit_for
from tfc_agent_tools.evaluation.scrub import canonical
from tfc_agent_tools.evaluation.settled import settled
from tfc_agent_tools.evaluation.stamp import Stamp, read_stamp, told_by
from tfc_agent_tools.evaluation.trace import Notes, Trace

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
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
    token: str = field(repr=False)
    version: str = ""
    """Of a sandbox; another server's answers tell."""
    terraform: str = "not known"
    seed: str | None = None
    clock: datetime | None = None
    world: str | None = None
    """SHA-256 of what a sandbox's world was made from."""
    settle: Callable[[], object] | None = None
    """Waits until nothing plans or applies. With it no time is waited, and the number of polls is always the same."""

    @property
    def is_sandbox(self) -> bool:
        """Whether nothing that is done there is real, nor any name."""
        return self.name == SANDBOX


class Recording(NamedTuple):
    """What came of recording."""

    result: Result
    why_not: str | None = None
    """Why the agent did not come to its end, and the cassette is left as it was."""

    @property
    def is_kept(self) -> bool:
        """Whether the cassette was written."""
        return self.why_not is None


def record(
    case: Case,
    server: Server,
    path: Path,
    *,
    ask: Callable[[Confirmation], Decision] | None = None,
    renames: Mapping[str, str] | None = None,
) -> Recording:
    """Play a case against a server, keep the exchanges, and grade it.

    The cassette is written if the agent came to its end, whatever the graders say: an expectation may name an id that
    only the recording tells. Names and addresses that are not a sandbox's get pseudonyms on it.

    Args:
        case: The case.
        server: Where its writes really happen.
        path: The cassette.
        ask: Answers the questions in the case's place.
        renames: What the case calls things → what the server calls them. Played with the server's names, kept with the
            case's, so that the case as it is plays on the cassette. A name renamed to itself is kept.

    Raises:
        ConfigurationError: Nobody but the case would answer, and the server is not a sandbox.
    """
    if ask is None and not server.is_sandbox:
        msg = f"recording from {server.name} really does what the case asks, so a person must be asked"
        raise ConfigurationError(msg)
    naming = Naming(renamed=renames or {}, are_made_up=server.is_sandbox)
    played, started = renamed(case, naming.renamed), time.perf_counter()
    notes = Notes()
    with _tape() as cassette:
        place = _place(played, server, notes)
        asks = {"confirmer": Person(played.confirm, notes, ask=ask)} if ask else {}
        toolkit = toolkit_for(played, place, notes, **asks)
        error = SCRIPTED.work(played, Table(toolkit=toolkit, environment=place, notes=notes), 1).error
        toolkit.close()
        place.transport.close()
    if error is None:
        path.parent.mkdir(parents=True, exist_ok=True)
        _write(path, case, server, _Taken.of(cassette), naming)
    trace = Trace(events=settled(notes.events), token_type=case.token_type, error=error)
    seconds = time.perf_counter() - started
    result = graded(played, trace, agent=SCRIPTED.name, environment="cassette", seconds=seconds)
    return Recording(result, why_not=error)


def _place(case: Case, server: Server, notes: Notes) -> Environment:
    """The server as the environment of a case. httpx's own transport is what vcrpy listens at."""
    secrets = planted(case)
    return Environment(
        kind="cassette",
        address=server.address,
        token=server.token,
        transport=Observed(
            httpx.HTTPTransport(), address=server.address, token=server.token, notes=notes, secrets=secrets
        ),
        secrets=secrets,
        clock=RestingClock(server.settle) if server.settle else RealClock(),
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


class _Taken(NamedTuple):
    """What vcrpy would write."""

    interactions: Sequence[Mapping[str, Any]]
    version: int

    @classmethod
    def of(cls, cassette: Any) -> _Taken:
        form: Any = import_module("vcr.serialize")
        tape = form.serialize({"requests": cassette.requests, "responses": cassette.responses}, _Plain)
        return cls(tape["interactions"], tape["version"])


def _write(path: Path, case: Case, server: Server, taken: _Taken, naming: Naming) -> None:
    """Write the cassette; where nothing but the date would be new, the old date stays, and with it every byte."""
    held = case.secrets.values()
    scrubbed = canonical(taken.interactions, address=server.address, token=server.token, naming=naming, secrets=held)
    stamp = _stamp(case, server, taken)
    for day in (_day_of(path), stamp.date):
        text = _text(stamp.model_copy(update={"date": day or stamp.date}), scrubbed, taken.version)
        if day and path.is_file() and text == path.read_text(encoding="utf-8"):
            return
    path.write_text(text, encoding="utf-8")


def _day_of(path: Path) -> date | None:
    try:
        return read_stamp(path).date
    except ConfigurationError:
        return None


def _stamp(case: Case, server: Server, taken: _Taken) -> Stamp:
    product, told = told_by(one["response"]["headers"] for one in taken.interactions)
    return Stamp(
        case=case.id,
        server="sandbox" if server.is_sandbox else product,
        server_version=server.version if server.is_sandbox else told,
        source="sandbox" if server.is_sandbox else "a server",
        terraform=server.terraform,
        tools=version("tfc-agent-tools"),
        date=datetime.now(UTC).date(),
        seed=server.seed,
        clock=server.clock,
        world=server.world,
    )


def _text(stamp: Stamp, interactions: Sequence[Mapping[str, Any]], form: int) -> str:
    return yaml.safe_dump(
        {"recorded_with": stamp.written(), "interactions": interactions, "version": form},
        sort_keys=False,
        allow_unicode=True,
        width=2**20,
    )
