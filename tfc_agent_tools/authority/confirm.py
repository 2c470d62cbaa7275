"""The question to a person, and what counts as a yes."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from datetime import datetime

    from tfc_agent_tools.authority.requirement import Approver
    from tfc_agent_tools.facts import Counts
    from tfc_agent_tools.types import Impact, Risk


@dataclass(frozen=True, kw_only=True)
class Confirmation:
    """All that a person is shown before one write.

    `text` is rendered from facts that the API gave; `reason` is the agent's own words and proves nothing.
    """

    id: str
    tool: str
    action: str
    arguments: Mapping[str, Any]
    text: str
    reason: str | None
    risk: Risk
    impacts: frozenset[Impact]
    workspace: str | None
    plan: Counts | None
    expires_at: datetime
    typed: str | None = None
    """What a person must type to say yes; None where a plain yes will do."""

    def page(self) -> str:
        """The text, and the agent's reason under a heading of its own."""
        if not self.reason:
            return self.text
        words = "\n".join(f"  {line}" for line in self.reason.splitlines())
        return f"{self.text}\n\nThe agent's own words (not checked):\n{words}"


_NAME_IN_LABEL: Final = re.compile(r"/([A-Za-z0-9_-]+) \(ws-\w+\)$")


def name_to_type(named: str | None, workspace: str | None, arguments: Mapping[str, Any], tool: str) -> str:
    """What a person types to say yes to a grave call: its word, the workspace's name, the run's id or the tool's name.

    Args:
        named: The word that the call's preview names, if it names one.
        workspace: The workspace's label, `acme/app (ws-1)`.
        arguments: The call's arguments.
        tool: The tool's name.
    """
    if named:
        return named
    found = _NAME_IN_LABEL.search(workspace or "")
    return found[1] if found else str(arguments.get("run_id") or tool)


@dataclass(frozen=True, kw_only=True)
class Decision:
    """A person's answer. `answered` is false where nobody answered in time.

    `approver` says who: a name alone is not proven, `Approver("ana@acme.io", Proof.HOST)` is the host's word for it,
    and `signature` the person's own.
    """

    approved: bool
    approver: str | Approver = "confirmer"
    reason: str | None = None
    answered: bool = field(default=True)
    typed: str | None = None
    """What the person typed. Where the policy demands the name of a thing, a yes without it is none."""
    signature: str | None = field(default=None, repr=False)
    road: str = "confirmer"
    """How it came: `confirmer`, `interrupt` or `approvals`."""


Confirmer = Callable[[Confirmation], "bool | Decision | Awaitable[bool | Decision]"]
"""Asks a person. Only `True` or an approving `Decision` is a yes; anything else, an exception included, is a no."""


def decision_from(answer: object) -> Decision:
    """The decision in an answer. A truthy word is not a clear yes."""
    if isinstance(answer, Decision):
        return answer
    return Decision(approved=answer is True)
