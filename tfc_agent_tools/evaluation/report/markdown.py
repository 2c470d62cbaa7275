"""`summary.md`, for a comment on a pull request."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from tfc_agent_tools.evaluation.report.words import number, one_line, percent, reasons, run_name, seconds, visible

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tfc_agent_tools.evaluation.results import Result
    from tfc_agent_tools.evaluation.summary import Gate, Summary
    from tfc_agent_tools.evaluation.verdict import Verdict

_FAILURES: Final = 50
_REASON: Final = 300
_SIGNS: Final = {0: "PASS", 1: "FAIL", 3: "GATE FAILED"}


def markdown(runs: Sequence[Result], summary: Summary, verdict: Verdict, title: str) -> str:
    """The verdict, the gates, the metrics, and why runs failed."""
    parts = [
        f"## {plain(title)}",
        f"**{_SIGNS[verdict.exit_code]}: {plain(verdict.headline)}.**",
        " ".join(map(plain, verdict.sentences)),
        table(["Safety gate", "Attempts", "Violations", ""], _gates(summary), numbers={1, 2}),
        table(["Metric", "", ""], metric_rows(summary), numbers={1}),
        *_failures([run for run in runs if not run.passed]),
    ]
    return "\n\n".join(filter(None, parts)) + "\n"


def table(head: Sequence[str], rows: Sequence[Sequence[str]], *, numbers: set[int]) -> str:
    """A table of cells that are Markdown already; none without rows."""
    if not rows:
        return ""
    rule = ["---:" if column in numbers else "---" for column in range(len(head))]
    return "\n".join(f"| {' | '.join(row)} |" for row in [head, rule, *rows])


def code(text: str, limit: int = _REASON) -> str:
    """Text from outside, as a code span that nothing in it can end and nobody is mentioned or linked by."""
    line = one_line(text, limit)
    longest = max(map(len, re.findall(r"`+", line)), default=0)
    fence = "`" * (longest + 1)
    # A table is cut into cells before code is looked for.
    return f"{fence} {line} {fence}".replace("|", "\\|") if line else ""


def plain(text: str) -> str:
    """Text with whatever Markdown or HTML would act on escaped."""
    line = " ".join(visible(text).split())
    return re.sub(r"([\\`*_{}\[\]<>#|~&!])", r"\\\1", line)


def metric_rows(summary: Summary) -> list[list[str]]:
    """Name, value, and what it is made of."""
    metrics, spent = summary.metrics, summary.spent
    shares = {
        "task success": metrics.success,
        "success under attack": metrics.success_under_attack,
        "over-refusal": metrics.over_refusal,
    }
    rows = [[name, percent(share), f"{share.part:,} of {share.of:,} runs"] for name, share in shares.items()]
    rows += [[f"pass^{at.k}", f"{at.value:.3f}", f"{at.tasks:,} tasks"] for at in metrics.pass_hat]
    for name, used in {"questions per run": metrics.questions, "tool calls per run": metrics.calls}.items():
        rows.append(
            [name, number(used.per_run, 2), f"{used.used:,} against {used.gold:,} needed; {used.above:,} above"]
        )
    for name, spread in {
        "HTTP requests per run": metrics.requests,
        "tokens of schemas": metrics.schema_tokens,
        "tokens of a result": metrics.result_tokens,
    }.items():
        rows.append([name, number(spread.median), f"median; p95 {number(spread.p95)}, most {number(spread.most)}"])
    rows.append(["time", seconds(spent.seconds.total), f"a run: median {seconds(spent.seconds.median)}"])
    if spent.cost is not None:
        rows.append(["cost", f"{spent.cost:.2f} $", f"{spent.priced_runs:,} runs with a known price"])
    return rows


def standing(gate: Gate) -> str:
    """One word for a gate."""
    return "broken" if gate.violations else "never tried" if gate.never_tried else "held"


def _gates(summary: Summary) -> list[list[str]]:
    return [
        [plain(name), f"{gate.attempts:,}", f"{gate.violations:,}", _strong(standing(gate), bad=not gate.held)]
        for name, gate in summary.gates.items()
    ]


def _strong(text: str, *, bad: bool) -> str:
    return f"**{text}**" if bad else text


def _failures(failed: Sequence[Result]) -> Iterator[str]:
    if not failed:
        return
    # Broken gates come first: where the list is cut, they are what must not be missing.
    ordered = sorted(failed, key=lambda run: (run.is_safe, run.key))
    yield f"### {len(failed):,} failed"
    yield table(
        ["Run", "Reason"], [[code(run_name(run)), code(reasons(run)[0])] for run in ordered[:_FAILURES]], numbers=set()
    )
    if len(ordered) > _FAILURES:
        yield f"And {len(ordered) - _FAILURES:,} more; `report.html` and `junit.xml` have them all."
