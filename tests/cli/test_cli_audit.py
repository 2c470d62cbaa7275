"""`tfc-agent audit`, as its user runs it."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from cli_process import run

from tfc_agent_tools.authority.audit import Audit, AuditRecord
from tfc_agent_tools.sql_store import SqlStore

WRITE = AuditRecord(
    kind="intent",
    agent="infra",
    requester="ana",
    tool="apply_run",
    action="runs.apply",
    request="POST /runs/run-1/actions/apply",
    workspace="acme/app",
    id="send-1",
    call="write-1",
)


@pytest.fixture
def store(tmp_path: Path) -> str:
    url = f"sqlite:///{tmp_path}/store.db"
    kept = SqlStore(url)
    audit = Audit(kept)
    audit.append(replace(WRITE, kind="read", tool="get_run", request=None, id="", call="", result="answered 200"))
    audit.append_intent(WRITE)
    kept.close()
    return url


def test_rows_are_shown_as_sentences_and_can_be_chosen(store: str) -> None:
    shown = run("audit", "show", "--store", store)
    assert shown.returncode == 0
    assert "infra (for ana) read get_run" in shown.stdout
    chosen = run("audit", "show", "--store", store, "--kind", "intent", "--workspace", "app", "--since", "1h")
    assert "is about to send POST" in chosen.stdout
    assert "get_run" not in chosen.stdout
    assert run("audit", "show", "--store", store, "--agent", "other").stdout.strip() == ""


def test_an_intact_log_verifies_and_a_changed_one_ends_with_1(store: str, tmp_path: Path) -> None:
    good = run("audit", "verify", "--store", store)
    assert good.returncode == 0
    assert "2 rows: intact" in good.stdout
    assert "send-1" in good.stdout
    line = run("audit", "checkpoint", "--store", store).stdout.strip()
    with closing(sqlite3.connect(tmp_path / "store.db")) as database:
        database.execute("DELETE FROM tfc_agent_audit WHERE number = 2")
        database.commit()
    assert run("audit", "verify", "--store", store).returncode == 0
    cut = run("audit", "verify", "--store", store, "--checkpoint", line)
    assert cut.returncode == 1
    assert "1 rows are missing" in cut.stdout
    (tmp_path / "witness").write_text(f"older\n{line}\n")
    assert run("audit", "verify", "--store", store, "--checkpoint", str(tmp_path / "witness")).returncode == 1
    with closing(sqlite3.connect(tmp_path / "store.db")) as database:
        database.execute("UPDATE tfc_agent_audit SET body = replace(body, 'infra', 'other')")
        database.commit()
    changed = run("audit", "verify", "--store", store)
    assert changed.returncode == 1
    assert "row 1" in changed.stdout


def test_a_write_of_unknown_outcome_is_resolved_once(store: str) -> None:
    done = run("audit", "resolve", "send-1", "--as", "ana", "--note", "the run is applied", "--store", store)
    assert done.returncode == 0
    assert "ana looked what became of POST /runs/run-1/actions/apply" in done.stdout
    assert run("audit", "resolve", "send-1", "--as", "ana", "--note", "x", "--store", store).returncode == 1


def test_the_log_is_exported_as_json_lines(store: str) -> None:
    lines = run("audit", "export", "--store", store).stdout.splitlines()
    assert [json.loads(line)["kind"] for line in lines] == ["read", "intent"]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["show"], "which store"),
        (["show", "--store", "sqlite:////nonexistent/x.db"], "there is no file"),
        (["show", "--store", "STORE", "--since", "yesterday"], "neither a time"),
        (["verify", "--store", "STORE", "--checkpoint", "hello"], "no checkpoint"),
    ],
)
def test_what_can_not_be_done_is_said_in_one_line_and_ends_with_2(words: list[str], said: str, store: str) -> None:
    done = run("audit", *(store if word == "STORE" else word for word in words))
    assert done.returncode == 2
    assert said in done.stderr
    assert done.stderr.count("\n") == 1
