"""`tfc-agent approvals`: listing, showing and answering over a store, with and without a key."""

from __future__ import annotations

import stat
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import Result
from support.office import BY_ANA, BY_TWO, ROW, Office
from typer.testing import CliRunner

from tfc_agent_tools.authority.approvals import Approval, Approvals, State
from tfc_agent_tools.authority.requirement import Demands
from tfc_agent_tools.cli.app import app
from tfc_agent_tools.errors import ConfigurationError, ConfirmationRefused
from tfc_agent_tools.sql_store import SqlStore


class Shop:
    """A store in a file, with questions in it, and the command over it."""

    def __init__(self, folder: Path) -> None:
        self.url = f"sqlite:///{folder}/a.db"
        self.store = SqlStore(self.url)
        self.office = Office(self.store)
        self.office.approvals = Approvals(self.store)
        self.office.time = self.office.approvals.now()

    def open(self, demands: Demands = Demands()) -> Approval:  # noqa: B008 - it is frozen
        return self.office.open(demands)

    def state(self, approval: Approval) -> State:
        return self.office.state(approval)

    def run(self, *arguments: str, typed: str | None = None) -> Result:
        return CliRunner().invoke(app, ["approvals", *arguments, "--store", self.url], input=typed)


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    made = Shop(tmp_path)
    yield made
    made.store.close()


@pytest.fixture
def key(tmp_path: Path) -> tuple[str, str]:
    """A private key's file, and the public key that keygen printed."""
    done = CliRunner().invoke(app, ["approvals", "keygen", str(tmp_path / "key")])
    return str(tmp_path / "key"), done.output.strip()


def test_what_waits_is_listed_and_with_all_the_rest(shop: Shop) -> None:
    assert "Nothing waits" in shop.run("list").output
    waits, answered = shop.open(), shop.open()
    shop.office.approvals.reject(answered.id, approver="ana")
    assert waits.id in shop.run("list").output
    assert answered.id not in shop.run("list").output
    assert answered.id in shop.run("list", "--all").output


def test_the_page_is_shown_with_what_is_demanded(shop: Shop) -> None:
    asked = shop.open(BY_ANA)
    done = shop.run("show", asked.id)
    assert done.exit_code == 0
    assert "2 to add" in done.output
    assert "Still needed" in done.output
    assert asked.digest in done.output


@pytest.mark.parametrize("typed", ["apply_run\n"])
def test_a_yes_at_the_keyboard_is_on_file_as_not_proven(typed: str, shop: Shop) -> None:
    asked = shop.open()
    done = shop.run("approve", asked.id, "--as", "ana", typed=typed)
    assert done.exit_code == 0
    assert "ana (unverified)" in done.output
    assert shop.state(asked) is State.APPROVED


@pytest.mark.parametrize("typed", ["", "y\n", "no\n", "APPLY_RUN\n"])
def test_anything_else_leaves_the_question_open(typed: str, shop: Shop) -> None:
    asked = shop.open()
    assert shop.run("approve", asked.id, typed=typed).exit_code == 1
    assert shop.state(asked) is State.PENDING


def test_a_name_without_a_key_does_not_count_where_a_policy_demands_a_person(shop: Shop) -> None:
    asked = shop.open(BY_ANA)
    done = shop.run("approve", asked.id, "--as", "ana", "--yes")
    assert done.exit_code == 1
    assert "does not count" in done.output
    assert shop.state(asked) is State.PENDING


def test_a_signed_yes_counts_and_serves_if_the_policy_lists_the_key(shop: Shop, key: tuple[str, str]) -> None:
    file, public = key
    asked = shop.open(BY_ANA)
    done = shop.run("approve", asked.id, "--as", "ana", "--key", file, "--yes")
    assert (done.exit_code, shop.state(asked)) == (0, State.APPROVED)
    with pytest.raises(ConfirmationRefused):
        Approvals(shop.store).redeem(asked, "d", ROW)
    Approvals(shop.store, keys_of=lambda name: {"ana": (public,)}[name]).redeem(asked, "d", ROW)


def test_the_first_of_two_signed_answers_is_good_and_says_what_is_still_needed(
    shop: Shop, key: tuple[str, str]
) -> None:
    asked = shop.open(BY_TWO)
    done = shop.run("approve", asked.id, "--as", "ana", "--key", key[0], "--yes")
    assert (done.exit_code, shop.state(asked)) == (0, State.PENDING)
    assert "Still needed" in done.output
    assert shop.run("approve", asked.id, "--as", "bob", "--key", key[0], "--yes").exit_code == 0
    assert shop.state(asked) is State.APPROVED


def test_a_demanded_name_must_be_typed_whatever_flag_is_given(shop: Shop) -> None:
    asked = shop.open(Demands(typed="app-prod"))
    for wrong in (["--yes"], ["--typed", "app"], ["--typed", "app", "--yes"]):
        assert shop.run("approve", asked.id, *wrong).exit_code == 1
    assert shop.state(asked) is State.PENDING


def test_several_ids_are_one_question(shop: Shop) -> None:
    opened = [shop.open() for _ in range(3)]
    ids = [one.id for one in opened]
    assert shop.run("approve", *ids, typed="n\n").exit_code == 1
    assert {shop.state(one) for one in opened} == {State.PENDING}
    done = shop.run("approve", *ids, typed="y\n")
    assert done.exit_code == 0
    assert "3 requests in one answer" in done.output
    assert {shop.state(one) for one in opened} == {State.APPROVED}


def test_a_set_is_answered_by_its_id_and_signed_request_by_request(shop: Shop, key: tuple[str, str]) -> None:
    opened = [shop.open(BY_ANA) for _ in range(3)]
    asked = shop.office.approvals.sets.open([one.id for one in opened])
    assert "2 to add" in shop.run("show", asked.id).output
    assert shop.run("approve", asked.id, "--as", "ana", "--key", key[0], "--yes").exit_code == 0
    assert {shop.state(one) for one in opened} == {State.APPROVED}
    assert shop.run("revoke", asked.id).exit_code == 0
    assert {shop.state(one) for one in opened} == {State.REVOKED}


def test_a_no_and_a_yes_taken_back(shop: Shop) -> None:
    refused, taken = shop.open(), shop.open()
    assert shop.run("reject", refused.id, "--as", "bob", "--reason", "not on a Friday").exit_code == 0
    kept = shop.office.approvals.get(refused.id)
    assert kept
    assert (kept.state, kept.approver, kept.reason) == (State.REJECTED, "bob", "not on a Friday")
    shop.run("approve", taken.id, "--yes")
    assert shop.run("revoke", taken.id).exit_code == 0
    assert shop.state(taken) is State.REVOKED


@pytest.mark.parametrize("what", ["show", "approve", "reject", "revoke"])
def test_an_unknown_id_is_a_clear_line(what: str, shop: Shop) -> None:
    done = shop.run(what, "ap-unknown")
    assert done.exit_code == 1
    assert "not on file" in done.output


def test_what_was_answered_takes_no_second_answer(shop: Shop) -> None:
    asked = shop.open()
    shop.run("approve", asked.id, "--yes")
    done = shop.run("approve", asked.id, "--yes")
    assert done.exit_code == 1
    assert "is approved and takes no answer" in " ".join(done.output.split())


def test_a_key_is_for_its_owner_only_and_overwrites_nothing(tmp_path: Path, key: tuple[str, str]) -> None:
    file = Path(key[0])
    assert key[1].startswith("ed25519:")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    before = file.read_bytes()
    done = CliRunner().invoke(app, ["approvals", "keygen", str(file)])
    assert isinstance(done.exception, ConfigurationError)
    assert file.read_bytes() == before


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["list"], "which store"),
        (["list", "--store", "sqlite:////nowhere/a.db"], "no store /nowhere/a.db"),
        (["approve", "ap-1", "--key", "k", "--store", "sqlite:///x"], "--as"),
        (["approve", "ap-1", "--key", "/nowhere/k", "--as", "a", "--store", "sqlite:///x"], "can't be read"),
    ],
)
def test_wrong_settings_say_what_to_do(arguments: list[str], says: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TFC_AGENT_STORE", raising=False)
    done = CliRunner().invoke(app, ["approvals", *arguments])
    assert isinstance(done.exception, ConfigurationError)
    assert says in str(done.exception)
