"""What the policy commands share: the file, and every action of the tools."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tfc_agent_tools.authority.rules.decide import RulePolicy

File = Annotated[Path, typer.Argument(metavar="FILE", help="The policy file.", show_default=False)]
_NAMED: Final = 5


def policy_in(file: Path) -> RulePolicy:
    """The policy in a file.

    Raises:
        ConfigurationError: It can't be read.
    """
    from tfc_agent_tools.authority.rules.reading import read

    return read(file)


def counted(number: int, name: str) -> str:
    """`1 error`, `2 errors`."""
    return f"{number} {name}" if number == 1 else f"{number} {name}s"


def named(names: Sequence[str]) -> str:
    """The first of them, and how many more there are."""
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return ", ".join(names[:_NAMED]) + more
