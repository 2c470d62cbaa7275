"""Whether a case's cassette is what recording it again gives, and if not, what differs.

One case at a time in a process: recording listens to all HTTP in it. So let a pool of processes call `drift`.
"""

from __future__ import annotations

import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from tfc_agent_tools.errors import ConfigurationError, ToolkitError
from tfc_agent_tools.evaluation.case import cassette_path
from tfc_agent_tools.evaluation.differences import exchange_differences, stamp_differences
from tfc_agent_tools.evaluation.stamp import read_stamp
from tfc_agent_tools.tape import read_tape

if TYPE_CHECKING:
    from tfc_agent_tools.evaluation.case import Case

_MOST: Final = 12
"""Lines of one case. What comes after the first few follows from them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Drift:
    """What came of recording a case again. `differences` is empty where every byte is the same."""

    case: str
    differences: tuple[str, ...] = ()
    problem: str | None = None
    """Why it could not be compared."""
    seconds: float = 0.0

    @property
    def is_same(self) -> bool:
        """Whether the cassette is proven to be what recording gives."""
        return not self.differences and self.problem is None


def drift(case: Case, tape: Path | None = None) -> Drift:
    """Record a case again from a fresh sandbox and compare, byte by byte but for the date.

    Args:
        case: The case.
        tape: Another cassette than the case's own.
    """
    started = time.perf_counter()
    differences: tuple[str, ...] = ()
    problem = None
    try:
        differences = _compared(case, tape or cassette_path(case))
    except ToolkitError as error:
        problem = str(error)
    except Exception as error:  # noqa: BLE001 - whatever breaks, this case is not proven and the others go on
        problem = f"{type(error).__name__}: {error}"
    seconds = time.perf_counter() - started
    return Drift(case=case.id, differences=differences, problem=problem, seconds=seconds)


def _compared(case: Case, committed: Path | None) -> tuple[str, ...]:
    if committed is None:
        msg = f"{case.id} has no cassette"
        raise ConfigurationError(msg)
    stamp = read_stamp(committed)
    if stamp.source != "sandbox":
        msg = f"{committed}: recorded from a server, so no sandbox can record it again"
        raise ConfigurationError(msg)
    old = committed.read_bytes()
    with tempfile.TemporaryDirectory(prefix="tfc-drift-") as folder:
        again = Path(folder) / committed.name
        again.write_bytes(old)  # so that the date stays where nothing else is new
        _record(case, again)
        return () if again.read_bytes() == old else _differences(committed, again)


def _differences(committed: Path, again: Path) -> tuple[str, ...]:
    found = [
        *stamp_differences(read_stamp(committed), read_stamp(again)),
        *exchange_differences(read_tape(committed), read_tape(again)),
    ] or ["the same exchanges, written in another way"]
    more = len(found) - _MOST
    return tuple(found if more <= 0 else [*found[:_MOST], f"and {more} more"])


def _record(case: Case, path: Path) -> None:
    from tfc_agent_tools.evaluation.record import record
    from tfc_agent_tools.evaluation.sandboxed import sandbox_server

    with sandbox_server(case) as server:
        recording = record(case, server, path)
    if not recording.is_kept:
        msg = f"{case.id} does not come to its end any more: {recording.why_not}"
        raise ConfigurationError(msg)
