"""The targets of a question: what it is about as it is, and as it will be."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from tfc_agent_tools.authority.rules.place import after, place
from tfc_agent_tools.authority.rules.run_facts import of_plan, of_run
from tfc_agent_tools.authority.rules.target import Target, possible, unread

if TYPE_CHECKING:
    from datetime import datetime

    from tfc_agent_tools.authority.policy import Question


def targets(question: Question, moment: datetime) -> tuple[Target, ...]:
    """What the call touches: as it is, and, where the call renames, tags or moves it, as it will be too."""
    now = _now(question, moment)
    then = after(question, now)
    return (now,) if then == now else (now, then)


def _now(question: Question, moment: datetime) -> Target:
    blank = unread(question, moment)
    found: dict[str, Any] = {"impacts": question.impacts, **place(question), **of_run(question), **of_plan(question)}
    fitting = possible(question) | {"impacts"}
    return replace(blank, **{name: value for name, value in found.items() if name in fitting})
