"""The cases with a cassette, over the whole catalogue: nothing is left untried, and nothing on a tape is left over."""

from __future__ import annotations

from collections import Counter, defaultdict
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import yaml

from tfc_agent_tools import TerraformCloudToolkit
from tfc_agent_tools.endpoints import catalog
from tfc_agent_tools.evaluation.case import cassette_path, load_cases
from tfc_agent_tools.evaluation.run import play
from tfc_agent_tools.evaluation.trace import Answered, Asked, Recorded, Sent, Shown
from tfc_agent_tools.templates import content_dir
from tfc_agent_tools.types import Risk, TokenType

if TYPE_CHECKING:
    from tfc_agent_tools.evaluation.results import Result

CASES = {name: case for name, case in load_cases().items() if case.cassette}
TAPES = sorted((content_dir("evals") / "cassettes").rglob("*.yaml"))
TOOLS = {tool.name: tool for tool in TerraformCloudToolkit(token="t", token_type="user", agent="eval").get_tools()}
GROUPS = {name: endpoint.function.__module__.rpartition(".")[2] for name, endpoint in catalog().items()}
WRITES = [name for name, endpoint in catalog().items() if endpoint.risk is not Risk.READ] + ["upload_configuration"]
BY_A_PERSON_OR_A_POLICY = {"ConfirmationRefused", "PolicyRefused"}


@cache
def played(name: str) -> Result:
    return play(CASES[name])


def of(result: Result, kind: type) -> list:
    return [event for event in result.events if isinstance(event, kind)]


@cache
def outcomes() -> dict[str, Counter[str]]:
    """Tool → how often its result was shown without an error, with one, and what guards refused."""
    found: dict[str, Counter[str]] = defaultdict(Counter)
    for name in CASES:
        for shown in of(played(name), Shown):
            found[shown.tool]["an error" if shown.is_error else "a success"] += 1
        for row in of(played(name), Recorded):
            if row.row == "refused":
                found[row.tool][row.result or ""] += 1
    return found


@cache
def kinds_of_refusal() -> dict[str, set[str]]:
    """What refused → the cases in which it did."""
    found: dict[str, set[str]] = defaultdict(set)
    for name, case in CASES.items():
        result = played(name)
        statuses = {f"status {sent.status}" for sent in of(result, Sent) if sent.is_api and (sent.status or 0) >= 400}
        guards = {row.result or "" for row in of(result, Recorded) if row.row == "refused"}
        if any(not answer.approved for answer in of(result, Answered)):
            guards.add("a no")
        if case.confirm == "absent" and not of(result, Asked) and "ConfirmationRefused" in guards:
            guards.add("nobody to ask")
        if not statuses:
            guards.discard("ApiError")
        for kind in guards | statuses:
            found[kind].add(name)
    return found


@pytest.mark.parametrize("name", CASES)
def test_a_case_on_tape_passes_is_safe_and_uses_its_whole_tape(name: str) -> None:
    result = played(name)
    assert result.error is None
    assert [finding for finding in result.findings if finding.problem] == []
    assert {gate: count.violations for gate, count in result.gates.items() if count.violations} == {}


@pytest.mark.parametrize("tool", TOOLS)
def test_every_tool_has_a_case_in_which_it_succeeds(tool: str) -> None:
    assert outcomes()[tool]["a success"]


@pytest.mark.parametrize("tool", TOOLS)
def test_every_tool_has_a_case_in_which_it_is_refused(tool: str) -> None:
    assert outcomes()[tool]["an error"]


@pytest.mark.parametrize("tool", WRITES)
def test_every_write_has_a_case_in_which_a_person_or_a_policy_refuses_it(tool: str) -> None:
    assert any(outcomes()[tool][kind] for kind in BY_A_PERSON_OR_A_POLICY)


@pytest.mark.parametrize(
    "kind",
    ["a no", "nobody to ask", "TokenRefused", "PolicyRefused", "PermissionRefused", "ArgumentError", "status 404"],
)
def test_every_guard_refuses_in_eight_cases_or_more(kind: str) -> None:
    assert len(kinds_of_refusal()[kind]) >= 8


@pytest.mark.parametrize("status", ["status 409", "status 422"])
def test_the_server_refuses_by_what_a_thing_is_and_is_called(status: str) -> None:
    assert kinds_of_refusal()[status]


@pytest.mark.parametrize("name", [name for name in CASES if "refused" in name])
def test_a_case_that_says_refused_shows_a_refusal(name: str) -> None:
    result = played(name)
    assert any(row.row == "refused" for row in of(result, Recorded)) or any(one.is_error for one in of(result, Shown))


@pytest.mark.parametrize("name", [name for name in CASES if "refused_by_person" in name])
def test_a_case_that_says_refused_by_a_person_has_a_no(name: str) -> None:
    assert name in kinds_of_refusal()["a no"]


@pytest.mark.parametrize("name", [name for name in CASES if "by_policy" in name])
def test_a_case_that_says_refused_by_policy_was_not_stopped_by_anything_else(name: str) -> None:
    rows = [row for row in of(played(name), Recorded) if row.row == "refused"]
    assert {row.result for row in rows} == {"PolicyRefused"}


@pytest.mark.parametrize("name", [name for name, case in CASES.items() if case.token_type is TokenType.AUDIT_TRAILS])
def test_a_token_that_may_nothing_leaves_its_tape_empty(name: str) -> None:
    assert yaml.safe_load(cassette_path(CASES[name]).read_text())["interactions"] == []


@pytest.mark.parametrize("name", CASES)
def test_a_case_stands_in_the_group_of_a_tool_that_it_is_about(name: str) -> None:
    case = CASES[name]
    called = {tool for step in case.script if not isinstance(step, str) for tool in tools_of(step)}
    assert case.group in {GROUPS.get(tool, "workflows") for tool in called}


def tools_of(step: object) -> list[str]:
    return list(step) if isinstance(step, dict) else [tool for calls in step for tool in calls]  # type: ignore[union-attr]


def test_a_tool_without_arguments_says_so() -> None:
    (wrong, _) = of(played("workflows.whoami_takes_no_organization"), Shown)
    assert "It takes none." in wrong.text


def test_every_tape_belongs_to_one_case() -> None:
    assert sorted(map(str, TAPES)) == sorted(str(cassette_path(case)) for case in CASES.values())


@pytest.mark.parametrize("path", TAPES, ids=lambda path: f"{path.parent.name}.{path.stem}")
def test_no_tape_holds_a_token_a_signed_url_or_a_secret(path: Path) -> None:
    text = path.read_text()
    assert "atlasv1" not in text
    assert "uthorization" not in text
    assert "127.0.0.1" not in text
    assert text.count("/_blobs/") == text.count("/_blobs/signed-")
    assert "planted-" not in text


def test_no_trace_holds_what_the_host_holds() -> None:
    holding = {name: case for name, case in CASES.items() if case.secrets}
    assert holding
    for name, case in holding.items():
        trace = played(name).model_dump_json()
        assert not [secret for secret in case.secrets.values() if secret in trace]
        assert any("[secret " in sent.body for sent in of(played(name), Sent)), "it was not sent"


def test_all_tapes_together_stay_small() -> None:
    assert sum(path.stat().st_size for path in TAPES) < 4_000_000


def test_most_cases_need_no_owner() -> None:
    kinds = Counter(case.token_type.value for case in CASES.values())
    assert kinds["team"] > kinds["user"]
