"""Real models at the tools, and their messages played again without them."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from langchain_core.callbacks import BaseCallbackHandler
from langchain_core.messages import AIMessage, messages_from_dict, messages_to_dict

from tfc_agent_tools.errors import ConfigurationError
from tfc_agent_tools.evaluation.conversation import Ended, converse
from tfc_agent_tools.evaluation.scripted import ScriptedChatModel

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path
    from uuid import UUID

    from langchain_core.language_models import BaseChatModel
    from langchain_core.outputs import LLMResult

    from tfc_agent_tools.evaluation.case import Case
    from tfc_agent_tools.evaluation.conversation import Table

_TOKENS_A_PRICE_IS_FOR: Final = 1_000_000


@dataclass(frozen=True, kw_only=True)
class Limits:
    """Where a live model is stopped. Each is for one case."""

    turns: int = 40
    seconds: float = 300.0
    dollars: float | None = None
    """Needs `price`."""
    price: tuple[float, float] | None = None
    """US dollars for a million tokens read and written."""

    def __post_init__(self) -> None:
        if self.dollars is not None and self.price is None:
            msg = "a limit in dollars needs the model's price for a million tokens read and written: --price IN,OUT"
            raise ConfigurationError(msg)


@dataclass(frozen=True, kw_only=True)
class Live:
    """A chat model of any provider that LangChain has: `anthropic:claude-opus-4-1`, `ollama:qwen3`.

    Args:
        model: Provider and name, as `init_chat_model` takes them.
        limits: Where it is stopped.
        messages: A folder where each conversation's messages are kept, for `Recorded` to play again.
    """

    model: str
    limits: Limits = field(default_factory=Limits)
    messages: Path | None = None

    @property
    def name(self) -> str:
        """The model's name."""
        return self.model

    def work(self, case: Case, table: Table, epoch: int) -> Ended:
        """Let the model do what the case asks.

        Raises:
            ConfigurationError: There is no such model here.
        """
        meter = Meter(self.limits)
        error = converse(case.prompt, _chat_model(self.model), table, turns=self.limits.turns, callbacks=[meter])
        if self.messages is not None:
            keep(meter.messages, messages_file(self.messages, case.id, epoch))
        return Ended(error, meter.dollars)


@dataclass(frozen=True, kw_only=True)
class Recorded:
    """Plays messages that a live model once wrote. The tools answer anew."""

    messages: Path
    name: str = "recorded"

    def work(self, case: Case, table: Table, epoch: int) -> Ended:
        """Play the messages of this case and epoch.

        Raises:
            ConfigurationError: There are none, or they can't be read.
        """
        model = ScriptedChatModel(script=kept(messages_file(self.messages, case.id, epoch)))
        return Ended(converse(case.prompt, model, table))


class LimitReached(Exception):  # noqa: N818 - it reads as what happened
    """A live model cost too much, or took too long."""


class Meter(BaseCallbackHandler):
    """Counts what a model costs, keeps what it says, and stops it at the limits: before its next turn."""

    raise_error = True

    def __init__(self, limits: Limits) -> None:
        self._limits, self._started = limits, time.monotonic()
        self.messages: list[AIMessage] = []
        self.tokens = (0, 0)

    @property
    def dollars(self) -> float | None:
        """What the model cost so far, where its price is known."""
        if self._limits.price is None:
            return None
        spent = (count * price for count, price in zip(self.tokens, self._limits.price, strict=True))
        return round(sum(spent) / _TOKENS_A_PRICE_IS_FOR, 6)

    def on_chat_model_start(self, serialized: Any, messages: Any, *, run_id: UUID, **kwargs: Any) -> None:
        """Let no turn begin beyond a limit."""
        del serialized, messages, run_id, kwargs
        if time.monotonic() - self._started > self._limits.seconds:
            msg = f"it took longer than {self._limits.seconds:g} seconds"
            raise LimitReached(msg)
        if self._limits.dollars is not None and (self.dollars or 0.0) > self._limits.dollars:
            msg = f"it cost more than {self._limits.dollars:g} dollars"
            raise LimitReached(msg)

    def on_llm_end(self, response: LLMResult, *, run_id: UUID, **kwargs: Any) -> None:
        """Count one answer."""
        del run_id, kwargs
        for generation in response.generations[0][:1]:
            message = getattr(generation, "message", None)
            if isinstance(message, AIMessage):
                self.messages.append(message)
                usage = message.usage_metadata
                read, written = (usage["input_tokens"], usage["output_tokens"]) if usage else (0, 0)
                self.tokens = self.tokens[0] + read, self.tokens[1] + written


def messages_file(folder: Path, case_id: str, epoch: int) -> Path:
    """Where the messages of one playing of a case are kept."""
    return folder / f"{case_id}.{epoch}.json"


def keep(messages: Sequence[AIMessage], file: Path) -> None:
    """Keep a conversation's messages, in LangChain's own form."""
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(messages_to_dict([_plain(one) for one in messages]), indent=1), encoding="utf-8")


def kept(file: Path) -> list[AIMessage]:
    """The messages in a file.

    Raises:
        ConfigurationError: It is not there, or holds something else than messages of a model.
    """
    try:
        found = messages_from_dict(json.loads(file.read_text(encoding="utf-8")))
    except OSError as error:
        msg = f"{file}: no messages can be read there ({error.strerror})"
        raise ConfigurationError(msg) from None
    except (ValueError, TypeError, LookupError, AttributeError) as error:
        msg = f"{file}: not messages of a model ({type(error).__name__})"
        raise ConfigurationError(msg) from None
    return [message for message in found if isinstance(message, AIMessage)]


def _plain(message: AIMessage) -> AIMessage:
    """A message without what its provider said about itself."""
    return AIMessage(content=message.content, tool_calls=message.tool_calls, usage_metadata=message.usage_metadata)


def _chat_model(name: str) -> BaseChatModel:
    from langchain.chat_models import init_chat_model

    try:
        model: BaseChatModel = init_chat_model(name)
    except Exception as error:  # noqa: BLE001 - providers raise what they like for a missing package or key
        msg = f"--model {name}: {type(error).__name__}: {error}"
        raise ConfigurationError(msg) from None
    return model
