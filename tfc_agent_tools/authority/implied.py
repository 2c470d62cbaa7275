"""What a call amounts to without being called so: an apply is an apply by whatever road."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from tfc_agent_tools.types import Impact

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tfc_agent_tools.authority.policy import Question

_STOPS: Final = frozenset({"runs.discard", "runs.cancel", "runs.force-cancel", "workspaces.unlock"})
"""They can let a run go on that somebody else queued, under its own decision."""
_UPLOADS: Final = frozenset({"configuration-versions.upload"})


def implied(asked: Sequence[Question]) -> list[Question]:
    """More questions about the same call. What will be applied is not planned yet, so it may destroy.

    Args:
        asked: The questions about the call's own requests, in order.
    """
    actions, found, first = {one.action for one in asked}, list["Question"](), asked[0]
    if actions & _STOPS or first.risk == "read":
        return found
    if Impact.RUNS_CODE in first.impacts and actions & _UPLOADS and "runs.create" not in actions:
        found.append(replace(first, action="runs.create"))
    if Impact.APPLIES in first.impacts and "runs.apply" not in actions:
        impacts = first.impacts if first.plan else first.impacts | {Impact.DESTROYS}
        found.append(replace(first, action="runs.apply", impacts=impacts))
    return found
