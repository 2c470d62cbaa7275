"""The files that an evaluation leaves: for machines, for a pull request, and a page for a security team."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from tfc_agent_tools.errors import ConfigurationError
from tfc_agent_tools.evaluation.metrics import summarise
from tfc_agent_tools.evaluation.report.junit import junit
from tfc_agent_tools.evaluation.report.markdown import markdown
from tfc_agent_tools.evaluation.report.page import page
from tfc_agent_tools.evaluation.verdict import Verdict, judge

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from tfc_agent_tools.evaluation.results import Result
    from tfc_agent_tools.evaluation.summary import Summary


def write(results: Iterable[Result], out: Path, *, complete: bool, title: str, is_part: bool = False) -> Verdict:
    """Write `summary.json`, `junit.xml`, `summary.md` and `report.html` into a folder; `results.jsonl` is left alone.

    Args:
        results: In any order.
        out: The folder; it is made.
        complete: Whether all cases were to be played, so that each gate must have been tried.
        title: What was evaluated; it stands on top of what people read.
        is_part: Whether other machines play the rest, so that it is no fault if nothing fell to this one.

    Raises:
        ConfigurationError: They can't be written.
    """
    runs = sorted(results, key=lambda result: result.key)
    summary = summarise(runs)
    verdict = judge(summary, complete=complete, is_part=is_part)
    files = {
        "summary.json": json.dumps(as_json(summary, verdict, title), indent=2) + "\n",
        "junit.xml": junit(runs),
        "summary.md": markdown(runs, summary, verdict, title),
        "report.html": page(runs, summary, verdict, title),
    }
    try:
        out.mkdir(parents=True, exist_ok=True)
        for name, text in files.items():
            (out / name).write_text(text, encoding="utf-8", newline="\n")
    except (OSError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) else " ".join(str(error).split())
        msg = f"{out}: the reports can't be written ({why})"
        raise ConfigurationError(msg) from None
    return verdict


def as_json(summary: Summary, verdict: Verdict, title: str) -> dict[str, Any]:
    """What `summary.json` holds. All but `spent` is the same on every machine."""
    said = {"title": title, "exit_code": verdict.exit_code, "verdict": verdict.headline}
    return said | summary.model_dump(mode="json")
