"""`report.html`: one page that needs nothing else, from no network, for people who decide about an agent.

Much in it was written by others, some of it to do harm. Jinja escapes all of it, conversations wait as JSON until the
script builds them from text nodes, and the page's own policy lets nothing run or load but that script and that style.
"""

from __future__ import annotations

import base64
import hashlib
import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from tfc_agent_tools.evaluation.metrics import AIMLESS
from tfc_agent_tools.evaluation.report import charts, words
from tfc_agent_tools.evaluation.report.conversation import conversations
from tfc_agent_tools.evaluation.report.markdown import metric_rows, standing

if TYPE_CHECKING:
    from collections.abc import Sequence

    from jinja2 import Environment

    from tfc_agent_tools.evaluation.results import Result
    from tfc_agent_tools.evaluation.summary import Summary
    from tfc_agent_tools.evaluation.verdict import Verdict

_HOME: Final = Path(__file__).parent
_STATES: Final = ("gate broken", "not played", "failed", "passed")
_LISTED: Final = 100
_REASON: Final = 240


@dataclass(frozen=True, slots=True)
class Row:
    """A run in the table of all runs."""

    number: int
    run: Result
    name: str
    status: str
    reason: str

    @property
    def slug(self) -> str:
        """The status as a class."""
        return self.status.replace(" ", "-")


def page(runs: Sequence[Result], summary: Summary, verdict: Verdict, title: str) -> str:
    """The page. `runs` are in the order in which they are listed."""
    script, style = _own("report.js"), _own("report.css")
    rows = [_row(number, run) for number, run in enumerate(runs)]
    return (
        _environment()
        .get_template("report.html.j2")
        .render(
            title=title,
            summary=summary,
            verdict=verdict,
            rows=rows,
            failed=sorted((row for row in rows if not row.run.passed), key=lambda row: _STATES.index(row.status)),
            listed=_LISTED,
            choices=_choices(rows),
            metric_rows=metric_rows(summary),
            meanings=words.MEANINGS,
            standing=standing,
            number=words.number,
            one_line=words.one_line,
            heat=charts.heat,
            bars=_bars(runs, summary),
            data=_block(conversations(runs)),
            script=script,
            style=style,
            policy=_policy(script, style),
        )
    )


def _row(number: int, run: Result) -> Row:
    why = words.reasons(run)
    return Row(number, run, words.run_name(run), words.status(run), words.one_line(why[0], _REASON) if why else "")


def _choices(rows: Sequence[Row]) -> dict[str, list[str]]:
    """What can be chosen from in each filter: what is there."""
    states = {row.status for row in rows}
    return {
        "status": [state for state in _STATES if state in states],
        "kind": sorted({row.run.kind for row in rows}),
        "agent": sorted({row.run.agent for row in rows}),
    }


def _bars(runs: Sequence[Result], summary: Summary) -> dict[str, list[charts.Bar]]:
    tasks = [run.measures for run in runs if run.kind != AIMLESS]
    return {
        "group": charts.success_bars(summary.metrics.success_by_group),
        "kind": charts.success_bars(summary.metrics.success_by_kind),
        "agent": charts.success_bars(summary.metrics.success_by_agent),
        "calls": charts.difference_bars((of.calls, of.gold_calls) for of in tasks),
        "questions": charts.difference_bars((of.questions, of.gold_questions) for of in tasks),
        "tokens": charts.token_bars(tokens for of in tasks for tokens in of.result_tokens),
    }


def _block(data: dict[str, Any]) -> str:
    """JSON that no HTML parser can take for markup, whatever its strings hold."""
    text = json.dumps(data, separators=(",", ":"))
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def _policy(script: str, style: str) -> str:
    return (
        f"default-src 'none'; script-src '{_digest(script)}'; style-src '{_digest(style)}'; "
        "base-uri 'none'; form-action 'none'"
    )


def _digest(text: str) -> str:
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"


@cache
def _own(name: str) -> str:
    return (_HOME / name).read_text(encoding="utf-8")


@cache
def _environment() -> Environment:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    return Environment(
        loader=FileSystemLoader(_HOME),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_seen,
    )


def _seen(value: Any) -> Any:
    """What every expression of the template goes through before it is escaped; markup is our own script and style."""
    return words.visible(value) if type(value) is str else value
