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

import yaml
from langchain_core.callbacks import BaseCallbackHandler

from tfc_agent_tools.errors import ConfigurationError
from tfc_agent_tools.evaluation.graders import Result, grade
from tfc_agent_tools.evaluation.run import approvals_used, converse, toolkit_for
from tfc_agent_tools.evaluation.scrub import canonical
from tfc_agent_tools.evaluation.trace import Person, Trace
from tfc_agent_tools.replay import Sent, is_write, sent_of
from tfc_agent_tools.tool import PROGRESS_EVENT

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tfc_agent_tools.authority.confirm import Confirmation, Decision
    from tfc_agent_tools.evaluation.case import Case


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
    started = time.perf_counter()
    with _tape() as cassette:
        person = Person(case.confirm, lambda: len(_writes(cassette)), ask)
        toolkit = toolkit_for(case, person, address=server.address, token=server.token)
        spoken = converse(case, toolkit, [_Settling(server.settle)] if server.settle else [])
        toolkit.close()
    if spoken.error is None:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(_written(case, server, cassette), encoding="utf-8")
    trace = Trace(
        spoken=spoken,
        writes=_writes(cassette),
        answers=person.answers,
        approvals_used=approvals_used(toolkit),
    )
    return Recording(grade(case, trace, time.perf_counter() - started), is_kept=spoken.error is None)


class _Settling(BaseCallbackHandler):
    """Lets the server come to rest each time `watch_run` has seen a new status, so that its next look finds the end."""

    def __init__(self, settle: Callable[[], object]) -> None:
        self._settle = settle

    def on_custom_event(self, name: str, data: Any, **kwargs: Any) -> None:
        del data, kwargs
        if name == PROGRESS_EVENT:
            self._settle()


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


def _writes(cassette: Any) -> list[Sent]:
    sent = (sent_of(request.method, request.uri) for request in cassette.requests)
    return [one for one in sent if is_write(one)]


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
            "interactions": canonical(tape["interactions"], address=server.address, token=server.token),
            "version": tape["version"],
        },
        sort_keys=False,
        allow_unicode=True,
        width=2**20,
    )
