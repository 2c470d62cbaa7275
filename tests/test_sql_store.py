"""A store in a database holds what the one in memory holds, through restarts and between processes."""

from __future__ import annotations

import json
import os
import sqlite3
import stat
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from support.server import RUN, Server
from support.tools import MakeToolkit, Use

from tfc_agent_tools.authority.approvals import Answer, Approval, Approvals, Origin, State, new_id
from tfc_agent_tools.authority.audit import FIRST, Audit, AuditRecord, data_of
from tfc_agent_tools.authority.confirm import Confirmation, Decision
from tfc_agent_tools.authority.requirement import Approver, Demands, Proof, Requirement
from tfc_agent_tools.authority.rows import approval_from, row_of
from tfc_agent_tools.errors import ConfigurationError, OutcomeMissing
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
def test_a_new_file_is_for_its_owner_only(url: str, tmp_path: Path) -> None:
    SqlStore(url).close()
    assert stat.S_IMODE((tmp_path / "store.db").stat().st_mode) == 0o600


@pytest.mark.skipif(os.name != "posix", reason="file modes")
@pytest.mark.parametrize("mode", [0o644, 0o620, 0o602])
def test_a_file_that_others_can_read_or_change_is_refused(mode: int, url: str, tmp_path: Path) -> None:
    SqlStore(url).close()
    (tmp_path / "store.db").chmod(mode)
    with pytest.raises(ConfigurationError, match="chmod 600"):
        SqlStore(url)


@pytest.mark.parametrize(
    ("content", "said"),
    [(b"not a database at all" * 50, "no SQLite database"), (b"SQLite format 3\0" + b"x" * 500, "store")],
)
def test_a_file_that_is_no_store_is_refused_in_one_line(content: bytes, said: str, url: str, tmp_path: Path) -> None:
    (tmp_path / "store.db").write_bytes(content)
    (tmp_path / "store.db").chmod(0o600)
    with pytest.raises(ConfigurationError, match=said) as caught:
        SqlStore(url)
    assert "\n" not in str(caught.value)
    assert (tmp_path / "store.db").read_bytes() == content


def test_a_database_of_something_else_is_refused_and_left_alone(url: str, tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "store.db")) as other:
        other.execute("CREATE TABLE customers (name TEXT)")
        other.commit()
    (tmp_path / "store.db").chmod(0o600)
    with pytest.raises(ConfigurationError, match="something else"):
        SqlStore(url)


def test_a_store_of_a_later_version_is_refused(url: str, tmp_path: Path) -> None:
    SqlStore(url).close()
    with closing(sqlite3.connect(tmp_path / "store.db")) as database:
        database.execute("UPDATE tfc_agent_schema SET version = 99")
        database.commit()
    with pytest.raises(ConfigurationError, match="version 99"):
        SqlStore(url)


VERSION_1 = """
CREATE TABLE tfc_agent_approvals (
  number INTEGER NOT NULL PRIMARY KEY, id VARCHAR(64) NOT NULL UNIQUE, key VARCHAR(64) NOT NULL, body TEXT NOT NULL);
CREATE TABLE tfc_agent_audit (
  number INTEGER NOT NULL PRIMARY KEY, hash VARCHAR(64) NOT NULL, body TEXT NOT NULL);
"""


def test_a_store_of_version_1_is_brought_up_to_date_with_all_that_is_in_it(url: str, tmp_path: Path) -> None:
    row = ROW.chained(FIRST)
    with closing(sqlite3.connect(tmp_path / "store.db")) as old:
        old.executescript(VERSION_1)
        given = approval("k")
        body = json.dumps(row_of(given))
        old.execute("INSERT INTO tfc_agent_approvals (id, key, body) VALUES (?, ?, ?)", (given.id, "k", body))
        old.execute("INSERT INTO tfc_agent_audit (hash, body) VALUES (?, ?)", (row.hash, json.dumps(data_of(row))))
        old.commit()
    (tmp_path / "store.db").chmod(0o600)
    store = SqlStore(url)
    assert store.waiting() == [given]
    assert store.rows() == [row]
    assert Audit(store).verify()
    assert store.intents_since("a", datetime.now(UTC) - timedelta(hours=1)) == ["runs.apply"]
    store.append(ROW)
    assert Audit(store).verify()
    store.close()
    SqlStore(url).close()


def test_an_intent_without_outcome_holds_up_the_same_write_until_it_is_resolved(store: Store) -> None:
    intent = replace(ROW, id="send-1", call="same", request="POST /runs")
    store.append(intent)
    with pytest.raises(OutcomeMissing, match="audit resolve send-1"):
        store.append(replace(intent, id="send-2"))
    given = approval(state=State.APPROVED)
    store.open(given, datetime.now(UTC), ())
    with pytest.raises(OutcomeMissing):
        store.redeem(given.id, "d", datetime.now(UTC), replace(intent, id="send-3"))
    found = store.approval(given.id)
    assert found
    assert found.state is State.APPROVED
    store.append(replace(intent, id="send-4", call="another"))
    audit = Audit(store)
    assert [row.id for row in audit.unresolved()] == ["send-1", "send-4"]
    audit.resolve("send-1", by="ana", note="the run is not there")
    assert store.redeem(given.id, "d", datetime.now(UTC), replace(intent, id="send-3"))
    store.append(replace(intent, id="send-3", kind="outcome"))
    assert [row.id for row in audit.unresolved()] == ["send-4"]
    with pytest.raises(LookupError):
        audit.resolve("send-3", by="ana", note="again")
    assert audit.verify(audit.checkpoint())
    assert audit.checkpoint().size == len(audit.records())


def test_a_store_that_takes_no_more_refuses_writes_and_lets_reads_go_on(
    url: str, make_toolkit: MakeToolkit, server: Server, use: Use, caplog: pytest.LogCaptureFixture
) -> None:
    store = SqlStore(url)
    toolkit = make_toolkit(store=store, confirmer=lambda _: True)
    with store._connected() as connection:
        connection.cursor().execute("PRAGMA query_only = ON")  # as on a disk that became read-only
    told = use(toolkit, "lock_workspace", workspace="acme/app-staging")
    assert told.status == "error"
    assert "disk" in told.text
    assert not server.writes
    assert use(toolkit, "get_run", run_id=RUN).status == "success"
    assert use(toolkit, "get_run", run_id=RUN).status == "success"
    assert sum("takes no audit rows" in record.message for record in caplog.records) == 1
    store.close()


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


def full(given: Approval) -> Approval:
    """The approval with every field set."""
    now = datetime.now(UTC)
    rule = Requirement(people=frozenset({"ana", "bob"}), minimum=2, not_requester=True)
    return replace(
        given,
        origin=Origin(server="https://a", requester="ana", token="f", targets={"run": RUN}, rules=("r1", "r2")),
        demands=Demands(requirements=(rule, rule), excluded=frozenset({"a"}), authors=None, typed="app"),
        answers=(Answer(approver=Approver("ana", Proof.HOST), approved=True, at=now, typed="app", signature="s"),),
        unbound=frozenset({"status"}),
        part_of="as-1",
        created_at=now,
        redeemed_at=now,
    )


def test_all_of_a_record_comes_back(store: Store) -> None:
    given = Approvals(store).open(full(approval()))
    assert store.approval(given.id) == given
    assert approval_from(json.loads(json.dumps(row_of(given)))) == given


def test_a_record_of_an_earlier_version_still_loads_and_serves(store: Store) -> None:
    added = {"origin", "demands", "answers", "unbound", "part_of", "created_at", "redeemed_at"}
    old = {name: value for name, value in row_of(approval()).items() if name not in added}
    loaded = approval_from(old)
    approvals = Approvals(store)
    approvals.open(loaded)
    approvals.approve(loaded.id, approver="ana")
    approvals.redeem(loaded, "d", ROW)


def test_a_change_happens_with_nothing_in_between_and_only_to_what_is_there(store: Store) -> None:
    given = Approvals(store).open(approval())
    assert store.modify(given.id, lambda one: replace(one, reason="x")).reason == "x"
    assert store.approval(given.id) == replace(given, reason="x")
    with pytest.raises(KeyError):
        store.modify("ap-unknown", lambda one: one)


def test_only_what_is_pending_waits(store: Store) -> None:
    ones = [Approvals(store).open(approval(state.value, state=state)) for state in State]
    assert [one.id for one in store.waiting()] == [one.id for one in ones if one.state is State.PENDING]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ("kind = 'read'", "filed under"),
        ("write = ''", "filed under"),
        ("send = ''", "filed under"),
        ("agent = 'other'", "filed under"),
        ("at = '2020'", "filed under"),
        ("hash = '00'", "filed under"),
        ("body = '{'", "can't be read"),
        ("body = '[]'", "can't be read"),
        ("body = replace(body, '\"rules\"', '\"rulez\"')", "can't be read"),
        ("body = replace(body, 'runs.apply', 'runs.cancel')", "not as it was written"),
        ("number = 10", "does not follow"),
    ],
)
def test_whatever_is_changed_in_the_file_shows_and_nothing_breaks(
    change: str, said: str, url: str, tmp_path: Path
) -> None:
    store = SqlStore(url)
    for number in range(4):
        store.append(replace(ROW, id=f"send-{number}", call=f"write-{number}"))
    with closing(sqlite3.connect(tmp_path / "store.db")) as database:
        database.execute(f"UPDATE tfc_agent_audit SET {change} WHERE number = 2")  # noqa: S608
        database.commit()
    found = Audit(store).findings()
    assert any(said in one for one in found), found
    assert not Audit(store).verify()
    store.close()


@pytest.mark.parametrize("place", [1, 2, 3])
def test_a_row_that_was_deleted_shows_even_the_first_one(place: int, url: str, tmp_path: Path) -> None:
    store = SqlStore(url)
    for number in range(4):
        store.append(replace(ROW, id=f"send-{number}", call=f"write-{number}"))
    with closing(sqlite3.connect(tmp_path / "store.db")) as database:
        database.execute("DELETE FROM tfc_agent_audit WHERE number = ?", (place,))
        database.commit()
    assert not Audit(store).verify()
    store.close()


def test_a_full_disk_refuses_writes_and_lets_reads_go_on(
    url: str, make_toolkit: MakeToolkit, server: Server, use: Use
) -> None:
    store = SqlStore(url)
    toolkit = make_toolkit(store=store, confirmer=lambda _: True)
    with store._connected() as connection:
        cursor = connection.cursor()
        pages = cursor.execute("PRAGMA page_count").fetchone()[0]
        cursor.execute(f"PRAGMA max_page_count = {pages}")
    for _ in range(60):
        assert use(toolkit, "get_run", run_id=RUN).status == "success"
    told = use(toolkit, "lock_workspace", workspace="acme/app-staging")
    assert told.status == "error"
    assert not server.writes
    store.close()
