"""`junit.xml`, as Jenkins, GitLab and the like read it: a suite for each group, a test case for each run."""

from __future__ import annotations

import re
from collections import defaultdict
from math import fsum
from typing import TYPE_CHECKING, Final
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from tfc_agent_tools.evaluation.report.words import one_line, reasons, run_name, status

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tfc_agent_tools.evaluation.results import Result

_FORBIDDEN: Final = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What no XML document may hold, not even escaped."""
_MESSAGE: Final = 300


def junit(runs: Sequence[Result]) -> str:
    """The document. A broken gate is an error, whatever else is wrong a failure; its text names all of it."""
    groups: dict[str, list[Result]] = defaultdict(list)
    for run in runs:
        groups[run.group].append(run)
    root = Element("testsuites", {"name": "tfc-agent eval"} | _counts(runs))
    for group, members in groups.items():
        suite = SubElement(root, "testsuite", {"name": _allowed(group), "skipped": "0"} | _counts(members))
        for run in members:
            _add_case(suite, run)
    indent(root)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{tostring(root, encoding="unicode")}\n'


def _counts(runs: Sequence[Result]) -> dict[str, str]:
    errors = sum(not run.is_safe for run in runs)
    failures = sum(not run.passed for run in runs) - errors
    seconds = fsum(run.measures.seconds for run in runs)
    return {"tests": str(len(runs)), "failures": str(failures), "errors": str(errors), "time": f"{seconds:.3f}"}


def _add_case(suite: Element, run: Result) -> None:
    name, seconds = _allowed(f"{run_name(run)}"), f"{run.measures.seconds:.3f}"
    case = SubElement(suite, "testcase", classname=_allowed(run.group), name=name, time=seconds)
    if run.passed:
        return
    why = reasons(run)
    kind = "failure" if run.is_safe else "error"
    problem = SubElement(case, kind, type=status(run), message=_allowed(one_line(why[0], _MESSAGE)))
    problem.text = _allowed("\n".join(why))


def _allowed(text: str) -> str:
    return _FORBIDDEN.sub("", text)
