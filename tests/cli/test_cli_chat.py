"""The conversation, with a model that plays a script."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any

import pytest
from cli_process import run
from langchain_core.messages import AIMessage, HumanMessage
from langchain_core.outputs import ChatGeneration, ChatResult
from rich.console import Console

from tfc_agent_tools.cli.conversation import converse
from tfc_agent_tools.cli.demo.outside import Counter
from tfc_agent_tools.cli.screen import Screen
from tfc_agent_tools.evaluation.scripted import ScriptedChatModel
from tfc_agent_tools.sandbox import Sandbox

QUEUE = ({"create_run": {"workspace": "acme/app-staging"}}, "Queued ${create_run.id}.")


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(engine="recorded") as made:
        yield made


def talk(sandbox: Sandbox, model: Any, *lines: str | type[BaseException], **settings: Any) -> tuple[str, Counter]:
    """Say the lines, each an utterance or an answer, as they are asked for."""
    counter, said = Counter(sandbox), iter(lines)

    def read_line(_: str) -> str:
        line = next(said, EOFError)
        if isinstance(line, str):
            return line
        raise line

    console = Console(file=io.StringIO(), width=100, highlight=False)
    token = {"address": sandbox.address, "token": sandbox.tokens["user"], "transport": counter}
    converse(model, {**token, "agent": "chat", **settings}, Screen("SANDBOX", console), read_line)
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue(), counter


def test_a_write_waits_for_the_persons_yes(sandbox: Sandbox) -> None:
    shown, counter = talk(sandbox, ScriptedChatModel(script=QUEUE), "Queue a run", "y")
    assert "SANDBOX: confirm create_run (write)" in shown
    assert "Queued run-" in shown
    assert counter.changing == 1
    assert "confirmed by console" in " ".join(shown.split())


@pytest.mark.parametrize("answer", ["n", "", EOFError, KeyboardInterrupt])
def test_anything_else_sends_nothing(sandbox: Sandbox, answer: str | type[BaseException]) -> None:
    shown, counter = talk(sandbox, ScriptedChatModel(script=QUEUE), "Queue a run", answer)
    assert "Refused: a person said no" in shown
    assert "\nrefused " in shown
    assert counter.changing == 0


@pytest.mark.parametrize("end", ["", "  ", EOFError, KeyboardInterrupt])
def test_an_empty_line_the_end_of_input_and_ctrl_c_end_it(sandbox: Sandbox, end: str | type[BaseException]) -> None:
    shown, counter = talk(sandbox, ScriptedChatModel(script=["Hello"]), "Hi", end, "never read")
    assert "agent         Hello" in shown
    assert "0 rows about writes" in shown
    assert counter.requests == 0


def test_read_only_offers_no_tool_that_writes(sandbox: Sandbox) -> None:
    shown, counter = talk(sandbox, ScriptedChatModel(script=QUEUE), "Queue a run", read_only=True)
    assert "the script calls create_run, which is not among the tools" in shown
    assert counter.requests == 0


class Remembers(ScriptedChatModel):
    """Says how often the person has spoken, and fails at the word `fail`."""

    script: Any = ()

    def _generate(self, messages: list[Any], *_args: Any, **_kwargs: Any) -> ChatResult:
        said = [message.content for message in messages if isinstance(message, HumanMessage)]
        if said[-1] == "fail":
            msg = "the provider is down"
            raise ConnectionError(msg)
        return ChatResult(generations=[ChatGeneration(message=AIMessage(content=f"heard {len(said)}"))])


def test_the_agent_remembers_until_a_failure_and_the_chat_goes_on_after_it(sandbox: Sandbox) -> None:
    shown, _ = talk(sandbox, Remembers(), "one", "two", "fail", "three")
    assert "ConnectionError: the provider is down" in shown
    assert [line.split()[-1] for line in shown.splitlines() if "heard" in line] == ["1", "2", "1"]


def test_a_missing_provider_package_is_one_line_that_names_it() -> None:
    done = run("chat", "--sandbox", "--model", "openai:some-model", without=("langchain_openai",))
    assert (done.returncode, done.stdout) == (2, "")
    assert "pip install langchain-openai" in done.stderr
    assert done.stderr.count("\n") == 1


def test_an_unknown_provider_is_one_line() -> None:
    done = run("chat", "--sandbox", "--model", "no-such-provider:x")
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)


def test_without_a_token_the_line_says_what_to_set() -> None:
    done = run("chat", "--model", "openai:some-model")
    assert (done.returncode, done.stdout) == (2, "")
    assert "set TFE_TOKEN" in done.stderr
