"""A trace without what differs from one playing of a case to the next: who was quicker, and the ids of approvals."""

from __future__ import annotations

import re
from itertools import groupby
from typing import TYPE_CHECKING, Final

from tfc_agent_tools.evaluation.trace import EVENTS, Sent

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tfc_agent_tools.evaluation.trace import Event

_APPROVAL: Final = re.compile(r"\bap-[0-9a-f]{24}\b")


def settled(events: tuple[Event, ...]) -> tuple[Event, ...]:
    """The events with reads that nothing came between in the order of their names, and approvals counted."""
    names: dict[str, str] = {}
    text = EVENTS.dump_json(tuple(_in_order(events))).decode()
    return EVENTS.validate_json(
        _APPROVAL.sub(lambda found: names.setdefault(found[0], f"ap-{len(names) + 1:024d}"), text)
    )


def _in_order(events: tuple[Event, ...]) -> Iterator[Event]:
    for _, some in groupby(enumerate(events), _block):
        # Facts are read several at a time; which answer comes first means nothing.
        yield from sorted((event for _, event in some), key=_line)


def _block(numbered: tuple[int, Event]) -> int:
    """One number for reads that stand side by side, and one of its own for everything else."""
    number, event = numbered
    return -1 if isinstance(event, Sent) and not event.is_write else number


def _line(event: Event) -> str:
    return event.line if isinstance(event, Sent) else ""
