"""A store in a database holds what the one in memory holds, through restarts and between processes."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from support.server import RUN, Server
from support.tools import MakeToolkit, Use

from tfc_agent_tools.authority.approvals import Approval, Approvals, State, new_id
from tfc_agent_tools.authority.audit import Audit, AuditRecord
from tfc_agent_tools.authority.confirm import Confirmation, Decision
from tfc_agent_tools.facts import UNKNOWN, Counts
from tfc_agent_tools.sql_store import SqlStore
from tfc_agent_tools.store import MemoryStore, Store
from tfc_agent_tools.types import Impact, Risk

ROW = AuditRecord(kind="intent", agent="a", requester="ana", tool="apply_run", action="runs.apply", rules=("default",))


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path}/store.db"


@pytest.fixture(params=["memory", "sqlite", "postgresql"])
def store(request: pytest.FixtureRequest, url: str) -> Iterator[Store]:
    if request.param == "memory":
        yield MemoryStore()
        return
    made = SqlStore(url if request.param == "sqlite" else request.getfixturevalue("postgres_url"))
    yield made
    made.close()


def approval(key: str = "k", *, seconds: float = 900, state: State = State.PENDING) -> Approval:
    confirmation = Confirmation(
        id=new_id(),
        tool="apply_run",
        action="runs.apply",
        arguments={"run_id": RUN, "variables": [{"key": "é"}]},
        text="text \ud800",
        reason="because",
        risk=Risk.DESTRUCTIVE,
        impacts=frozenset({Impact.APPLIES, Impact.DESTROYS}),
        workspace="acme/app",
        plan=Counts(add=1, change=0, destroy=UNKNOWN, import_=0),
        typed="app",
        expires_at=datetime.now(UTC) + timedelta(seconds=seconds),
    )
    return Approval(key=key, digest="d", confirmation=confirmation, agent="a", state=state)


def test_what_is_put_in_comes_out(store: Store) -> None:
    approvals, given = Approvals(store), approval()
    assert approvals.open(given) == given
    assert approvals.get(given.id) == given
    assert approvals.find("k") == given
    assert approvals.pending() == [given]
    assert approvals.find("other") is None


def test_opening_twice_is_opening_once(store: Store) -> None:
    first, second = Approvals(store).open(approval()), Approvals(store).open(approval())
    assert first == second


def test_an_approval_is_used_once_with_its_row(store: Store) -> None:
    approvals, audit = Approvals(store), Audit(store)
    given = approvals.open(approval())
    answered = approvals.settle(given, Decision(approved=True, approver="ana"))
    assert store.redeem(given.id, "another digest", datetime.now(UTC), ROW) is False
    approvals.redeem(answered, "d", ROW)
    assert store.redeem(given.id, "d", datetime.now(UTC), ROW) is False
    assert [row.kind for row in audit.records()] == ["intent"]


def test_the_log_is_one_chain(store: Store) -> None:
    for place in range(5):
        store.append(replace(ROW, result=str(place)))
    assert [row.result for row in store.rows()] == list("01234")
    assert Audit(store).verify()


def test_a_restart_forgets_nothing(url: str) -> None:
    first = SqlStore(url)
    given = Approvals(first).open(approval())
    first.append(ROW)
    first.close()
    second = SqlStore(url)
    assert Approvals(second).pending() == [given]
    assert Audit(second).records()[0].sentence == ROW.sentence
    second.close()


@pytest.mark.skipif(os.name != "posix", reason="file modes")
def test_the_file_is_for_its_owner_only(tmp_path: Path) -> None:
    (tmp_path / "store.db").write_bytes(b"")
    (tmp_path / "store.db").chmod(0o644)
    SqlStore(f"sqlite:///{tmp_path}/store.db").close()
    assert stat.S_IMODE((tmp_path / "store.db").stat().st_mode) == 0o600


def test_of_many_processes_one_uses_the_approval(url: str) -> None:
    store = SqlStore(url)
    given = Approvals(store).open(approval(state=State.APPROVED))
    code = (
        "import sys; from datetime import UTC, datetime; from tfc_agent_tools.sql_store import SqlStore;"
        "from tfc_agent_tools.authority.audit import AuditRecord;"
        "row = AuditRecord(kind='intent', agent='a', requester=None, tool='t', action='x');"
        f"print(SqlStore({url!r}).redeem({given.id!r}, 'd', datetime.now(UTC), row))"
    )
    running = [subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True) for _ in range(4)]
    said = [process.communicate()[0].strip() for process in running]
    assert sorted(said) == ["False", "False", "False", "True"]
    assert len(store.rows()) == 1
    store.close()


def test_an_approval_given_in_one_process_serves_the_call_in_another(
    url: str, server: Server, make_toolkit: MakeToolkit, use: Use
) -> None:
    agents = make_toolkit(store=url)
    use(agents, "apply_run", run_id=RUN)
    people = make_toolkit(store=url)
    (pending,) = people.approvals.pending()
    people.approvals.approve(pending.id, approver="ana")
    assert use(agents, "apply_run", run_id=RUN).status == "success"
    assert len(server.writes) == 1
    for toolkit in (agents, people):
        toolkit.audit._store.close()  # type: ignore[attr-defined]
