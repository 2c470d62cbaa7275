"""The record of every call: whole, in order, in plain English, and without a secret."""

import logging
from collections.abc import Callable
from dataclasses import fields, replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.server import RUN, TOKEN, UPLOAD_URL, WORKSPACE, Server, fails
from support.tools import MakeToolkit, Use

from tfc_agent_tools.authority.audit import FIRST, Audit, AuditRecord
from tfc_agent_tools.store import MemoryStore


def record(**changes: Any) -> AuditRecord:
    given_: dict[str, Any] = {
        "kind": "read",
        "agent": "infra",
        "requester": None,
        "tool": "get_run",
        "action": "runs.read",
        "id": "send-1",
        "call": "write-1",
    }
    return AuditRecord(**{**given_, **changes})


class Kept(MemoryStore):
    """A store whose rows can be tampered with."""

    def tamper(self, change: Callable[[list[AuditRecord]], list[AuditRecord]]) -> None:
        rows = change(self.rows())
        self._rows.clear()
        self._rows.extend(rows)


def filled(count: int = 6) -> Kept:
    store = Kept()
    for number in range(count):
        store.append(record(arguments={"run_id": f"run-{number}"}, rules=("default",), result="answered 200"))
    return store


def test_an_untouched_log_is_whole() -> None:
    assert Audit(Kept()).verify()
    assert Audit(filled()).verify()
    rows = filled().rows()
    assert rows[0].previous == FIRST
    assert len({row.hash for row in rows}) == 6


OTHER: dict[str, Any] = {
    "kind": "outcome",
    "agent": "other",
    "requester": "ann",
    "tool": "apply_run",
    "action": "runs.apply",
    "arguments": {"run_id": "run-other"},
    "workspace": "acme/other",
    "effect": "allow",
    "request": "DELETE /other",
    "rules": ("other",),
    "approval": "ap-other",
    "approver": "bob",
    "result": "answered 500",
    "id": "send-2",
    "call": "write-2",
    "server": "https://other.example.com",
    "token": "0000 (user)",
    "thread": "thread-2",
    "policy": "d" * 64,
    "shadow": ("other: deny",),
    "plan": "9 to add",
    "at": "2026-01-01T00:00:00+00:00",
    "previous": "f" * 64,
    "hash": "e" * 64,
}


@pytest.mark.parametrize("name", [field.name for field in fields(AuditRecord)])
@pytest.mark.parametrize("place", range(6))
def test_a_row_that_was_altered_shows(name: str, place: int) -> None:
    store = filled()
    store.tamper(lambda rows: [*rows[:place], replace(rows[place], **{name: OTHER[name]}), *rows[place + 1 :]])
    assert not Audit(store).verify()


@pytest.mark.parametrize("place", range(5))
def test_a_row_that_was_altered_and_hashed_anew_shows_in_the_next(place: int) -> None:
    store = filled()

    def alter(rows: list[AuditRecord]) -> list[AuditRecord]:
        altered = replace(rows[place], agent="other")
        return [*rows[:place], replace(altered, hash=altered.digest()), *rows[place + 1 :]]

    store.tamper(alter)
    assert not Audit(store).verify()


@pytest.mark.parametrize("place", range(1, 5))
def test_a_row_missing_from_the_middle_shows(place: int) -> None:
    store = filled()
    store.tamper(lambda rows: rows[:place] + rows[place + 1 :])
    assert not Audit(store).verify()


@given(st.permutations(range(6)))
def test_another_order_shows(order: list[int]) -> None:
    store = filled()
    store.tamper(lambda rows: [rows[place] for place in order])
    assert Audit(store).verify() is (order == sorted(order))


@pytest.mark.parametrize("place", range(6))
def test_a_row_that_was_doubled_or_made_up_shows(place: int) -> None:
    store = filled()
    store.tamper(lambda rows: [*rows[: place + 1], rows[place], *rows[place + 1 :]])
    assert not Audit(store).verify()
    store = filled()
    made_up = record(agent="x").chained("0" * 64)
    store.tamper(lambda rows: [*rows[: place + 1], made_up, *rows[place + 1 :]])
    assert not Audit(store).verify()


@given(
    st.lists(
        st.builds(
            record,
            agent=st.text(),
            requester=st.none() | st.text(),
            workspace=st.none() | st.text(st.characters()),
            arguments=st.dictionaries(st.text(), st.text()),
            result=st.none() | st.text(),
        ),
        max_size=5,
    )
)
def test_whatever_a_row_holds_it_can_be_verified(records: list[AuditRecord]) -> None:
    store = Kept()
    for one in records:
        Audit(store).append(one)
    assert Audit(store).verify()
    assert [row.agent for row in store.rows()] == [one.agent for one in records]


def test_half_of_a_surrogate_pair_does_not_stop_the_log() -> None:
    store = Kept()
    store.append(record(workspace="\ud800"))
    assert Audit(store).verify()


def test_the_newest_rows_are_kept_and_still_verify() -> None:
    store = filled(10_050)
    assert len(store.rows()) == 10_000
    assert store.rows()[-1].arguments == {"run_id": "run-10049"}
    assert Audit(store).verify()


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"arguments": {"run_id": "run-1"}}, "infra read get_run(run_id=run-1)."),
        ({"requester": "ann", "result": "answered 200"}, "infra (for ann) read get_run(); answered 200."),
        (
            {"kind": "refused", "tool": "apply_run", "result": "PolicyRefused"},
            "infra was not let to apply_run(); PolicyRefused.",
        ),
        (
            {
                "kind": "intent",
                "tool": "apply_run",
                "workspace": "acme/app",
                "request": "POST /runs/run-1/actions/apply",
                "approval": "ap-1",
                "approver": "ann",
            },
            "infra is about to send POST /runs/run-1/actions/apply by apply_run() in acme/app: confirmed by ann, ap-1.",
        ),
        (
            {"kind": "outcome", "tool": "lock", "request": "POST /l", "effect": "allow", "result": "answered 202"},
            "infra sent POST /l by lock(): allow; answered 202.",
        ),
    ],
)
def test_a_row_reads_as_a_sentence(changes: dict[str, Any], sentence: str) -> None:
    assert record(**changes).sentence == sentence


def test_each_row_is_logged_once(caplog: pytest.LogCaptureFixture, make_toolkit: MakeToolkit, use: Use) -> None:
    caplog.set_level(logging.INFO, "tfc_agent_tools.audit")
    toolkit = make_toolkit(confirmer=lambda _: True)
    use(toolkit, "apply_run", run_id=RUN)
    said = [entry.getMessage() for entry in caplog.records if entry.name == "tfc_agent_tools.audit"]
    assert said == [f"{row.kind}: {row.sentence}" for row in toolkit.audit.records()]
    assert [row.kind for row in toolkit.audit.records()] == ["intent", "outcome"]


@pytest.mark.parametrize("failure", [None, 404, 500])
def test_neither_token_nor_signed_url_nor_free_text_is_on_record_or_in_any_log(
    failure: int | None, server: Server, caplog: pytest.LogCaptureFixture, make_toolkit: MakeToolkit, use: Use
) -> None:
    caplog.set_level(logging.DEBUG)
    toolkit = make_toolkit(confirmer=lambda _: True)
    if failure:
        server.answers = {"POST .*": fails(failure)}
    messages = [
        use(toolkit, "create_configuration_version", workspace=WORKSPACE, reason="fr33text"),
        use(toolkit, "apply_run", run_id=RUN, comment="fr33text", reason="fr33text"),
        use(toolkit, "create_run", workspace=WORKSPACE, message="fr33text"),
        use(toolkit, "lock_workspace", workspace=WORKSPACE, lock_reason="fr33text"),
    ]
    rows = toolkit.audit.records()
    assert {row.kind for row in rows} >= {"intent", "outcome"}
    told = [f"{entry.getMessage()} {vars(entry)}" for entry in caplog.records if entry.name != "asyncio"]
    for text in [*(f"{row} {row.sentence}" for row in rows), *told]:
        assert TOKEN not in text
        assert UPLOAD_URL not in text
        assert "fr33text" not in text
    for message in messages:
        assert TOKEN not in str(message)
        assert UPLOAD_URL not in str(message)


def test_a_write_is_on_record_before_it_is_sent(server: Server, make_toolkit: MakeToolkit, use: Use) -> None:
    toolkit = make_toolkit(confirmer=lambda _: True)
    before = list[str]()

    def answer(request: Any) -> Any:
        before.extend(row.kind for row in toolkit.audit.records())
        return fails(500)(request)

    server.answers = {f"POST /runs/{RUN}/actions/apply": answer}
    use(toolkit, "apply_run", run_id=RUN)
    assert before == ["intent"]
    assert [row.kind for row in toolkit.audit.records()] == ["intent", "outcome"]
    assert toolkit.audit.verify()
