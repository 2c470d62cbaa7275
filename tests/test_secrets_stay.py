"""No secret of a plan, and none that the toolkit was given, is in anything that leaves it; every other fact still is.

Each scenario is told by a server in all ways in which a token may be let to read it, and everything is looked at that a
model, a person or a developer could see: answers, questions, audit rows, logs, events, errors, reprs, the store's
file and a cassette.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Callable, Iterator, Mapping
from itertools import product
from pathlib import Path
from typing import Any

import httpx
import pytest
from langchain_core.callbacks import BaseCallbackHandler
from langchain_core.messages import ToolMessage
from support.leaks import Looked, encoded, strings_in
from support.plans import change, plan
from support.scenarios import (
    GENERATED,
    KEY,
    KNOWN,
    OWN,
    PLACE,
    RESOLVED,
    SUMMARY,
    VARIABLE,
    Scenario,
    attributes_of,
    changed_in,
    planted,
    scenarios,
)
from support.served import APPLY, ECHO, OUTPUTS, SIGNED, TIERS, Telling, path_of, sends, written
from support.server import ADDRESS, PLAN, RUN, TOKEN, WORKSPACE, Answer, document, fails, says
from support.tools import Asked, tool_of

from tfc_agent_tools import TerraformCloudToolkit
from tfc_agent_tools.clock import InstantClock
from tfc_agent_tools.drive import SyncDriver
from tfc_agent_tools.errors import ToolkitError, Unreadable
from tfc_agent_tools.present.learnt import learn
from tfc_agent_tools.present.plan import Tier

MOST_LISTED = 40
"""Harmless changes that an artifact lists one by one."""
MOST_ON_A_PAGE = 12
MOST_LINES = 500


class Listener(BaseCallbackHandler):
    """Hears all events that a tool sends to callbacks."""

    def __init__(self) -> None:
        self.heard: list[Any] = []

    def on_custom_event(self, name: str, data: Any, **_: Any) -> None:
        self.heard.append({name: data})

    def on_tool_end(self, output: Any, **_: Any) -> None:
        self.heard.append(output)

    def on_tool_error(self, error: BaseException, **_: Any) -> None:
        self.heard.append(error)


class Visit:
    """One toolkit with everything that it can say, told one scenario."""

    def __init__(self, scenario: Scenario, runner: asyncio.Runner, store: Path) -> None:
        self.server, self.asked, self.listener = Telling(), Asked(), Listener()
        self.scenario, self._runner, self._store = scenario, runner, store
        self._is_async = scenarios().index(scenario) % 2 == 0
        self.looked = Looked(scenario.secrets | set(SIGNED.values()))
        self.toolkit = TerraformCloudToolkit(
            address=ADDRESS,
            token=TOKEN,
            token_type="user",
            transport=self.server,
            async_transport=self.server,
            confirmer=self.asked,
            secrets=lambda _: RESOLVED,
            store=f"sqlite:///{store}",
        )
        self.toolkit.use_clock(InstantClock())
        self.server.tell(scenario)
        self.use("create_workspace_variable", workspace=WORKSPACE, key="db", category="terraform", value_from="DB")

    def use(self, name: str, /, **arguments: Any) -> ToolMessage:
        """Call a tool, every other time on a loop, and look at its answer. Each scenario begins the other way round."""
        self._is_async = not self._is_async
        wanted = {"type": "tool_call", "id": "call-1", "name": name, "args": arguments}
        tool, config = tool_of(self.toolkit, name), {"callbacks": [self.listener]}
        given: Any = (wanted, config)
        called: Any = self._runner.run(tool.ainvoke(*given)) if self._is_async else tool.invoke(*given)
        message: ToolMessage = called
        assert message.status == "success", message.text
        self.looked.at(f"{name}{arguments}", message.text, message.artifact, message)
        return message

    def look_around(self, caplog: pytest.LogCaptureFixture) -> None:
        """Look at everything else that is left of the calls."""
        host, looked = self.toolkit._host, self.looked
        for confirmation in self.asked.questions:
            looked.at(f"the question of {confirmation.tool}", confirmation.text, confirmation.page(), confirmation)
            looked.at(f"the arguments of {confirmation.tool}", dict(confirmation.arguments), confirmation.reason)
        for row in self.toolkit.audit.records():
            looked.at("the audit log", row, row.sentence)
        looked.at("the logs", caplog.text, *[(one.msg, one.args, one.getMessage()) for one in caplog.records])
        looked.at("the events", *self.listener.heard)
        looked.at("a repr", self.toolkit, host, host.wire, host.hide, host.approvals, host.audit, *vars(host).values())
        looked.at("a repr", learn(self.scenario.plan, host.hide), self.toolkit.approvals.pending())
        files = [*self._store.parent.glob(f"{self._store.name}*")]
        assert files
        looked.at("the store", *[one.read_bytes().decode(errors="replace") for one in files])
        tape = written(self.server.exchanges)
        looked.at("a cassette", tape.replace(GENERATED, ""))  # which no answer on it marks, or tells but for the log


@pytest.fixture(scope="module")
def total() -> Iterator[list[Looked]]:
    every: list[Looked] = []
    yield every
    looked, characters, facts = (
        sum(getattr(one, name) for one in every) for name in ("outputs", "characters", "facts")
    )
    secrets, leaks = frozenset().union(*(one.secrets for one in every)), sum(len(one.leaks) for one in every)
    said = f"{len(secrets)} secrets, {leaks} copies; {facts:,} facts, {sum(len(one.missing) for one in every)} missing"
    print(f"\nLooked at {looked:,} outputs of {characters / 1e6:.0f} million characters: {said}")  # noqa: T201


@pytest.fixture
def visit(tmp_path: Path, total: list[Looked]) -> Iterator[Any]:
    def make(scenario: Scenario) -> Visit:
        made = Visit(scenario, runner, tmp_path / "store.db")
        total.append(made.looked)
        return made

    with asyncio.Runner() as runner:
        yield make


@pytest.mark.parametrize("scenario", scenarios(), ids=lambda scenario: scenario.name)
def test_nothing_says_a_secret_and_everything_says_the_facts(
    scenario: Scenario, visit: Any, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    here = visit(scenario)
    read_plans(here)
    read_logs(here)
    diagnose(here)
    apply(here)
    read_the_rest(here)
    here.look_around(caplog)
    assert here.looked.leaks == []
    assert here.looked.missing == []
    assert here.looked.outputs > 150
    assert here.looked.facts > 150


def read_plans(visit: Visit) -> None:
    for best in TIERS:
        for structured in (True, False) if best is Tier.LOG else (True,):
            visit.server.tell(visit.scenario, best, structured=structured)
            log = visit.scenario.log(structured=structured)
            is_counted = best is not Tier.LOG or "Plan: " in log or "No changes." in log
            explains(visit, visit.use("explain_plan", plan_id=PLAN), best if is_counted else Tier.COUNTS)
    visit.server.tell(visit.scenario)
    explains(visit, visit.use("explain_plan", run_id=RUN), Tier.FULL)
    explains(visit, visit.use("get_plan_json_output", plan_id=PLAN), Tier.FULL)
    explains(visit, visit.use("get_run_plan_json_output", run_id=RUN), Tier.FULL)


def explains(visit: Visit, message: ToolMessage, tier: Tier) -> None:
    looked, artifact, counts = visit.looked, message.artifact, visit.scenario.counts
    looked.tells(
        tier, message.text, ["{} to add, {} to change, {} to destroy".format(*counts), f"Rests on the {tier.value}"]
    )
    told = artifact["tier"], artifact["adds"], artifact["changes"], artifact["destroys"]
    looked.agrees(tier, tier_and_counts=(told, (tier.value, *counts)))
    if tier is not Tier.COUNTS:
        lists(visit, artifact, tier)


def lists(visit: Visit, artifact: Mapping[str, Any], tier: Tier) -> None:
    """Addresses, the attributes that change, and the outputs; of many harmless changes only the number."""
    looked, scenario = visit.looked, visit.scenario
    changed = changed_in(json.loads(scenario.redacted)) if tier is Tier.REDACTED else scenario.changed
    named = [entry["address"] for entry in changed]
    listed = [one["address"] for one in artifact["listed"]]
    looked.agrees(tier, **{address: (address in listed, True) for address in named if len(named) <= MOST_LISTED})
    looked.agrees(tier, **{address: (address in named, True) for address in listed})
    looked.agrees(tier, in_all=(sum(total["count"] for total in artifact["totals"]), len(named)))
    if tier is not Tier.LOG:
        outputs = [one["name"] for one in artifact["outputs"]]
        looked.agrees(tier, **{name: (name in outputs, True) for name in scenario.outputs})
        for one in artifact["listed"]:
            if one["act"] in {"update", "replace"}:
                ought = [attributes_of(entry) for entry in changed if entry["address"] == one["address"]]
                looked.agrees(
                    one["address"], attributes=({name.partition(".")[0] for name in one["attributes"]} in ought, True)
                )


def read_logs(visit: Visit) -> None:
    for structured, best in product((False, True), (Tier.FULL, Tier.REDACTED)):
        visit.server.tell(visit.scenario, best, structured=structured)
        visible = best is Tier.FULL
        reads_a_log(visit, "read_plan_log", {"plan_id": PLAN}, visible=visible, structured=structured)
        visible &= not visit.scenario.has_generated
        reads_a_log(visit, "read_apply_log", {"run_id": RUN}, visible=visible, structured=structured)
    assert "withheld" in visit.use("read_apply_log", apply_id=APPLY, show="tail").text


def reads_a_log(visit: Visit, tool: str, arguments: Mapping[str, Any], *, visible: bool, structured: bool) -> None:
    """Its errors, its end, and a page of it; each with all lines where secrets can be recognised, else with none."""
    scenario, is_apply = visit.scenario, tool == "read_apply_log"
    where = f"the {'structured' if structured else 'plain'} log of {tool}"
    log = scenario.apply_log(structured=structured) if is_apply else scenario.log(structured=structured)
    messages = {show: visit.use(tool, **arguments, show=show, lines=MOST_LINES) for show in ("errors", "tail", "page")}
    for show, message in messages.items():
        visit.looked.tells(f"{where}, {show}", message.text, [f"Log of {APPLY if is_apply else PLAN}: complete"])
        if not is_apply and "Plan: " in log:
            visit.looked.tells(where, message.text, ["{} to add, {} to change, {} to destroy".format(*scenario.counts)])
        assert ("withheld" in message.text) is not visible
        assert visible or show == "errors" or message.artifact["lines"] == []
    if is_apply:
        visit.looked.tells(where, messages["errors"].text, [f"| Error: {SUMMARY}", PLACE, scenario.addresses[-1]])
    if visible:
        visit.looked.tells(where, messages["page"].text, scenario.lines(log, visit.looked.is_free)[: MOST_LINES // 2])


def diagnose(visit: Visit) -> None:
    for structured, best, phase in product((False, True), (Tier.FULL, Tier.REDACTED), ("plan", "apply")):
        visit.server.tell(visit.scenario, best, structured=structured, failed=phase)
        message = visit.use("diagnose_run", run_id=RUN)
        failed = f"{RUN} in {WORKSPACE} is errored; what stopped it: {phase}"
        others = ["queued by: ana", "Sentinel policy check polchk-0", "commit 1e1c1018d1bb"]
        visit.looked.tells(phase, message.text, [failed, *others])
        if phase == "apply":
            visit.looked.tells(phase, message.text, [SUMMARY, f"at {PLACE}", f"with {visit.scenario.addresses[-1]}"])
            visit.looked.agrees(phase, lines=([one["line"] for one in message.artifact["diagnostics"]], [16]))


def apply(visit: Visit) -> None:
    for best in TIERS:
        visit.server.tell(visit.scenario, best)
        message = visit.use("apply_run", run_id=RUN, reason=f"it is time, for {best}")
        visit.looked.tells("apply_run", message.text, [RUN, "accepted, not done yet"])
        question, (add, change, destroy) = visit.asked.questions[-1], visit.scenario.counts
        counted = [f"plan: {add} to add, {change} to change, {destroy} to destroy", f"Rests on the {best.value}"]
        misses = [f"Not read: {tier}: answered " for tier in TIERS[: TIERS.index(best)]]
        facts = [f"run: {RUN}", f"plan id: {PLAN}", "policy checks that failed: 1", f"POST /runs/{RUN}/actions/apply"]
        visit.looked.tells(
            f"the question, {best}", question.page(), [*counted, *misses, *facts, f"it is time, for {best}"]
        )
        if best is not Tier.COUNTS and len(visit.scenario.changed) <= MOST_ON_A_PAGE:
            visit.looked.tells(f"the question, {best}", question.text, visit.scenario.blocks)


def read_the_rest(visit: Visit) -> None:
    visit.server.tell(visit.scenario)
    outputs = visit.use("read_outputs", workspace=WORKSPACE)
    visit.looked.tells("read_outputs", outputs.text, [f"- {name}: string" for name in OUTPUTS])
    states = visit.use("compare_state_versions", older="sv-1", newer="sv-2")
    visit.looked.tells(
        "states", states.text, ["~ aws_instance.web: 2 → 3", "- aws_vpc.main: 1 → 0", "+ aws_db_instance.db: 0 → 1"]
    )
    visit.looked.tells(
        "whoami", visit.use("whoami").text, ["Token of type user, of user-1 (user name ana)", "acme: may update"]
    )
    visit.looked.tells(
        "workspaces",
        visit.use("find_workspaces", organization_name="acme").text,
        ["1 workspace matches", "app-staging"],
    )
    visit.looked.tells(
        "workspace",
        visit.use("get_workspace_by_id", workspace=WORKSPACE).text,
        ["app-staging", "[untrusted: description]"],
    )
    visit.looked.tells("run", visit.use("get_run", run_id=RUN).text, ["status: planned", "[untrusted: message]"])
    visit.looked.tells(
        "plan", visit.use("get_plan", plan_id=PLAN).text, [f"resource-additions: {visit.scenario.counts[0]}"]
    )
    visit.looked.tells("watch_run", visit.use("watch_run", run_id=RUN).text, [f"{RUN} is planned"])
    visit.looked.tells("the events", str(visit.listener.heard), [f"{RUN} is planned"])


SPECIAL = 'sp3cial "qu0ted" \\ é\nand-a-sec0nd-line'
CUTS = (80, 100, 200, 300, 500, 1000, 2000, 10_000)
"""Characters after which texts, names, lines and details are cut."""
CALLS: dict[str, dict[str, Any]] = {
    "explain_plan": {"plan_id": PLAN},
    "get_plan_json_output": {"plan_id": PLAN},
    "diagnose_run": {"run_id": RUN},
    "read_plan_log": {"plan_id": PLAN},
    "read_apply_log": {"run_id": RUN},
    "apply_run": {"run_id": RUN},
    "get_run": {"run_id": RUN},
    "watch_run": {"run_id": RUN},
    "get_workspace_by_id": {"workspace": WORKSPACE},
    "compare_state_versions": {"older": "sv-1", "newer": "sv-2"},
    "read_outputs": {"workspace": WORKSPACE},
    "get_organization": {"organization_name": "acme"},
    "find_workspaces": {"organization_name": "acme"},
    "whoami": {},
}


@pytest.fixture
def telling() -> Telling:
    return Telling()


@pytest.fixture
def knowing(telling: Telling) -> Callable[..., TerraformCloudToolkit]:
    """A toolkit that was given a secret by name and has used it."""

    def make(secret: str, confirmer: Any = lambda _: True) -> TerraformCloudToolkit:
        where: dict[str, Any] = {"address": ADDRESS, "transport": telling, "async_transport": telling}
        who: dict[str, Any] = {"token": TOKEN, "token_type": "user", "confirmer": confirmer}
        toolkit = TerraformCloudToolkit(**where, **who, secrets=lambda _: secret)
        toolkit.use_clock(InstantClock())
        telling.tell(scenarios()[0])
        called(toolkit, "create_workspace_variable", workspace=WORKSPACE, key="db", category="env", value_from="DB")
        return toolkit

    return make


def called(toolkit: TerraformCloudToolkit, name: str, /, **arguments: Any) -> ToolMessage:
    message: ToolMessage = tool_of(toolkit, name).invoke(
        {"type": "tool_call", "id": "call-1", "name": name, "args": arguments}
    )
    return message


@pytest.mark.parametrize("form", range(len(encoded(SPECIAL))))
@pytest.mark.parametrize("secret", [SPECIAL, TOKEN])
def test_one_form_alone_in_an_answer_is_enough(secret: str, form: int, telling: Telling, knowing: Any) -> None:
    toolkit, said = knowing(SPECIAL), encoded(secret)[form]
    telling.answers[f"GET /runs/{RUN}"] = says(document("runs", RUN, {"status": "applied", "message": f"ok, {said}."}))
    looked = Looked(frozenset({secret}))
    for tool in ("get_run", "watch_run"):
        message = called(toolkit, tool, run_id=RUN)
        looked.at(tool, message.text, message.artifact)
        looked.tells(tool, message.text, ["ok, ", "applied"])
    assert (looked.leaks, looked.missing, looked.facts) == ([], [], 4)


@pytest.mark.parametrize("secret", ["p1n-4", "90210"])
def test_a_secret_that_is_too_short_to_search_for_is_hidden_where_it_is_a_whole_value(
    secret: str, telling: Telling, knowing: Any
) -> None:
    toolkit = knowing(secret)
    attributes = {"status": "applied", "message": secret, "target-addrs": [f"a.{secret}", secret]}
    telling.answers[f"GET /runs/{RUN}"] = says(document("runs", RUN, attributes))
    shown = {*strings_in(called(toolkit, "get_run", run_id=RUN).artifact)}
    assert secret not in shown
    assert f"a.{secret}" in shown


@pytest.mark.parametrize("size", CUTS)
def test_of_a_secret_in_which_a_text_is_cut_no_part_is_shown(
    size: int, telling: Telling, knowing: Any, asked: Asked
) -> None:
    toolkit, looked = knowing(RESOLVED, asked), Looked(frozenset({RESOLVED[:6]}))
    for before, best in product((45, 30, 12), (Tier.FULL, Tier.LOG)):
        telling.echo = "x" * (size - before) + RESOLVED
        telling.tell(saying(telling.echo), best, failed="plan")
        for tool, arguments in CALLS.items():
            message = called(toolkit, tool, **arguments)
            looked.at(f"{tool}, {best}, {before} before", message.text, message.artifact)
    looked.at("the questions", *[question.page() for question in asked.questions])
    assert looked.leaks == []
    assert looked.outputs > 150


def saying(text: str) -> Scenario:
    """A plan and its log that say this everywhere."""
    inside, gone = f'aws_instance.a["{text}"]', f"aws_vpc.{text}"
    entries = [change(inside, before={text: 1}, after={text: 2}), change(gone, "destroy")]
    created = {"actions": ["create"], "before": None, "after": 1, "before_sensitive": False, "after_sensitive": False}
    check = {"status": "fail", "address": {"to_display": text}}
    checks = [{**check, "instances": [{**check, "problems": [{"message": text}]}]}]
    place = f"  with {text},\n  on {text} line 3, in {text}:\n  3: x\n"
    rows = f"  # {inside} will be updated in-place\n  # {gone} will be destroyed\n"
    told = f"Terraform will perform the following actions:\n\n{rows}\nPlan: 0 to add, 1 to change, 1 to destroy.\n"
    log = f"{text}\n{told}\nError: {text}\n\n{place}\n{text}\n"
    return Scenario("saying", plan(entries, output_changes={text: created}, checks=checks), log, log)


def test_a_secret_in_an_address_is_hidden_and_the_rest_of_the_address_is_not(
    telling: Telling, knowing: Any, asked: Asked
) -> None:
    inside, line = f"module.a.aws_vpc.x[{json.dumps(VARIABLE)}]", KEY.splitlines()[1]
    entries = [change(f'aws_db_instance.main["{line}"]', "destroy"), change(inside, after={"x": 1})]
    log = f'aws_db_instance.main["{line}"]: Destroying...\n'
    toolkit, looked, shown = knowing(RESOLVED, asked), Looked(OWN), 'aws_db_instance.main["(sensitive)"]'
    telling.tell(Scenario("keys", planted(plan(entries)), log, log))
    for tool in ("explain_plan", "get_plan_json_output", "read_plan_log"):
        message = called(toolkit, tool, **CALLS[tool], **({"show": "tail"} if tool == "read_plan_log" else {}))
        looked.at(tool, message.text, message.artifact)
        looked.tells(tool, message.text, [shown])
    called(toolkit, "apply_run", run_id=RUN)
    question = asked.questions[-1].text
    looked.at("the question", question)
    looked.tells("the question", question, [f"{shown} (database): destroyed", "module.a.aws_vpc.x"])
    assert (looked.leaks, looked.missing) == ([], [])


def of_plans(content: bytes) -> dict[str, Answer]:
    return {f"GET {path_of('plan')}|GET {path_of('redacted')}": sends(content)}


def leads(to: str) -> dict[str, Answer]:
    return {"GET .*/json-output.*": lambda _: httpx.Response(307, headers={"location": to})}


def compressed(_: httpx.Request) -> httpx.Response:
    return httpx.Response(200, headers={"content-encoding": "gzip"}, stream=httpx.ByteStream(ECHO.encode()))


TOLD = scenarios()[0]
UNKNOWN_ACTION = {**change(f"a.{TOKEN}"), "change": {"actions": [KEY], "before": {"x": KEY}}}
BROKEN: dict[str, dict[str, Answer]] = {
    "a plan cut short": of_plans(TOLD.content[:-50]),
    "no plan": of_plans(json.dumps([ECHO, VARIABLE]).encode()),
    "a plan in a format to come": of_plans(TOLD.content.replace(b'"1.2"', b'"2.0"', 1)),
    "an action that nobody knows": of_plans(json.dumps({**TOLD.plan, "resource_changes": [UNKNOWN_ACTION]}).encode()),
    "a plan that is nested too deep": of_plans(TOLD.content[:-1] + b', "x": ' + b"[" * 10_000),
    "text in the place of everything": {"GET .*": sends(f"{ECHO} {VARIABLE}".encode())},
    "text in the place of documents": {"GET /.*": says({"data": ECHO, "errors": [ECHO]})},
    "errors": {"GET /.*": says({"errors": [{"title": ECHO, "detail": ECHO}]}, 422)},
    "errors of the server": {"GET /.*": says({"errors": [ECHO]}, 500)},
    "a store that fails": {"GET /v1/object/.*": says({"errors": [ECHO]}, 500)},
    "a store that never answers": {"GET /v1/object/.*": fails(httpx.ReadTimeout)},
    "a store that is not there": {"GET /v1/object/.*": fails(httpx.ConnectError)},
    "garbage that says it is compressed": {"GET /v1/object/.*": compressed},
    "a way to elsewhere": leads(f"https://evil.example/v1/object/{SIGNED['plan']}"),
    "a way that is none": leads(f"https://[x/v1/object/{SIGNED['plan']}{TOKEN}"),
    "logs that are no text": {"GET /v1/object/.*log.*": sends(b"\0\1" * 500 + f"{VARIABLE}{ECHO}".encode())},
}


@pytest.mark.parametrize("name", BROKEN)
def test_no_error_holds_a_secret_or_a_signed_url(
    name: str, telling: Telling, knowing: Any, asked: Asked, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    toolkit, looked, errors = knowing(RESOLVED, asked), Looked(TOLD.secrets | set(SIGNED.values())), 0
    telling.tell(TOLD, failed="plan")
    telling.answers = BROKEN[name] | telling.answers
    for tool, arguments in CALLS.items():
        message = called(toolkit, tool, **arguments)
        looked.at(tool, message.text, message.artifact)
        if message.status == "error":
            errors += 1
            looked.at(tool, raised(toolkit, tool, arguments))
    looked.at("what else is left", caplog.text, *toolkit.audit.records(), *[one.page() for one in asked.questions])
    assert looked.leaks == []
    assert errors > 0


@pytest.mark.parametrize("name", BROKEN)
def test_a_cassette_of_it_holds_nothing_that_the_toolkit_was_given(name: str, telling: Telling, knowing: Any) -> None:
    toolkit, looked = knowing(RESOLVED), Looked(KNOWN | set(SIGNED.values()))
    telling.answers = BROKEN[name] | telling.answers
    for tool, arguments in CALLS.items():
        called(toolkit, tool, **arguments)
    if name in {"a plan cut short", "a plan in a format to come", "a plan that is nested too deep"}:
        with pytest.raises(Unreadable) as caught:
            written(telling.exchanges)
        looked.at("no cassette", caught.value)
    else:
        looked.at("a cassette", written(telling.exchanges))
    assert looked.leaks == []


def raised(toolkit: TerraformCloudToolkit, name: str, arguments: Mapping[str, Any]) -> ToolkitError:
    """The error itself, before it is put into words, with all that hangs on to it."""
    steps = tool_of(toolkit, name)._steps(arguments, {})  # type: ignore[attr-defined]
    with pytest.raises(ToolkitError) as caught:
        SyncDriver(toolkit._host.wire).run(steps)
    return caught.value
