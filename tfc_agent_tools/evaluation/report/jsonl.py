"""`results.jsonl`: one line for each run, written as it ends, so that a killed evaluation goes on where it was."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from pydantic import ValidationError

from tfc_agent_tools.errors import ConfigurationError
from tfc_agent_tools.evaluation.results import Result

if TYPE_CHECKING:
    from pathlib import Path
    from typing import BinaryIO

_BLOCK: Final = 1 << 16


@dataclass(frozen=True, slots=True)
class Kept:
    """What a file holds."""

    results: tuple[Result, ...]
    torn: str | None = None
    """What was dropped: a last line that a kill cut short. Its run has to be played again."""


def append(path: Path, result: Result) -> None:
    """Add a line, after taking away one that a kill cut short. One process at a time may write."""
    path.parent.mkdir(parents=True, exist_ok=True)
    line = result.model_dump_json().encode() + b"\n"
    with path.open("a+b") as file:
        _drop_torn_line(file)
        file.write(line)


def read_results(path: Path) -> Kept:
    """The results of a file, and what had to be dropped of it.

    Raises:
        ConfigurationError: It can't be read, a whole line is not a result, or two lines are of the same run.
    """
    try:
        *lines, torn = path.read_bytes().split(b"\n")
    except OSError as error:
        msg = f"{path}: {error.strerror}; name a results.jsonl that `eval run --out` wrote"
        raise ConfigurationError(msg) from None
    found: dict[tuple[str, str, int], Result] = {}
    for number, line in enumerate(lines, start=1):
        result = _parsed(line, f"{path}, line {number}")
        if result.key in found:
            msg = f"{path}, line {number}: a second result of {result.case} by {result.agent}, epoch {result.epoch}"
            raise ConfigurationError(msg)
        found[result.key] = result
    return Kept(tuple(found.values()), torn.decode(errors="replace")[:200] if torn else None)


def _parsed(line: bytes, place: str) -> Result:
    try:
        return Result.model_validate_json(line)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(map(str, first["loc"]))
        msg = f"{place}: not a result: {where}: {first['msg']}; take the line away and run its case again"
        raise ConfigurationError(msg) from None


def _drop_torn_line(file: BinaryIO) -> None:
    end = position = file.seek(0, os.SEEK_END)
    step = 1  # nearly always the last byte is the newline that is looked for
    while position:
        start = max(0, position - step)
        file.seek(start)
        newline = file.read(position - start).rfind(b"\n")
        if newline >= 0:
            position = start + newline + 1
            break
        position, step = start, _BLOCK
    if position < end:
        file.truncate(position)
