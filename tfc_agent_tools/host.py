"""What surrounds a call: the agent and the host's side of it, and the place in a conversation that it comes from."""

from __future__ import annotations

from dataclasses import dataclass, field
from threading import Lock
from typing import TYPE_CHECKING

from tfc_agent_tools.present.scrubber import Scrubber
from tfc_agent_tools.secret_values import from_environment

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from pathlib import Path

    from tfc_agent_tools.api.http import Wire
    from tfc_agent_tools.authority.approvals import Approval, Approvals
    from tfc_agent_tools.authority.audit import Audit
    from tfc_agent_tools.authority.confirm import Confirmer, Decision
    from tfc_agent_tools.authority.policy import PolicySource
    from tfc_agent_tools.facts import Resource
    from tfc_agent_tools.present.plans.at_risk import AtRisk
    from tfc_agent_tools.templates import Templates
    from tfc_agent_tools.types import TokenType

    Pause = Callable[[Approval], Decision]
    """Asks in place, by stopping the graph until it is resumed with an answer."""


@dataclass(kw_only=True)
class Host:
    """Everything that the host gave. `token_type` is filled in once, when it was not declared and is first needed."""

    agent: str
    requester: str | None
    wire: Wire
    policy: PolicySource
    approvals: Approvals
    audit: Audit
    templates: Templates
    confirmer: Confirmer | None = None
    token_type: TokenType | None = None
    upload_roots: tuple[Path, ...] = ()
    secrets: Callable[[str], str] = field(default=from_environment, repr=False)
    at_risk: AtRisk | None = field(default=None, repr=False)
    """What of a plan is at risk, where the host adds to the packaged rules."""
    hide: Scrubber = field(default_factory=Scrubber, repr=False)
    """Hides the values that are known to be secret: the token, and each secret once it was resolved."""
    _lock: Lock = field(default_factory=Lock, repr=False)
    _outside_text_in: set[str | None] = field(default_factory=set[str | None], repr=False)
    """The threads that were shown text from outside; None stands for calls outside of a graph."""

    def keep_secret(self, values: Iterable[str]) -> None:
        """From now on hide these too, whichever calls run beside this one."""
        with self._lock:
            self.hide = self.hide.and_also(values)

    def shown_outside_text(self, thread_id: str | None) -> None:
        """Note that a model was shown text which people outside wrote."""
        with self._lock:
            self._outside_text_in.add(thread_id)

    def has_shown_outside_text(self, thread_id: str | None) -> bool:
        """Whether this thread, or one that can't be told from it, was shown such text."""
        seen = self._outside_text_in
        return thread_id in seen or None in seen or (thread_id is None and bool(seen))


@dataclass(frozen=True, kw_only=True)
class Caller:
    """Where a call comes from."""

    thread_id: str | None = None
    """The graph's thread; None outside of a graph."""
    tool_call_id: str | None = None
    """Given only where this very call can be resumed; elsewhere the model's next call must find the same approval."""
    pause: Pause | None = field(default=None, repr=False)
    """Given only where stopping the graph is safe: it has a checkpointer and runs this call by itself."""
    shown: Mapping[str, Resource] = field(default_factory=dict[str, "Resource"], repr=False)
    """Facts that an earlier answer of the same workflow has shown. A read rests on them; a write reads its own."""
