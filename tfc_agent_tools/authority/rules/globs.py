"""Names with `*` in them, the only wildcard that a policy has. Case never matters: HCP Terraform's names ignore it."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


@lru_cache(maxsize=4096)
def _compiled(glob: str) -> re.Pattern[str]:
    return re.compile(".*".join(map(re.escape, glob.casefold().split("*"))), re.DOTALL)


def fits(name: str, globs: Iterable[str]) -> bool:
    """Whether the whole name fits one of the globs."""
    folded = name.casefold()
    return any(folded == glob if "*" not in glob else _compiled(glob).fullmatch(folded) for glob in globs)
