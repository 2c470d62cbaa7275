"""A call that is killed at one point of its life, in a child forked from a warm parent, and what it leaves behind.

Run as a script it kills each kind of call before and after each of its effects, so many times each, and prints what it
found as JSON.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
from sqlalchemy import event
from support.server import ADDRESS, RUN, TOKEN, Server

from tfc_agent_tools import TerraformCloudToolkit
from tfc_agent_tools.authority.approvals import State
from tfc_agent_tools.call import Call
from tfc_agent_tools.clock import InstantClock
from tfc_agent_tools.drive import SyncDriver
from tfc_agent_tools.effects import Effect
from tfc_agent_tools.endpoints import catalog
from tfc_agent_tools.errors import ToolkitError
from tfc_agent_tools.host import Caller

CALLS: dict[str, dict[str, Any]] = {
    "apply_run": {"run_id": RUN},
    "create_run": {"workspace": "acme/app-staging"},
    "lock_workspace": {"workspace": "acme/app-staging"},
}
"""One with a plan behind it, one that marks what it makes, one with a workspace by name."""


class Ledger(Server):
    """A server whose writes are on disk before it answers."""

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self._ledger = folder / "sent"

    def _answer(self, request: httpx.Request) -> httpx.Response:
        if request.method not in {"GET", "HEAD"}:
            with self._ledger.open("ab", buffering=0) as ledger:
                ledger.write(f"{request.method} {request.url.path}\n".encode())
        return super()._answer(request)


class Killer(SyncDriver):
    """Kills its own process before or after its n-th effect."""

    count = 0
    at = -1
    is_after = False

    def _perform(self, effect: Effect) -> Any:
        self.count += 1
        number = self.count
        if number == self.at and not self.is_after:
            os.kill(os.getpid(), signal.SIGKILL)
        try:
            return super()._perform(effect)
        finally:
            if number == self.at and self.is_after:
                os.kill(os.getpid(), signal.SIGKILL)


class Statements:
    """Kills its own process before the n-th statement that the store sends to its database."""

    def __init__(self, toolkit: TerraformCloudToolkit, at: int) -> None:
        self.count, self._at = 0, at
        engine = toolkit._host.audit._store._engine  # type: ignore[attr-defined]
        engine.dispose()  # connections that are made from now on are watched
        event.listen(engine, "connect", lambda connection, _: connection.set_trace_callback(self._seen))

    def _seen(self, _: str) -> None:
        self.count += 1
        if self.count == self._at:
            os.kill(os.getpid(), signal.SIGKILL)


@dataclass(frozen=True)
class Point:
    """Where a call is killed: before or after its n-th effect, or before the n-th statement of its store."""

    side: str = "before"
    at: int = -1


NOWHERE = Point()
SIDES = ("before", "after", "in the store before")


@dataclass
class Found:
    """What all kills of one kind of call came to."""

    kills: int = 0
    sent_before_the_kill: int = 0
    refused_as_unknown: int = 0
    wrong: list[str] = field(default_factory=list)


def toolkit_at(folder: Path) -> TerraformCloudToolkit:
    server = Ledger(folder)
    toolkit = TerraformCloudToolkit(
        address=ADDRESS,
        token=TOKEN,
        token_type="user",
        agent="infra",
        store=f"sqlite:///{folder}/store.db",
        confirmer=lambda _: True,
        transport=server,
        async_transport=server,
    )
    toolkit.use_clock(InstantClock())
    return toolkit


def call_once(folder: Path, name: str, point: Point = NOWHERE) -> dict[str, int]:
    """Make the call; the answer is how many effects it had, and how many statements its store."""
    toolkit = toolkit_at(folder)
    host = toolkit._host
    statements = Statements(toolkit, point.at if point.side == "in the store before" else -1)
    driver = Killer(host.wire)
    driver.at, driver.is_after = point.at, point.side == "after"
    if point.side == "in the store before":
        driver.at = -1
    try:
        driver.run(Call(catalog()[name], CALLS[name], host, Caller()).steps())
    except ToolkitError as error:
        (folder / "refused").write_text(f"{type(error).__name__}: {error}")
    toolkit.close()
    return {"before": driver.count, "after": driver.count, "in the store before": statements.count}


def in_child(work: Callable[[], object]) -> bool:
    """Do the work in a fork; whether it was killed."""
    child = os.fork()
    if child == 0:
        code = 0
        try:
            work()
        except BaseException as error:  # noqa: BLE001 - told to the parent by the exit code
            sys.stderr.write(f"{type(error).__name__}: {error}\n")
            code = 1
        os._exit(code)
    _, status = os.waitpid(child, 0)
    if not os.WIFSIGNALED(status) and os.waitstatus_to_exitcode(status):
        raise RuntimeError("the child failed")
    return os.WIFSIGNALED(status)


def kill_and_look(name: str, point: Point, found: Found) -> None:
    """One kill, the same call again, and a look at what both left."""
    folder = Path(tempfile.mkdtemp(prefix="tfc-crash-"))
    try:
        where = f"{name}, killed {point.side} {point.at}"
        if not in_child(lambda: call_once(folder, name, point)):
            found.wrong.append(f"{where}: it was not killed")
        found.kills += 1
        sent = sent_by(folder)
        found.sent_before_the_kill += len(sent)
        found.wrong += [f"{where}: {what}" for what in in_order(folder, sent)]
        in_child(lambda: call_once(folder, name))
        again = sent_by(folder)
        found.wrong += [f"{where}, then again: {what}" for what in in_order(folder, again)]
        if sent and len(again) > len(sent):
            found.wrong.append(f"{where}: it was sent a second time")
        refused = folder / "refused"
        found.refused_as_unknown += refused.exists() and "OutcomeMissing" in refused.read_text()
    finally:
        shutil.rmtree(folder)


def sent_by(folder: Path) -> list[str]:
    ledger = folder / "sent"
    return ledger.read_text().splitlines() if ledger.exists() else []


def in_order(folder: Path, sent: list[str]) -> Iterator[str]:
    """What is wrong: a write without its intent and its used approval, or a chain that does not hold."""
    if not (folder / "store.db").exists():
        if sent:
            yield "sent without a store"
        return
    toolkit = toolkit_at(folder)
    try:
        rows = toolkit.audit.records()
        intents = [row for row in rows if row.kind == "intent"]
        if len(intents) < len(sent):
            yield f"{len(sent)} writes and {len(intents)} intents"
        for intent in intents:
            approval = toolkit.approvals.get(str(intent.approval))
            if approval is None or approval.state is not State.USED:
                yield f"an intent whose approval is {approval.state if approval else 'missing'}"
        if not toolkit.audit.verify():
            yield "the chain does not hold"
    finally:
        toolkit.close()


def points_of(name: str) -> list[Point]:
    """Every point of this call. Facts are read by threads, so the number of effects can vary by nothing but them."""
    folder = Path(tempfile.mkdtemp(prefix="tfc-crash-"))
    try:
        counts = call_once(folder, name)
    finally:
        shutil.rmtree(folder)
    return [Point(side, at) for side in SIDES for at in range(1, counts[side] + 1)]


def main(rounds: int) -> None:
    found = {name: Found() for name in CALLS}
    for name, so_far in found.items():
        for point in points_of(name):
            for _ in range(rounds):
                kill_and_look(name, point, so_far)
    print(json.dumps({name: vars(so_far) for name, so_far in found.items()}))  # noqa: T201 - the answer to whoever ran this


if __name__ == "__main__":
    main(int(sys.argv[1]))
