"""Words put in the place of others, wherever they stand whole: in text, JSON, paths and queries."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote, quote_plus

from tfc_agent_tools.evaluation.json_data import with_texts

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

_BEFORE: Final = r"(?:(?<![\w-])|(?<=%[0-9A-F]{2})|(?<=\\[nrtbf])|(?<=\\u[0-9A-F]{4}))"
"""Nothing, or what only looks like a letter: the end of an escape in a path or in JSON."""
_AFTER: Final = r"(?![\w-])"
_QUOTED: Final = (r"(?:(?<=[\"/=])|\A)", r"(?=\\?\"|[/?&#]|\Z)")
"""Around a word so short that it is part of everything: a whole string of JSON, a whole part of a path or query."""
_LITERALS: Final = frozenset({"true", "false", "null"})
_SHORTEST: Final = 3


class Rewording:
    """Replaces whole words, all at once and the longest first, so that no replacement is itself replaced.

    A word of fewer than three characters, or without a letter, is replaced only as a whole string or part of a path.

    Args:
        words: What to replace → by what.
        apart: A pattern of what stays as it is, whatever words it holds.
    """

    def __init__(self, words: Mapping[str, str], apart: str = r"(?!)") -> None:
        self._spelt = _spelt(words)
        self._folded = {word.lower(): replacement for word, replacement in self._spelt.items()}
        self._find = re.compile("|".join([f"(?:{apart})", *_patterns(self._spelt)]), re.IGNORECASE | re.ASCII)

    def text(self, text: str) -> str:
        """The text, reworded."""
        return self._find.sub(lambda found: self._of(found[0]), text) if self._spelt else text

    def data(self, data: Any) -> Any:
        """Parsed JSON, all its strings and keys reworded."""
        return with_texts(data, self.text)

    def _of(self, word: str) -> str:
        return self._spelt.get(word, self._folded.get(word.lower(), word))


def _patterns(words: Iterable[str]) -> list[str]:
    ordered = sorted(words, key=lambda word: (-len(word), word))
    long = [re.escape(word) for word in ordered if _is_telling(word)]
    short = [re.escape(word) for word in ordered if not _is_telling(word)]
    before, after = _QUOTED
    return [
        *([f"{_BEFORE}(?:{'|'.join(long)}){_AFTER}"] if long else []),
        *([f"{before}(?:{'|'.join(short)}){after}"] if short else []),
    ]


def _is_telling(word: str) -> bool:
    return len(word) >= _SHORTEST and any(map(str.isalpha, word)) and word.lower() not in _LITERALS


def _spelt(words: Mapping[str, str]) -> dict[str, str]:
    """Every spelling of every word: as it is, in JSON, in a path, in a query."""
    spellings: tuple[Callable[[str], str], ...] = (
        str,
        lambda word: json.dumps(word)[1:-1],
        lambda word: json.dumps(word, ensure_ascii=False)[1:-1],
        lambda word: quote(word, safe=""),
        quote_plus,
    )
    return {spell(word): spell(by) for spell in reversed(spellings) for word, by in words.items()}
