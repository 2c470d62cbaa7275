"""A lexer for HCL's native syntax and its templates, which gives up when in doubt.

After hashicorp/hcl, hclsyntax/scan_tokens.rl. What that scanner and this one could read differently (odd
white space, `$$${`, a heredoc's marker inside its text) is `Unclear`, never a guess.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum

_MAX_NESTING = 64
_HEREDOC = re.compile(r"<<-?([A-Za-z_][A-Za-z0-9_-]*)\r?\n")
_SKIPPED = re.compile(r"[ \t\r]+|(?:#|//)[^\n]*|/\*.*?\*/", re.DOTALL)
_ESCAPE = re.compile(r'\\(?:[nrt"\\]|u[0-9A-Fa-f]{4}|U[0-9A-Fa-f]{8})')
_EXCESS = re.compile(r"\${3,}\{|%{3,}\{")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\x85\u2028\u2029\ufeff]|\r(?!\n)")


class Unclear(ValueError):  # noqa: N818 - says what the text is
    """The text can't be read with certainty."""


class Kind(Enum):
    """The kinds of token that the check tells apart."""

    IDENTIFIER = "identifier"
    NUMBER = "number"
    STRING = "string"
    PUNCTUATION = "punctuation"
    NEWLINE = "newline"


_SIMPLE = {
    Kind.IDENTIFIER: re.compile(r"[A-Za-z_][A-Za-z0-9_-]*"),
    Kind.NUMBER: re.compile(r"[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]+)?"),
    Kind.PUNCTUATION: re.compile(r"[{}\[\]().,:=?!<>&|+\-*/%~]"),
    Kind.NEWLINE: re.compile(r"\n"),
}


@dataclass(frozen=True, slots=True)
class Token:
    """A token. A string's text is in `parts`: literal text, and the tokens of each interpolation."""

    kind: Kind
    text: str
    line: int
    parts: tuple[str | tuple[Token, ...], ...] = ()

    @property
    def literal(self) -> str | None:
        """The text of a string without interpolations or escapes, or of an identifier; else None."""
        if self.kind is Kind.IDENTIFIER:
            return self.text
        if self.kind is not Kind.STRING or any(not isinstance(part, str) for part in self.parts):
            return None
        text = "".join(part for part in self.parts if isinstance(part, str))
        return None if "\\" in text else text


def tokens_of(text: str) -> tuple[Token, ...]:
    """Return the tokens of a file in native syntax."""
    return _Lexer(text).code(closing=None, depth=0)


def tokens_of_template(text: str) -> tuple[str | tuple[Token, ...], ...]:
    """Return the parts of a bare template: a template file, or a string in JSON syntax."""
    return _Lexer(text).template(0)


class _Lexer:
    def __init__(self, text: str) -> None:
        if _CONTROL.search(text):
            msg = "control characters or odd line ends"
            raise Unclear(msg)
        if _EXCESS.search(text):
            msg = "a run of $ or % before a brace"
            raise Unclear(msg)
        self._text = text
        self._at = 0
        self._counted = (0, 1)

    @property
    def _line(self) -> int:
        # Counted on from the last time, or a long file would be counted anew for every token.
        at, line = self._counted
        self._counted = (self._at, line + self._text.count("\n", at, self._at))
        return self._counted[1]

    def code(self, closing: str | None, depth: int) -> tuple[Token, ...]:
        """Read up to the brace that closes an interpolation, or to the end of the text."""
        self._check(depth)
        found: list[Token] = []
        braces = 0
        while self._at < len(self._text):
            token = self._token(depth)
            if token is None:
                continue
            if token.text == "}" and token.kind is Kind.PUNCTUATION:
                if braces == 0 and closing is not None:
                    return tuple(found)
                braces -= 1
            elif token.text == "{" and token.kind is Kind.PUNCTUATION:
                braces += 1
            if not 0 <= braces <= _MAX_NESTING:
                raise self._unclear("an unmatched brace, or too many")
            found.append(token)
        if closing is not None or braces:
            raise self._unclear("a brace that is never closed")
        return tuple(found)

    def template(self, depth: int) -> tuple[str | tuple[Token, ...], ...]:
        """Read a bare template to the end of the text."""
        parts: list[str | tuple[Token, ...]] = []
        while self._at < len(self._text):
            parts.append(self._interpolation(depth) or self._literal_char())
        return tuple(parts)

    def _token(self, depth: int) -> Token | None:
        text, start, line = self._text, self._at, self._line
        char = text[start]
        if char in " \t\r" or char == "#" or text.startswith(("//", "/*"), start):
            self._skip()
            return None
        if char == '"':
            return self._string(depth)
        if text.startswith("<<", start):
            return self._heredoc(depth)
        for kind, pattern in _SIMPLE.items():
            match = pattern.match(text, start)
            if match:
                self._at = match.end()
                return Token(kind, match[0], line)
        raise self._unclear(f"the character {char!r}")

    def _skip(self) -> None:
        match = _SKIPPED.match(self._text, self._at)
        if match is None:
            raise self._unclear("a comment that is never closed")
        self._at = match.end()

    def _string(self, depth: int) -> Token:
        line, start = self._line, self._at
        self._at += 1
        parts: list[str | tuple[Token, ...]] = []
        while True:
            char = self._text[self._at : self._at + 1]
            if char in ("", "\n"):
                raise self._unclear("a string that is never closed")
            if char == '"':
                self._at += 1
                return Token(Kind.STRING, self._text[start : self._at], line, _joined(parts))
            parts.append(self._interpolation(depth) or self._escape() or self._literal_char())

    def _escape(self) -> str | None:
        if self._text[self._at] != "\\":
            return None
        match = _ESCAPE.match(self._text, self._at)
        if match is None:
            raise self._unclear("an unknown escape")
        self._at = match.end()
        return match[0]

    def _heredoc(self, depth: int) -> Token:
        line, start = self._line, self._at
        match = _HEREDOC.match(self._text, start)
        if match is None:
            raise self._unclear("a heredoc without a marker")
        self._at = match.end()
        marker = match[1]
        closing = re.compile(rf"[ \t]*{re.escape(marker)}[ \t]*\r?(?=\n)")
        parts: list[str | tuple[Token, ...]] = []
        fresh = True
        while self._at < len(self._text):
            end = closing.match(self._text, self._at) if fresh else None
            if end:
                self._at = end.end()
                return Token(Kind.STRING, self._text[start : self._at], line, _joined(parts))
            if self._text.startswith(marker, self._at):
                raise self._unclear("a heredoc that holds its own marker")
            inner = self._interpolation(depth)
            part = inner or self._literal_char()
            fresh = part == "\n"
            parts.append(part)
        raise self._unclear("a heredoc that is never closed")

    def _interpolation(self, depth: int) -> tuple[Token, ...] | str | None:
        text, at = self._text, self._at
        if text.startswith(("$${", "%%{"), at):
            self._at += 3
            return text[at : at + 3]
        if not text.startswith(("${", "%{"), at):
            return None
        self._at += 2
        opened = Token(Kind.PUNCTUATION, text[at : at + 2], self._line)
        return (opened, *self.code(closing="}", depth=depth + 1))

    def _literal_char(self) -> str:
        self._at += 1
        return self._text[self._at - 1]

    def _check(self, depth: int) -> None:
        if depth > _MAX_NESTING:
            raise self._unclear("templates nested too deeply")

    def _unclear(self, what: str) -> Unclear:
        return Unclear(f"{what} in line {self._line}")


def _joined(parts: list[str | tuple[Token, ...]]) -> tuple[str | tuple[Token, ...], ...]:
    joined: list[str | tuple[Token, ...]] = []
    text: list[str] = []
    for part in parts:
        if isinstance(part, str):
            text.append(part)
            continue
        joined += ["".join(text), part] if text else [part]
        text = []
    return (*joined, "".join(text)) if text else tuple(joined)
