"""How many tokens a text has at most, told without a tokenizer."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable

_PIECES: Final = re.compile(r"[A-Za-z]+|[0-9]+|\s+|[!-~]|.", re.DOTALL)


def most_tokens(texts: Iterable[str]) -> int:
    """At least as many o200k tokens as the texts have, often twice as many.

    The tokenizer joins two letters or three digits always, and makes no more tokens of a character than it has bytes.
    """
    return sum(2 + sum(map(_tokens_of, _PIECES.findall(text))) for text in texts)


def _tokens_of(piece: str) -> int:
    if piece.isspace():
        return len(piece) - 1
    if piece.isascii():
        return -(-len(piece) // 2) if piece.isalpha() else -(-len(piece) // 3)
    return len(piece.encode(errors="surrogatepass"))
