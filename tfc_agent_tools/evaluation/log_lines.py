"""A recorded log without what is new each time terraform works: times, ids that a provider draws, and who was quicker.

Only as many characters are put as are taken, since a reader asks for the rest of a log by how much it has.
"""

from __future__ import annotations

import json
import re
from itertools import groupby
from typing import Final

from tfc_agent_tools.narrow import mapping

_TIME: Final = re.compile(r'"@timestamp":"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z"')
_NO_TIME: Final = '"@timestamp":"2026-01-01T12:00:00.000000Z"'
_DRAWN: Final = re.compile(r"\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b")
_SECONDS: Final = re.compile(r'(?<= after )\d(?=s\b)|(?<="elapsed_seconds":)\d(?=[,}])')


def steady(log: str) -> str:
    """The log, with what is said of one resource together.

    Terraform works on several at once, so what follows one another without a line of its own in between is put in the
    order of the addresses.
    """
    lines: list[str] = []
    for _, some in groupby(log.split("\n"), lambda line: bool(_address(line))):
        lines += sorted(some, key=_address)  # of lines that are about none the order stays
    names: dict[str, str] = {}
    text = _SECONDS.sub("0", _TIME.sub(_NO_TIME, "\n".join(lines)))
    return _DRAWN.sub(lambda found: names.setdefault(found[0], f"00000000-0000-0000-0000-{len(names) + 1:012d}"), text)


def _address(line: str) -> str:
    """The address of the resource that a line of terraform's is about, empty where it is about none."""
    if '"@module":"terraform.ui"' not in line:
        return ""
    try:
        said = mapping(json.loads(line))
    except ValueError:
        return ""
    about = mapping(said.get("change")) or mapping(said.get("hook"))
    return str(mapping(about.get("resource")).get("addr") or "")
