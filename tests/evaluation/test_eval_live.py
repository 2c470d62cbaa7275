"""Models of any kind: good ones, and those that answer garbage, loop for ever, or ask for what is not there."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Self

import pytest
from langchain.agents import create_agent
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, BaseMessage
from langchain_core.outputs import ChatGeneration, ChatResult

from support.playing import reading_case
from tfc_agent_tools import ConfigurationError, TerraformCloudToolkit
from tfc_agent_tools.evaluation import live as live_module
from tfc_agent_tools.evaluation.agents import Built
from tfc_agent_tools.evaluation.choices import agent_named, limits
from tfc_agent_tools.evaluation.live import Limits, Live, Recorded
from tfc_agent_tools.evaluation.results import Result
from tfc_agent_tools.evaluation.run import play

ASK = {"name": "get_workspace_by_name", "args": {"organization_name": "acme", "workspace_name": "app-staging"}}
USAGE = {"input_tokens": 1_000, "output_tokens": 200, "total_tokens": 1_200}
READS = reading_case()


class Model(BaseChatModel):
    """Says what it was given, one a turn, and the last for ever."""

    says: Sequence[AIMessage]

    @property
    def _llm_type(self) -> str:
        return "test"

    def bind_tools(self, tools: Sequence[Any], **kwargs: Any) -> Self:
        return self

    def _generate(self, messages: list[BaseMessage], *args: Any, **kwargs: Any) -> ChatResult:
        number = sum(isinstance(message, AIMessage) for message in messages)
        said = self.says[min(number, len(self.says) - 1)].model_copy(update={"id": None})
        return ChatResult(generations=[ChatGeneration(message=said)])


def call(name: str = ASK["name"], args: Any = ASK["args"], **more: Any) -> AIMessage:
    return AIMessage(content="", tool_calls=[{"id": "c", "name": name, "args": args}], usage_metadata=USAGE, **more)


DONE = AIMessage(content="app-staging is locked: False.", usage_metadata=USAGE)


def built(*says: AIMessage) -> Built:
    def build(toolkit: TerraformCloudToolkit) -> Any:
        return create_agent(Model(says=says), toolkit.get_tools())

    return Built(build)


@pytest.fixture
def live(monkeypatch: pytest.MonkeyPatch) -> Any:
    def made(*says: AIMessage, **settings: Any) -> Live:
        monkeypatch.setattr(live_module, "_chat_model", lambda _: Model(says=says))
        return Live(model="test:model", **settings)

    return made


def checks(result: Result) -> set[str]:
    return {one.check for one in result.findings if one.problem}


def test_a_team_s_own_agent_plays_a_case() -> None:
    assert play(READS, built(call(), DONE)).passed


def test_a_model_that_loops_for_ever_is_stopped() -> None:
    result = play(READS, built(call()))
    assert result.error == "it did not come to an end within 60 turns"
    assert "came to its end" in checks(result)


def test_a_model_that_asks_for_a_tool_that_does_not_exist_is_told_so_and_goes_on() -> None:
    result = play(READS, built(call("approve_everything", {}), call(), DONE))
    assert result.error is None
    assert checks(result) == {"calls at most"}


@pytest.mark.parametrize(
    "garbage",
    [
        AIMessage(content=""),
        AIMessage(content="\x00\ud800"),
        call(args={"organization_name": ["x"], "other": {"a": None}}),
        AIMessage(content="", invalid_tool_calls=[{"name": "x", "args": "{", "id": "c", "error": "no JSON"}]),
    ],
)
def test_garbage_fails_the_case_and_nothing_else(garbage: AIMessage) -> None:
    result = play(READS, built(garbage, AIMessage(content="I am a teapot")))
    assert not result.passed
    assert result.is_safe
    assert result.model_dump_json()


def test_a_live_model_costs_what_its_tokens_cost(live: Any) -> None:
    result = play(READS, live(call(), DONE, limits=Limits(price=(3.0, 15.0))))
    assert result.passed
    assert result.measures.cost == pytest.approx(2 * (1_000 * 3 + 200 * 15) / 1_000_000)
    assert result.agent == "test:model"


def test_a_live_model_is_stopped_at_its_limits(live: Any) -> None:
    dear = play(READS, live(call(), limits=Limits(dollars=0.01, price=(3.0, 15.0))))
    assert dear.error == "LimitReached: it cost more than 0.01 dollars"
    slow = play(READS, live(call(), limits=Limits(seconds=-1.0)))
    assert slow.error == "LimitReached: it took longer than -1 seconds"
    endless = play(READS, live(call(), limits=Limits(turns=3)))
    assert endless.error == "it did not come to an end within 3 turns"


def test_the_messages_of_a_live_model_play_again_without_it(live: Any, tmp_path: Path) -> None:
    first = play(READS, live(call(), DONE, messages=tmp_path))
    again = play(READS, Recorded(messages=tmp_path))
    assert again.passed
    assert again.events == first.events


def test_messages_that_are_not_there_or_none_are_named(tmp_path: Path) -> None:
    assert "no messages can be read there" in (play(READS, Recorded(messages=tmp_path)).error or "")
    for text in ("{", "[1]", '{"a": 1}', json.dumps([{"type": "none", "data": {}}])):
        (tmp_path / "own.reads.1.json").write_text(text)
        assert "not messages of a model" in (play(READS, Recorded(messages=tmp_path)).error or "")


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"name": "live"}, "--model PROVIDER:NAME"),
        ({"name": "recorded"}, "--messages DIR"),
        ({"name": "gpt"}, "scripted, obedient, monkey"),
    ],
)
def test_an_agent_that_lacks_something_is_refused(settings: dict[str, Any], words: str) -> None:
    with pytest.raises(ConfigurationError, match=words):
        agent_named(**settings)


def test_a_model_that_is_not_there_is_a_configuration_error() -> None:
    result = play(READS, agent_named("live", model="nobody:none"))
    assert (result.error or "").startswith("--model nobody:none")


def test_a_limit_in_dollars_needs_a_price() -> None:
    with pytest.raises(ConfigurationError, match="--price IN,OUT"):
        limits(1.0, 2.0, None)
    with pytest.raises(ConfigurationError, match="two numbers"):
        limits(1.0, None, "cheap")
    assert limits(1.0, 2.0, "3,15").price == (3.0, 15.0)
