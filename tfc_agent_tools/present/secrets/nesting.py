"""How deep data may be nested, so that going through it by recursion is safe."""

from __future__ import annotations

from typing import Any, Final

from tfc_agent_tools.errors import Unreadable
from tfc_agent_tools.present.secrets.json_kinds import is_array, is_object

DEEPEST: Final = 200
"""Levels. Terraform's documents have some 20; each costs two or three of the 1,000 frames that Python has."""

_CONTAINERS: Final = (dict, list)


def check_nesting(data: object, what: str) -> None:
    """Nothing, for data of at most `DEEPEST` levels.

    Raises:
        Unreadable: It is deeper; `what` names its kind.
    """
    level: list[Any] = [data]
    for _ in range(DEEPEST + 1):
        below: list[Any] = []
        for value in level:
            if is_object(value):
                below += value.values()
            elif is_array(value):
                below += value
        level = [value for value in below if isinstance(value, _CONTAINERS)]
        if not level:
            return
    raise Unreadable(what, f"it is nested more than {DEEPEST} levels deep")
