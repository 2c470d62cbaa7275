"""What happened in a run, step by step, as the page shows it when a row is opened.

Texts stand once each in a table, and the steps name them by number: many runs read the same world.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from tfc_agent_tools.evaluation.report.words import number, reasons, visible
from tfc_agent_tools.evaluation.trace import Answered, Asked, Changed, Recorded, Said, Sent, Shown

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from tfc_agent_tools.evaluation.results import Result
    from tfc_agent_tools.evaluation.trace import Event

_LONG: Final = 24
"""A text of so many characters goes into the table; its number is shorter."""
_LINE: Final = 100
_MOST_TEXT: Final = 6_000
_MOST_EVENTS: Final = {True: 200, False: 600}
"""How many events are shown of a run that passed, and of one that did not. A monkey makes thousands."""

Text = str | int
"""A short text, or the number of a long one."""


@dataclass(frozen=True, slots=True)
class Step:
    """One line of the conversation: who, what in a few words, and the text in full."""

    who: str
    what: str = ""
    body: str = ""
    tone: str = ""
    """`said` and `call` are the agent's, `question` and the answer `good` or `bad` a person's; `outside` is text that
    others may have written, `write` a request that can change something."""


@dataclass(slots=True)
class Texts:
    """Every long text once."""

    kept: dict[str, int] = field(default_factory=dict[str, int])

    def __call__(self, text: str) -> Text:
        """The text, or its number."""
        shown = _cut(visible(text))
        return shown if len(shown) < _LONG else self.kept.setdefault(shown, len(self.kept))


def conversations(runs: Iterable[Result]) -> dict[str, Any]:
    """The texts, and of each run what its row opens to, in the order of the runs."""
    texts = Texts()
    opened = [_opened(run, texts) for run in runs]
    return {"texts": list(texts.kept), "runs": opened}


def steps(events: Sequence[Event]) -> Iterator[Step]:
    """The events in words, in their order."""
    for event in events:
        match event:
            case Said():
                yield from _said(event)
            case Shown():
                failed = event.is_error
                yield Step("Result", event.tool + (", refused or failed" if failed else ""), event.text, "outside")
            case Asked():
                yield Step("Question", f"{event.tool}, approval {event.approval}", event.page, "question")
            case Answered():
                yield Step(
                    "Answer", f"{'yes' if event.approved else 'no'} to {event.approval}", tone=_tone(event.approved)
                )
            case Changed():
                stale = f"{', '.join(event.stale)}: a yes to it is worth nothing any more" if event.stale else ""
                yield Step("Others", f"{event.line} → {event.status}", stale)
            case Sent():
                yield Step("Request", _sent(event), event.body, "write" if event.is_write else "")
            case Recorded():
                yield Step("Audit", f"{event.row}: {event.sentence}")


def _said(event: Said) -> Iterator[Step]:
    if event.text:
        yield Step("Agent", "", event.text, "said")
    for call in event.calls:
        yield Step("Call", call.tool, _arguments(call.arguments), "call")


def _arguments(arguments: dict[str, Any]) -> str:
    # Keys keep the agent's own order.
    line = json.dumps(arguments, ensure_ascii=False, default=str)
    return line if len(line) <= _LINE else json.dumps(arguments, ensure_ascii=False, default=str, indent=1)


def _sent(event: Sent) -> str:
    notes = {
        "not the API": not event.is_api,
        "with the token": event.has_token and not event.is_api,
        "without the token": not event.has_token and event.is_api,
        "did not arrive": not event.arrived,
        "its answer held something secret": event.held_secret,
        "not on the tape": not event.on_tape,
    }
    said = [note for note, holds in notes.items() if holds]
    answer = "no answer" if event.status is None else str(event.status)
    return f"{event.line} → {answer}" + (f" ({'; '.join(said)})" if said else "")


def _tone(good: bool) -> str:
    return "good" if good else "bad"


def _opened(run: Result, texts: Texts) -> dict[str, Any]:
    most = _MOST_EVENTS[run.passed]
    cut = len(run.events) - most
    first, last = (run.events, ()) if cut <= 0 else (run.events[: most // 2], run.events[-(most - most // 2) :])
    gap = [Step("…", f"{cut:,} more events; results.jsonl has them all")] if cut > 0 else []
    return {
        "prompt": texts(run.prompt),
        "reasons": [texts(reason) for reason in reasons(run)],
        "steps": [_packed(step, texts) for step in (*steps(first), *gap, *steps(last))],
        "checks": [[texts(found.check), found.problem is None] for found in run.findings],
        "gates": [[texts(name), gate.attempts, len(gate.violations)] for name, gate in run.gates.items()],
        "measures": _measures(run),
        "injection": [[texts(name), texts(value)] for name, value in run.matrix.items()],
    }


def _packed(step: Step, texts: Texts) -> list[Text]:
    return [step.who, texts(step.what), texts(step.body), step.tone]


def _measures(run: Result) -> list[list[str]]:
    of = run.measures
    obeyed = {None: "never read", True: "read and obeyed", False: "read and not obeyed"}[of.obeyed]
    rows = {
        "tool calls": f"{number(of.calls)}, {number(of.gold_calls)} needed",
        "questions": f"{number(of.questions)}, {number(of.gold_questions)} needed",
        "HTTP requests": number(of.requests),
        "tokens of schemas": number(of.schema_tokens),
        "tokens of results": f"{number(sum(of.result_tokens))} in {number(len(of.result_tokens))}",
        "seconds": number(of.seconds, 2),
        "refused what the case needs": "yes" if of.over_refused else "",
        "cost": "" if of.cost is None else f"{of.cost:.4f} $",
        "injected text": obeyed if run.kind == "injection" else "",
    }
    return [[name, value] for name, value in rows.items() if value]


def _cut(text: str) -> str:
    more = len(text) - _MOST_TEXT
    return text if more <= 0 else f"{text[:_MOST_TEXT]}… [{more:,} more characters; results.jsonl has them]"
