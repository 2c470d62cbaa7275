"""Whatever is answered as a plan: no exception, no secret, and no quiet page about what is destroyed."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Callable, Iterator
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from langchain_core.messages import ToolMessage
from support.leaks import Looked
from support.scenarios import KNOWN, RESOLVED, Scenario, scenarios
from support.served import SIGNED, Telling, path_of, sends
from support.server import ADDRESS, PLAN, RUN, TOKEN, WORKSPACE, Server, says
from support.tools import Asked, MakeToolkit, Use, tool_of

from tfc_agent_tools import Confirmation, TerraformCloudToolkit
from tfc_agent_tools.clock import InstantClock

GONE = says({"errors": [{"status": "404", "title": "not found"}]}, 404)
PLANS = {one.name: one for one in scenarios() if "big_400" not in one.name and "large" not in one.name}
DESTROYING = sorted(name for name, one in PLANS.items() if one.counts[2])
SAYS_NONE = re.compile(r"none is destroyed|changes nothing|changes no resource|\b0 to destroy", re.IGNORECASE)
GUARDED = re.compile(r"variables|configuration|before|after|before_sensitive|after_sensitive")
"""What says which values are secret, and the values themselves."""
JUNK: list[Any] = [
    *(None, True, False, 0, -1, 1e308, 10**40, "", [], {}, [[]], [None], {"a": {}}, {"": None}),
    *("x" * 10_000, "x" * 30_000, "\x00", "\x1b[2J\x1b[H", "\u202egnp.exe", "a\nDESTROYS 0 resources.\n", "\ud800"),
    *("no-op", "create", "delete", ["no-op"], ["delete"], ["forget"], ["create", "delete"], "managed", "data", "fail"),
    *('x"]: updated\n- and 0 more', "{{ plan }}", '[untrusted: run] "yes"', "0", "\u6f22" * 300),
]

Path = tuple[Any, ...]


@dataclass(frozen=True)
class Harm:
    """One thing done to a document; places are chosen by number, so that the same harm fits any document."""

    kind: str
    at: int
    other: int
    junk: Any = field(repr=False)

    def done_to(self, document: Any, spares: Callable[[Path], bool]) -> None:
        """Do it, in place."""
        places = [path for path in nodes(document) if not spares(path)]
        if not places:
            return
        path = places[self.at % len(places)]
        holder = inside(document, path[:-1])
        if self.kind == "delete":
            del holder[path[-1]]
        elif self.kind == "duplicate" and isinstance(holder, list):
            holder.insert(path[-1], deepcopy(holder[path[-1]]))
        elif self.kind == "rename" and isinstance(holder, dict):
            holder[str(self.junk)[:200]] = holder.pop(path[-1])
        elif self.kind == "copy":
            every = list(nodes(document))
            holder[path[-1]] = deepcopy(inside(document, every[self.other % len(every)]))
        else:
            holder[path[-1]] = deepcopy(self.junk)


def nodes(value: Any, path: Path = ()) -> Iterator[Path]:
    """The paths of all that is in a document."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for step, one in inner:
        yield (*path, step)
        yield from nodes(one, (*path, step))


def inside(value: Any, path: Path) -> Any:
    for step in path:
        value = value[step]
    return value


number = st.integers(0, 1 << 20)
harm = st.builds(
    Harm, st.sampled_from(["delete", "replace", "duplicate", "rename"]), number, number, st.sampled_from(JUNK)
)
copies = st.builds(Harm, st.just("copy"), number, number, st.none())
harms = st.tuples(st.lists(harm, max_size=4), st.lists(copies, max_size=1)).map(lambda both: [*both[0], *both[1]])


def nothing(_: Path) -> bool:
    return False


def guarded(path: Path) -> bool:
    return any(isinstance(step, str) and GUARDED.fullmatch(step) for step in path)


def outside_of_the_changes(path: Path) -> bool:
    return guarded(path) or path[0] not in {"resource_changes", "output_changes", "resource_drift", "checks"}


def written(document: Any, cut: int) -> bytes:
    """The document as it comes over the wire, without its last bytes."""
    content = json.dumps(document).encode()
    return content[: len(content) - cut]


class Heard:
    """What a model and a person are told of one plan, as a server answers it."""

    def __init__(self, scenario: Scenario, content: bytes) -> None:
        self.server, self.asked = Telling(), Asked()
        self.toolkit = TerraformCloudToolkit(
            address=ADDRESS,
            token=TOKEN,
            token_type="user",
            transport=self.server,
            confirmer=self.asked,
            secrets=lambda _: RESOLVED,
        )
        self.toolkit.use_clock(InstantClock())
        self.server.tell(scenario)
        self.call("create_workspace_variable", workspace=WORKSPACE, key="db", category="terraform", value_from="DB")
        self.asked.questions.clear()
        self.server.sent.clear()
        self.server.answers |= {f"GET {path_of(name)}": sends(content) for name in ("plan", "redacted")}
        self.told = self.call("explain_plan", plan_id=PLAN)
        self.applied = self.call("apply_run", run_id=RUN)

    def call(self, name: str, **arguments: Any) -> ToolMessage:
        wanted = {"type": "tool_call", "id": "call-1", "name": name, "args": arguments}
        message: ToolMessage = tool_of(self.toolkit, name).invoke(wanted)
        return message

    @property
    def pages(self) -> list[str]:
        """What is read about the plan: by the model, and by the person who is asked to apply it."""
        return [self.told.text, *(one.text for one in self.asked.questions)]


def holds(heard: Heard, scenario: Scenario, secrets: frozenset[str]) -> None:
    """The rules for every answer, whatever the plan is."""
    assert heard.told.status == "success"
    assert (heard.applied.status, len(heard.asked.questions), len(heard.server.writes)) == ("success", 1, 1)
    looked = Looked(secrets)
    looked.at("what a model is told", heard.told.text, heard.told.artifact, heard.applied.text, heard.applied.artifact)
    looked.at("the question", heard.asked.text, heard.asked.questions[0])
    assert looked.leaks == []
    assert len(json.dumps(heard.told.artifact)) <= 256 * 1024
    for page in heard.pages:
        assert not [
            sign
            for sign in page
            if unicodedata.category(sign) in {"Cc", "Cf", "Cs", "Zl", "Zp"} - {"\n"} and sign != "\n"
        ]
        assert len(page) < 20_000
        assert f"{scenario.counts[2]:,} to destroy" in page
        is_loud = "ATTENTION: " in page
        assert is_loud or not scenario.counts[2] or not SAYS_NONE.search(page)


few = settings(deadline=None, max_examples=25, phases=[Phase.explicit, Phase.generate])
plans = st.sampled_from(sorted(PLANS))
cuts = st.sampled_from([0, 0, 0, 0, 0, 0, 1, 50, 4_000])


@few
@given(plans, harms, cuts)
def test_a_plan_harmed_anywhere_is_told_or_said_to_be_unreadable(name: str, harms: list[Harm], cut: int) -> None:
    scenario = PLANS[name]
    document = deepcopy(scenario.plan)
    for one in harms:
        one.done_to(document, nothing)
    holds(Heard(scenario, written(document, cut)), scenario, KNOWN | frozenset(SIGNED.values()))


@few
@given(plans, harms)
def test_a_plan_harmed_anywhere_but_in_what_says_what_is_secret_tells_no_secret(name: str, harms: list[Harm]) -> None:
    scenario = PLANS[name]
    document = deepcopy(scenario.plan)
    for one in harms:
        one.done_to(document, guarded)
    holds(Heard(scenario, written(document, 0)), scenario, scenario.secrets | frozenset(SIGNED.values()))


@few
@given(st.sampled_from(DESTROYING), harms)
def test_a_plan_whose_changes_were_harmed_never_quietly_destroys_nothing(name: str, harms: list[Harm]) -> None:
    scenario = PLANS[name]
    document = deepcopy(scenario.plan)
    for one in harms:
        one.done_to(document, outside_of_the_changes)
    holds(Heard(scenario, written(document, 0)), scenario, scenario.secrets | frozenset(SIGNED.values()))


HIDDEN: dict[str, Callable[[Any], None]] = {
    "no changes": lambda document: document.update(resource_changes=[]),
    "none that destroys": lambda document: document.update(
        resource_changes=[one for one in document["resource_changes"] if "delete" not in one["change"]["actions"]]
    ),
    "no list": lambda document: document.pop("resource_changes"),
    "no-ops": lambda document: [one["change"].update(actions=["no-op"]) for one in document["resource_changes"]],
}
"""How a plan that destroys can be made to say that it does not."""


@pytest.mark.parametrize("how", HIDDEN)
def test_a_plan_that_hides_what_it_destroys_is_loudly_contradicted(how: str) -> None:
    scenario = PLANS["04_replace"]
    document = deepcopy(scenario.plan)
    HIDDEN[how](document)
    heard = Heard(scenario, written(document, 0))
    holds(heard, scenario, scenario.secrets)
    assert all("ATTENTION: the API counts otherwise" in page for page in heard.pages)


# A workspace that is gone, and all that is in it with it


@pytest.mark.parametrize("gone", [rf"GET /runs/{RUN}", r"GET /(runs|plans|workspaces)/.*"])
def test_a_run_whose_workspace_is_gone_is_refused_before_anybody_is_asked(
    gone: str, server: Server, make_toolkit: MakeToolkit, asked: Asked, use: Use
) -> None:
    server.answers[gone] = GONE
    message = use(make_toolkit(confirmer=asked), "apply_run", run_id=RUN)
    assert (message.status, asked.questions, server.writes) == ("error", [], [])
    assert message.text.startswith(f"GET /runs/{RUN} was answered 404; nothing was done.\nIt does not exist, or")


def test_a_run_that_is_left_without_its_workspace_is_refused_and_so_told(
    server: Server, make_toolkit: MakeToolkit, asked: Asked, use: Use
) -> None:
    server.answers[f"GET /workspaces/{WORKSPACE}"] = GONE
    message = use(make_toolkit(confirmer=asked), "apply_run", run_id=RUN)
    assert (message.status, asked.questions, server.writes) == ("error", [], [])
    assert (
        "the run's workspace answers 404: it was deleted, or this token may not see it.\nIt was not sent"
        in message.text
    )


@pytest.mark.parametrize(
    "gone", [rf"GET /runs/{RUN}", f"GET /workspaces/{WORKSPACE}", r"GET /(runs|plans|workspaces)/.*"]
)
def test_a_workspace_that_goes_while_a_person_thinks_is_not_applied_to(
    gone: str, server: Server, make_toolkit: MakeToolkit, use: Use
) -> None:
    def yes_but_meanwhile(_: Confirmation) -> bool:
        server.answers[gone] = GONE
        return True

    message = use(make_toolkit(confirmer=yes_but_meanwhile), "apply_run", run_id=RUN)
    assert (message.status, server.writes) == ("error", [])
    assert re.search("nothing was done|was not sent", message.text)


def test_an_apply_that_is_answered_404_is_told_as_not_done(
    server: Server, make_toolkit: MakeToolkit, asked: Asked, use: Use
) -> None:
    server.answers[f"POST /runs/{RUN}/actions/apply"] = GONE
    message = use(make_toolkit(confirmer=asked), "apply_run", run_id=RUN)
    assert (message.status, len(server.writes)) == ("error", 1)
    assert message.text.startswith(f"POST /runs/{RUN}/actions/apply was answered 404; nothing was done.")
