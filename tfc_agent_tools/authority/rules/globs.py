"""Names with `*` in them, the only wildcard that a policy has. Case never matters: HCP Terraform's names ignore it."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


@lru_cache(maxsize=4096)
def matcher(globs: tuple[str, ...]) -> Callable[[str], bool]:
    """Whether the whole of a name fits one of the globs."""
    folded = [glob.casefold() for glob in globs]
    exact = frozenset(glob for glob in folded if "*" not in glob)
    parts = [".*".join(map(re.escape, glob.split("*"))) for glob in folded if "*" in glob]
    if not parts:
        return lambda name: name.casefold() in exact
    pattern = re.compile("|".join(f"(?:{part})" for part in parts), re.DOTALL)

    def fits_one(name: str) -> bool:
        lower = name.casefold()
        return lower in exact or pattern.fullmatch(lower) is not None

    return fits_one


def fits(name: str, globs: tuple[str, ...]) -> bool:
    """Whether the whole name fits one of the globs."""
    return matcher(globs)(name)
