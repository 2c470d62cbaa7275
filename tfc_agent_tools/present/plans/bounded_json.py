"""An explanation as JSON data for code: names and numbers, no values, and never larger than a limit."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, Final

from tfc_agent_tools.facts import UNKNOWN

if TYPE_CHECKING:
    from tfc_agent_tools.present.plans.explanation import PlanExplanation

MOST_BYTES: Final = 256 * 1024
_LISTS: Final = (
    "listed",
    "checks",
    "outputs",
    "drifted",
    "invoked",
    "lookalikes",
    "totals",
    "lost_in",
    "providers",
    "modules",
    "imported",
    "moved",
)
"""The most important first: where room ends, what comes later is left out."""


def as_json(explanation: PlanExplanation) -> dict[str, Any]:
    """The explanation as JSON data of at most 256 KB; `left_out` says per list how many entries found no room."""
    whole = asdict(explanation)
    data = {name: _plain(value) for name, value in whole.items() if name not in _LISTS}
    left_out: dict[str, int] = {}
    room = MOST_BYTES - _size(data) - _size(dict.fromkeys(_LISTS, 0)) - _size({name: [] for name in _LISTS}) - 1024
    for name in _LISTS:
        data[name] = []
        for entry in whole[name]:
            room -= _size(entry) + len(", ")
            if room >= 0:
                data[name].append(_listed(entry))
        if len(data[name]) < len(whole[name]):
            left_out[name] = len(whole[name]) - len(data[name])
    return {**data, "left_out": left_out}


def _listed(entry: Any) -> Any:
    """Tuples as lists, so that the data is what JSON gives back."""
    return json.loads(json.dumps(entry))


def _plain(value: Any) -> Any:
    return None if value is UNKNOWN else value


def _size(value: Any) -> int:
    return len(json.dumps(value))
